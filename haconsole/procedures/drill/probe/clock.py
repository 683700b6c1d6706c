"""How far a node's clock is from the console's."""

from __future__ import annotations

import re
from dataclasses import dataclass

from haconsole.procedures.steps.shell import reads
from haconsole.transport.door import Door
from haconsole.transport.errors import TransportError
from haconsole.words import t

from .orders import ProbeError

#: Round trips that are taken; the shortest is the most exact.
TRIPS = 12
_STAMP = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class Offset:
    """A node's clock minus the console's, seconds, and by how much that may be off."""

    offset_s: float = 0.0
    error_s: float = 0.0

    def to_console(self, at: float) -> float:
        """Return a moment of the node's clock on the console's."""
        return at - self.offset_s


async def offset(door: Door, host: str, *, trips: int = TRIPS) -> Offset:
    """Return how far the clock of ``host`` is off; of ``""``, the console itself, nothing.

    The node's ``date`` tells its time somewhere between question and answer, so it is known to
    half of a round trip; of several the shortest is taken. ``ProbeError`` where it tells none.
    """
    if not host:
        return Offset()
    best: Offset | None = None
    for _ in range(trips):
        try:
            result = await door.run(host, reads("clock", "date +%s.%N"))
        except TransportError as error:
            raise ProbeError(str(error)) from error
        found = _STAMP.fullmatch(result.stdout.strip())
        if found is None:
            raise ProbeError(
                t("{host} does not tell its clock to the millisecond (date +%s.%N).", host=host)
            )
        half = result.seconds / 2
        if best is None or half < best.error_s:
            best = Offset(float(found[0]) - (result.started_at + half), half)
    return best or Offset()
