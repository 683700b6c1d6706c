"""Looking at a lab from outside and from inside, for the tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from haconsole.lab.api import LabHandle

VIP = "10.0.0.100"
LBS = ("lb01", "lb02")
COMMAND = (sys.executable, "-m", "haconsole.lab")


def cli(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the lab's command line to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )


def until(true: Callable[[], object], timeout_s: float = 15.0) -> bool:
    """Wait for a condition; returns whether it came."""
    deadline = time.monotonic() + timeout_s
    while not (came := bool(true())) and time.monotonic() < deadline:
        time.sleep(0.05)
    return came


def addresses(lab: LabHandle, host: str) -> set[str]:
    shown = lab.exec(host, ["ip", "-json", "-4", "address", "show", "dev", "eth0"])
    return {info["local"] for link in json.loads(shown.stdout) for info in link["addr_info"]}


def owners(lab: LabHandle) -> set[str]:
    """The LBs whose kernels hold the VIP."""
    return {host for host in LBS if VIP in addresses(lab, host)}


def unit(lab: LabHandle, host: str, name: str) -> str:
    return lab.exec(host, ["systemctl", "is-active", name]).stdout.strip()


def process_states(lab: LabHandle, host: str) -> str:
    """The states of the keepalived processes, as letters of proc(5)."""
    return "".join(lab.exec(host, ["ps", "-C", "keepalived", "-o", "s="]).stdout.split())


def remains(name: str) -> list[str]:
    """Everything on this machine that belongs to a lab of that name."""
    mark, found = f"haconsole-{name}", []
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    found += [f"mount {line}" for line in mounts if f"/run/haconsole/labs/{name}/" in line]
    found += [f"cgroup {path}" for path in Path("/sys/fs/cgroup").glob(f"**/{mark}*")]
    found += [f"file {path}" for path in Path("/run").glob(f"haconsole/**/{name}")]
    found += [f"file {path}" for path in Path("/run/systemd").glob(f"**/{mark}-*")]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            group = (process / "cgroup").read_text()
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state == "Z":  # ended, and this machine's own init has not looked yet
            continue
        if f"labs/{name}/" in line or f"/{mark}" in group:
            found.append(f"process {process.name}: {line} {group}")
    return found


def surroundings() -> dict[str, object]:
    """What of this machine a lab could change: interfaces, nspawn's leavings."""
    links = subprocess.run(["ip", "-json", "link"], capture_output=True, text=True, check=True)
    return {
        "links": sorted(link["ifname"] for link in json.loads(links.stdout)),
        "netns": sorted(map(str, Path("/run/netns").glob("*"))),
    }


def listens(port: int) -> bool:
    """Whether something listens on this port of 127.0.0.1 (proc(5), /proc/net/tcp)."""
    wanted = f"0100007F:{port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(fields[1] == wanted and fields[3] == "0A" for fields in map(str.split, lines))
