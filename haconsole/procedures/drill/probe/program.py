"""The probe itself: asks one address again and again, and writes down what came of each request.

One file of the standard library alone, because a host runs it that has nothing of ours
(:mod:`.shipping` takes annotations and docstrings away; what is left runs on Python 2.7 and 3.6
too). Its first argument is one JSON object (``Orders`` in :mod:`.orders`).

Open loop: the next request is due one interval after the one before it was sent, whatever
became of that one, so the rate is never exceeded; what is sent late says how late. Each has a
fresh connection, which is reset when it is done: nothing is left in TIME_WAIT. Beside it one
keep-alive connection asks 20 times a second: that is what clients feel which are connected.

It ends when its time is over, when its standard input ends (``lifeline``), or when nobody reads
what it writes. Lines on standard output, times in microseconds since the anchor:

- ``@anchor EPOCH_S``: the epoch clock at 0; ``@cost CPU_S WALL_S``: what it has used so far.
- ``INDEX DUE SENT ANSWERED KIND CONNECTED BACKEND``: one judged request. ``KIND`` is ``ok`` or a
  ``Failure``; ``BACKEND`` an index into ``backends``, or ``-1``.
- ``~ SINCE WAITED``: the keep-alive stream waited that long; the same ``SINCE`` again: it goes on.
- ``! WORD``: why it ended before its time.

What it costs: at 500 requests a second 9 to 13 % of one core where it runs (two virtual cores,
Python 3.11, a busy machine), 20 MB, 18 kB/s over the link, and one process for as long as the
drill. It is up to 2.6 ms late with real-time priority there, and up to 18 ms without.
"""

# ruff: noqa: UP024, UP031
# Python 2.7 runs this too: no f-strings, and two kinds of OSError.

from __future__ import annotations

import collections
import gc
import json
import os
import re
import socket
import struct
import sys
from typing import Any

from .base import (
    AGAIN,
    COST_S,
    IN,
    KINDS,
    MOST,
    OURS,
    OUT,
    STALL_S,
    STATUS,
    STREAM_S,
    BrokenError,
    Output,
    OverError,
    Poller,
    anchor,
    backend_of,
    get,
    hurry,
    now,
    words_pattern,
)

OPENING, SHAKING, SENDING, READING = 0, 1, 2, 3


class Wire:
    """One connection that never blocks: opens, shakes hands, sends, hands over what comes."""

    def __init__(self, probe: Any, request: bytes, call: Any) -> None:
        self.probe, self.rest, self.call = probe, request, call
        self.stage, self.connected = OPENING, False
        try:
            self.sock: Any = socket.socket(probe.family, socket.SOCK_STREAM)
        except (OSError, socket.error) as error:
            raise OverError("sockets" if error.errno in OURS else "family") from error
        self.fd = self.sock.fileno()
        self.sock.setblocking(False)
        if probe.tls:  # what ends its handshake must not hold up the request behind it
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        code = self.sock.connect_ex(probe.address)
        if code and code not in AGAIN:
            self.sock.close()
            raise self.failed(code)
        probe.poller.watch(self.fd, OUT, call)

    def close(self) -> None:
        """Reset the connection."""
        self.probe.poller.forget(self.fd)
        self.sock.close()

    def want(self, mask: int) -> None:
        """Wait for that."""
        self.probe.poller.watch(self.fd, mask, self.call)

    def failed(self, code: int) -> Exception:
        """Return the exception for an error number."""
        if code in OURS:
            return OverError("sockets")
        return BrokenError(KINDS.get(code, "other"))

    def step(self) -> bytes | None:
        """Do what can be done now; return what came (empty: its end), ``None`` when nothing did."""
        try:
            if self.stage == OPENING:
                self.opened()
            if self.stage == SHAKING:
                self.sock.do_handshake()
                self.stage = SENDING
            if self.stage == SENDING:
                self.rest = self.rest[self.sock.send(self.rest) :]
                if self.rest:
                    self.want(OUT)
                    return None
                self.stage = READING
                self.want(IN)
                return None
            data: bytes = self.sock.recv(16384)
            return data
        except (OSError, socket.error) as error:
            ssl = self.probe.ssl
            if ssl and isinstance(error, ssl.SSLWantReadError):
                self.want(IN)
            elif ssl and isinstance(error, ssl.SSLWantWriteError):
                self.want(OUT)
            elif ssl and isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
                return b""
            elif error.errno not in AGAIN:
                raise self.failed(error.errno or 0) from error
            return None

    def opened(self) -> None:
        """Take note of the connection, or raise why there is none."""
        code = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise self.failed(code)
        self.connected, self.stage = True, SENDING
        if self.probe.tls:
            more = {"session": self.probe.session} if self.probe.session else {}
            self.sock = self.probe.tls.wrap_socket(
                self.sock, do_handshake_on_connect=False, suppress_ragged_eofs=True, **more
            )
            self.stage = SHAKING

    def again(self, request: bytes) -> None:
        """Send another request over the same connection."""
        self.rest, self.stage = request, SENDING
        self.want(OUT)


