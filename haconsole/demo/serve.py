"""The demo as something to log in to: hosts that serve, and an inventory that names them."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from .world.cluster import DemoCluster
from .world.wayin import WayIn


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that serves. ``inventory`` is gone with it."""

    cluster: DemoCluster
    inventory: Path


@contextlib.asynccontextmanager
async def running(*, rate: float = 3.0, scenario: str | None = None) -> AsyncIterator[Demo]:
    """Serve the demo's hosts; nothing of them is left afterwards: no key, file or port.

    ``rate``: clients' requests a second; ``scenario``: a fault to begin with. Raises
    ``OSError`` where nothing can listen on loopback, ``FaultError`` for an unknown fault.
    """
    with tempfile.TemporaryDirectory(prefix="haconsole-demo-") as folder:
        cluster = DemoCluster(rate=rate)
        way_in = WayIn(cluster, Path(folder))
        way_in.prepare()
        try:
            await cluster.start()
            inventory = await way_in.open()
            if scenario is not None:
                await cluster.fault(scenario)
            yield Demo(cluster, inventory)
        finally:
            await way_in.close()
            await cluster.stop()
