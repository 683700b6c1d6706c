"""Demos whose hosts are looked at from within, whatever becomes of the console and its network."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from haconsole.demo.serve import running
from haconsole.demo.world.cluster import DemoCluster
from haconsole.demo.world.host import DemoHost

DRILLS = "/var/lib/haconsole/drills"
#: What a drill touches: configuration, what is kept on the node, what systemd is told.
_FOLDERS = ("/etc", "/var/lib/haconsole", "/run/systemd", "/run/haconsole")


@dataclass(frozen=True)
class World:
    """A demo in this process, and the inventory for consoles in theirs."""

    cluster: DemoCluster
    inventory: Path

    def host(self, name: str) -> DemoHost:
        return self.cluster.hosts[name]

    def read(self, host: str, drill_id: str, name: str) -> list[str]:
        """The words of one of a drill's files; none where it is not there."""
        try:
            return self.host(host).machine.files.read_text(f"{DRILLS}/{drill_id}/{name}").split()
        except OSError:
            return []

    def cut(self, *, off: bool) -> None:
        """Pull the bastion's cable, by which every console comes in, or plug it in."""
        self.cluster.wire.set_cable("bastion", plugged=not off)

    def snapshot(self) -> dict[str, list[str]]:
        """What the hosts are like."""
        return {
            name: list(_of(host)) for name, host in self.cluster.hosts.items() if name != "bastion"
        }


def _of(host: DemoHost) -> list[str]:
    lines = [f"rule {line}" for line in host.firewall.tables.text().splitlines()]
    lines += [
        f"unit {unit.name} {unit.active}"
        for unit in host.manager.units()
        if unit.active != "inactive" or unit.name.startswith("haconsole")
    ]
    lines += [f"restart {host.manager.need('nginx').restart_policy}"]
    lines += sorted(
        f"process {' '.join(process.argv)} {'T' if process.state == 'T' else ''}"
        for process in host.machine.processes
        if process.alive and process.comm not in ("sh", "sshd", "sudo", "ip", "journalctl", "tail")
    )
    for folder in _FOLDERS:
        lines += sorted(_files(host, folder))
    lines += [f"address {own}" for own in host.stack.addresses]
    lines += [f"route {route}" for six in (False, True) for route in host.stack.routes.all(six=six)]
    return lines


def _files(host: DemoHost, folder: str) -> list[str]:
    files = host.machine.files
    found = []
    for name in files.listdir(folder) if files.is_dir(folder) else ():
        path = f"{folder}/{name}"
        if files.is_dir(path):
            found += _files(host, path)
        elif files.is_file(path):
            stat = files.stat(path)
            found.append(f"file {path} {stat.inode} {stat.mode:o} {stat.uid} {files.read(path)!r}")
    return found


def difference(before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]) -> str:
    rows = []
    for host, lines in before.items():
        rows += [f"{host}: gone: {line}" for line in lines if line not in after[host]]
        rows += [f"{host}: new: {line}" for line in after[host] if line not in lines]
    return "\n".join(rows)


async def until(true: Callable[[], bool], timeout_s: float, what: Callable[[], str] | str) -> None:
    """Wait for a condition of the hosts, which nobody tells of."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    while not true():
        if loop.time() > deadline:
            raise AssertionError(what if isinstance(what, str) else what())
        await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def world() -> AsyncIterator[World]:
    async with running(rate=0) as demo:
        yield World(demo.cluster, demo.inventory)


@contextlib.asynccontextmanager
async def console(inventory: Path, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A console as a process of its own that does drills, and stands still once all are broken."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.procedures.drill.console", str(inventory), *words),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
