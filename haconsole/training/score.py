"""What a step is worth: a hundred points, less what help cost. Being slow costs nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from haconsole.domain.notes import Note, note
from haconsole.training.standing import Points

#: Points of a step that was done without help.
FULL = 100
#: What a hint costs, having it done, and a prediction that did not come true.
HINT, DONE_FOR_YOU, WRONG = 15, 60, 10


@dataclass(frozen=True, slots=True)
class Tally:
    """The help that was had in a step. ``wrong``: the prediction did not come true."""

    hints: int = 0
    solved: bool = False
    wrong: bool = False


def points(tally: Tally) -> Points:
    """Return what a step is worth after that help, never less than 0."""
    lost: list[tuple[int, Note]] = []
    if tally.wrong:
        lost.append((WRONG, note("the prediction did not come true")))
    if tally.hints == 1:
        lost.append((HINT, note("one hint")))
    elif tally.hints:
        lost.append((HINT * tally.hints, note("{count} hints", count=tally.hints)))
    if tally.solved:
        lost.append((DONE_FOR_YOU, note("it was done for you")))
    return Points(max(0, FULL - sum(less for less, _ in lost)), tuple(lost))


def mean(each: Iterable[Points]) -> int:
    """Return a lesson's score, 0 to 100: the mean of its steps; 0 of none."""
    found = [one.points for one in each]
    return round(sum(found) / len(found)) if found else 0
