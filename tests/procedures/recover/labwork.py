"""Faults on the lab's hosts, the doctor who names them, and the command that its finding prints."""

from __future__ import annotations

import asyncio
import json
import shlex
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from haconsole.lab import network
from haconsole.lab.api import LabHandle
from haconsole.lab.topology import INTERFACE, LBS, VIP
from haconsole.procedures.engine import Run
from haconsole.procedures.paths import CHECK_SCRIPT, KEEPALIVED_CONF
from haconsole.procedures.progress import RunProgress, RunStatus, StepStatus
from tests.procedures.driving import driving
from tests.procedures.driving import told as problems

LB_NAMES = tuple(node.name for node in LBS)
#: A third host: no LB, and none that asks the VIP by itself.
WITNESS = "web01"
#: Seconds until a fault shows and is named.
NAMED_S = 45.0
#: For how long the proofs hold, seconds; operators get ten.
HOLD_S = 2


def asked(lab: LabHandle, host: str, script: str) -> str:
    """Run a script on a host as root, from outside, and return what it prints."""
    done = lab.exec(host, ["sh", "-c", script])
    assert done.returncode == 0, (host, script, done.stderr)
    return done.stdout


def owners(lab: LabHandle) -> list[str]:
    """Return the LBs whose kernels have the VIP, asked in their namespaces."""
    return [name for name in LB_NAMES if VIP in network.addresses(lab.places, name)]


def _mac(lab: LabHandle, host: str) -> str:
    return asked(lab, host, f"cat /sys/class/net/{INTERFACE}/address").strip()


_DUMP = """\
p=$(cat /run/keepalived.pid); f=/tmp/keepalived.data
[ -e /proc/$p/root$f ] && rm -f /proc/$p/root$f
kill -USR1 $p
i=0; until grep -q 'State = ' /proc/$p/root$f 2>/dev/null; do
  i=$((i+1)); [ $i -lt 50 ] || exit 1; sleep 0.1
done
sed -n 's/^ *State = //p' /proc/$p/root$f | head -n 1
"""


def proven(lab: LabHandle) -> None:
    """Hold the pair to one owner from four sides, none of them by way of the product."""
    (owner,) = owners(lab)
    assert owner == LB_NAMES[0]
    states = {name: asked(lab, name, _DUMP).strip() for name in LB_NAMES}
    assert states == {name: "MASTER" if name == owner else "BACKUP" for name in LB_NAMES}
    asked(lab, WITNESS, f"ping -c 1 -W 2 {VIP}")
    learnt = asked(lab, WITNESS, f"ip neigh show {VIP}")
    assert _mac(lab, owner) in learnt, learnt
    answers = "i=0; while [ $i -lt 6 ]; do curl -fsS -m 3 http://{vip}/ || exit 1; i=$((i+1)); done"
    pages = asked(lab, WITNESS, answers.format(vip=VIP))
    assert "web01" in pages and "web02" in pages, pages


async def told(lab: LabHandle, *words: str) -> tuple[int, str, str]:
    """Run the product as its users do: exit status, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "haconsole", *words),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(120.0):
            out, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, out.decode(), said.decode()


async def findings(lab: LabHandle) -> list[dict[str, Any]]:
    """Return what ``doctor`` finds, worst first.

    A machine that tests much at once starves its labs, and their keepalived says so.
    """
    status, out, said = await told(lab, "doctor", str(lab.inventory), "--json")
    assert status in (0, 1, 2, 3), said
    found: list[dict[str, Any]] = json.loads(out)["findings"]
    return [one for one in found if one["cause"] != "host-starved"]


async def named(lab: LabHandle, cause: str, procedure: str | None) -> dict[str, Any]:
    """Return the first finding, once it is the one that is wanted.

    What mends it may change with it: a frozen owner parts the pair only when the other took over.
    """
    end = time.monotonic() + NAMED_S
    while True:
        found = await findings(lab)
        if found and (found[0]["cause"], found[0]["fix"]["procedure"]) == (cause, procedure):
            return found[0]
        said = [(one["cause"], one["fix"]["command"]) for one in found]
        assert time.monotonic() < end, f"wanted {cause} and {procedure} first, found {said}"


async def healthy(lab: LabHandle) -> None:
    """Wait until ``doctor`` finds nothing any more."""
    end = time.monotonic() + NAMED_S
    while found := await findings(lab):
        causes = [(one["cause"], one["title"]) for one in found]
        assert time.monotonic() < end, f"still found: {causes}"


def words_of(finding: dict[str, Any], lab: LabHandle) -> list[str]:
    """Return the printed command with the inventory's path, to be run instead of shown."""
    words = shlex.split(finding["fix"]["command"])
    assert words[:2] == ["haconsole", "apply"] and words[-1] == "--plan", words
    words[words.index("INVENTORY")] = str(lab.inventory)
    words = [*words[1:-1], "--write", "--yes", "--overwrite"]
    if finding["fix"]["procedure"] in _PROVES:
        words += ["--set", f"hold={HOLD_S}"]
    return words


