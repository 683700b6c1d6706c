"""One HTTP request, from here or through a host: the status line is all that is read."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from urllib.parse import urlsplit

import asyncssh

from haconsole import __version__
from haconsole.domain.notes import Note, note
from haconsole.words import t

from .cleaning import clean_words
from .errors import LateError, LinkDownError, TransportError, failure

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})(?: |\r?$)")
#: Bytes that may come before the end of the status line.
_MOST = 4096
#: Seconds in which a host that was asked through has to show that it is there.
PROOF_S = 1.0
#: Where a question was given up this much later than it should be, this console was late itself
#: (a machine with too much to do), and its answer may have lain there unread: that says nothing.
OWN_LATENESS_S = 0.25


async def http_status(
    connection: asyncssh.SSHClientConnection | None, via: str | None, url: str, timeout_s: float
) -> tuple[int, float]:
    """Return the HTTP status and the seconds until it came; raises ``TransportError``.

    What is not known to be the fault of who was asked is told apart: ``LinkDownError`` where the
    way there is gone, also where nobody noticed yet, and ``LateError`` where this console was.
    """
    parts = urlsplit(url)
    host, tls = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if tls else 80)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: haconsole/{__version__}\r\n"
        "Accept: */*\r\nConnection: close\r\n\r\n"
    ).encode("ascii", errors="replace")
    began = time.perf_counter()
    try:
        async with asyncio.timeout(timeout_s):
            line = await _ask(connection, host, port, request, tls=tls)
    except asyncssh.ChannelOpenError as error:
        if error.reason == "SSH connection closed":
            # What asyncssh says, under a code that sshd uses too, when there is no connection.
            raise failure(LinkDownError, "The link to {host} was lost.", host=via or "") from error
        raise _failed(via, url, clean_words(error.reason).rstrip(".")) from error
    except (OSError, asyncssh.Error, EOFError, ValueError) as error:
        took_s = time.perf_counter() - began
        if connection is not None and not await _is_there(connection):
            raise failure(
                LinkDownError,
                "{host} gives no sign of life, so {url} could not be asked from there.",
                host=via or "",
                url=url,
            ) from error
        if isinstance(error, TimeoutError) and took_s > timeout_s + OWN_LATENESS_S:
            template = "{url}: this console was too busy to hear whether it answers."
            raise failure(LateError, template, url=url) from error
        raise _failed(via, url, _reason(error, timeout_s)) from error
    match = _STATUS.match(line)
    if match is None:
        raise _failed(via, url, note("the answer is not HTTP: {line}", line=clean_words(line, 60)))
    return int(match.group(1)), time.perf_counter() - began


def _reason(error: Exception, timeout_s: float) -> str | Note:
    if isinstance(error, TimeoutError):
        return note("no answer within {seconds} s", seconds=f"{timeout_s:g}")
    if isinstance(error, ConnectionRefusedError):
        return note("connection refused")
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return clean_words(said).rstrip(".")


async def _is_there(connection: asyncssh.SSHClientConnection) -> bool:
    """Whether the other end still answers: a way that drops every packet looks like a silent VIP.

    Every server answers a global request, a refusal is the usual answer (RFC 4254, 4): that needs
    neither a shell nor a process there. The library asks so by itself every few seconds, and has
    no public name for asking now.
    """
    try:
        async with asyncio.timeout(PROOF_S):
            await connection._make_global_request(b"keepalive@openssh.com")
    except TimeoutError:
        return False
    # A connection that ended "answers" too: let its end be seen first.
    await asyncio.sleep(0)
    return not connection.is_closed()


async def _ask(
    connection: asyncssh.SSHClientConnection | None,
    host: str,
    port: int,
    request: bytes,
    *,
    tls: bool,
) -> bytes:
    if connection is None:
        context = _unverified() if tls else None
        reader, writer = await asyncio.open_connection(host, port, ssl=context)
        try:
            writer.write(request)
            return await _first_line(reader.read)
        finally:
            writer.transport.abort()
    far, near = await connection.open_connection(host, port, encoding=None)
    try:
        if tls:
            return await _ask_tls(far, near, host, request)
        near.write(request)
        return await _first_line(far.read)
    finally:
        near.channel.abort()


async def _first_line(read: object) -> bytes:
    data = b""
    while b"\n" not in data and len(data) < _MOST:
        chunk = await read(1024)  # type: ignore[operator]
        if not chunk:
            break
        data += chunk
    if not data:
        raise EOFError(t("the connection was closed without an answer"))
    return data.split(b"\n", 1)[0]


async def _ask_tls(
    far: asyncssh.SSHReader[bytes], near: asyncssh.SSHWriter[bytes], host: str, request: bytes
) -> bytes:
    """Speak TLS over a forwarded channel, which is no socket."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = _unverified().wrap_bio(incoming, outgoing, server_hostname=host)

    async def step(action: object) -> bytes:
        while True:
            try:
                result = action()  # type: ignore[operator]
            except ssl.SSLWantReadError:
                near.write(outgoing.read())
                chunk = await far.read(16384)
                if not chunk:
                    raise EOFError(t("the connection was closed under the TLS handshake")) from None
                incoming.write(chunk)
            else:
                near.write(outgoing.read())
                return result if isinstance(result, bytes) else b""

    await step(tls.do_handshake)
    await step(lambda: tls.write(request))
    return await _first_line(lambda size: step(lambda: tls.read(size)))


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _failed(via: str | None, url: str, reason: str | Note) -> TransportError:
    if via is None:
        return failure(TransportError, "{url} did not answer: {reason}.", url=url, reason=reason)
    return failure(
        TransportError,
        "{url} did not answer when asked from {host}: {reason}.",
        url=url,
        host=via,
        reason=reason,
    )
