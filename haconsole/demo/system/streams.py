"""Open file descriptions: pipes, files, devices; shared by descriptors and counted."""

from __future__ import annotations

import asyncio
import errno
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from .errors import failure

#: Linux's default pipe capacity in bytes (pipe(7)).
PIPE_BYTES = 65536
S = TypeVar("S", bound="OpenFile")


class OpenFile:
    """An open file description. It is closed when its last descriptor is (close(2))."""

    def __init__(self) -> None:
        self._descriptors = 0
        self._at_close: list[Callable[[], None]] = []

    def at_close(self, callback: Callable[[], None]) -> None:
        """Call back when the last descriptor is closed."""
        self._at_close.append(callback)

    def share(self: S) -> S:
        """Count one descriptor more."""
        self._descriptors += 1
        return self

    def release(self) -> None:
        """Count one descriptor less; the last one closes."""
        self._descriptors -= 1
        if self._descriptors == 0:
            self._closed()
            while self._at_close:
                self._at_close.pop()()

    def _closed(self) -> None:
        """The last descriptor is gone."""

    async def read(self, size: int = PIPE_BYTES) -> bytes:
        """Return up to ``size`` bytes as soon as there are any; ``b""`` at the end."""
        raise failure(errno.EBADF)

    async def write(self, data: bytes) -> None:
        """Write everything; ``BrokenPipeError`` when nobody can read it any more."""
        raise failure(errno.EBADF)

    def peek(self) -> bytes:
        """Return what can be read at once, without taking it."""
        return b""

    async def more(self, known: int) -> bool:
        """Wait until :meth:`peek` shows more than ``known`` bytes; ``False`` at the end."""
        return False

    async def readline(self) -> bytes:
        """Take one line with its newline, and not a byte more; ``b""`` at the end."""
        seen = 0
        while True:
            data = self.peek()
            at = data.find(b"\n", seen)
            if at >= 0:
                return await self.read(at + 1)
            seen = len(data)
            if not await self.more(seen):
                return await self.read(seen) if seen else b""


class Pipe:
    """A bounded buffer between a reader and a writer."""

    def __init__(self, capacity: int = PIPE_BYTES) -> None:
        self.buffer = bytearray()
        self.capacity = capacity
        self.reader_open = True
        self.writer_open = True
        self._waiting: deque[asyncio.Future[None]] = deque()
        #: Called when a reader has made room again, for writers from outside of the model.
        self.on_room: Callable[[], None] | None = None

    def feed(self, data: bytes) -> bool:
        """Take bytes from outside at once; whether there is room for more."""
        if self.reader_open:
            self.buffer += data
            self.wake()
        return len(self.buffer) < self.capacity

    async def wait(self) -> None:
        """Wait until something about the pipe changes."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future

    def wake(self) -> None:
        """Tell everyone who waits that something changed."""
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)


class PipeReader(OpenFile):
    """The end of a pipe to read from."""

    def __init__(self, pipe: Pipe) -> None:
        super().__init__()
        self.pipe = pipe

    def _closed(self) -> None:
        self.pipe.reader_open = False
        self.pipe.buffer.clear()
        self.pipe.wake()
        if self.pipe.on_room is not None:
            self.pipe.on_room()

    async def read(self, size: int = PIPE_BYTES) -> bytes:
        """Return up to ``size`` bytes as soon as there are any; ``b""`` at the end."""
        pipe = self.pipe
        while not pipe.buffer:
            if not pipe.writer_open or size == 0:
                return b""
            await pipe.wait()
        data = bytes(pipe.buffer[:size])
        del pipe.buffer[:size]
        pipe.wake()
        if pipe.on_room is not None and len(pipe.buffer) < pipe.capacity:
            pipe.on_room()
        return data

    def peek(self) -> bytes:
        """Return what can be read at once, without taking it."""
        return bytes(self.pipe.buffer)

    async def more(self, known: int) -> bool:
        """Wait for more than ``known`` bytes; the pipe grows for a reader that needs it."""
        pipe = self.pipe
        while len(pipe.buffer) <= known:
            if not pipe.writer_open:
                return False
            if known >= pipe.capacity:
                pipe.capacity = known + PIPE_BYTES
                pipe.wake()
            await pipe.wait()
        return True


class PipeWriter(OpenFile):
    """The end of a pipe to write to."""

    def __init__(self, pipe: Pipe) -> None:
        super().__init__()
        self.pipe = pipe

    def _closed(self) -> None:
        self.pipe.writer_open = False
        self.pipe.wake()

    async def write(self, data: bytes) -> None:
        """Write everything; waits while the pipe is full."""
        pipe = self.pipe
        view = memoryview(data)
        while view or not data:
            if not pipe.reader_open:
                raise failure(errno.EPIPE)
            room = pipe.capacity - len(pipe.buffer)
            if room > 0:
                pipe.buffer += view[:room]
                view = view[room:]
                pipe.wake()
            if not view:
                return
            await pipe.wait()


def make_pipe(capacity: int = PIPE_BYTES) -> tuple[PipeReader, PipeWriter]:
    """Return the two ends of a new pipe (pipe(2)); neither has a descriptor yet."""
    pipe = Pipe(capacity)
    return PipeReader(pipe), PipeWriter(pipe)


class Null(OpenFile):
    """``/dev/null``; as ``zero`` it is full of NUL bytes, as ``full`` it takes none."""

    def __init__(self, name: str = "null") -> None:
        super().__init__()
        self.name = name

    async def read(self, size: int = PIPE_BYTES) -> bytes:
        """Nothing, or zeroes."""
        return b"" if self.name == "null" else bytes(size)

    async def write(self, data: bytes) -> None:
        """Drop it, or refuse it."""
        if self.name == "full":
            raise failure(errno.ENOSPC)


class Fixed(OpenFile):
    """Bytes made when the file was opened, as of files in ``/proc``; or a here-document."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = data
        self._at = 0

    async def read(self, size: int = PIPE_BYTES) -> bytes:
        """Return the next bytes."""
        data = self._data[self._at : self._at + size]
        self._at += len(data)
        return data

    def peek(self) -> bytes:
        """Return the rest."""
        return self._data[self._at :]


class Collector(OpenFile):
    """Keeps what is written to it; for callers outside of the model, and tests."""

    def __init__(self) -> None:
        super().__init__()
        self.data = bytearray()

    async def write(self, data: bytes) -> None:
        """Keep it."""
        self.data += data


class Sink(OpenFile):
    """Reading from here ends at once; what is written here goes to a function."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        super().__init__()
        self._take = take

    async def read(self, size: int = PIPE_BYTES) -> bytes:
        """Nothing."""
        return b""

    async def write(self, data: bytes) -> None:
        """Hand it on."""
        self._take(data)
