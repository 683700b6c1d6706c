"""Round robin over an upstream, with nginx's passive failure handling."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from dataclasses import dataclass, field

from .accesslog import Upstreams
from .http import Request, Response, exchange
from .nginxconf import Location, Upstream
from .stack import Stack

BAD_GATEWAY = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>\r\n"


@dataclass(slots=True)
class Peer:
    """A server of an upstream (``ngx_http_upstream_rr_peer_t``). Times: the wire's seconds."""

    address: str
    weight: int
    max_fails: int
    fail_timeout_s: float
    current: int = 0
    fails: int = 0
    checked_at: float = -1e9

    def usable(self, now: float) -> bool:
        """Whether it may be asked: it has not failed too often, or that is long enough ago."""
        if not self.max_fails or self.fails < self.max_fails:
            return True
        return now - self.checked_at > self.fail_timeout_s


@dataclass(slots=True)
class Balancer:
    """One upstream and how its servers did."""

    name: str
    peers: list[Peer]

    @classmethod
    def of(cls, upstream: Upstream) -> Balancer:
        """Return a balancer that knows nothing yet."""
        return cls(upstream.name, [Peer(*server) for server in upstream.servers])

    @classmethod
    def of_address(cls, host: str) -> Balancer:
        """Return a balancer over one server, for ``proxy_pass http://ADDRESS``."""
        address = host if ":" in host else f"{host}:80"
        return cls(host, [Peer(address, 1, 0, 0.0)])

    def pick(self, now: float, tried: set[str]) -> Peer | None:
        """Choose the next server (smooth weighted round robin)."""
        able = [p for p in self.peers if p.address not in tried and p.usable(now)]
        if not able:
            return None
        for peer in able:
            peer.current += peer.weight
        best = max(able, key=lambda peer: peer.current)
        best.current -= sum(peer.weight for peer in able)
        if best.fails >= best.max_fails > 0:
            best.checked_at = now
        return best


@dataclass(slots=True)
class Attempt:
    """What became of a request that was passed on."""

    response: Response
    addresses: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    seconds: list[float | None] = field(default_factory=list)

    @property
    def asked(self) -> Upstreams:
        """The attempts, for the log."""
        return Upstreams(tuple(self.addresses), tuple(self.statuses), tuple(self.seconds))


async def pass_on(
    stack: Stack,
    balancer: Balancer,
    location: Location,
    request: Request,
    complain: Callable[[str], None],
) -> Attempt:
    """Ask one server after the other until one answers (``proxy_next_upstream error timeout``)."""
    attempt = Attempt(Response(502, BAD_GATEWAY))
    tried: set[str] = set()
    forwarded = request.headers.get("x-forwarded-for")
    headers = {"x-forwarded-for": f"{forwarded}, {request.peer}" if forwarded else request.peer}
    if agent := request.headers.get("user-agent"):
        headers["user-agent"] = agent
    while True:
        peer = balancer.pick(stack.now, tried)
        if peer is None:
            if not tried:
                attempt.addresses.append(balancer.name)
                attempt.statuses.append(502)
                attempt.seconds.append(0.0)
                complain("no live upstreams while connecting to upstream")
            return attempt
        tried.add(peer.address)
        began = stack.now
        status, answer = await _ask(stack, peer, location, request, headers, complain)
        attempt.addresses.append(peer.address)
        attempt.statuses.append(status)
        attempt.seconds.append(stack.now - began)
        if answer is not None:
            peer.fails = 0
            attempt.response = answer
            return attempt
        peer.fails += 1
        peer.checked_at = stack.now
        attempt.response = Response(status, BAD_GATEWAY)


async def _ask(
    stack: Stack,
    peer: Peer,
    location: Location,
    request: Request,
    headers: dict[str, str],
    complain: Callable[[str], None],
) -> tuple[int, Response | None]:
    host, _, port = peer.address.rpartition(":")
    # What cannot be connected to does so at once or not within this time.
    limit = location.connect_timeout_s
    try:
        async with asyncio.timeout(limit):
            await stack.reach(host, int(port))
        async with asyncio.timeout(location.read_timeout_s):
            words = (request.method, request.uri, request.host)
            answer = await exchange(stack, host, int(port), words, headers)
    except TimeoutError:
        complain("upstream timed out (110: Connection timed out) while connecting to upstream")
        return 504, None
    except OSError as error:
        number = error.errno or errno.ECONNRESET
        words_ = {111: "Connection refused", 113: "No route to host"}
        what = words_.get(number, error.strerror or "Connection reset by peer")
        complain(f"connect() failed ({number}: {what}) while connecting to upstream")
        return 502, None
    return answer.status, answer
