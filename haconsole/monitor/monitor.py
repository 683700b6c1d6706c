"""The live feed of a session: every host watched, every event folded into the one state."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial

from haconsole.domain.events import Event, Fact, LinkChanged, LinkStatus, ReadingFailed
from haconsole.domain.model import Cluster, Site, Vip
from haconsole.domain.ownership import SETTLE_S
from haconsole.domain.reduce import reduce
from haconsole.domain.state import Ownership, State
from haconsole.parsers.masking import mask_secrets
from haconsole.transport.commands import Command
from haconsole.transport.door import Door
from haconsole.transport.errors import RefusedError, TransportError
from haconsole.words import t

from . import answers
from .asroot import run_as_root
from .feed import FeedError, Listener
from .hitwatch import HitSources, HitWatch
from .hostwatch import HostWatch

#: Files that ``read_file`` shows: configuration of the services that this product is about.
READABLE = ("/etc/keepalived/", "/etc/nginx/", "/usr/local/etc/keepalived/")
_AFTER_FAULT_S = 30.0
#: Readings that go on at once: more of them only keep each other, and logins, waiting.
_READ_AT_ONCE = 24


class Monitor:
    """Watches a site through a door. A :class:`~haconsole.monitor.feed.Feed`."""

    def __init__(
        self,
        door: Door,
        *,
        follow: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``follow``: keep streams running; without it only full readings are taken."""
        self._door = door
        self._clock = clock
        self._follow = follow
        self._state = State.begin(door.site, clock())
        self._listeners: list[Listener] = []
        self._watches: dict[str, HostWatch] = {}
        places = asyncio.Semaphore(_READ_AT_ONCE)
        for cluster in door.site.clusters:
            for host in cluster.hosts:
                self._watches[host.name] = HostWatch(
                    door, host, cluster, self._emit, lambda: self._state, clock, places
                )

    @property
    def site(self) -> Site:
        """What is watched."""
        return self._door.site

    @property
    def state(self) -> State:
        """The newest state."""
        return self._state

    @property
    def writable(self) -> bool:
        """Whether changing commands pass the door."""
        return self._door.writable

    def now(self) -> float:
        """Return the console's clock, epoch seconds."""
        return self._clock()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` on every change from now on; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def run(self) -> None:
        """Watch until cancelled; closes every link on the way out."""
        self._door.on_link(self._on_link)
        await self._door.start()
        try:
            async with asyncio.TaskGroup() as group:
                for host, watch in self._watches.items():
                    run = partial(watch.run, follow=self._follow)
                    group.create_task(self._guard(host, Fact.UNITS, run))
                for cluster in self.site.clusters:
                    for vip in cluster.vips:
                        group.create_task(self._ask(cluster, vip))
                    if self._follow:
                        self._watch_hits(cluster, group)
        finally:
            await self._door.close()

    async def refresh(self, host: str | None = None) -> None:
        """Take a full reading of one host, or of all, now.

        A host that cannot be reached is tried at once, and what the operator declined to answer
        is asked again: he has asked for it.
        """
        for name in [host] if host is not None else list(self._watches):
            known = self._state.host(name)
            if known.link.status is not LinkStatus.UP or known.daemon.problem:
                self._door.retry(name)
            self._watches[name].want()

    async def read_file(self, host: str, path: str) -> str:
        """Return a configuration file of a node, cleaned, secrets masked.

        ``FeedError`` says why not: not one of :data:`READABLE`, no link, no such file.
        """
        if not path.startswith(READABLE) or "/../" in path or "'" in path:
            raise FeedError(t("{path} is not a file that this console shows", path=path))
        command = Command(name="read a file", script=f"cat -- '{path}'", root=True)
        try:
            result = await run_as_root(self._door, host, command)
        except TransportError as error:
            raise FeedError(str(error)) from None
        if not result.ok:
            raise FeedError(result.stderr.strip() or t("{path} cannot be read", path=path))
        return mask_secrets(result.stdout)

    def _on_link(self, event: LinkChanged) -> None:
        self._emit((event,))

    def _emit(self, events: Sequence[Event]) -> None:
        before = self._state.ownership
        for event in events:
            self._state = reduce(self._state, event)
        if self._state.ownership is not before:
            self._look_after_moves(before)
        for listener in tuple(self._listeners):
            listener(events, self._state)

    def _look_after_moves(self, before: Mapping[str, Ownership]) -> None:
        """Read a cluster again as soon as its sources have settled after a move."""
        for cluster in self.site.clusters:
            for vip in cluster.vips:
                now, was = self._state.ownership.get(vip.address), before.get(vip.address)
                if now is None or now.changed_at is None or (was and was.owners == now.owners):
                    continue
                for host in cluster.hosts:
                    asyncio.get_running_loop().call_later(
                        SETTLE_S * 1.2, self._watches[host.name].want
                    )

    def _watch_hits(self, cluster: Cluster, group: asyncio.TaskGroup) -> None:
        sources = HitSources(cluster)
        for host in cluster.hosts:
            watch = HitWatch(
                self._door, host, sources, lambda event: self._emit((event,)), self._clock
            )
            group.create_task(self._guard(host.name, Fact.HITS, watch.run))

    async def _guard(
        self, host: str, fact: Fact, watch: Callable[[], Coroutine[None, None, None]]
    ) -> None:
        """Keep a watch going: a fault of ours in one of them must not blind the others."""
        while True:
            try:
                await watch()
            except Exception as error:
                problem = t(
                    "this console failed on it ({error}); please report that",
                    error=f"{type(error).__name__}: {error}",
                )
                event = ReadingFailed(at=self.now(), host=host, fact=fact, problem=problem)
                self._emit((event,))
                context = {"message": problem, "exception": error}
                asyncio.get_running_loop().call_exception_handler(context)
            await asyncio.sleep(_AFTER_FAULT_S)

    async def _ask(self, cluster: Cluster, vip: Vip) -> None:
        via = await self._asked_from(cluster, vip)
        while via is not None:
            if via:
                await self._door.wait_up(via)
            event = await answers.ask(self._door, via, vip, self._clock())
            if event is not None:
                self._emit((event,))
            await asyncio.sleep(answers.PERIOD_S)

    async def _asked_from(self, cluster: Cluster, vip: Vip) -> str | None:
        """Return from where a VIP is asked; tells when nobody can ask it (now)."""
        while True:
            try:
                via = await answers.asked_from(self._door, cluster)
            except RefusedError:
                # An SSH configuration that cannot be used says nothing of the way, until it can.
                self._emit((answers.unasked(vip, self._clock()),))
                await self._door.wait_up(cluster.lbs[0].name)
                await asyncio.sleep(answers.PERIOD_S)
                continue
            if via is None:
                self._emit((answers.unasked(vip, self._clock()),))
            return via
