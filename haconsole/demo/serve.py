"""The demo as something to log in to: hosts that serve, and an inventory that names them."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from haconsole.lab.topology import Family, LabState
from haconsole.parsers.keepalived_version import Version
from haconsole.words import t

from .world.cluster import DemoCluster
from .world.flaws import Flaw
from .world.manners import DEBIAN_12, manners
from .world.wayin import WayIn

#: What the folder of a demo is called, before its process id.
PREFIX = "haconsole-demo-"
_OF_A_DEMO = re.compile(re.escape(PREFIX) + r"(\d+)-\w+")

#: What a file system says when it does not take what is written; these name no file.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)


class ServeError(Exception):
    """The demo cannot be served here; the message is the sentence to show."""


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
    port: int = 0,
    keepalived: Version = DEBIAN_12,
    flaw: Flaw | None = None,
) -> AsyncIterator[Demo]:
    """Serve the demo's hosts; nothing of them is left afterwards: no key, file or port.

    ``rate``: clients' requests a second; ``scenario``: a fault to begin with. ``state`` and
    ``family``: what is on the hosts, and their package manager, as in a lab. ``port``: where the
    bastion listens on loopback, 0 for any that is free. ``keepalived``: whose manners the LBs'
    daemons have; ``flaw``: what is wrong with the pair's files. Raises ``ServeError`` where
    nothing can listen on loopback or no file can be written, ``FaultError`` for an unknown fault.
    """
    with _folder() as folder:
        cluster = DemoCluster(
            rate=rate, state=state, family=family, how=manners(keepalived), flaw=flaw
        )
        way_in = WayIn(cluster, folder, port)
        with _telling(folder, port):
            way_in.prepare()
        try:
            await cluster.start()
            with _telling(folder, port):
                _need_loopback()
                inventory = await way_in.open()
            if scenario is not None:
                await cluster.fault(scenario)
            yield Demo(cluster, inventory)
        finally:
            await way_in.close()
            await cluster.stop()


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Make the demo's folder, and take it away at the end with all that is in it."""
    try:
        sweep(Path(tempfile.gettempdir()))
        # Where a file that somebody reads cannot be removed (Windows), the rest still goes.
        made = tempfile.TemporaryDirectory(
            prefix=f"{PREFIX}{os.getpid()}-", ignore_cleanup_errors=os.name != "posix"
        )
    except OSError as error:
        raise ServeError(
            t(
                "The demo finds no folder for its keys; set TMPDIR to one that can be written"
                " ({why}).",
                why=error.strerror or error,
            )
        ) from None
    with made as folder:
        yield Path(folder)


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
        why = os.strerror(error.errno) if error.errno else str(error)
        if error.filename is not None or error.errno in _FULL:
            said = t("The demo cannot write its keys to {folder}: {why}.", folder=folder, why=why)
        elif port:
            said = t("The demo cannot listen on 127.0.0.1:{port}: {why}.", port=port, why=why)
        else:
            said = t("The demo cannot listen on 127.0.0.1: {why}.", why=why)
        raise ServeError(said) from None


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
