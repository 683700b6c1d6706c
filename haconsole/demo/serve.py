"""The demo as something to log in to: hosts that serve, and an inventory that names them."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from haconsole.lab.topology import Family, LabState
from haconsole.parsers.keepalived_version import Version

from . import folder as folders
from .world.cluster import DemoCluster
from .world.flaws import Flaw
from .world.manners import DEBIAN_12, manners
from .world.wayin import WayIn

#: What a file system says when it does not take what is written; these name no file.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)


@dataclass(slots=True)
class Leaving:
    """What a demo does with its folder at its end: it goes, unless another demo takes it over."""

    leaves: bool = False


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that serves. ``inventory`` is gone with it, unless its folder was left on purpose."""

    cluster: DemoCluster
    inventory: Path
    folder: Leaving = field(default_factory=Leaving)


@contextlib.asynccontextmanager
async def running(
    *,
    rate: float = 3.0,
    scenario: str | None = None,
    state: LabState = LabState.READY,
    family: Family = Family.APT,
    port: int = 0,
    keepalived: Version = DEBIAN_12,
    flaw: Flaw | None = None,
    folder: Path | None = None,
    listener: socket.socket | None = None,
) -> AsyncIterator[Demo]:
    """Serve the demo's hosts; nothing of them is left afterwards: no key, file or port.

    ``rate``: clients' requests a second; ``scenario``: a fault to begin with. ``state`` and
    ``family``: what is on the hosts, and their package manager, as in a lab. ``port``: where the
    bastion listens on loopback, 0 for any that is free. ``keepalived``: whose manners the LBs'
    daemons have; ``flaw``: what is wrong with the pair's files. ``folder``: a demo's before this
    one, whose keys are taken over; ``listener``: the bastion's socket on loopback, instead of
    ``port``. Raises ``ServeError`` where nothing can listen on loopback or no file can be written,
    ``FaultError`` for an unknown fault.
    """
    leaving = Leaving()
    with _folder(folder, leaving) as keys:
        cluster = DemoCluster(
            rate=rate, state=state, family=family, how=manners(keepalived), flaw=flaw
        )
        way_in = WayIn(cluster, keys, port, listener)
        with _telling(keys, port):
            way_in.prepare()
        try:
            await cluster.start()
            with _telling(keys, port):
                _need_loopback()
                inventory = await way_in.open()
            if scenario is not None:
                await cluster.fault(scenario)
            yield Demo(cluster, inventory, leaving)
        finally:
            await way_in.close()
            await cluster.stop()


@contextlib.contextmanager
def _folder(given: Path | None, demo: Leaving) -> Iterator[Path]:
    """Have the demo's folder, and take it away at the end with all that is in it."""
    folder = given or folders.make()
    try:
        yield folder
    finally:
        if not demo.leaves:
            folders.remove(folder)


def _need_loopback() -> None:
    """Connect to ourselves: on an interface that is down one can listen, but nobody gets there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), 2.0).close()


@contextlib.contextmanager
def _telling(folder: Path, port: int) -> Iterator[None]:
    """Say in a sentence whether it was the folder or the port that could not be had."""
    try:
        yield
    except OSError as error:
        if error.filename is not None or error.errno in _FULL:
            raise folders.unwritable(folder, error) from None
        raise folders.deaf(port, error) from None
