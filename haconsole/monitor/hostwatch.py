"""Watching one host: its streams, and the full reading that reconciles them."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from haconsole.domain.daemon import Daemon
from haconsole.domain.events import (
    ClockRead,
    DaemonRead,
    Event,
    Fact,
    FirewallRead,
    JournalRead,
    ReadingFailed,
)
from haconsole.domain.model import Cluster, Host, Role
from haconsole.domain.state import HostState, State
from haconsole.parsers.errors import ParseError
from haconsole.transport.door import Door
from haconsole.transport.errors import LinkDownError, TransportError
from haconsole.words import t

from . import clock, streams
from .asroot import stream_as_root
from .daemon import DaemonReader
from .firewall import FirewallReader
from .full import FullReading, failed

#: Seconds between two full readings of a host.
PERIOD_S = 8.5
#: Readings that events ask for are taken at once, but not closer together than this.
_SPACING_S = 0.4
#: Seconds between two dumps while the daemon's log is followed.
_DUMP_PERIOD_S = 60.0
_STREAM_AGAIN_S = 5.0

_FULL = (Fact.ADDRESSES, Fact.INTERFACES, Fact.NEIGHBOURS, Fact.UNITS, Fact.LOAD)
Emit = Callable[[Sequence[Event]], None]


class HostWatch:
    """Everything that is read on one host, but its hit log."""

    def __init__(
        self,
        door: Door,
        host: Host,
        cluster: Cluster,
        emit: Emit,
        state: Callable[[], State],
        now: Callable[[], float],
        places: asyncio.Semaphore,
    ) -> None:
        """``places``: how many hosts may be read at once, shared by all watches of a site."""
        self._door = door
        self._places = places
        self._host = host
        self._emit = emit
        self._state = state
        self._now = now
        self._full = FullReading(host, cluster)
        self._daemon = DaemonReader()
        self._firewall = FirewallReader(host, cluster)
        self._journal = streams.JournalReader(host.name)
        self._wanted = asyncio.Event()
        self._dump_at = 0.0
        self._link_since = 0.0
        self._reading = asyncio.Lock()
        #: What is so comes first; then the streams begin to tell what changes.
        self._was_read = asyncio.Event()

    def _known(self) -> HostState:
        return self._state().host(self._host.name)

    async def run(self, *, follow: bool) -> None:
        """Watch until cancelled; without ``follow`` only full readings are taken."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._readings())
            if follow:
                group.create_task(self._streams(Fact.JOURNAL, self._follow_journal))
                if self._host.role is Role.LB:
                    group.create_task(self._streams(Fact.ADDRESSES, self._follow_addresses))

    def want(self, *, dump: bool = True) -> None:
        """Ask for a reading soon."""
        if dump:
            self._dump_at = 0.0
        self._wanted.set()

    async def read(self) -> None:
        """Take a full reading now. Raises ``LinkDownError`` when there is no link."""
        async with self._reading, self._places:
            self._wanted.clear()
            since = self._known().link.since
            if since != self._link_since:
                # It may have rebooted, and its daemon have the same process ids as before.
                self._link_since, self._dump_at = since, 0.0
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read_full())
                if self._host.role is Role.LB:
                    group.create_task(self._read_daemon())
        self._was_read.set()

    async def _readings(self) -> None:
        while True:
            await self._door.wait_up(self._host.name)
            linked = True
            try:
                await self.read()
            except* LinkDownError:
                linked = False
            await asyncio.sleep(_SPACING_S)
            if not linked:
                continue
            # Spread out, so that 200 hosts are not all read at the same moment.
            pause = PERIOD_S * random.uniform(0.85, 1.15)  # noqa: S311 - no secret
            # Not wait_for: before Python 3.12 it may swallow a cancellation.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wanted.wait()

    async def _read_full(self) -> None:
        at = self._now()
        try:
            await self._read_clock()
            result = await self._door.run(self._host.name, self._full.command)
        except LinkDownError:
            raise
        except TransportError as error:
            self._emit(tuple(failed(self._host.name, at, str(error), _FULL)))
            return
        self._emit(tuple(self._full.understand(result, self._known().offset_s)))

    async def _read_clock(self) -> None:
        known = self._known().clock
        if not clock.is_due(known, self._now()):
            return
        # The first picture must not wait for exactness: that comes with the next reading.
        count = 1 if known.value is None else clock.TRIES
        tries = [await self._door.run(self._host.name, clock.COMMAND) for _ in range(count)]
        result = min(tries, key=lambda tried: tried.seconds)
        try:
            read = clock.understand(result)
        except ParseError as error:
            self._emit(tuple(failed(self._host.name, self._now(), str(error), (Fact.CLOCK,))))
            return
        if clock.is_better(read, known, self._now()):
            self._emit((ClockRead(at=result.started_at, host=self._host.name, clock=read),))

    async def _read_daemon(self) -> None:
        at, name = self._now(), self._host.name
        try:
            result = await self._door.run(name, self._daemon.look)
            daemon, dump, rules = self._daemon.looked(result, self._known().daemon.value)
        except LinkDownError:
            raise
        except (TransportError, ParseError) as error:
            self._emit(tuple(failed(name, at, str(error), (Fact.DAEMON, Fact.FIREWALL))))
            return
        taken = result.started_at
        try:
            if dump or (daemon and daemon.running and not daemon.frozen and self._dump_is_due()):
                daemon, taken = await self._dump()
        except LinkDownError:
            raise
        except (TransportError, ParseError) as error:
            self._emit(tuple(failed(name, at, str(error), (Fact.DAEMON,))))
        else:
            if daemon is not None:
                self._emit((DaemonRead(at=taken, host=name, daemon=daemon),))
        # Also where the daemon says nothing: what the firewall drops may be the reason for all.
        await self._read_firewall(rules)

    def _dump_is_due(self) -> bool:
        followed = bool(self._known().journal.value)
        period = _DUMP_PERIOD_S if followed else PERIOD_S
        return self._now() - self._dump_at >= period

    async def _dump(self) -> tuple[Daemon | None, float]:
        """Read the text dump, which says most; the JSON dump where the text cannot be read."""
        # Before it is asked: what changes meanwhile is not in it, and wants another one.
        before, self._dump_at = self._dump_at, self._now()
        try:
            return await self._ask_for_dump()
        except (TransportError, ParseError):
            self._dump_at = min(before, self._dump_at)
            raise

    async def _ask_for_dump(self) -> tuple[Daemon | None, float]:
        name = self._host.name
        if command := self._daemon.version_wanted:
            self._daemon.versioned(await self._door.run(name, command))
        result = await self._door.run(name, self._daemon.dump())
        try:
            daemon = self._daemon.dumped(result)
        except ParseError as error:
            result = await self._door.run(name, self._daemon.dump(json=True))
            try:
                daemon = self._daemon.dumped(result, json=True)
            except ParseError:
                raise error from None
        return replace(daemon, dumped_at=result.started_at), result.started_at

    async def _read_firewall(self, rules: str) -> None:
        at, name = self._now(), self._host.name
        if not self._firewall.changed(rules):
            before = self._known().firewall.value
            if before is not None:
                self._emit((FirewallRead(at=at, host=name, firewall=before),))
            return
        try:
            result = await self._door.run(name, self._firewall.command)
            firewall = self._firewall.understand(result, rules, self._state())
        except LinkDownError:
            raise
        except (TransportError, ParseError) as error:
            self._emit(tuple(failed(name, at, str(error), (Fact.FIREWALL,))))
            return
        self._emit((FirewallRead(at=result.started_at, host=name, firewall=firewall),))

    async def _streams(self, fact: Fact, follow: Callable[[], Awaitable[str]]) -> None:
        """Keep a stream running; between two tries its reading says why it does not."""
        while True:
            await self._door.wait_up(self._host.name)
            await self._was_read.wait()
            try:
                problem = await follow()
            except LinkDownError:
                await asyncio.sleep(_SPACING_S)
                continue
            except TransportError as error:
                problem = str(error)
            event = ReadingFailed(at=self._now(), host=self._host.name, fact=fact, problem=problem)
            self._emit((event,))
            await asyncio.sleep(_STREAM_AGAIN_S)

    async def _follow_addresses(self) -> str:
        async with contextlib.aclosing(
            self._door.stream(self._host.name, streams.ADDRESSES)
        ) as batches:
            async for batch in batches:
                events = tuple(streams.address_events(self._host.name, batch))
                if events:
                    self._emit(events)
                if events or streams.READY in batch.lines:
                    # Between the last reading and the stream's beginning something may have moved.
                    self.want(dump=bool(events))
        return t("the address stream ended")

    async def _follow_journal(self) -> str:
        command = streams.journal(self._host.role)
        begun = False
        stream = stream_as_root(self._door, self._host.name, command)
        async with contextlib.aclosing(stream) as batches:
            async for batch in batches:
                if not begun:
                    live_from, problem = streams.journal_start(batch)
                    if problem:
                        return problem
                    self._journal.begin(live_from, batch.at)
                    begun = True
                    # The stream is live from here on, also when no line comes for an hour.
                    self._emit((JournalRead(at=batch.at, host=self._host.name, lines=()),))
                events = tuple(self._journal.events(batch))
                if events:
                    self._emit(events)
                    if streams.asks_for_a_reading(events):
                        self.want()
        return t("the journal stream ended")