async def mended(finding: dict[str, Any], lab: LabHandle) -> None:
    """Run what a finding names as its fix."""
    status, _, said = await told(lab, *words_of(finding, lab))
    assert status == 0, said


async def killed(finding: dict[str, Any], lab: LabHandle, title: str) -> None:
    """Run what a finding names as its fix, and kill that console as a step of this title begins."""
    console = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "haconsole", *words_of(finding, lab)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert console.stderr is not None
    said = ""
    try:
        async with asyncio.timeout(60.0):
            while not (" + " in said and said.rstrip().endswith(title)):
                said = (await console.stderr.readline()).decode()
                assert said, f"it ended, and never began “{title}”"
    finally:
        if console.returncode is None:
            console.kill()
        await console.wait()
    assert console.returncode == -signal.SIGKILL


async def undone(finding: dict[str, Any], lab: LabHandle) -> None:
    """Run a fix until the files are mended, then take all of it back: as it was, to the byte."""
    answers = finding["fix"]["settings"]
    before = [_standing(lab, name) for name in LB_NAMES]
    async with driving(lab) as driver:
        plan = await driver.plan(finding["fix"]["procedure"], **answers)
        run = Run(driver.door, plan, overwrite=True)
        placed = [step.id for step in plan.steps if step.file is not None]

        def hear(progress: RunProgress) -> None:
            if placed and all(progress.of(one).status is StepStatus.DONE for one in placed):
                run.stop()

        run.subscribe(hear)
        await run.execute()
        assert run.progress.of(placed[0]).status is StepStatus.DONE, problems(run)
        assert [_standing(lab, name) for name in LB_NAMES] != before
        await run.roll_back()
        assert run.progress.status is RunStatus.ROLLED_BACK, problems(run)
    assert [_standing(lab, name) for name in LB_NAMES] == before


def _standing(lab: LabHandle, host: str) -> str:
    """Return what a roll-back has to bring back: the file, and that keepalived runs."""
    script = f"sha256sum <{KEEPALIVED_CONF}; systemctl is-active keepalived"
    return lab.exec(host, ["sh", "-c", script]).stdout


#: Procedures that end with the proof of one owner.
_PROVES = frozenset(
    {"bring-back", "fix-mismatch", "recover-ghost-vip", "recover-no-owner", "recover-split-brain"}
    | {"recover-stale-arp"}
)


@dataclass(frozen=True)
class Fault:
    """What is done to a pair, how it is named, and by which procedure it is mended.

    ``make``: done to the lab, one after the other. ``procedure`` ``None``: nothing can be done
    from here; ``by_hand`` is what somebody does on the spot then.
    """

    name: str
    make: Sequence[Callable[[LabHandle], object]]
    cause: str
    procedure: str | None
    by_hand: Callable[[LabHandle], object] | None = None
    #: Findings that are mended after the first, each by its own command.
    then: Sequence[str] = ()
    #: The title of the step at whose begin the first console is killed; another one goes on.
    killed_at: str = ""
    #: A first run is taken back before it is done again.
    taken_back: bool = False


