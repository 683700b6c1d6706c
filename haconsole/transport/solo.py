"""A command on a channel of its own: streams, commands with standard input, long ones."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable

from .cleaning import clean, clean_line, clean_words
from .commands import Command, Result
from .door import Lines
from .errors import LinkDownError, failure
from .process import Process
from .shell import FLOOD_BYTES, KILLED, timed_out
from .splitting import LineSplitter
from .wrappers import MARK

#: Seconds between heartbeats, and after how many missed ones the node ends the command.
BEAT_S = 15.0
BEATS_MISSED = 3
#: A stream's lines that wait for their reader at most; the oldest are dropped past that.
BUFFER_LINES = 20_000
BUFFER_BYTES = 8 << 20
#: What one batch holds at most, so that a backlog never holds up the event loop.
BATCH_LINES = 200
BATCH_BYTES = 64 * 1024
_KEEP = 4096


class Backlog:
    """Lines between the channel and the reader: bounded, the oldest dropped and counted."""

    def __init__(self, lines: int = BUFFER_LINES, size: int = BUFFER_BYTES) -> None:
        self._lines: deque[bytes] = deque()
        self._size = 0
        self._most_lines, self._most_size = lines, size
        self._dropped = 0

    def __bool__(self) -> bool:
        return bool(self._lines) or self._dropped > 0

    def add(self, lines: list[bytes]) -> None:
        """Take lines."""
        self._lines.extend(lines)
        self._size += sum(map(len, lines))
        while len(self._lines) > self._most_lines or self._size > self._most_size:
            self._size -= len(self._lines.popleft())
            self._dropped += 1

    def take(self) -> tuple[list[bytes], int]:
        """Return one batch and how many lines were dropped before it."""
        batch: list[bytes] = []
        size = 0
        while self._lines and len(batch) < BATCH_LINES and size < BATCH_BYTES:
            line = self._lines.popleft()
            batch.append(line)
            size += len(line)
        self._size -= size
        dropped, self._dropped = self._dropped, 0
        return batch, dropped


class _Tail:
    """Finds the mark that the wrapper writes last, and gives back what stood before it."""

    def __init__(self, nonce: str) -> None:
        self._mark = MARK + nonce.encode() + b" "
        self._held = b""
        self.status: int | None = None

    def feed(self, chunk: bytes) -> bytes:
        data = self._held + chunk
        at = data.rfind(MARK, max(0, len(data) - len(self._mark) - 8))
        opening = data.rfind(self._mark)
        if opening >= 0:
            self._held = data[opening : opening + 256]
            return data[:opening]
        self._held = data[at:] if at >= 0 else b""
        return data[:at] if at >= 0 else data

    def finish(self) -> bytes:
        word = self._held[len(self._mark) :].partition(MARK)[0]
        if self._held.startswith(self._mark) and word.isdigit():
            self.status = int(word)
            return b""
        return self._held


class Solo:
    """One command on its own channel; heartbeats go out until it ends."""

    def __init__(self, process: Process, host: str, beat_s: float) -> None:
        self._process = process
        self._host = host
        self._beat_s = beat_s
        self._tail = _Tail(process.nonce)
        self._beat: asyncio.TimerHandle | None = None

    def begin(self, script: bytes, stdin: bytes | None) -> None:
        """Send the script and its standard input."""
        self._process.write(script)
        if stdin:
            self._process.write(stdin)
        self._schedule()

    def close(self) -> None:
        """End the command on the node."""
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None
        self._process.close()

    def _schedule(self) -> None:
        self._beat = asyncio.get_running_loop().call_later(self._beat_s, self._send_beat)

    def _send_beat(self) -> None:
        self._process.write(b".")
        self._schedule()

    async def lines(self, clock: Callable[[], float]) -> AsyncGenerator[Lines, None]:
        """Yield the output in batches until the command ends; ``LinkDownError`` when cut off."""
        splitter, backlog, more = LineSplitter(), Backlog(), asyncio.Event()
        errors = bytearray()

        def on_stdout(data: bytes) -> None:
            data = self._tail.feed(data)
            if data and (lines := splitter.feed(data)):
                backlog.add(lines)
                more.set()

        def on_stderr(data: bytes) -> None:
            errors.extend(data)
            del errors[:-_KEEP]

        ended = self._process.ended
        self._process.attach(on_stdout, on_stderr, more.set)
        while not ended.is_set() or backlog:
            if not backlog:
                more.clear()
                await more.wait()
                continue
            batch, dropped = backlog.take()
            yield Lines([clean_line(line) for line in batch], clock(), dropped)
            if backlog:
                await asyncio.sleep(0)
        rest = self._tail.finish()
        last = [*splitter.feed(rest), splitter.rest()]
        if self._tail.status is None:
            raise cut_off(self._host, clean_words(bytes(errors)))
        yield Lines(
            [clean_line(line) for line in last if line],
            clock(),
            exit_status=self._tail.status,
            problem=clean_words(bytes(errors)),
        )

    async def result(self, command: Command, clock: Callable[[], float]) -> Result:
        """Wait for the command's end. Raises ``CommandTimeoutError``, ``LinkDownError``."""
        at, began = clock(), time.perf_counter()
        stdout, stderr = bytearray(), bytearray()
        sizes = [0, 0]
        enough = asyncio.Event()

        def take(index: int, kept: bytearray, data: bytes) -> None:
            sizes[index] += len(data)
            kept.extend(data[: max(0, command.max_bytes - len(kept))])
            if sizes[index] > command.max_bytes + FLOOD_BYTES:
                enough.set()

        self._process.attach(
            lambda data: take(0, stdout, self._tail.feed(data)),
            lambda data: take(1, stderr, data),
            enough.set,
        )
        try:
            async with asyncio.timeout(command.timeout_s):
                await enough.wait()
        except TimeoutError as error:
            raise timed_out(command, self._host) from error
        rest = self._tail.finish()
        take(0, stdout, rest)
        truncated = max(sizes) > command.max_bytes
        if self._tail.status is None and not truncated:
            raise cut_off(self._host, clean_words(bytes(stderr)))
        return Result(
            exit_status=KILLED if self._tail.status is None else self._tail.status,
            stdout=clean(bytes(stdout)),
            stderr=clean(bytes(stderr)),
            started_at=at,
            seconds=time.perf_counter() - began,
            truncated=truncated,
        )


def cut_off(host: str, complaint: str) -> LinkDownError:
    """Return the error for a command whose end was not seen."""
    if complaint:
        return failure(
            LinkDownError,
            "The command on {host} was cut off: {complaint}",
            host=host,
            complaint=complaint,
        )
    return failure(LinkDownError, "The command on {host} was cut off.", host=host)