class Ask:
    """One request of the open loop, from its connection to its line."""

    def __init__(self, probe: Any, index: int, due: float) -> None:
        self.probe, self.index, self.due = probe, index, due
        self.data, self.kind, self.over = b"", "", False
        self.answered: float | None = None
        self.wire: Any = None
        self.sent = now()
        try:
            self.wire = Wire(probe, probe.request, self.ready)
        except BrokenError as error:
            self.end(error.args[0])

    def ready(self) -> None:
        """Go on."""
        try:
            data = self.wire.step()
        except BrokenError as error:
            self.end(error.args[0])
            return
        if data is None:
            return
        self.data += data
        if self.answered is None:
            found = STATUS.match(self.data)
            if found:
                self.answered = now()
                self.kind = "5xx" if found.group(1) >= b"500" else "ok"
            elif len(self.data) > 64 and not self.data.startswith(b"HTTP/"):
                self.end("other")
                return
        if not data or len(self.data) > MOST:
            self.end("reset")

    def end(self, kind: str) -> None:
        """Write the line; ``kind`` counts where no status has come."""
        self.over = True
        backend, connected = -1, 0
        if self.wire:
            connected = int(self.wire.connected)
            if self.kind == "ok":
                backend = backend_of(self.probe.pattern, self.data)
                self.probe.keep_session(self.wire.sock)
            self.wire.close()
        at = now() if self.answered is None else self.answered
        self.probe.row(self.index, self.due, self.sent, at, self.kind or kind, connected, backend)


class Stream:
    """One client that stays connected. Its wait is from its first try to its first good answer."""

    def __init__(self, probe: Any) -> None:
        self.probe, self.data, self.told = probe, b"", 0.0
        self.wire: Any = None
        self.since: float | None = None
        #: When a new connection is given up. One that has once answered is waited for: its
        #: client sees the retransmissions of TCP, and then, maybe, a reset by the new owner.
        self.due = now()
        self.deadline: float | None = None

    def tick(self, at: float) -> float:
        """Do what is due; return when there is something to do again."""
        if self.deadline is not None and at >= self.deadline:
            self.broken()
        if self.since is not None and at - max(self.since + STALL_S, self.told) >= STALL_S:
            self.tell(self.since, at)
        if (self.since is None or self.wire is None) and at >= self.due:
            self.ask(at)
        ends = [self.due if self.since is None or self.wire is None else at + STALL_S]
        return min(ends + ([] if self.deadline is None else [self.deadline]))

    def ask(self, at: float) -> None:
        """Send a request, over a new connection where there is none."""
        self.since = at if self.since is None else self.since
        self.due, self.data = at + STREAM_S, b""
        if self.wire:
            self.wire.again(self.probe.keep)
            return
        try:
            self.wire = Wire(self.probe, self.probe.keep, self.ready)
            self.deadline = at + self.probe.timeout
        except BrokenError:
            pass

    def ready(self) -> None:
        """Go on."""
        try:
            data = self.wire.step()
        except BrokenError:
            self.broken()
            return
        if data is None:
            return
        self.data += data
        if not data:
            self.broken()
        elif self.since is not None and b"\r\n\r\n" in self.data:
            found = STATUS.match(self.data)
            if not found or found.group(1) >= b"500":
                self.broken()
                return
            self.deadline = None
            at = now()
            if at - self.since >= STALL_S:
                self.tell(self.since, at)
            self.since, self.told = None, 0.0
            if re.search(rb"\r\nconnection: *close", self.data, re.IGNORECASE):
                self.broken()

    def broken(self) -> None:
        """Let the connection go; the next try is due as any other."""
        if self.wire:
            self.wire.close()
        self.wire = self.deadline = None

    def tell(self, since: float, at: float) -> None:
        """Say how long it waits, or has waited."""
        self.told = at
        self.probe.output.add("~ %d %d" % (self.probe.micros(since), (at - since) * 1e6))


