"""A process of a modelled host: what it runs, its descriptors, its signals, its end."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

from .driver import Brake, Driven
from .errors import failure, words_of
from .nodes import Caller
from .signals import IGNORED, STOPPING, Sig
from .streams import OpenFile

if TYPE_CHECKING:
    from .table import ProcessTable


class Exit(Exception):  # noqa: N818 - not an error
    """Ends a program from within, with a status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Disposition(Enum):
    """What a signal does to a process that has no handler for it (signal(7))."""

    DEFAULT = "default"
    IGNORE = "ignore"


Handler: TypeAlias = "Disposition | Callable[[int], None]"
Body: TypeAlias = "Callable[[Process], Coroutine[Any, Any, int]]"


@dataclass
class Context:
    """What a process inherits from its parent."""

    uid: int = 0
    gid: int = 0
    cwd: str = "/"
    umask: int = 0o022
    env: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Context:
        """Return what a child gets."""
        return Context(self.uid, self.gid, self.cwd, self.umask, dict(self.env))


class Descriptors:
    """A table of descriptors (open(2), dup2(2))."""

    def __init__(self) -> None:
        self.fds: dict[int, OpenFile] = {}

    def open_fd(self, number: int, file: OpenFile) -> None:
        """Let a descriptor be an open file, in the place of what it was (dup2(2))."""
        file.share()
        self.close_fd(number)
        self.fds[number] = file

    def close_fd(self, number: int) -> None:
        """Close a descriptor; nothing happens where it is closed."""
        file = self.fds.pop(number, None)
        if file is not None:
            file.release()

    def fd(self, number: int) -> OpenFile:
        """Return the open file behind a descriptor; raises ``EBADF``."""
        file = self.fds.get(number)
        if file is None:
            raise failure(errno.EBADF)
        return file


