"""A host's power: an orderly reboot, and what does not outlive one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from . import unitfile
from .manager import JobError

if TYPE_CHECKING:
    from .host import DemoHost

#: Seconds from the end of the last process until services start: a small virtual machine's.
BOOT_S = 4.0
#: What the last bytes of a connection need to get out, seconds.
_FLUSH_S = 0.2
#: Seconds that a service may take to end before the machine goes down all the same.
_END_S = 10.0
#: It is up before the network is, and goes after it (``Before=network-pre.target``).
_FIRST = "firewalld.service"
#: What is told of a shutdown (systemd-logind, v252).
_SAID = ("The system will reboot now!", "System is rebooting.")
#: Emptied at every boot: a tmpfs, and what systemd-tmpfiles cleans (tmpfiles.d(5)).
_VOLATILE = ("/run", "/tmp")  # noqa: S108 - of the model


class Power:
    """Reboots one host. Nothing happens unless it is asked for."""

    def __init__(self, host: DemoHost) -> None:
        self._host = host
        self._folders = [f"/run/{path}" for path in _folders(host, "/run")]
        self._task: asyncio.Task[None] | None = None

    @property
    def down(self) -> bool:
        """Whether it is on its way down, or not up again yet."""
        return self._task is not None

    def reboot(self) -> None:
        """Begin to reboot; returns at once, as ``systemctl reboot`` does."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._reboot())

    async def settled(self) -> None:
        """Return when the host is up."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def close(self) -> None:
        """Break off what goes on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _reboot(self) -> None:
        try:
            await self._go_down()
            self._forget()
            await asyncio.sleep(BOOT_S)
            await self._come_up()
        finally:
            self._task = None

    async def _go_down(self) -> None:
        """End the services side by side, the sessions with them, and the firewall last."""
        host, manager = self._host, self._host.manager
        for text in _SAID:
            host.journal.write(text, identifier="systemd-logind", pid=400)
        running = [service.name for service in manager.services.values() if service.busy]
        last = [name for name in running if name == _FIRST]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_END_S):
                ends = [self._end(name) for name in running if name not in last]
                await asyncio.gather(self._end_sessions(), *ends)
                for name in last:
                    await self._end(name)
        await asyncio.sleep(_FLUSH_S)
        host.stack.power(on=False)

    async def _end(self, unit: str) -> None:
        with contextlib.suppress(JobError):
            await self._host.manager.stop(unit)

    async def _end_sessions(self) -> None:
        """Let the sessions end: their daemons say so to whoever is at the other end."""
        for process in self._host.machine.processes.find("sshd"):
            front = self._host.front
            if front is None or process is not front.daemon:
                process.signal(15)

    def _forget(self) -> None:
        """Lose what was in memory."""
        host = self._host
        host.manager.power_off()
        for process in list(host.machine.processes):
            if process.pid != 1:
                process.end(128 + 9, 9)
        host.nginx.close()
        host.firewall.power_off()
        files = host.machine.files
        for folder in _VOLATILE:
            for name in files.listdir(folder):
                files.remove_tree(f"{folder}/{name}")
        for path in self._folders:
            files.mkdir(path, parents=True)

    async def _come_up(self) -> None:
        host = self._host
        host.machine.boot_at = host.machine.clock()
        host.journal.booted(host.machine.boot_at, host.machine.boot_id)
        host.stack.power(on=True)
        files = host.machine.files
        units = files.listdir(unitfile.WANTS) if files.is_dir(unitfile.WANTS) else []
        starts: dict[str, asyncio.Task[None]] = {}
        for name in units:
            starts[name] = asyncio.ensure_future(self._start(name, starts))
        await asyncio.gather(*starts.values())

    async def _start(self, unit: str, all_: Mapping[str, asyncio.Task[None]]) -> None:
        """Start a unit, when those are up after which its file wants it (systemd.unit(5))."""
        await asyncio.sleep(0)  # until all are in the transaction
        file = unitfile.load(self._host.machine.files, unit)
        after = {name for line in (file.all("After") if file else ()) for name in line.split()}
        if unit != _FIRST:
            after.add(_FIRST)
        await asyncio.gather(*(all_[name] for name in after if name in all_))
        with contextlib.suppress(JobError):
            await self._host.manager.start(unit)


def _folders(host: DemoHost, top: str) -> list[str]:
    """Return the directories below ``top``, by their paths from there."""
    files = host.machine.files
    found: list[str] = []
    for name in files.listdir(top):
        if files.is_dir(f"{top}/{name}"):
            found += [name, *(f"{name}/{below}" for below in _folders(host, f"{top}/{name}"))]
    return found
