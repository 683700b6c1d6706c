"""Where lessons are done: a cluster that may be broken, and that can be put back."""

from __future__ import annotations

from typing import Protocol

from haconsole.domain.notes import Note
from haconsole.training.lesson import Start


class StageError(Exception):
    """The cluster cannot be had as a lesson wants it; the message is the sentence to show."""


class Stage(Protocol):
    """A cluster that lessons are done on.

    ``kind``: ``demo``, ``lab`` or ``hosts``, as ``Lesson.on`` names them.
    """

    @property
    def kind(self) -> str:
        """What sort of cluster it is."""
        ...

    def missing(self, start: Start) -> Note | None:
        """Say what of ``start`` this cluster cannot be (another package manager, …)."""
        ...

    async def reset(self, start: Start) -> None:
        """Bring the cluster to ``start.state``, whatever was done to it; ``start.then`` is not
        its business. Returns when the hosts can be reached; raises ``StageError``.
        """
        ...
