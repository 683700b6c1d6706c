"""One HTTP request, from here or through a host: the status line is all that is read."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from urllib.parse import urlsplit

import asyncssh

from haconsole import __version__

from .cleaning import clean_words
from .errors import TransportError, failure

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})(?: |\r?$)")
#: Bytes that may come before the end of the status line.
_MOST = 4096


async def http_status(
    connection: asyncssh.SSHClientConnection | None, via: str | None, url: str, timeout_s: float
) -> tuple[int, float]:
    """Return the HTTP status and the seconds until it came; raises ``TransportError``."""
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
    except TimeoutError as error:
        raise _failed(via, url, f"no answer within {timeout_s:g} s") from error
    except asyncssh.ChannelOpenError as error:
        raise _failed(via, url, clean_words(error.reason).rstrip(".")) from error
    except ConnectionRefusedError as error:
        raise _failed(via, url, "connection refused") from error
    except (OSError, asyncssh.Error, EOFError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise _failed(via, url, clean_words(reason).rstrip(".")) from error
    match = _STATUS.match(line)
    if match is None:
        raise _failed(via, url, f"the answer is not HTTP: {clean_words(line, 60)}")
    return int(match.group(1)), time.perf_counter() - began


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
        raise EOFError("the connection was closed without an answer")
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
                    raise EOFError("the connection was closed under the TLS handshake") from None
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


def _failed(via: str | None, url: str, reason: str) -> TransportError:
    if via is None:
        return failure(TransportError, "{url} did not answer: {reason}.", url=url, reason=reason)
    return failure(
        TransportError,
        "{url} did not answer when asked from {host}: {reason}.",
        url=url,
        host=via,
        reason=reason,
    )
