"""A diagnosis of a live site: look, judge, take what decides, judge again. Changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Cluster, Host, Role
from haconsole.domain.readings import Reading
from haconsole.domain.rules.case import Case, Missing
from haconsole.domain.rules.diagnosis import diagnose
from haconsole.domain.rules.finding import ActiveCheck, Diagnosis, Finding
from haconsole.domain.rules.looking import moved_at, settle_s, settled
from haconsole.domain.state import State
from haconsole.monitor.asroot import run_as_root
from haconsole.monitor.feed import Feed
from haconsole.monitor.monitor import Monitor
from haconsole.monitor.once import is_whole
from haconsole.monitor.sections import compose, split
from haconsole.parsers.keepalived_version import parse_version
from haconsole.transport.commands import Command, Result
from haconsole.transport.door import Door
from haconsole.transport.errors import TransportError

from .beside import Beside, OnBeside, nobody
from .build import case_of
from .evidence import Evidence
from .extras import Around, Extras, understand
from .questions import questions

#: Seconds for one host's reading; bytes of it (an nginx configuration, a journal).
_TIMEOUT_S = 10.0
_MOST_BYTES = 4 << 20
#: An owner that changes is waited for this long, seconds; then it is judged as it is.
_PATIENCE_S = 9.0


#: While following: seconds between two judgements, and between two readings of what the monitor
#: does not read: calm, and after the services, daemons or owners changed. A reading costs the
#: node up to half a second (``firewall-cmd`` is a Python program).
_JUDGE_S = 0.25
_READ_AGAIN_S = 300.0
_READ_SOON_S = 4.0


class Consultation:
    """Diagnoses one cluster, as often as asked. Needs a feed that watches it.

    For a screen: :meth:`passive` at every change, :meth:`examine` when asked for.
    """

    def __init__(
        self, monitor: Feed, door: Door, cluster: Cluster, *, told: OnBeside = nobody
    ) -> None:
        """``told`` hears what is learnt beside the events, whenever that changes."""
        self._monitor = monitor
        self._door = door
        self._cluster = cluster
        self._evidence = Evidence(door, monitor.now)
        self._extras: dict[str, Extras] = {}
        self._told = told
        self._commands = {host.role: compose(questions(host.role)) for host in cluster.hosts}

    @property
    def extras(self) -> Mapping[str, Extras]:
        """What was read beside the monitor's readings, by host."""
        return self._extras

    def case(self) -> Case:
        """Return the case as far as it is known now."""
        return case_of(
            self._monitor.state,
            self._cluster,
            self._monitor.now(),
            self._extras,
            self._evidence.active,
        )

    def passive(self) -> Diagnosis:
        """Judge what is known now, asking nobody."""
        return diagnose(self.case())

    def mood(self) -> tuple[object, ...]:
        """Return what, when it changes, makes old readings and old evidence worth taking anew."""
        return _mood(self._monitor.state, self._cluster)

    def forget(self) -> None:
        """Let go of active evidence: it is of another time."""
        self._evidence.forget()
        self._tell()

    async def read(self) -> None:
        """Read what a diagnosis wants beside the monitor's readings, on every host at once."""
        await asyncio.gather(*(self._read(host) for host in self._cluster.hosts))
        self._tell()

    async def examine(self, *, quick: bool = False) -> Diagnosis:
        """Read, wait for an owner that is changing, and take the evidence that decides.

        ``quick``: no active evidence. Raises nothing but ``CancelledError``.
        """
        await self.read()
        await self._settle()
        if quick:
            return self.passive()
        first = self.passive()
        wanted = dict.fromkeys((*first.wants, ActiveCheck.REQUESTS))
        await self._take(tuple(wanted))
        again = self.passive()
        more = [want for want in again.wants if want not in wanted]
        if more:
            await self._take(more)
            again = self.passive()
        told = (*again.missing, *self._evidence.missing)
        return _with_missing(again, told)

    async def follow(self, tell: Callable[[Diagnosis], None]) -> None:
        """Judge again whenever something changes, until cancelled; the monitor watches.

        What the monitor does not read is read anew soon after a trouble begins or ends, and every
        so often. ``tell`` hears each diagnosis whose findings are other than the one before.
        """
        changed = asyncio.Event()
        unsubscribe = self._monitor.subscribe(lambda events, _: changed.set())
        told: list[object] | None = None
        moods: tuple[object, ...] | None = None
        read_at = 0.0
        try:
            while True:
                now, mood = self._monitor.now(), _mood(self._monitor.state, self._cluster)
                due = now - read_at >= (_READ_AGAIN_S if mood == moods else _READ_SOON_S)
                if due or read_at == 0.0:
                    read_at, moods = now, mood
                    await self.read()
                diagnosis = self.passive()
                found: list[object] = [_gist(one) for one in diagnosis.findings]
                if found != told:
                    told = found
                    tell(diagnosis)
                await asyncio.sleep(_JUDGE_S)
                changed.clear()
                # Some causes only come true by time: what is settled, what is too old.
                with suppress(TimeoutError):
                    async with asyncio.timeout(_JUDGE_S * 4):
                        await changed.wait()
        finally:
            unsubscribe()

    async def _take(self, wanted: Collection[ActiveCheck]) -> None:
        await self._evidence.take(self.case(), self._cluster, wanted)
        self._tell()

    def _tell(self) -> None:
        known = MappingProxyType(dict(self._extras))
        self._told(Beside(self._monitor.now(), self._cluster.name, known, self._evidence.active))

    async def _settle(self) -> None:
        """Wait until an election is over, then read again: sources are of one moment then."""
        waited = 0.0
        while not settled(case := self.case()) and waited < _PATIENCE_S:
            at = moved_at(case)
            rest = settle_s(case) - (case.at - at) if at is not None else 0.0
            pause = min(max(rest, 0.2), _PATIENCE_S - waited)
            await asyncio.sleep(pause)
            waited += pause
            await self._refresh()
        if waited:
            await self.read()

    async def _refresh(self) -> None:
        """Have the monitor read the cluster anew, and wait for that."""
        since = self._monitor.now()
        up = [h for h in self._cluster.hosts if _is_up(self._monitor.state, h)]
        done = asyncio.Event()

        def look(_: object, state: State) -> None:
            if all(_read_since(state, host, since) for host in up):
                done.set()

        unsubscribe = self._monitor.subscribe(look)
        try:
            for host in up:
                await self._monitor.refresh(host.name)
            with suppress(TimeoutError):
                async with asyncio.timeout(3.0):
                    await done.wait()
        finally:
            unsubscribe()

    async def _read(self, host: Host) -> None:
        if not _is_up(self._monitor.state, host):
            self._extras.pop(host.name, None)
            return
        script, nonce = self._commands[host.role]
        command = Command(
            "diagnosis", script, root=True, timeout_s=_TIMEOUT_S, max_bytes=_MOST_BYTES
        )
        try:
            result: Result = await run_as_root(self._door, host.name, command)
        except TransportError:
            self._extras.pop(host.name, None)
            return
        sections = split(result.stdout, nonce)
        self._extras[host.name] = understand(sections, result.started_at, self._around(host))

    def _around(self, host: Host) -> Around:
        state = self._monitor.state
        daemon = state.host(host.name).daemon.value
        interface = next((vip.interface for vip in self._cluster.vips if vip.interface), "") or ""
        peers = tuple(lb.address for lb in self._cluster.lbs if lb is not host)
        version = parse_version(daemon.version or "") if daemon else None
        return Around(host.name, version, interface, peers)


