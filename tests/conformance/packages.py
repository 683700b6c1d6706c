"""What package managers answer, on fresh hosts of lab and demo: the same commands, one record.

``python -m tests.conformance.packages`` writes the record from real hosts.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from haconsole.lab import api
from haconsole.lab.topology import Family, LabState

FILE = Path(__file__).with_name("packages.json")
#: command → what its answer means
Answers = dict[str, str]
_EXISTS = "for p in {}; do [ -e $p ] && echo there $p || echo gone $p; done"
_APT = (
    "dpkg -s keepalived",
    "apt-get -q -y install keepalived",
    "apt-get -q update",
    "apt-get -q update",
    "apt-cache policy keepalived nginx curl nosuch",
    "apt-cache madison keepalived nosuch",
    "apt-cache show nosuch",
    "apt-get -s install keepalived",
    "apt-get -q -y install keepalived=9.9",
    "apt-get -q -y install nosuch",
    "apt-get --frob install",
    "apt-get install keepalived </dev/null",
    "apt-get -q -y --no-install-recommends install keepalived",
    "dpkg-query -W -f '${db:Status-Abbrev}|${Package}|${Version}|${Status}\\n' keepalived nosuch",
    "dpkg -l keepalived nosuch | tail -n 1",
    "dpkg -S /usr/sbin/keepalived /nosuch",
    "dpkg --print-architecture",
    "systemctl show -p LoadState,ActiveState,Result,UnitFileState,ConditionResult keepalived",
    "apt-get -q -y install keepalived",
    "apt-mark hold keepalived",
    "apt-mark showhold",
    "apt-get -q -y remove keepalived",
    "apt-get -q -y --allow-change-held-packages remove keepalived",
    "dpkg-query -W -f '${db:Status-Abbrev}|${Status}\\n' keepalived",
    _EXISTS.format("/usr/sbin/keepalived /etc/default/keepalived /etc/keepalived"),
    "apt-get -q -y purge keepalived",
    _EXISTS.format("/usr/sbin/keepalived /etc/default/keepalived /etc/keepalived"),
    "dpkg -s keepalived",
    "apt-get -q -y autoremove",
    "apt-get -q -y install nginx",
    "systemctl show -p LoadState,ActiveState,SubState,UnitFileState nginx",
    "nginx -t",
    "apt-get -q -y purge nginx nginx-common",
    _EXISTS.format("/usr/sbin/nginx /etc/nginx /var/log/nginx /var/www/html"),
    "systemctl is-active nginx",
    "dpkg --compare-versions 1:2.2.7-1 lt 1:2.2.10-1",
)
_YUM = (
    "rpm -q keepalived",
    "dnf -q list keepalived",
    "dnf list installed keepalived",
    "dnf -q repoquery --qf '%{name} %{version}-%{release}' keepalived nginx",
    "dnf -q -y install nosuch",
    "dnf -q -y install keepalived-9.9",
    "dnf -q check-update",
    "dnf -q --assumeno install nginx",
    "dnf -y install keepalived",
    "dnf -q -y install keepalived",
    "rpm -q --qf '%{NAME} %{VERSION} %{RELEASE} %{ARCH} %{EPOCH}\\n' keepalived nosuch",
    "rpm -ql keepalived",
    "rpm -qc keepalived",
    "rpm -qf /usr/sbin/keepalived /etc/hosts /nosuch",
    "rpm -V keepalived",
    "systemctl show -p LoadState,ActiveState,UnitFileState keepalived",
    "systemctl start keepalived",
    "echo '# mine' >> /etc/keepalived/keepalived.conf",
    "rpm -V keepalived",
    "dnf -q -y remove keepalived",
    "rpm -qa",
    _EXISTS.format("/usr/sbin/keepalived /etc/keepalived/keepalived.conf"
                   " /etc/keepalived/keepalived.conf.rpmsave"),
    "dnf -q -y remove keepalived",
    "dnf -q -y install nginx",
    "systemctl show -p LoadState,ActiveState,UnitFileState nginx",
    "rpm -e nginx-common",
    "dnf -q -y remove nginx",
)  # fmt: skip
CASES = {Family.APT: _APT, Family.YUM: _YUM}
#: Lines that tell of chance, of speed, or of what only one of the two has.
_CHANCE = re.compile(
    r"Fetched |Get:|\(Reading database|Processing triggers|debconf: |Need to get|After this op"
    r"|Downloading|Total |-{20}|={20}|\(\d+/\d+\)|.*\b[kM]?B/s |  (Preparing|Installing|Running|"
    r"Verifying|Erasing|Verifying) |Last metadata|rpm: |Install(ed)? size|Total download|Running t"
    r"|Transaction |Package  |Preparing to unpack|Selecting prev|\S+ Package |Dependencies resolved"
    r"|Downloading|Freed space| Package|Installed size"
)


def meaning(status: int, text: str) -> str:
    """Return an answer without what differs by nature; orders of packages are chance too."""
    lines = (re.sub(r"\s+", " ", line).strip() for line in re.split(r"[\n\r]", text))
    kept = [line for line in lines if line and not _CHANCE.match(line)]
    kept = [re.sub(r" \d+/(\d+)$", r" of \1", line) for line in kept]
    kept = [re.sub(r"^(\S+ \S+ \S+ lab) [\d.]+ [kM]?$", r"\1", line) for line in kept]
    words = [*(line for line in kept if not _of_a_list(line)),
             *sorted(w for line in kept if _of_a_list(line) for w in line.split())]  # fmt: skip
    # What comes by which of two streams, and in which order things are set up, is chance as well.
    ordered = sorted(line for line in words if re.match(_STEP, line))
    return "\n".join([f"exit {status}", *(w for w in words if not re.match(_STEP, w)), *ordered])


_STEP = r"dpkg-query: |ii |Installing +: |Running scr|Verifying +: |Setting up|Unpacking|Removing \S+ \(|Inst |Conf |Purging"


def _of_a_list(line: str) -> bool:
    """Whether a line is a part of a list of packages, which wraps where it likes."""
    return bool(line) and all(re.fullmatch(r"[a-z0-9][a-z0-9.+*-]*(\.\w+)?", w)
                              for w in line.split()) and " " in line  # fmt: skip


def on_lab(lab: api.LabHandle, family: Family, host: str = "lb01") -> Answers:
    """Ask a real fresh host."""
    found: Answers = {}
    for number, command in enumerate(CASES[family]):
        script = f"export LC_ALL=C DEBIAN_FRONTEND=noninteractive; {command}"
        done = lab.exec(host, ["sh", "-c", f"exec 2>&1; {script}"], timeout_s=120)
        found[f"{number:02d} {command}"] = meaning(done.returncode, done.stdout)
    return found


def read() -> dict[str, Answers]:
    """Return the record."""
    found: dict[str, Answers] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def differences(wanted: Answers, found: Answers) -> Iterable[str]:
    """Yield what is not as recorded."""
    for key, text in wanted.items():
        if found.get(key) != text:
            yield f"== {key}\n-- recorded\n{text}\n-- now\n{found.get(key)}"


def main() -> None:
    """Record labs of our own."""
    record = {}
    for family in Family:
        lab = api.up(f"packages-{family}", LabState.FRESH, family)
        try:
            record[family.value] = on_lab(lab, family)
        finally:
            lab.down()
    FILE.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(FILE, file=sys.stderr)


if __name__ == "__main__":
    main()
