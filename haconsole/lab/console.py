"""Faults for a console that is open on a lab: made by ``haconsole lab``, in its own process."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

from haconsole.monitor.faults import FaultKind
from haconsole.monitor.feed import FeedError
from haconsole.words import t

from . import registry
from .errors import LabError
from .faults import FAULTS
from .tools import last_words


class LabFaults:
    """The faults of the lab called ``name``."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def name(self) -> str:
        """The lab's name."""
        return self._name

    def names(self) -> Sequence[FaultKind]:
        """Return the faults there are."""
        return [FaultKind(f.name, t(f.text), f.hosts) for f in FAULTS.values()]

    async def make(self, name: str, host: str | None = None) -> str:
        """Make a fault; ``FeedError`` says why not."""
        where = ("--on", host) if host else ()
        return await self._lab("fault", "--name", self._name, *where, "--", name)

    async def heal(self) -> str:
        """Undo every fault; returns when the pair is healthy."""
        return await self._lab("heal", "--name", self._name)

    async def _lab(self, *words: str) -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "haconsole",
            "lab",
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            # A terminal's Ctrl-C goes to everyone in its foreground; this is the console's to end.
            start_new_session=True,
        )
        try:
            _, err = await process.communicate()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
            raise
        said = last_words(err.decode("utf-8", "replace"))
        if process.returncode:
            raise FeedError(said)
        return said


def faults_of(inventory: Path) -> LabFaults | None:
    """Return what breaks the lab whose inventory this is; ``None`` when no running lab's is."""
    wanted = inventory.resolve()
    for places in registry.every_lab():
        if places.inventory.resolve() == wanted:
            with contextlib.suppress(LabError, OSError):
                return LabFaults(places.name) if registry.find_up(places) else None
    return None
