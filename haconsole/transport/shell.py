"""A long-lived ``sh`` on a host: one command at a time, a fraction of a millisecond each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from .capture import Capture
from .cleaning import clean
from .commands import Command, Result
from .errors import CommandTimeoutError, LinkDownError, failure
from .process import Process, new_nonce
from .wrappers import MARK, frame, shell_preamble

#: Bytes past ``max_bytes`` that a command may still write before it is ended as a flood.
FLOOD_BYTES = 4 << 20
#: The exit status of a command that we ended: 128 + SIGKILL, as a shell reports it.
KILLED = 137


class _Running:
    """The command that the shell works on."""

    def __init__(self, nonce: str, max_bytes: int) -> None:
        mark = MARK + nonce.encode()
        self.stdout = Capture(mark + b" ", MARK, max_bytes)
        self.stderr = Capture(mark, MARK, max_bytes)
        self.done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._most = max_bytes + FLOOD_BYTES

    def on_stdout(self, data: bytes) -> None:
        self.stdout.feed(data)
        self._check()

    def on_stderr(self, data: bytes) -> None:
        self.stderr.feed(data)
        self._check()

    @property
    def flooding(self) -> bool:
        return max(self.stdout.seen, self.stderr.seen) > self._most

    def _check(self) -> None:
        if not self.done.done() and ((self.stdout.done and self.stderr.done) or self.flooding):
            self.done.set_result(True)

    def lost(self) -> None:
        if not self.done.done():
            self.done.set_result(False)


class Shell:
    """One ``sh`` behind a wrapped process that said hello."""

    def __init__(self, process: Process, host: str, clock: Callable[[], float]) -> None:
        self._process = process
        self._host = host
        self._clock = clock
        self._running: _Running | None = None
        process.attach(self._on_stdout, self._on_stderr, self._on_end)
        process.write(shell_preamble())

    @property
    def alive(self) -> bool:
        """Whether commands can still be sent."""
        return self._process.alive

    def close(self) -> None:
        """End the shell and what runs in it."""
        self._process.close()

    async def run(self, command: Command) -> Result:
        """Run one command; not to be called while another runs.

        Raises ``CommandTimeoutError`` and ``LinkDownError``. After a time-out, a cancellation
        or a flood the shell is closed with everything in it: it is not ``alive`` any more.
        """
        nonce = new_nonce()
        running = self._running = _Running(nonce, command.max_bytes)
        at, began = self._clock(), time.perf_counter()
        try:
            self._process.write(frame(command.script, nonce))
            async with asyncio.timeout(command.timeout_s):
                complete = await running.done
        except TimeoutError as error:
            self._process.close()
            raise timed_out(command, self._host) from error
        except asyncio.CancelledError:
            self._process.close()
            raise
        finally:
            self._running = None
        if not complete:
            raise failure(
                LinkDownError,
                "The shell on {host} ended under “{name}”.",
                host=self._host,
                name=command.name,
            )
        status = KILLED
        if running.stdout.word is not None and running.stdout.word.isdigit():
            status = int(running.stdout.word)
        if not (running.stdout.done and running.stderr.done):
            self._process.close()
        return Result(
            exit_status=status,
            stdout=clean(running.stdout.data),
            stderr=clean(running.stderr.data),
            started_at=at,
            seconds=time.perf_counter() - began,
            truncated=running.stdout.truncated or running.stderr.truncated,
        )

    def _on_stdout(self, data: bytes) -> None:
        if self._running is not None:
            self._running.on_stdout(data)

    def _on_stderr(self, data: bytes) -> None:
        if self._running is not None:
            self._running.on_stderr(data)

    def _on_end(self) -> None:
        if self._running is not None:
            self._running.lost()


def timed_out(command: Command, host: str) -> CommandTimeoutError:
    """Return the error for a command that took too long."""
    return failure(
        CommandTimeoutError,
        "“{name}” on {host} gave no answer within {seconds} s and was ended.",
        name=command.name,
        host=host,
        seconds=f"{command.timeout_s:g}",
    )