class Process(Descriptors):
    """One process. ``status`` is as a shell reports it (128 + signal), ``None`` while it runs."""

    def __init__(
        self, table: ProcessTable, pid: int, parent: Process | None, argv: Sequence[str]
    ) -> None:
        super().__init__()
        self.table = table
        self.pid = pid
        self.parent = parent
        self.argv = list(argv)
        self.comm = comm_of(argv)
        self.pgid: int = parent.pgid if parent else pid
        self.sid: int = parent.sid if parent else pid
        self.context: Context = parent.context.copy() if parent else Context()
        self.handlers: dict[int, Handler] = dict(parent.ignored()) if parent else {}
        self.started_at = table.clock()
        self.children: set[Process] = set()
        self.status: int | None = None
        #: The signal that ended it, where one did.
        self.killed_by: int | None = None
        self.reaped = False
        self._brake = Brake()
        self._pending: list[int] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._waiting: list[asyncio.Future[None]] = []
        self._watchers: list[Callable[[], None]] = []

    # --- what it is ---

    @property
    def ppid(self) -> int:
        """The parent's id; 0 for init."""
        return self.parent.pid if self.parent else 0

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self.status is None

    @property
    def state(self) -> str:
        """``R``, ``S``, ``T`` or ``Z``, as in ``/proc/PID/stat``."""
        if not self.alive:
            return "Z"
        if self._brake.stopped:
            return "T"
        return "R" if asyncio.current_task() in self._tasks else "S"

    @property
    def uid(self) -> int:
        """Whose it is."""
        return self.context.uid

    @property
    def cwd(self) -> str:
        """Its working directory."""
        return self.context.cwd

    @property
    def caller(self) -> Caller:
        """What the file system needs to know of it."""
        context = self.context
        return Caller(context.uid, context.gid, context.cwd, context.umask, self.pid)

    def ignored(self) -> dict[int, Handler]:
        """Return the signals that it ignores: what execve(2) keeps of its handlers."""
        return {n: h for n, h in self.handlers.items() if h is Disposition.IGNORE}

    def become(self, argv: Sequence[str]) -> None:
        """Take another program's name and forget the handlers (execve(2))."""
        self.argv = list(argv)
        self.comm = comm_of(argv)
        self.handlers = self.ignored()

    async def write(self, number: int, data: bytes) -> None:
        """Write everything; SIGPIPE, or ``BrokenPipeError`` where that is ignored."""
        try:
            await self.fd(number).write(data)
        except BrokenPipeError:
            self.signal(Sig.PIPE)
            if not self.alive:
                await asyncio.sleep(0)
            raise

    # --- running ---

    def start(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a coroutine as a part of this process: it is stopped and ends with it."""
        task = asyncio.get_running_loop().create_task(
            Driven(coroutine, self._brake), name=f"{self.comm}[{self.pid}]"
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    @property
    def tasks(self) -> tuple[asyncio.Task[Any], ...]:
        """What runs of it."""
        return tuple(self._tasks)

    def run(self, body: Body) -> None:
        """Run what makes up this process; it ends when that returns (called by the table)."""
        self.start(self._run(body))

    async def _run(self, body: Body) -> None:
        try:
            status = await body(self)
        except Exit as exit_:
            status = exit_.status
        except asyncio.CancelledError:
            self.end(128 + Sig.KILL, Sig.KILL)
            raise
        except BrokenPipeError:
            status = 1
        except OSError as error:
            await self._complain(error)
            status = 1
        except Exception as error:  # a bug of ours, and it must be seen as one
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"{self.argv} failed in the demo", "exception": error}
            )
            self.end(128 + Sig.ABRT, Sig.ABRT)
            return
        self.end(status & 0xFF)

    async def _complain(self, error: OSError) -> None:
        where = f"{error.filename}: " if error.filename else ""
        file = self.fds.get(2)
        if file is not None:
            try:
                await file.write(f"{self.comm}: {where}{words_of(error)}\n".encode())
            except OSError:
                return

    def end(self, status: int, signal: int | None = None) -> None:
        """End the process; nothing of it runs afterwards. It is a zombie until it is waited for."""
        if not self.alive:
            return
        self.status, self.killed_by = status, signal
        self._brake.dead = True
        current = asyncio.current_task()
        for task in tuple(self._tasks):
            if task is not current or signal is not None:
                task.cancel()
        for number in tuple(self.fds):
            self.close_fd(number)
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()
        self.table.ended(self)
        for watcher in self._watchers:
            watcher()

    def notify(self, watcher: Callable[[], None]) -> None:
        """Call ``watcher`` when it has ended; does not wait for the zombie."""
        self._watchers.append(watcher)

    async def wait(self) -> int:
        """Return the status when it has ended, and let go of the zombie (waitpid(2))."""
        while self.status is None:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future
        self.table.reap(self)
        return self.status

    # --- signals ---

    def on_signal(self, number: int, handler: Handler) -> None:
        """Set what a signal does (sigaction(2)); KILL and STOP cannot be handled."""
        if number in (Sig.KILL, Sig.STOP):
            raise failure(errno.EINVAL)
        if handler is Disposition.DEFAULT:
            self.handlers.pop(number, None)
        else:
            self.handlers[number] = handler

    def signal(self, number: int) -> None:
        """Deliver a signal (kill(2) without its permission check)."""
        if not self.alive or number == 0:
            return
        if number == Sig.KILL:
            self.end(128 + Sig.KILL, Sig.KILL)
            return
        if number == Sig.CONT:
            self._brake.release()
            pending, self._pending = self._pending, []
            for late in pending:
                self.signal(late)
        handler = self.handlers.get(number, Disposition.DEFAULT)
        if number == Sig.STOP or (number in STOPPING and handler is Disposition.DEFAULT):
            self._brake.stop()
        elif handler is Disposition.IGNORE:
            return
        elif self._brake.stopped:
            if number not in self._pending:
                self._pending.append(number)
        elif handler is not Disposition.DEFAULT:
            handler(number)
        elif number not in IGNORED and self.pid != 1:
            self.end(128 + number, number)


def comm_of(argv: Sequence[str]) -> str:
    """Return the name that ``/proc/PID/comm`` shows: 15 bytes of the program's (proc(5))."""
    return argv[0].rstrip("/").rpartition("/")[2].lstrip("-")[:15] if argv else ""
