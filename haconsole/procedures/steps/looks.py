"""A look at what came of it: a step that changes nothing, and says what it sees."""

from __future__ import annotations

from haconsole.domain.notes import Note
from haconsole.procedures.plan import Step

from .shell import reads


def look(
    host: str,
    title: Note,
    reason: Note,
    script: str,
    *,
    id: str,  # noqa: A002 - as the field is called
    root: bool = False,
    settle_s: float = 10.0,
    way_on: Note | None = None,
) -> Step:
    """Return a step that only verifies: ``script`` exits 0 when it is so.

    It is asked until it is or ``settle_s`` seconds are over; its last line on standard error
    is the reason that is shown then.
    """
    return Step(
        id=f"{id}@{host}",
        title=title,
        reason=reason,
        host=host,
        verify=reads(id, script, root=root),
        settle_s=settle_s,
        expected_s=1.0,
        way_on=way_on,
    )