def _gist(one: Finding) -> tuple[object, ...]:
    """Return what makes a finding another one; when it was seen last does not."""
    return one.cause, one.nodes, one.vip, one.severity, one.confidence, one.wants


def _mood(state: State, cluster: Cluster) -> tuple[object, ...]:
    """Return what, when it changes, makes old readings worth taking anew."""
    found: list[object] = [state.ownership.get(vip.address) for vip in cluster.vips]
    for host in cluster.hosts:
        known = state.host(host.name)
        daemon = known.daemon.value
        found += [
            known.link.status,
            [(unit.name, unit.active, unit.since) for unit in known.units.value or ()],
            known.firewall.value,
            daemon and (daemon.running, daemon.frozen, daemon.pid),
            daemon and [(i.name, i.state, i.priority, i.vrid) for i in daemon.instances],
        ]
    return tuple(found)


def _with_missing(diagnosis: Diagnosis, missing: tuple[Missing, ...]) -> Diagnosis:
    return replace(diagnosis, missing=tuple(dict.fromkeys(missing)))


def _is_up(state: State, host: Host) -> bool:
    return state.host(host.name).link.status is LinkStatus.UP


def _read_since(state: State, host: Host, since: float) -> bool:
    known = state.host(host.name)
    readings: list[Reading[Any]] = [known.addresses, known.units]
    if host.role is Role.LB:
        readings.append(known.daemon)
    return all((one.at or 0.0) >= since for one in readings)


@asynccontextmanager
async def watched(monitor: Monitor, timeout_s: float) -> AsyncIterator[None]:
    """Run a monitor until the block ends; it begins once the picture is whole, or time is up."""
    whole = asyncio.Event()
    unsubscribe = monitor.subscribe(lambda _, state: whole.set() if is_whole(state) else None)
    watching = asyncio.create_task(monitor.run())
    waiting = asyncio.create_task(whole.wait())
    try:
        done, _ = await asyncio.wait(
            {watching, waiting}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        if watching in done:
            watching.result()  # only an error ends it; let it be seen
        yield
    finally:
        unsubscribe()
        for task in (waiting, watching):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
