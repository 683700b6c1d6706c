"""Watching the hit logs of a cluster: on the LBs where they name the backend, else on the webs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from haconsole.domain.events import Event, Fact, HitLogFound, HitsSeen, ReadingFailed
from haconsole.domain.model import Cluster, Host, Role
from haconsole.parsers.nginx_log import HitParser, sniff
from haconsole.transport.door import Door
from haconsole.transport.errors import LinkDownError, TransportError

from .asroot import run_as_root, stream_as_root
from .hitlog import Finder, Found, follow, paths

#: Hits are handed on at most this often: what repaints a screen is batches, not lines.
FLUSH_S = 0.1
#: Seconds until a log that was not there, or not the best, is looked for again.
_LOOK_AGAIN_S = 30.0
#: Seconds that a host may be out of reach until another one's log is followed.
_PATIENCE_S = 5.0

Emit = Callable[[Event], None]


@dataclass(slots=True)
class HitSources:
    """Which hosts of one cluster have a hit log, so that no request is counted twice."""

    cluster: Cluster
    #: Host → whether its log names the backend; absent: not looked yet or unreachable.
    known: dict[str, bool] = field(default_factory=dict)
    #: Hosts that have no log, or cannot be asked.
    silent: set[str] = field(default_factory=set)
    #: Set while the web nodes' own logs are the best there is.
    webs_turn: asyncio.Event = field(default_factory=asyncio.Event)

    def found(self, host: Host, *, upstream: bool) -> None:
        """A host has a log; ``upstream``: it names the backend."""
        self.known[host.name] = upstream
        self.silent.discard(host.name)
        self._whose_turn()

    def lost(self, host: Host) -> None:
        """A host has no log, or cannot be asked."""
        self.known.pop(host.name, None)
        self.silent.add(host.name)
        self._whose_turn()

    def _whose_turn(self) -> None:
        lbs = [lb.name for lb in self.cluster.lbs]
        told = all(name in self.known or name in self.silent for name in lbs)
        if told and not any(self.known.get(name) for name in lbs):
            self.webs_turn.set()
        else:
            self.webs_turn.clear()

    def best(self, host: Host) -> bool:
        """Whether this host's log is one of those to follow."""
        if host.role is Role.WEB:
            return self.webs_turn.is_set()
        if any(self.known.get(lb.name) for lb in self.cluster.lbs):
            return bool(self.known.get(host.name))
        return not any(web.name in self.known for web in self.cluster.webs)


class HitWatch:
    """Follows the hit log of one host, as long as it is one of the best there are."""

    def __init__(
        self,
        door: Door,
        host: Host,
        sources: HitSources,
        emit: Emit,
        now: Callable[[], float],
    ) -> None:
        self._door = door
        self._now = now
        self._host = host
        self._sources = sources
        self._emit = emit
        self._parser = HitParser(host.name)
        self._first = True

    async def run(self) -> None:
        """Look for a log and follow it, again and again; never returns."""
        while True:
            if not self._first:
                await asyncio.sleep(_LOOK_AGAIN_S if self._quiet() else 1.0)
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    await self._door.wait_up(self._host.name)
            except TimeoutError:
                self._sources.lost(self._host)
                await self._door.wait_up(self._host.name)
            if self._host.role is Role.WEB:
                await self._sources.webs_turn.wait()
            try:
                await self._look_and_follow()
            except LinkDownError:
                self._sources.lost(self._host)
            except TransportError as error:
                self._sources.lost(self._host)
                self._fail(str(error))
            self._first = False

    def _quiet(self) -> bool:
        return self._host.name not in self._sources.known or not self._sources.best(self._host)

    def _fail(self, problem: str) -> None:
        at = self._now()
        self._emit(ReadingFailed(at=at, host=self._host.name, fact=Fact.HITS, problem=problem))

    async def _look_and_follow(self) -> None:
        name = self._host.name
        finder = Finder(paths(self._sources.cluster, self._host.role))
        result = await run_as_root(self._door, name, finder.command)
        found, problem = finder.found(result.stdout)
        chosen, upstream = _choose(found)
        if chosen is None:
            self._sources.lost(self._host)
            self._fail(problem)
            return
        self._sources.found(self._host, upstream=upstream)
        # The other hosts may be about to say that they have something better.
        await asyncio.sleep(0.5 if not upstream else 0)
        if not self._sources.best(self._host):
            return
        at = self._now()
        self._emit(HitLogFound(at=at, host=name, path=chosen.path, upstream=upstream))
        if self._first:
            self._send(list(chosen.sample), 0)
        await self._follow(chosen)

    async def _follow(self, chosen: Found) -> None:
        loop = asyncio.get_running_loop()
        pending: list[str] = []
        dropped = 0
        timer: asyncio.TimerHandle | None = None

        def flush() -> None:
            nonlocal timer, dropped
            timer = None
            self._send(pending, dropped)
            pending.clear()
            dropped = 0

        try:
            stream = stream_as_root(self._door, self._host.name, follow(chosen))
            async with aclosing(stream) as batches:
                async for batch in batches:
                    if not self._sources.best(self._host):
                        # Another host tells more: what it tells must not be counted twice.
                        return
                    pending.extend(batch.lines)
                    dropped += batch.dropped
                    if timer is None:
                        timer = loop.call_later(FLUSH_S, flush)
        finally:
            if timer is not None:
                timer.cancel()
                flush()

    def _send(self, lines: list[str], dropped: int) -> None:
        hits, unparsed = self._parser.parse(lines)
        if self._host.role is Role.WEB:
            # A web node's own log names no backend: it is the backend.
            hits = [hit._replace(backend=self._host.address) for hit in hits]
        if hits or dropped or unparsed:
            self._emit(
                HitsSeen(
                    at=self._now(),
                    host=self._host.name,
                    hits=tuple(hits),
                    dropped=dropped,
                    unparsed=unparsed,
                )
            )


def _choose(found: list[Found]) -> tuple[Found | None, bool]:
    """Return the best log and whether it names backends: such a one first, then any."""
    for log in found:
        dialect = sniff(log.sample)
        if dialect is not None and dialect.upstream:
            return log, True
    # An empty log of ours will name them as soon as a request comes.
    for log in found:
        if not log.sample and "haconsole" in log.path:
            return log, True
    return (found[0], False) if found else (None, False)
