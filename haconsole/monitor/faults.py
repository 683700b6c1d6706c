"""Breaking a cluster on purpose: only where it is there to be broken, a demo's or a lab's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A fault that can be made. ``hosts``: names of those that it is made on by default."""

    name: str
    text: str
    hosts: tuple[str, ...]


class FaultMaker(Protocol):
    """Makes faults and undoes them. Its errors are ``FeedError``, a sentence each."""

    def names(self) -> Sequence[FaultKind]:
        """Return the faults there are."""
        ...

    async def make(self, name: str, host: str | None = None) -> str:
        """Make a fault on one host, or where it is made by default; returns what was done."""
        ...

    async def heal(self) -> str:
        """Undo every fault; returns, once the pair is healthy, what was done."""
        ...
