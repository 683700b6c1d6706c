"""Lessons on the lab: whatever was done to its hosts, others are in their place in seconds."""

from __future__ import annotations

import contextlib
from pathlib import Path

from haconsole.domain.notes import Note, note
from haconsole.telling import say
from haconsole.training.lesson import Start
from haconsole.training.reaching import reach
from haconsole.training.stage import StageError
from haconsole.transport.door import Door

from . import registry
from .errors import LabError
from .orders import order
from .topology import Family

#: Seconds after which hosts that have booted must have been reached.
_REACH_S = 30.0


class LabStage:
    """The lab called ``name`` as a ``training.stage.Stage``.

    ``door``: the console's, whose links come back by themselves; without one (set it later)
    :meth:`reset` returns when the hosts have booted.
    """

    kind = "lab"

    def __init__(self, name: str, door: Door | None = None) -> None:
        self.door = door
        self._name = name

    def missing(self, start: Start) -> Note | None:
        """Say what of ``start`` the lab cannot be."""
        if start.keepalived:
            return note(
                "The lab has its distribution's keepalived; only the demo behaves as {version}.",
                version=start.keepalived,
            )
        if start.family not in list(Family):
            return note("The lab has no hosts of the family {family}.", family=start.family)
        return None

    async def reset(self, start: Start) -> None:
        """Have other hosts in their place; returns when they can be reached.

        Raises ``StageError``; the next reset tries again.
        """
        if problem := self.missing(start):
            raise StageError(say(problem))
        shape = ("--state", start.state.value, "--family", start.family)
        try:
            await order("reset", "--name", self._name, *shape)
        except (LabError, OSError) as error:
            raise StageError(str(error)) from None
        if self.door is not None:
            await reach(self.door, _REACH_S)


def stage_of(inventory: Path, door: Door | None = None) -> LabStage | None:
    """Return the running lab whose inventory this is, as a stage; ``None`` when it is none's."""
    wanted = inventory.resolve()
    for places in registry.every_lab():
        if places.inventory.resolve() == wanted:
            with contextlib.suppress(LabError, OSError):
                return LabStage(places.name, door) if registry.find_up(places) else None
    return None