def of_lab(name: str, on: str | None = None) -> Callable[[LabHandle], object]:
    """Return one of ``lab fault``."""
    return lambda lab: lab.fault(name, on)


def by_shell(host: str, script: str) -> Callable[[LabHandle], object]:
    """Return a fault that is made by a script on a host."""
    return lambda lab: asked(lab, host, script)


def _deceived(lab: LabHandle) -> None:
    """Let a third host believe that the backup has the VIP, as after a split brain."""
    mac = _mac(lab, LB_NAMES[1])
    asked(lab, WITNESS, f"ip neigh replace {VIP} lladdr {mac} dev {INTERFACE} nud stale")


def _plugged(lab: LabHandle) -> None:
    network.set_cable(lab.places, LB_NAMES[0], plugged=True)


_LOOP = f"printf '#!/bin/sh\\nwhile true; do\\n  pgrep nginx\\n  sleep 2\\ndone\\n' >{CHECK_SCRIPT}"
#: What takes longest begins first.
FAULTS = (
    Fault(
        "vrrp-block",
        [of_lab("vrrp-block")],
        "firewall-blocks-vrrp",
        "recover-split-brain",
        killed_at="firewalld on lb02 lets in what the pair needs",
    ),
    Fault(
        "auth-mismatch", [of_lab("auth-mismatch")], "auth-mismatch", "fix-mismatch", taken_back=True
    ),
    Fault(
        "ghost-vip",
        [of_lab("ghost-vip")],
        "ghost-vip",
        "recover-ghost-vip",
        killed_at="lb01 takes part in the pair again",
    ),
    Fault(
        "advert-mismatch",
        [of_lab("advert-mismatch")],
        "advert-int-mismatch",
        "fix-mismatch",
        killed_at="keepalived.conf of lb02",
    ),
    Fault("freeze", [of_lab("freeze")], "keepalived-frozen", "recover-split-brain"),
    Fault("crash", [of_lab("crash")], "ghost-vip", "recover-ghost-vip"),
    Fault("nginx-broken", [of_lab("nginx-broken")], "nginx-config-broken", "configure-balancer"),
    Fault("nginx-stop", [of_lab("nginx-stop")], "nginx-dead", "restart-nginx"),
    Fault("vrid-mismatch", [of_lab("vrid-mismatch")], "vrid-mismatch", "fix-mismatch"),
    Fault("vip-mismatch", [of_lab("vip-mismatch")], "vip-list-mismatch", "fix-mismatch"),
    # What ``lab fault`` does not have, and what it makes on several hosts.
    Fault(
        "no nginx",
        [of_lab("nginx-stop", name) for name in LB_NAMES],
        "nginx-dead",
        "restart-nginx",
        then=("nginx-dead",),
    ),
    Fault("link-down", [of_lab("link-down")], "link-down", None, _plugged),
    Fault(
        "nobody",
        [of_lab("stop", name) for name in LB_NAMES],
        "keepalived-stopped",
        "recover-no-owner",
    ),
    Fault("stale ARP", [_deceived], "stale-arp", "recover-stale-arp"),
    Fault(
        "check not executable",
        [by_shell("lb01", f"chmod 644 {CHECK_SCRIPT}")],
        "check-not-executable",
        "install-check",
    ),
    Fault("check loops", [by_shell("lb01", _LOOP)], "check-loops", "install-check"),
    Fault(
        "sshd-stop",
        [of_lab("sshd-stop")],
        "sshd-gone",
        None,
        by_shell("bastion", "systemctl start ssh"),
    ),
    Fault("stop", [of_lab("stop")], "keepalived-stopped", "bring-back"),
    Fault("backup crashed", [of_lab("crash", "lb02")], "keepalived-crashed", "bring-back"),
    Fault(
        "backend broken", [of_lab("nginx-broken", "web02")], "nginx-config-broken", "configure-web"
    ),
    Fault("backend", [of_lab("nginx-stop", "web02")], "backend-dead", "restart-nginx"),
)
