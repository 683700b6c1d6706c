"""Faults for a console that is open on a lab: made by ``haconsole lab``, in its own process."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from haconsole.monitor.faults import FaultKind
from haconsole.monitor.feed import FeedError
from haconsole.telling import say

from . import registry
from .errors import LabError
from .faults import FAULTS
from .orders import order


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
        return [FaultKind(f.name, say(f.text), f.hosts) for f in FAULTS.values()]

    async def make(self, name: str, host: str | None = None) -> str:
        """Make a fault; ``FeedError`` says why not."""
        where = ("--on", host) if host else ()
        return await self._lab("fault", "--name", self._name, *where, "--", name)

    async def heal(self) -> str:
        """Undo every fault; returns when the pair is healthy."""
        return await self._lab("heal", "--name", self._name)

    async def _lab(self, *words: str) -> str:
        try:
            return await order(*words)
        except LabError as error:
            raise FeedError(str(error)) from None


def faults_of(inventory: Path) -> LabFaults | None:
    """Return what breaks the lab whose inventory this is; ``None`` when no running lab's is."""
    wanted = inventory.resolve()
    for places in registry.every_lab():
        if places.inventory.resolve() == wanted:
            with contextlib.suppress(LabError, OSError):
                return LabFaults(places.name) if registry.find_up(places) else None
    return None
