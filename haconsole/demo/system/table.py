"""The processes of a modelled host: starting, finding, signalling, reaping."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Iterator, Mapping, Sequence

from .errors import failure
from .process import Body, Context, Process
from .signals import Sig
from .streams import OpenFile

#: Linux's default for /proc/sys/kernel/pid_max on small machines.
PID_MAX = 32768


class ProcessTable:
    """Every process of a host. Process 1 is init: it takes orphans and reaps them at once."""

    def __init__(self, clock: Callable[[], float], first_pid: int = 300) -> None:
        self.clock = clock
        self._by_pid: dict[int, Process] = {}
        self._next = first_pid
        self.init = Process(self, 1, None, ["/sbin/init"])
        self.init.comm = "systemd"
        self._by_pid[1] = self.init
        #: How many processes were started since boot.
        self.forks = 0

    def __iter__(self) -> Iterator[Process]:
        return iter(sorted(self._by_pid.values(), key=lambda process: process.pid))

    def __len__(self) -> int:
        return len(self._by_pid)

    @property
    def last_pid(self) -> int:
        """The id that was given out last."""
        return self._next - 1

    def get(self, pid: int) -> Process | None:
        """Return a process, a zombie as well, or ``None``."""
        return self._by_pid.get(pid)

    def find(self, comm: str) -> list[Process]:
        """Return the running processes of that name, oldest first."""
        return [p for p in self if p.comm == comm and p.alive]

    def group(self, pgid: int) -> list[Process]:
        """Return the running processes of a group."""
        return [p for p in self._by_pid.values() if p.pgid == pgid and p.alive]

    def fork(
        self,
        parent: Process | None,
        body: Body,
        *,
        argv: Sequence[str] | None = None,
        fds: Mapping[int, OpenFile] | None = None,
        context: Context | None = None,
        new_session: bool = False,
    ) -> Process:
        """Start a process that runs ``body(process)``; it ends with the status returned.

        What is not given comes from the parent (``None``: init): descriptors, user, directory,
        environment, ignored signals, process group and session.
        """
        parent = parent or self.init
        if not parent.alive:
            parent = self.init
        process = Process(self, self._free_pid(), parent, parent.argv if argv is None else argv)
        if argv is None:
            process.comm = parent.comm
        if context is not None:
            process.context = context
        if new_session:
            process.pgid = process.sid = process.pid
        for number, file in (parent.fds if fds is None else fds).items():
            process.open_fd(number, file)
        self._by_pid[process.pid] = process
        parent.children.add(process)
        self.forks += 1
        process.run(body)
        return process

    def kill(self, pid: int, number: int, by: Process | None = None) -> None:
        """Send a signal, as the system call does; ``by`` is whose rights count (``None``: root's).

        ``pid`` 0: the sender's group; -1: everyone but init and the sender; below: that group.
        Raises ``ESRCH`` and ``EPERM``.
        """
        if pid > 0:
            there = self._by_pid.get(pid)
            targets = [there] if there else []
        elif pid == 0:
            targets = self.group(by.pgid if by else 0)
        elif pid == -1:
            targets = [p for p in self._by_pid.values() if p.pid != 1 and p is not by and p.alive]
        else:
            targets = self.group(-pid)
        if not targets:
            raise failure(errno.ESRCH)
        allowed = [p for p in targets if may_signal(by, p)]
        if not allowed:
            raise failure(errno.EPERM)
        # The sender last: it must not be gone before it has signalled the others.
        for process in sorted(allowed, key=lambda p: p is by):
            process.signal(number)

    def killpg(self, pgid: int, number: int, by: Process | None = None) -> None:
        """Send a signal to a process group."""
        self.kill(-pgid, number, by)

    def ended(self, process: Process) -> None:
        """Let init have the children; tell the parent (called by the process)."""
        for child in tuple(process.children):
            child.parent = self.init
            self.init.children.add(child)
            if not child.alive:
                self.reap(child)
        process.children.clear()
        parent = process.parent
        if parent is None or parent is self.init or not parent.alive:
            self.reap(process)
        else:
            parent.signal(Sig.CHLD)

    def reap(self, process: Process) -> None:
        """Let go of a zombie."""
        if self._by_pid.get(process.pid) is process and not process.alive:
            del self._by_pid[process.pid]
            if process.parent is not None:
                process.parent.children.discard(process)

    async def end_all(self) -> None:
        """Kill everything but init, and wait until nothing runs any more."""
        tasks = [task for process in self for task in process.tasks]
        for process in list(self):
            if process.pid != 1:
                process.end(128 + Sig.KILL, Sig.KILL)
        current = asyncio.current_task()
        await asyncio.gather(*(t for t in tasks if t is not current), return_exceptions=True)

    def _free_pid(self) -> int:
        while True:
            pid = self._next
            self._next = pid + 1 if pid < PID_MAX else 300
            if pid not in self._by_pid:
                return pid


def may_signal(sender: Process | None, target: Process) -> bool:
    """Whether kill(2) is allowed: root, or the same user."""
    return sender is None or sender.uid in (0, target.uid)
