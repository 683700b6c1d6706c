"""A story on a whole demo in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from haconsole.demo.world.cluster import DemoCluster
from haconsole.demo.world.flaws import Flaw
from haconsole.demo.world.host import DemoHost
from haconsole.demo.world.manners import Manners
from tests.demo.world.hosts import EPOCH
from tests.demo.world.virtual import run_virtually


def cluster_story(
    tell: Callable[[DemoCluster], Awaitable[None]],
    how: Manners | None = None,
    flaw: Flaw | None = None,
) -> None:
    """Let a story happen to a demo of its own, on which nobody but it asks for anything."""

    async def main() -> None:
        clock = lambda: EPOCH + asyncio.get_running_loop().time()  # noqa: E731 - only here
        cluster = DemoCluster(clock=clock, rate=0, how=how, flaw=flaw)
        await cluster.start()
        try:
            await tell(cluster)
        finally:
            await cluster.stop()

    run_virtually(main())


def lb01_story(tell: Callable[[DemoHost], Awaitable[None]]) -> None:
    """Let a story happen to lb01 of a demo."""
    cluster_story(lambda cluster: tell(cluster.hosts["lb01"]))
