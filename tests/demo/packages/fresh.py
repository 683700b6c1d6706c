"""A fresh demo on virtual time, for tests of what is installed on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from haconsole.demo.world.cluster import DemoCluster
from haconsole.lab.topology import Family, LabState
from tests.demo.world.hosts import EPOCH
from tests.demo.world.virtual import run_virtually

Tell = Callable[[DemoCluster], Awaitable[None]]


def fresh(tell: Tell, *, family: Family = Family.APT, state: LabState = LabState.FRESH) -> None:
    """Tell a story on the hosts of a demo."""

    async def main() -> None:
        cluster = DemoCluster(
            clock=lambda: EPOCH + asyncio.get_running_loop().time(),
            rate=0.001,
            state=state,
            family=family,
        )
        await cluster.start()
        try:
            await tell(cluster)
        finally:
            await cluster.stop()

    run_virtually(main())
