"""Real bytes through the simulated network: SSH, and whatever a jump host forwards.

A connection lives as long as both ends do, but its bytes wait while the way between the two
machines is cut, as they do on a real network: nobody is told, until time-outs tell.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from .http import Duplex, HttpService
from .stack import Stack

_CHUNK = 65536


class _Far(asyncio.Transport):
    """Takes what is written to a connection."""

    def __init__(
        self,
        protocol: asyncio.StreamReaderProtocol,
        write: Callable[[bytes], None],
        end: Callable[[], None],
    ) -> None:
        super().__init__()
        self._protocol = protocol
        self._write, self._end = write, end
        self._ended = self._closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._ended:
            self._write(bytes(data))

    def write_eof(self) -> None:
        if not self._ended:
            self._ended = True
            self._end()

    def can_write_eof(self) -> bool:
        return True

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self.write_eof()
            self._protocol.connection_lost(None)

    def abort(self) -> None:
        self.close()


def _streams(
    write: Callable[[bytes], None], end: Callable[[], None], reader: asyncio.StreamReader
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return the two sides of a connection for whoever opened it."""
    loop = asyncio.get_running_loop()
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    far = _Far(protocol, write, end)
    return reader, asyncio.StreamWriter(far, protocol, reader, loop)


@dataclass(slots=True)
class RealServer:
    """A service whose server really listens, on this computer's loopback: sshd."""

    host: str
    port: int

    def listens_on(self, address: str) -> bool:
        """On every address of its machine."""
        return True


class Gate:
    """Open while two machines reach each other."""

    def __init__(self, one: Stack, other: Stack) -> None:
        self._one, self._other = one, other
        self._open = asyncio.Event()
        self._unwatch = one.wire.watch(self._look)
        self._look()

    def _look(self) -> None:
        if self._one.wire.connected(self._one, self._other):
            self._open.set()
        else:
            self._open.clear()

    async def wait(self) -> None:
        """Return when the way is free."""
        await self._open.wait()

    def close(self) -> None:
        """Look no more."""
        self._unwatch()


class Uplink:
    """Connections from one machine to others, for an SSH server that forwards."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._tasks: set[asyncio.Task[None]] = set()

    async def connect(
        self, address: str, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection; returns its two sides. Raises ``OSError`` as the kernel does."""
        target, service = await self._stack.reach(address, port)
        if isinstance(service, RealServer):
            return await self._tunnel(target, service)
        if isinstance(service, HttpService):
            duplex = Duplex()
            streams = _streams(duplex.write, duplex.write_eof, duplex.reader)
            self._run(self._serve_http(target, duplex, streams[1], (address, port), service))
            return streams
        raise ConnectionResetError(104, "Connection reset by peer")

    async def close(self) -> None:
        """Hang up everything."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve_http(
        self,
        target: Stack,
        duplex: Duplex,
        writer: asyncio.StreamWriter,
        to: tuple[str, int],
        service: HttpService,
    ) -> None:
        gate = Gate(self._stack, target)

        async def passable() -> bool:
            await gate.wait()
            return not writer.is_closing()

        try:
            await duplex.serve(self._stack, *to, service, passable)
        except OSError:
            duplex.reader.feed_eof()
        finally:
            gate.close()

    async def _tunnel(
        self, target: Stack, service: RealServer
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        theirs, to_them = await asyncio.open_connection(service.host, service.port)
        ours = asyncio.StreamReader()
        outgoing: asyncio.Queue[bytes | None] = asyncio.Queue()
        gate = Gate(self._stack, target)

        async def send() -> None:
            while (data := await outgoing.get()) is not None:
                await gate.wait()
                to_them.write(data)
                await to_them.drain()
            await gate.wait()

        async def receive() -> None:
            while data := await theirs.read(_CHUNK):
                await gate.wait()
                if writer.is_closing():
                    return
                ours.feed_data(data)
            await gate.wait()

        async def both() -> None:
            parts = {asyncio.ensure_future(send()), asyncio.ensure_future(receive())}
            try:
                await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for part in parts:
                    part.cancel()
                await asyncio.gather(*parts, return_exceptions=True)
                gate.close()
                ours.feed_eof()
                to_them.close()
                with contextlib.suppress(OSError):
                    await to_them.wait_closed()

        reader, writer = _streams(outgoing.put_nowait, lambda: outgoing.put_nowait(None), ours)
        self._run(both())
        return reader, writer

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
