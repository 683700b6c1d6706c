"""Forwarded TCP connections (RFC 4254, 7.2): a channel on one side, a connection on the other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, TypeAlias

import asyncssh

Connection: TypeAlias = "tuple[asyncio.StreamReader, asyncio.StreamWriter]"
#: Opens what a host can reach: ``await connect(host, port)``. Raises ``OSError`` whose text is
#: the reason that the client is told (``ConnectionRefusedError``, ``TimeoutError``).
Connect: TypeAlias = "Callable[[str, int], Awaitable[Connection]]"
_CHUNK = 65536


class WhenAwaited(Awaitable[asyncssh.SSHTCPSession[bytes]]):
    """Opens a connection once somebody waits for it.

    A client whose connection ends right after its request has nobody wait for the answer
    (asyncssh cancels the task that was to), and a coroutine made before is one that "was never
    awaited", which Python prints into the operator's terminal.
    """

    def __init__(
        self, make: Callable[[], Coroutine[Any, Any, asyncssh.SSHTCPSession[bytes]]]
    ) -> None:
        self._make = make

    def __await__(self) -> Generator[Any, Any, asyncssh.SSHTCPSession[bytes]]:
        """Open it now."""
        return self._make().__await__()


class Forward(asyncssh.SSHTCPSession[bytes]):
    """Carries bytes both ways until either side ends."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._channel: asyncssh.SSHTCPChannel[bytes] | None = None
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._pump: asyncio.Task[None] | None = None
        self._drain: asyncio.Task[None] | None = None

    def connection_made(self, chan: asyncssh.SSHTCPChannel[bytes]) -> None:
        """Keep the channel."""
        self._channel = chan

    def session_started(self) -> None:
        """Begin to carry bytes to the client."""
        self._pump = asyncio.get_running_loop().create_task(self._carry())

    async def _carry(self) -> None:
        with contextlib.suppress(OSError):
            while data := await self._reader.read(_CHUNK):
                await self._may_write.wait()
                if self._channel is None or self._channel.is_closing():
                    return
                self._channel.write(data)
        if self._channel is not None and not self._channel.is_closing():
            self._channel.write_eof()
            if self._reader.at_eof():
                self._channel.close()

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Carry bytes from the client."""
        self._writer.write(data)
        transport = self._writer.transport
        if self._drain is None and transport.get_write_buffer_size() > _CHUNK:
            if self._channel is not None:
                self._channel.pause_reading()
            self._drain = asyncio.get_running_loop().create_task(self._drained())

    async def _drained(self) -> None:
        with contextlib.suppress(OSError):
            await self._writer.drain()
        self._drain = None
        if self._channel is not None:
            self._channel.resume_reading()

    def eof_received(self) -> bool:
        """The client sends no more."""
        with contextlib.suppress(OSError, RuntimeError):
            if self._writer.can_write_eof():
                self._writer.write_eof()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel is gone."""
        self._channel = None
        self._may_write.set()
        if self._pump is not None:
            self._pump.cancel()
        if self._drain is not None:
            self._drain.cancel()
        self._writer.close()

    def pause_writing(self) -> None:
        """The client takes no more for now."""
        self._may_write.clear()

    def resume_writing(self) -> None:
        """The client takes more."""
        self._may_write.set()
