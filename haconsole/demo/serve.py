"""The demo as something to log in to: hosts that serve, and an inventory that names them."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from haconsole.lab.topology import Family, LabState

from .world.cluster import DemoCluster
from .world.wayin import WayIn

#: What the folder of a demo is called, before its process id.
PREFIX = "haconsole-demo-"
_OF_A_DEMO = re.compile(re.escape(PREFIX) + r"(\d+)-\w+")


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that serves. ``inventory`` is gone with it."""

    cluster: DemoCluster
    inventory: Path


@contextlib.asynccontextmanager
async def running(
    *,
    rate: float = 3.0,
    scenario: str | None = None,
    state: LabState = LabState.READY,
    family: Family = Family.APT,
) -> AsyncIterator[Demo]:
    """Serve the demo's hosts; nothing of them is left afterwards: no key, file or port.

    ``rate``: clients' requests a second; ``scenario``: a fault to begin with. ``state`` and
    ``family``: what is on the hosts, and their package manager, as in a lab. Raises
    ``OSError`` where nothing can listen on loopback, ``FaultError`` for an unknown fault.
    """
    sweep(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-") as folder:
        cluster = DemoCluster(rate=rate, state=state, family=family)
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


def sweep(folder: Path) -> None:
    """Remove what demos that were killed (SIGKILL) left in ``folder``: keys and inventories."""
    if os.name != "posix":
        # Elsewhere there is no harmless way to ask whether a process lives.
        return
    for left in folder.glob(f"{PREFIX}*"):
        made = _OF_A_DEMO.fullmatch(left.name)
        if made and not _lives(int(made[1])):
            shutil.rmtree(left, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it lives, and is somebody else's
    return True
