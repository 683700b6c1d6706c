"""TCP connections through a host's sshd, many and short, each with its own outcome."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import asyncssh

from haconsole.domain.events import LinkChanged, LinkStatus
from haconsole.domain.model import Host, Site

from .cleaning import clean_words
from .errors import LinkDownError, RefusedError, TransportError, failure
from .prompts import NoPrompter
from .transport import Transport

#: sshd says why a connection failed in the words of its C library, other servers with a number.
_REASONS = (
    (re.compile(r"refused|Errno (111|61|10061)\b", re.IGNORECASE), errno.ECONNREFUSED),
    (re.compile(r"no route|Errno (113|65)\b", re.IGNORECASE), errno.EHOSTUNREACH),
    (re.compile(r"unreachable|Errno (101|51)\b", re.IGNORECASE), errno.ENETUNREACH),
    (re.compile(r"reset|Errno (104|54)\b", re.IGNORECASE), errno.ECONNRESET),
    (re.compile(r"timed? ?out|Errno (110|60)\b", re.IGNORECASE), errno.ETIMEDOUT),
)
_Opened = tuple[asyncssh.SSHTCPChannel[bytes], asyncssh.SSHTCPSession[bytes]]
#: Called with what came; returns whether that is enough.
OnData = Callable[[bytes], bool]


class _Channel(asyncssh.SSHTCPSession[bytes]):
    """One forwarded connection; ``over`` is done when it ended, or was enough."""

    def __init__(self, on_data: OnData) -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.on_data = on_data

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        if not self.over.done() and self.on_data(data):
            self.over.set_result(None)

    def eof_received(self) -> bool:
        self._end()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()

    def _end(self) -> None:
        if not self.over.done():
            self.over.set_result(None)


class _Tls:
    """TLS over a channel, which is no socket. Certificates are not verified."""

    def __init__(self, context: ssl.SSLContext, request: bytes, on_data: OnData) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out)
        self._request = request
        self._on_data = on_data
        self._shaken = False

    def step(self, data: bytes = b"") -> tuple[bytes, bool]:
        """Take what came; return what is to be sent, and whether it is over."""
        self._in.write(data)
        enough = False
        try:
            if not self._shaken:
                self._tls.do_handshake()
                self._shaken = True
                self._tls.write(self._request)
            while not enough:
                plain = self._tls.read(1 << 14)
                enough = not plain or self._on_data(plain)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            enough = True
        return self._out.read(), enough


class Passage:
    """The way through one SSH connection, as long as that lives."""

    def __init__(self, connection: asyncssh.SSHClientConnection, host: str) -> None:
        self._connection = connection
        self._host = host
        self._opening: set[asyncio.Future[_Opened]] = set()
        self._tls = ssl.create_default_context()
        self._tls.check_hostname = False
        self._tls.verify_mode = ssl.CERT_NONE

    @property
    def opening(self) -> int:
        """How many connections sshd still tries to open: SSH cannot take that back."""
        return len(self._opening)

    async def ask(
        self,
        address: str,
        port: int,
        request: bytes,
        on_open: Callable[[], None],
        on_data: OnData,
        *,
        tls: bool = False,
    ) -> None:
        """Send a request over a connection of its own; returns when it ended or is enough.

        Raises ``OSError`` with the number of why there is no connection, ``LinkDownError`` when
        the link is lost, and ``TransportError`` where the host does not forward. May be
        cancelled at any time.
        """
        session = _Channel(on_data)
        channel = await self._open(session, address, port)
        try:
            on_open()
            if tls:
                self._speak_tls(session, channel, request)
            else:
                channel.write(request)
            await session.over
        finally:
            channel.abort()

    def _speak_tls(
        self, session: _Channel, channel: asyncssh.SSHTCPChannel[bytes], request: bytes
    ) -> None:
        inner = _Tls(self._tls, request, session.on_data)

        def step(data: bytes) -> bool:
            out, over = inner.step(data)
            if out:
                channel.write(out)
            return over

        session.on_data = step
        step(b"")

    async def keep(
        self, address: str, port: int
    ) -> tuple[asyncssh.SSHReader[bytes], asyncssh.SSHWriter[bytes]]:
        """Open a connection that stays; raises ``OSError`` and ``TransportError``.

        Who reads from it does so within :meth:`explained`.
        """
        with self.explained(address):
            return await self._connection.open_connection(address, port, encoding=None)

    async def _open(
        self, session: _Channel, address: str, port: int
    ) -> asyncssh.SSHTCPChannel[bytes]:
        opening = asyncio.ensure_future(
            self._connection.create_connection(lambda: session, address, port, encoding=None)
        )
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)
        try:
            with self.explained(address):
                channel, _ = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_abandon)
            raise
        return channel

    @contextlib.contextmanager
    def explained(self, address: str) -> Iterator[None]:
        """Raise what SSH says of a connection to ``address`` as errors of ours (see ``ask``)."""
        try:
            yield
        except asyncssh.ChannelOpenError as error:
            if error.code == asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED:
                raise failure(
                    TransportError,
                    "{host} does not forward to {address}: its sshd says AllowTcpForwarding no, "
                    "or PermitOpen leaves it out.",
                    host=self._host,
                    address=address,
                ) from error
            if error.reason == "SSH connection closed":
                raise failure(LinkDownError, "The link to {host} was lost.", host=self._host) from (
                    error
                )
            code = next((code for words, code in _REASONS if words.search(error.reason)), 0)
            raise OSError(code, clean_words(error.reason)) from error
        except asyncssh.Error as error:
            raise failure(LinkDownError, "The link to {host} was lost.", host=self._host) from error


def _abandon(opening: asyncio.Future[_Opened]) -> None:
    """Let go of a connection that came too late."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result()[0].abort()


class WayIn(Transport):
    """An SSH connection of its own to one host, through its jump hosts; nobody is asked."""

    def __init__(self, hosts: Sequence[Host], via: str) -> None:
        """``hosts``: ``via``, and every jump host on the way to it."""
        super().__init__(Site("way in", (), tuple(hosts)), prompter=NoPrompter())
        self._via = via
        self._problem: asyncio.Future[TransportError] = asyncio.Future()
        self.on_link(self._heed)

    async def enter(self, timeout_s: float) -> Passage:
        """Connect; raises ``TransportError``: refused, or not up in time."""
        await self.start()
        up = asyncio.ensure_future(self.wait_up(self._via))
        waiting: set[asyncio.Future[Any]] = {up, self._problem}
        try:
            await asyncio.wait(waiting, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            up.cancel()
        link = self._node(self._via).link
        if not link.up and self._problem.done():
            raise self._problem.result()
        return Passage(link.open_connection(), self._via)

    def _heed(self, event: LinkChanged) -> None:
        if event.status is LinkStatus.REFUSED and event.detail and not self._problem.done():
            self._problem.set_result(failure(RefusedError, "{text}", text=event.detail))
