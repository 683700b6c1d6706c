"""What a program is given when it runs: words, streams, and its host."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from .process import Exit, Process
from .streams import PIPE_BYTES, OpenFile

if TYPE_CHECKING:
    from .files import Files
    from .machine import Machine

Program: TypeAlias = "Callable[[Invocation], Awaitable[int]]"


class Stream:
    """A descriptor of a process, to read from and write to."""

    def __init__(self, process: Process, number: int) -> None:
        self._process = process
        self._number = number

    async def read(self, size: int = PIPE_BYTES) -> bytes:
        """Return up to ``size`` bytes as soon as there are any; ``b""`` at the end."""
        return await self._process.fd(self._number).read(size)

    async def read_all(self) -> bytes:
        """Return everything up to the end."""
        file = self._process.fd(self._number)
        parts = []
        while data := await file.read(PIPE_BYTES):
            parts.append(data)
        return b"".join(parts)

    async def readline(self) -> bytes:
        """Take one line with its newline, and not a byte more; ``b""`` at the end."""
        return await self._process.fd(self._number).readline()

    async def write(self, data: bytes | str) -> None:
        """Write everything; SIGPIPE when nobody reads any more."""
        raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        await self._process.write(self._number, raw)


class Invocation:
    """One run of a program. ``argv[0]`` is its name."""

    def __init__(self, machine: Machine, process: Process, argv: Sequence[str]) -> None:
        self.machine = machine
        self.process = process
        self.argv = list(argv)
        self.stdin = Stream(process, 0)
        self.stdout = Stream(process, 1)
        self.stderr = Stream(process, 2)

    @property
    def name(self) -> str:
        """The program's name without its path."""
        return self.argv[0].rpartition("/")[2]

    @property
    def args(self) -> list[str]:
        """The words after the name."""
        return self.argv[1:]

    @property
    def env(self) -> dict[str, str]:
        """The environment; changing it changes what children get."""
        return self.process.context.env

    @property
    def cwd(self) -> str:
        """The working directory."""
        return self.process.cwd

    @property
    def uid(self) -> int:
        """Who runs it."""
        return self.process.uid

    @property
    def files(self) -> Files:
        """The host's files; pass :attr:`Process.caller` for this user's rights."""
        return self.machine.files

    async def print(self, text: str) -> None:
        """Write a line to standard output."""
        await self.stdout.write(f"{text}\n")

    async def error(self, text: str, status: int = 1) -> int:
        """Write ``NAME: text`` to standard error; returns the status to end with."""
        await self.stderr.write(f"{self.name}: {text}\n")
        return status

    async def fail(self, text: str, status: int = 1) -> NoReturn:
        """Write ``NAME: text`` to standard error and end the program."""
        raise Exit(await self.error(text, status))

    async def sleep(self, seconds: float) -> None:
        """Do nothing for a while."""
        await asyncio.sleep(seconds)

    def start(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something beside, as a thread of this process: SIGSTOP and SIGKILL reach it."""
        return self.process.start(coroutine)

    def spawn(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        uid: int | None = None,
        fds: Mapping[int, OpenFile] | None = None,
        new_session: bool = False,
    ) -> Process:
        """Start a program as a child; raises ``OSError`` when it cannot be run."""
        return self.machine.spawn(
            argv,
            parent=self.process,
            env=env,
            cwd=cwd,
            uid=uid,
            fds=fds,
            new_session=new_session,
        )