class Probe:
    """The loop."""

    def __init__(self, orders: dict[str, Any]) -> None:
        found = socket.getaddrinfo(
            orders["address"], orders["port"], 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST
        )[0]
        self.family, self.address = found[0], found[4]
        self.request, self.keep = get(orders, "GET", True), get(orders, "HEAD", False)
        self.pattern = words_pattern(orders["backends"])
        self.interval, self.timeout = 1.0 / orders["rate"], float(orders["timeout"])
        self.most = int(orders["rate"] * self.timeout) + 1
        self.lifeline = orders["lifeline"]
        self.ssl: Any = None
        self.tls: Any = None
        self.session: Any = None
        if orders["tls"]:
            self.use_tls()
        self.poller, self.output = Poller(), Output()
        self.asks: Any = collections.deque()
        self.began, epoch = anchor()
        self.until = self.began + orders["for"]
        self.output.add("@anchor %.6f" % epoch)

    def use_tls(self) -> None:
        """Speak TLS, and verify nothing: the question is whether it answers."""
        import ssl

        self.ssl = ssl
        self.tls = ssl.SSLContext(getattr(ssl, "PROTOCOL_TLS_CLIENT", ssl.PROTOCOL_SSLv23))
        self.tls.check_hostname = False
        self.tls.verify_mode = ssl.CERT_NONE

    def keep_session(self, sock: Any) -> None:
        """Resume this session next time: a full handshake would cost the LB a signature each."""
        if self.tls:
            self.session = getattr(sock, "session", None)

    def micros(self, at: float) -> int:
        """Return a moment as the lines have it."""
        return int((at - self.began) * 1e6)

    def row(
        self,
        index: int,
        due: float,
        sent: float,
        answered: float,
        kind: str,
        connected: int,
        backend: int,
    ) -> None:
        """Write one request's line."""
        times = (index, self.micros(due), self.micros(sent), self.micros(answered))
        self.output.add("%d %d %d %d" % times + " %s %d %d" % (kind, connected, backend))

    def expire(self, at: float) -> float:
        """End what waited too long; return when the next one has."""
        while self.asks and (self.asks[0].over or self.asks[0].sent + self.timeout <= at):
            ask = self.asks.popleft()
            if not ask.over:
                ask.end("timeout")
        oldest: float = self.asks[0].sent if self.asks else at
        return oldest + self.timeout

    def run(self) -> None:
        """Ask until it is over."""
        stream = Stream(self)
        if self.lifeline:
            self.poller.watch(0, IN, self.listen)
        due = told = now()
        index = 0
        while True:
            at = now()
            ends = self.expire(at)
            if at >= self.until and not self.asks:
                break
            if due <= at < self.until and len(self.asks) < self.most:
                ask = Ask(self, index, due)
                self.asks.append(ask)
                index, due = index + 1, ask.sent + self.interval
            again = stream.tick(at)
            if at >= told:
                told = at + COST_S
                used = os.times()
                self.output.add("@cost %.2f %.2f" % (used[0] + used[1], at - self.began))
            if at >= self.output.due:
                self.output.flush(at)
            wait = min(due if due > at else at + self.interval, ends, again, self.output.due)
            for call in self.poller.wait(wait - now()):
                call()

    def listen(self) -> None:
        """End when standard input does."""
        if not os.read(0, 4096):
            self.until, self.lifeline = now(), False
            self.poller.forget(0)


def main() -> None:
    """Do what the orders say."""
    orders = json.loads(sys.argv[1])
    gc.disable()
    hurry(orders["sudo"])
    probe = Probe(orders)
    try:
        probe.run()
    except OverError as error:
        probe.output.add("! " + error.args[0])
    finally:
        probe.output.close()


if __name__ == "__main__":
    main()
