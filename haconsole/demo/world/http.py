"""HTTP between the machines: requests as objects, and as bytes where somebody brings bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from .stack import Stack

REASONS = {200: "OK", 301: "Moved Permanently", 302: "Found", 304: "Not Modified",
           400: "Bad Request", 403: "Forbidden", 404: "Not Found",
           405: "Not Allowed", 500: "Internal Server Error", 502: "Bad Gateway",
           503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """A request. ``peer``: the client's address; ``to``: the one that it was sent to."""

    method: str
    uri: str
    host: str
    peer: str
    to: str
    port: int = 80
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer."""

    status: int
    body: bytes = b""
    content_type: str = "text/html"
    headers: dict[str, str] = field(default_factory=dict)
    server: str = "nginx/1.22.1"
    #: The words of the status line, where they are not the usual ones.
    words: str = ""

    @property
    def reason(self) -> str:
        """What the status line says behind the number."""
        return self.words or REASONS.get(self.status, "")

    def head(self) -> str:
        """Return status line and headers."""
        lines = [
            f"HTTP/1.1 {self.status} {self.reason}".rstrip(),
            f"Server: {self.server}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            *(f"{key}: {value}" for key, value in self.headers.items()),
            "Connection: close",
        ]
        return "\r\n".join([*lines, "", ""])


@runtime_checkable
class HttpService(Protocol):
    """What answers requests on a port."""

    def listens_on(self, address: str) -> bool:
        """Whether it takes connections to this address."""

    def http(self, request: Request) -> Awaitable[Response]:
        """Answer a request; takes for ever where a real one would."""


@dataclass(frozen=True, slots=True)
class Url:
    """``http://HOST[:PORT]/PATH``."""

    host: str
    port: int
    uri: str

    @classmethod
    def parse(cls, text: str) -> Url:
        """Read it; ``ValueError`` when the port is none."""
        rest = text.partition("://")[2] or text
        authority, slash, path = rest.partition("/")
        host, colon, port = authority.rpartition(":")
        if not colon or authority.endswith("]"):
            host, port = authority, ""
        return cls(host.strip("[]"), int(port or 80), slash + path if slash else "/")


async def exchange(
    stack: Stack, address: str, request_port: int, request: tuple[str, str, str],
    headers: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    """Ask a server; ``request``: method, URI, host. Raises ``OSError`` as connect(2) does.

    A connection is lost with the way to the server: then nothing comes any more.
    """
    target, service = await stack.reach(address, request_port)
    if not isinstance(service, HttpService):
        raise ConnectionResetError(104, "Connection reset by peer")
    method, uri, host = request
    peer = "127.0.0.1" if target is stack and address.startswith("127.") else (
        stack.source_for(address) or address)  # fmt: skip
    answer = await service.http(
        Request(method, uri, host, peer, address, request_port, dict(headers or {}))
    )
    if target is not stack and not stack.wire.connected(stack, target):
        await asyncio.get_running_loop().create_future()
    return answer


class Duplex:
    """The far end of a connection as somebody outside of the model holds it."""

    def __init__(self) -> None:
        self.reader = asyncio.StreamReader()
        self._received = asyncio.StreamReader()

    def write(self, data: bytes) -> None:
        """Send bytes to the machine."""
        self._received.feed_data(data)

    def write_eof(self) -> None:
        """Send the end."""
        if not self._received.at_eof():
            self._received.feed_eof()

    async def serve(
        self,
        stack: Stack,
        address: str,
        port: int,
        service: HttpService,
        passable: Callable[[], Awaitable[bool]],
    ) -> None:
        """Answer one request that comes as bytes.

        ``passable`` waits until bytes get through, and says whether anyone still wants them.
        """
        try:
            head = await self._received.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            self.reader.feed_eof()
            return
        lines = head.decode("latin-1").split("\r\n")
        words = lines[0].split()
        parts = (line.partition(":") for line in lines[1:])
        headers = {key.strip().lower(): value.strip() for key, colon, value in parts if colon}
        if len(words) < 2:
            answer = Response(400)
        else:
            source = stack.source_for(address) or address
            host = headers.get("host", address)
            request = Request(words[0], words[1], host, source, address, port, headers)
            answer = await service.http(request)
        body = b"" if words[:1] == ["HEAD"] else answer.body
        if not await passable():
            return
        self.reader.feed_data(answer.head().encode("latin-1") + body)
        self.reader.feed_eof()
