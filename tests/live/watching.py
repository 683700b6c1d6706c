"""A monitor on a real site, watched by a test."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from haconsole.domain.events import Event
from haconsole.domain.model import Become, Host, Site
from haconsole.domain.ownership import VipVerdict, judge_vip
from haconsole.domain.state import HostState, State
from haconsole.domain.verdict import Level, judge
from haconsole.inventory import load
from haconsole.monitor.monitor import Monitor
from haconsole.transport.commands import LedgerEntry
from haconsole.transport.prompts import HostKeyQuestion, SecretQuestion
from haconsole.transport.transport import Transport


@dataclass
class Operator:
    """Answers questions from a list and remembers what was asked."""

    answers: list[str | None] = field(default_factory=list)
    asked: list[SecretQuestion] = field(default_factory=list)

    async def secret(self, question: SecretQuestion) -> str | None:
        self.asked.append(question)
        return self.answers.pop(0) if self.answers else None

    async def trust_host_key(self, question: HostKeyQuestion) -> bool:
        return False


@dataclass
class Watch:
    """A running monitor, and all that it said."""

    monitor: Monitor
    door: Transport
    events: list[Event]
    ledger: list[LedgerEntry]
    changed: asyncio.Event

    @property
    def state(self) -> State:
        return self.monitor.state

    def host(self, name: str) -> HostState:
        return self.state.host(name)

    @property
    def level(self) -> Level:
        return judge(self.state, self.monitor.now()).level

    @property
    def verdict(self) -> VipVerdict:
        cluster = self.state.site.clusters[0]
        return judge_vip(self.state, cluster, cluster.vips[0], self.monitor.now()).verdict

    @property
    def owners(self) -> tuple[str, ...]:
        cluster = self.state.site.clusters[0]
        return judge_vip(self.state, cluster, cluster.vips[0], self.monitor.now()).owners

    async def until(self, condition: Callable[[], object], timeout_s: float = 15.0) -> None:
        """Return when ``condition`` holds, looked at with every event and as time goes by."""
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():
                    self.changed.clear()
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(0.25):
                            await self.changed.wait()
        except TimeoutError:
            troubles = [str(t.note) for t in judge(self.state, self.monitor.now()).troubles]
            raise AssertionError(f"not within {timeout_s} s; troubles: {troubles}") from None

    async def healthy(self) -> None:
        """Return when all is well, and the streams tell what changes."""
        await self.until(lambda: self.level is Level.OK, 30.0)
        lbs = {lb.name for cluster in self.state.site.clusters for lb in cluster.lbs}
        await self.until(lambda: lbs <= self.streaming("address stream"))
        await self.until(lambda: all(self.host(name).journal.value for name in lbs))

    def streaming(self, name: str) -> set[str]:
        """The hosts on which a stream of that name was begun."""
        return {entry.host for entry in self.ledger if entry.name == name}


@contextlib.asynccontextmanager
async def watching(
    inventory: Path | Site, *, operator: Operator | None = None, follow: bool = True
) -> AsyncIterator[Watch]:
    """Watch a site for the length of a test."""
    site = inventory if isinstance(inventory, Site) else load(inventory)
    ledger: list[LedgerEntry] = []
    door = Transport(site, prompter=operator or Operator(), ledger=ledger.append)
    watch = Watch(Monitor(door, follow=follow), door, [], ledger, asyncio.Event())

    def hear(events: Sequence[Event], _: State) -> None:
        watch.events.extend(events)
        watch.changed.set()

    watch.monitor.subscribe(hear)
    task = asyncio.create_task(watch.monitor.run())
    try:
        yield watch
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def as_user(site: Site, user: str, become: Become = Become.SUDO) -> Site:
    """Return the site with every node entered as another user."""

    def other(host: Host) -> Host:
        return replace(host, access=replace(host.access, user=user, become=become))

    return replace(
        site,
        clusters=tuple(
            replace(c, lbs=tuple(map(other, c.lbs)), webs=tuple(map(other, c.webs)))
            for c in site.clusters
        ),
    )
