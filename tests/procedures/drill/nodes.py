"""What a lab's hosts are like, taken without ssh, to compare before and after."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from haconsole.lab.api import LabHandle

DRILLS = "/var/lib/haconsole/drills"
HOSTS = ("lb01", "lb02", "web01", "web02")
#: Sections: rules, units, processes, files with their sums, addresses and routes.
_SNAPSHOT = r"""
echo "== rules"; nft list ruleset 2>/dev/null | sed 's/packets [0-9]* bytes [0-9]*//'
iptables-save 2>/dev/null | grep -v '^[#:]'
echo "== units"
systemctl list-units --all --plain --no-legend --type=service,timer | grep haconsole
systemctl is-active keepalived nginx firewalld; systemctl show -p Restart keepalived nginx
echo "== processes"
ps -eo stat=,args= | grep -e haconsole -e '[s]leep' -e '^T' | grep -v -e 'grep' -e '^Z'
echo "== files"
find /etc /var/lib/haconsole /run/systemd/system /run/systemd/transient -type f \
  -exec stat -c '%n %a %U:%G %h' {} + 2>/dev/null | sort
find /etc /var/lib/haconsole /run/systemd/system -type f -exec sha256sum {} + 2>/dev/null | sort
ls -i /etc/keepalived /etc/nginx/nginx.conf 2>/dev/null
echo "== addresses"
ip -o link show | sed 's/^[0-9]*: \([^:]*\): <\([^>]*\)>.*/\1 \2/'
ip -o address show | sed 's/ *valid_lft.*//; s/\\//; s/ tentative//' | sort
for f in 4 6; do ip -o -$f route show table all | sort; done
:
"""


def snapshot(lab: LabHandle, host: str) -> list[str]:
    done = lab.exec(host, ["sh", "-c", _SNAPSHOT])
    assert done.returncode == 0, done.stderr
    # The timers of the distribution come and go; what they leave is no drill's.
    apart = ("/etc/machine-id", "/etc/resolv.conf", "/run/systemd/transient/session")
    return [line for line in done.stdout.splitlines() if not any(word in line for word in apart)]


def snapshots(lab: LabHandle) -> dict[str, list[str]]:
    return {host: snapshot(lab, host) for host in HOSTS}


def quiet(lab: LabHandle) -> bool:
    """Whether the shells of the last console have ended: a node takes seconds to notice."""
    return not any(
        line.startswith(("S", "R", "D")) and ("hac" in line or "sleep" in line)
        for host in HOSTS
        for line in _section(snapshot(lab, host), "== processes")
    )


def _section(lines: list[str], head: str) -> list[str]:
    rest = lines[lines.index(head) + 1 :]
    return rest[: next((at for at, line in enumerate(rest) if line.startswith("== ")), None)]


def until(
    true: Callable[[], bool], timeout_s: float, what: Callable[[], str] | str, gap_s: float = 0.05
) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(what if isinstance(what, str) else what())
        time.sleep(gap_s)


def difference(before: Mapping[str, list[str]], after: Mapping[str, list[str]]) -> str:
    rows = []
    for host, lines in before.items():
        rows += [f"{host}: gone: {line}" for line in lines if line not in after[host]]
        rows += [f"{host}: new: {line}" for line in after[host] if line not in lines]
    return "\n".join(rows)


def see_same(lab: LabHandle, before: Mapping[str, list[str]], timeout_s: float = 15.0) -> None:
    """Wait until the hosts are as before: the VIP takes its seconds to come back."""
    until(
        lambda: not difference(before, snapshots(lab)),
        timeout_s,
        lambda: difference(before, snapshots(lab)),
        0.3,
    )


def read(lab: LabHandle, host: str, drill_id: str, name: str) -> list[str]:
    """The words of one of a drill's files; none where it is not there."""
    done = lab.exec(host, ["cat", f"{DRILLS}/{drill_id}/{name}"])
    return done.stdout.split() if done.returncode == 0 else []
