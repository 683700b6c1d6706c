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


class Writer:
    """What is written to a connection (the part of ``asyncio.StreamWriter`` that is used)."""

    def __init__(self, write: Callable[[bytes], None], end: Callable[[], None]) -> None:
        self._write, self._end = write, end
        self._closing = False

    def write(self, data: bytes) -> None:
        """Send bytes."""
        if not self._closing:
            self._write(data)

    def write_eof(self) -> None:
        """Send the end."""
        self.close()

    def can_write_eof(self) -> bool:
        """Whether the end can be sent alone; it can."""
        return True

    async def drain(self) -> None:
        """Let others run."""
        await asyncio.sleep(0)

    def close(self) -> None:
        """Hang up."""
        if not self._closing:
            self._closing = True
            self._end()

    def is_closing(self) -> bool:
        """Whether it was hung up."""
        return self._closing

    async def wait_closed(self) -> None:
        """Return at once."""


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

    async def connect(self, address: str, port: int) -> tuple[asyncio.StreamReader, Writer]:
        """Open a connection; returns its two sides. Raises ``OSError`` as the kernel does."""
        target, service = await self._stack.reach(address, port)
        if isinstance(service, RealServer):
            return await self._tunnel(target, service)
        if isinstance(service, HttpService):
            duplex = Duplex()
            self._run(self._serve_http(target, duplex, address, port, service))
            return duplex.reader, Writer(duplex.write, duplex.close)
        raise ConnectionResetError(104, "Connection reset by peer")

    async def close(self) -> None:
        """Hang up everything."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve_http(
        self, target: Stack, duplex: Duplex, address: str, port: int, service: HttpService
    ) -> None:
        gate = Gate(self._stack, target)
        try:
            await duplex.serve(self._stack, address, port, service, gate.wait)
        except OSError:
            duplex.reader.feed_eof()
        finally:
            gate.close()

    async def _tunnel(
        self, target: Stack, service: RealServer
    ) -> tuple[asyncio.StreamReader, Writer]:
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

        self._run(both())
        return ours, Writer(outgoing.put_nowait, lambda: outgoing.put_nowait(None))

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
