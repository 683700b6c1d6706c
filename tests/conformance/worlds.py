"""The two clusters that must not differ for a console: the demo's and the lab's."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from haconsole.demo.serve import Demo, running
from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Host, Site
from haconsole.domain.verdict import Level
from haconsole.inventory import load
from haconsole.lab.api import LabHandle
from tests.live.watching import Watch, watching

from .portrait import Portrait, portrait


class World(Protocol):
    """A pair that can be broken and healed."""

    @property
    def inventory(self) -> Path: ...

    async def fault(self, name: str) -> None: ...

    async def heal(self) -> None: ...


@dataclass(frozen=True)
class DemoWorld:
    """The embedded cluster."""

    demo: Demo

    @property
    def inventory(self) -> Path:
        return self.demo.inventory

    async def fault(self, name: str) -> None:
        await self.demo.cluster.fault(name)

    async def heal(self) -> None:
        await self.demo.cluster.heal()


@dataclass(frozen=True)
class LabWorld:
    """The real cluster."""

    lab: LabHandle

    @property
    def inventory(self) -> Path:
        return self.lab.inventory

    async def fault(self, name: str) -> None:
        await asyncio.to_thread(self.lab.fault, name)

    async def heal(self) -> None:
        await asyncio.to_thread(self.lab.heal)


@dataclass
class Watched:
    """A world, and the one monitor that watches it through all its states."""

    world: World
    watch: Watch
    #: (name, script) of every command that the suite compared.
    sent: set[tuple[str, str]] = field(default_factory=set)

    def link(self, host: str) -> LinkStatus:
        return self.watch.host(host).link.status

    def portrait(self) -> Portrait:
        return portrait(self.watch)

    def read_since(self, at: float) -> bool:
        """Whether all hosts that can be reached were read after ``at``, console's clock."""
        hosts = [known for known in self.watch.state.hosts.values() if known.units.value]
        up = [known for known in hosts if known.link.status is LinkStatus.UP]
        return all((known.units.at or 0.0) > at for known in up)

    async def read_again(self) -> float:
        """Ask for a reading of every host that can be reached; returns when, console's clock."""
        since = self.watch.monitor.now()
        for host in self.watch.state.site.hosts:
            if self.link(host.name) is LinkStatus.UP:
                await self.watch.monitor.refresh(host.name)
        return since

    async def heal(self) -> None:
        """Undo every fault and wait until the console sees that."""
        await self.world.heal()
        await self.watch.monitor.refresh()
        await self.watch.until(lambda: self.watch.level is Level.OK, 30)


@contextlib.asynccontextmanager
async def watched(lab: LabHandle | None) -> AsyncIterator[Watched]:
    """Watch the lab, or a demo of its own; healthy when this begins, healed when it ends."""
    async with contextlib.AsyncExitStack() as stack:
        world: World
        if lab is None:
            world = DemoWorld(await stack.enter_async_context(running()))
        else:
            world = LabWorld(lab)
            stack.push_async_callback(world.heal)
        site = _impatient(load(world.inventory))
        watch = await stack.enter_async_context(watching(site))
        await watch.healthy()
        yield Watched(world, watch)


def _impatient(site: Site) -> Site:
    """Return the site with logins that are given up early: what is cut is known to be lost then."""

    def other(host: Host) -> Host:
        return replace(host, access=replace(host.access, connect_timeout_s=3.0))

    clusters = tuple(
        replace(c, lbs=tuple(map(other, c.lbs)), webs=tuple(map(other, c.webs)))
        for c in site.clusters
    )
    return replace(site, clusters=clusters, jumps=tuple(map(other, site.jumps)))
