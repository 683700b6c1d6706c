"""What is put on a node: the program as one file, its settings, its unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from haconsole.procedures.drill.probe.shipping import bare
from haconsole.procedures.paths import DETECTOR_STATE
from haconsole.procedures.recipes.header import managed

#: Where everything lies. The program and its settings are files of root's alone to write.
PROGRAM = "/usr/local/sbin/haconsole-detector"
SETTINGS = "/etc/haconsole/detector.conf"
UNIT = "haconsole-detector.service"
UNIT_FILE = f"/etc/systemd/system/{UNIT}"
STATE = DETECTOR_STATE
FILES = (PROGRAM, SETTINGS, UNIT_FILE)
#: Where a Python may be; RHEL 8 has its own beside (or instead of) a ``python3``.
PYTHONS = "python3 /usr/libexec/platform-python python python2"

#: sh reads the lines between the quotes, Python takes them for a text: whichever Python there is
#: runs the rest, and a host that gets another one needs no other file.
_HEAD = f"""\
#!/bin/sh
# Asks by ARP who owns the VIP, and says where that is not one LB; it changes nothing.
# haconsole-detector [--once | --state | --check]; settings: {SETTINGS}
''':'
for p in {PYTHONS}; do
  command -v "$p" >/dev/null 2>&1 && exec "$p" "$0" "$@"
done
echo "haconsole-detector: there is no Python on this host" >&2; exit 3
'''
"""
_UNIT = f"""\
[Unit]
Description=haconsole's detector: who owns the VIP, as this host sees it
After=network.target

[Service]
ExecStart={PROGRAM}
Restart=on-failure
RestartSec=5
Nice=5
CPUQuota=10%
CapabilityBoundingSet=CAP_NET_RAW
NoNewPrivileges=yes

[Install]
WantedBy=multi-user.target
"""


@dataclass(frozen=True, slots=True)
class Watcher:
    """One host's settings. ``hosts``: (name, address on the VIPs' segment, whether it is an LB).

    ``vips``: (address, interface of this host). ``interval_s``: between looks; ``repeat_min``:
    minutes until what is still wrong is said again; ``hook``: a command to run at a change, or
    empty.
    """

    me: str
    vips: Sequence[tuple[str, str]]
    hosts: Sequence[tuple[str, str, bool]]
    interval_s: float
    repeat_min: int
    hook: str = ""


@cache
def program() -> str:
    """Return the program's text: sh for finding a Python, and Python for the rest."""
    here = Path(__file__).parent / "program"
    return managed(_HEAD + bare(here / f"{name}.py" for name in ("judging", "wire", "main")) + "\n")


def settings(one: Watcher) -> str:
    """Return the settings file of a host."""
    rows = [f"me {one.me}"]
    rows += [f"vip {address} {interface}" for address, interface in one.vips]
    rows += [f"host {name} {address}{' lb' if lb else ''}" for name, address, lb in one.hosts]
    rows += [f"interval {one.interval_s:g}", f"repeat {one.repeat_min}"]
    rows += [f"hook {one.hook}"] if one.hook else []
    return managed("\n".join(rows) + "\n")


def unit() -> str:
    """Return the unit.

    A service that goes on, not a timer: systemd would write two lines into the journal every few
    seconds (before 246 nothing keeps it from that), and starting Python costs ten times a look.
    """
    return managed(_UNIT)
