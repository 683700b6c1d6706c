"""Where the program runs: on a host behind the door, or as a process of our own."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import time
from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from haconsole.procedures.steps.shell import quote
from haconsole.transport.cleaning import clean_line, clean_words
from haconsole.transport.commands import Command
from haconsole.transport.door import Door, Lines

from .orders import Orders
from .shipping import program

#: Seconds that a process of ours gets to end by itself: its time-out, and to write it down.
GRACE_S = 2.0
#: What a host says that has no Python, and its exit status.
NO_PYTHON, NO_PYTHON_STATUS = "python", 127
_MOST_ERRORS = 4096

#: RHEL 8 has its own Python beside (or instead of) a ``python3``.
_SCRIPT = """\
for p in python3 /usr/libexec/platform-python python python2; do
  command -v "$p" >/dev/null 2>&1 || continue
  "$p" -c 'import json, select, socket' >/dev/null 2>&1 || continue
  exec "$p" - {orders}
done
echo "! {word}"; exit {status}
"""


class Source(Protocol):
    """A running program's lines."""

    def lines(self) -> AsyncGenerator[Lines, None]:
        """Yield what it writes; the last batch carries its exit status."""
        ...

    async def finish(self) -> None:
        """Let it end by itself."""
        ...


class OnHost:
    """The program on a host, by its Python; nothing is kept there.

    It ends with its channel, so with the link and with the console, too (``Door.stream``).
    """

    def __init__(self, door: Door, host: str, orders: Orders) -> None:
        self._door = door
        self._host = host
        script = _SCRIPT.format(
            orders=quote(orders.text()), word=NO_PYTHON, status=NO_PYTHON_STATUS
        )
        self._command = Command("probe", script, stdin=program().encode(), timeout_s=0)

    def lines(self) -> AsyncGenerator[Lines, None]:
        """Yield what it writes; raises ``TransportError``."""
        return self._door.stream(self._host, self._command, apart=True)

    async def finish(self) -> None:
        """Do nothing: it is ended by closing its channel."""


class AsChild:
    """A program of ours on this machine. Its life hangs on its standard input.

    A session of its own: Ctrl-C is for the console, which then ends the drill in its order.
    """

    def __init__(self, argv: Sequence[str], first: bytes = b"") -> None:
        self._argv = argv
        self._first = first
        self._process: asyncio.subprocess.Process | None = None

    async def lines(self) -> AsyncGenerator[Lines, None]:
        """Yield what it writes; raises ``OSError`` where it cannot be started."""
        process = self._process = await asyncio.create_subprocess_exec(
            *self._argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdin and process.stdout  # noqa: S101 - pipes were asked for
        errors = asyncio.create_task(_tail(process))
        rest = b""
        try:
            process.stdin.write(self._first)
            while chunk := await process.stdout.read(1 << 16):
                *whole, rest = (rest + chunk).split(b"\n")
                yield Lines([clean_line(line) for line in whole], time.time())
            status = await process.wait()
            yield Lines([], time.time(), exit_status=status, problem=clean_words(await errors))
        finally:
            errors.cancel()
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    async def finish(self) -> None:
        """End its standard input."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()


async def _tail(process: asyncio.subprocess.Process) -> bytes:
    """Return the end of its standard error."""
    kept = b""
    assert process.stderr  # noqa: S101 - a pipe was asked for
    while chunk := await process.stderr.read(_MOST_ERRORS):
        kept = (kept + chunk)[-_MOST_ERRORS:]
    return kept
