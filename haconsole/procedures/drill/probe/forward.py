"""The probe where a host has no Python, or no shell: from here, through the host's sshd.

A process of its own (``python -m``), so that the screen's loop disturbs nothing, with an SSH
connection of its own, for which nobody is asked anything. Each request is a forwarded connection.
What it writes down is what :mod:`.program` does, on this machine's clock: a request reaches the
VIP half a round trip after it was stamped, both where an outage begins and where it ends.

sshd goes on trying to open a connection that we have given up, as SSH knows no way to take that
back. Where nobody answers they add up, so after :data:`OPENING` of them another SSH connection
takes over, and the old one ends with all that hangs on it.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from haconsole.domain.model import Access, Become, Host, Role, Site
from haconsole.transport.cleaning import clean_words
from haconsole.transport.errors import LinkDownError, TransportError
from haconsole.transport.forwarding import Passage, WayIn

from . import base
from .orders import Orders

#: Requests a second, at most. Each is an SSH channel: at a hundred 17 % of a core here (two
#: virtual cores, a busy machine), and an outage is known to 20 ms and the time of an answer.
RATE_HZ = 100.0
#: Connections that an sshd tries to open at once: it has 1024 descriptors (sshd's soft limit).
OPENING = 300
#: Seconds that the login may take.
ENTER_S = 12.0


def child(site: Site, via: Host, orders: Orders) -> tuple[Sequence[str], bytes]:
    """Return the process to start, and what it is told first (no secret is in either)."""
    hosts = [asdict(host) for host in _way(site, via)]
    first = json.dumps({"hosts": hosts, "via": via.name, "orders": orders.text()}, default=str)
    return [sys.executable, "-m", __name__], first.encode() + b"\n"


def _way(site: Site, via: Host) -> list[Host]:
    """Return the host and the jump hosts before it."""
    found: dict[str, Host] = {}
    todo = [via]
    while todo:
        host = todo.pop()
        if host.name not in found:
            found[host.name] = host
            todo += [site.host(name) for name in host.access.jumps]
    return list(found.values())


def _host(told: dict[str, Any]) -> Host:
    access = dict(told["access"])
    access["identity_files"] = tuple(map(Path, access["identity_files"]))
    access["become"] = Become(access["become"])
    access["jumps"] = tuple(access["jumps"])
    config, known = access["ssh_config"], access["known_hosts"]
    access["ssh_config"] = None if config is None else tuple(map(Path, config))
    access["known_hosts"] = None if known is None else Path(known)
    return Host(told["name"], Role(told["role"]), Access(**access))


class Forwarded:
    """The loop of :class:`.program.Probe`, over forwarded connections."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._orders = json.loads(told["orders"])
        self._hosts = [_host(host) for host in told["hosts"]]
        self._via: str = told["via"]
        self._request = base.get(self._orders, "GET", True)
        self._keep = base.get(self._orders, "HEAD", False)
        self._pattern = base.words_pattern(self._orders["backends"])
        self._output = base.Output()
        self._began, self._until = 0.0, 0.0
        self._way: WayIn | None = None
        self._passage: Passage | None = None
        self._asks: set[asyncio.Task[None]] = set()
        self._renewing: asyncio.Task[None] | None = None
        self._over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waits_since: float | None = None

    async def run(self) -> None:
        """Ask until it is over."""
        try:
            await self._enter()
        except TransportError as error:
            self._output.add("! " + clean_words(str(error)))
            self._output.close()
            return
        gc.disable()
        base.hurry(sudo=False)
        self._began, epoch = base.anchor()
        self._until = self._began + self._orders["for"]
        self._output.add(f"@anchor {epoch:.6f}")
        tasks = [
            asyncio.create_task(each) for each in (self._pace(), self._stream(), self._write())
        ]
        for task in tasks:
            task.add_done_callback(self._ended)
        word = await self._over
        for task in (*tasks, *self._asks):
            task.cancel()
        await asyncio.gather(*tasks, *self._asks, return_exceptions=True)
        if word:
            self._output.add("! " + clean_words(word))
        self._output.close()
        if self._way is not None:
            await self._way.close()

    def end(self, word: str = "") -> None:
        """End it; the word says why, where it is not as it should be."""
        if not self._over.done():
            self._over.set_result(word)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            error = task.exception()
            self.end("" if error is None else str(error))

    async def _enter(self) -> None:
        """Let a new SSH connection take over."""
        way = WayIn(self._hosts, self._via)
        try:
            self._passage = await way.enter(ENTER_S)
        except BaseException:
            await way.close()
            raise
        old, self._way = self._way, way
        if old is not None:
            await old.close()

    def _renew(self) -> None:
        """Have another SSH connection where this one's sshd has too much to open."""
        if self._renewing is not None and self._renewing.done():
            error = self._renewing.exception()
            if error is not None:
                raise error
            self._renewing = None
        if self._renewing is None and self._passage and self._passage.opening >= OPENING:
            self._renewing = asyncio.create_task(self._enter())

    async def _pace(self) -> None:
        interval, due, index = 1.0 / self._orders["rate"], base.now(), 0
        while due < self._until:
            await asyncio.sleep(max(0.0, due - base.now()))
            self._renew()
            sent = base.now()
            if sent < due:
                continue
            ask = asyncio.create_task(self._ask(index, due, sent))
            self._asks.add(ask)
            ask.add_done_callback(self._asked)
            index, due = index + 1, sent + interval
        await asyncio.gather(*self._asks)

    def _asked(self, ask: asyncio.Task[None]) -> None:
        self._asks.discard(ask)
        if not ask.cancelled() and (error := ask.exception()) is not None:
            self.end(str(error))

    async def _ask(self, index: int, due: float, sent: float) -> None:
        answer = _Answer()
        passage = self._passage
        assert passage is not None  # noqa: S101 - it was entered first
        orders, kind = self._orders, "reset"
        try:
            async with asyncio.timeout(orders["timeout"]):
                await passage.ask(
                    orders["address"],
                    orders["port"],
                    self._request,
                    answer.opened,
                    answer.take,
                    tls=orders["tls"],
                )
        except TimeoutError:
            kind = "timeout"
        except OSError as error:
            kind = base.KINDS.get(error.errno or 0, "other")
        except LinkDownError:
            if passage is self._passage:
                raise
            kind = "timeout"  # its SSH connection was given up with what nobody answered
        backend = base.backend_of(self._pattern, answer.data) if answer.kind == "ok" else -1
        at = answer.answered or base.now()
        times = " ".join(str(self._micros(each)) for each in (due, sent, at))
        told = answer.kind or ("other" if answer.strange else kind)
        self._output.add(f"{index} {times} {told} {int(answer.connected)} {backend}")

    def _micros(self, at: float) -> int:
        return int((at - self._began) * 1e6)

    async def _stream(self) -> None:
        """Ask as one client does that stays connected (not over TLS)."""
        while not self._orders["tls"] and base.now() < self._until:
            with contextlib.suppress(OSError, EOFError, TimeoutError, LinkDownError):
                await self._stay()
            await asyncio.sleep(base.STREAM_S)
        await asyncio.sleep(max(0.0, self._until - base.now()) + self._orders["timeout"])

    async def _stay(self) -> None:
        """Ask over one connection until it breaks."""
        passage, address = self._passage, self._orders["address"]
        assert passage is not None  # noqa: S101 - it was entered first
        self._waits_since = self._waits_since or base.now()
        writer = None
        try:
            async with asyncio.timeout(self._orders["timeout"]) as patience:
                reader, writer = await passage.keep(address, self._orders["port"])
                while True:
                    self._waits_since = self._waits_since or base.now()
                    with passage.explained(address):
                        writer.write(self._keep)
                        head = await reader.readuntil(b"\r\n\r\n")
                    found = base.STATUS.match(head)
                    if not found or found[1] >= b"500":
                        return
                    patience.reschedule(None)
                    self._tell_wait()
                    self._waits_since = None
                    await asyncio.sleep(base.STREAM_S)
        finally:
            if writer is not None:
                writer.channel.abort()

    def _tell_wait(self) -> None:
        since, at = self._waits_since, base.now()
        if since is not None and at - since >= base.STALL_S:
            self._output.add(f"~ {self._micros(since)} {int((at - since) * 1e6)}")

    async def _write(self) -> None:
        told = 0.0
        while True:
            at = base.now()
            if at >= told:
                told = at + base.COST_S
                used = os.times()
                self._tell_wait()
                self._output.add(f"@cost {used[0] + used[1]:.2f} {at - self._began:.2f}")
            self._output.flush(at)
            await asyncio.sleep(base.FLUSH_S)


class _Answer:
    """What came of one request."""

    def __init__(self) -> None:
        self.connected = False
        self.data = b""
        self.answered: float | None = None
        self.kind = ""
        self.strange = False

    def opened(self) -> None:
        self.connected = True

    def take(self, data: bytes) -> bool:
        self.data += data
        if self.answered is None:
            found = base.STATUS.match(self.data)
            if found is None:
                self.strange = len(self.data) > 64 and not self.data.startswith(b"HTTP/")
                return self.strange
            self.answered = base.now()
            self.kind = "5xx" if found[1] >= b"500" else "ok"
        return len(self.data) > base.MOST


async def main() -> None:
    """Take the orders from standard input, whose end ends it."""
    loop = asyncio.get_running_loop()
    told = json.loads(await loop.run_in_executor(None, sys.stdin.buffer.readline))
    probe = Forwarded(told)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)

    async def listen() -> None:
        await reader.read()
        probe.end()

    listening = asyncio.create_task(listen())
    await probe.run()
    listening.cancel()


if __name__ == "__main__":
    asyncio.run(main())
