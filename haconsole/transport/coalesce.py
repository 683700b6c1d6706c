"""Fewer, fuller packets: what is written in one turn of the event loop leaves in one piece.

The library writes two small packets for every message (an empty MSG_IGNORE goes ahead of each,
a guard that old ciphers needed), and through a jump host each of them becomes two again: four
system calls and four TCP segments for one command. Collected per turn of the loop, commands
that go to twenty hosts through one jump host leave in a single ``send``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import asyncssh

Factory = Callable[..., Any]


class CoalescingTransport(asyncio.Transport):
    """Stands before a transport (or a forwarded channel) and collects its writes."""

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self._inner = inner
        self._loop = asyncio.get_running_loop()
        self._pending: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send bytes at the end of this turn of the loop."""
        if not self._pending:
            self._loop.call_soon(self._flush)
        self._pending.append(bytes(data))

    def _flush(self) -> None:
        if self._pending:
            data, self._pending = b"".join(self._pending), []
            if not self._inner.is_closing():
                self._inner.write(data)

    def close(self) -> None:
        """Send what waits, and close."""
        self._flush()
        self._inner.close()

    def abort(self) -> None:
        """Close at once."""
        self._pending.clear()
        self._inner.abort()

    def is_closing(self) -> bool:
        """Whether it is closed or closing."""
        return bool(self._inner.is_closing())

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what the transport behind knows."""
        return self._inner.get_extra_info(name, default)


class _Through(asyncssh.SSHTCPSession[bytes]):
    """A forwarded channel's session that is an SSH connection of its own."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def connection_made(self, chan: asyncssh.SSHTCPChannel[bytes]) -> None:
        self.connection.connection_made(CoalescingTransport(chan))

    def connection_lost(self, exc: Exception | None) -> None:
        self.connection.connection_lost(exc)

    def session_started(self) -> None:
        self.connection.session_started()

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        self.connection.data_received(data)

    def eof_received(self) -> bool:
        self.connection.eof_received()
        return False


class _Direct(asyncio.Protocol):
    """A TCP connection's protocol that is an SSH connection."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.connection.connection_made(CoalescingTransport(transport))

    def connection_lost(self, exc: Exception | None) -> None:
        self.connection.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self.connection.data_received(data)

    def eof_received(self) -> bool | None:
        self.connection.eof_received()
        return None


class Tunnel:
    """What ``asyncssh.connect`` takes as ``tunnel``: from here, or through a jump host."""

    def __init__(self, jump: asyncssh.SSHClientConnection | None, family: int) -> None:
        self._jump = jump
        self._family = family

    async def create_connection(
        self, session_factory: Factory, remote_host: str, remote_port: int
    ) -> tuple[object, object]:
        """Open the connection that the library then speaks SSH over."""
        if self._jump is not None:
            chan, session = await self._jump.create_connection(
                lambda: _Through(session_factory()), remote_host, remote_port
            )
            assert isinstance(session, _Through)  # noqa: S101 - what the factory made
            return chan, session.connection
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.create_connection(
            lambda: _Direct(session_factory()), remote_host, remote_port, family=self._family
        )
        return transport, protocol.connection
