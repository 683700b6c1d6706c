"""What a round of an exam is worth: names, times and giving up. Clients decide nothing here."""

from __future__ import annotations

from haconsole.domain.notes import Note, note
from haconsole.training.lesson import Exam
from haconsole.training.standing import Points

#: Points lost for a wrong name, and at most for being slow to name and to mend.
WRONG, SLOW_NAME, SLOW_MEND = 15, 25, 35
#: A time that is so many times the good one costs all that slowness can cost.
_WORST = 4.0


def points(
    exam: Exam,
    *,
    detected_s: float | None,
    mended_s: float | None,
    wrong: int,
    gave_up: bool,
) -> Points:
    """Return a round's points, 0 to 100, with what was lost and why. Seconds after the fault."""
    if gave_up or mended_s is None:
        return Points(0, ((100, note("it was given up")),))
    lost: list[tuple[int, Note]] = []
    if wrong:
        told = (
            note("a wrong cause named")
            if wrong == 1
            else note("{count} wrong causes named", count=wrong)
        )
        lost.append((WRONG * wrong, told))
    if detected_s is None:
        lost.append((SLOW_NAME, note("the cause was never named")))
    elif (less := _slow(detected_s, exam.detect_s, SLOW_NAME)) > 0:
        lost.append(
            (
                less,
                note(
                    "named after {took} s; {good} s are good",
                    took=round(detected_s),
                    good=f"{exam.detect_s:g}",
                ),
            )
        )
    if (less := _slow(mended_s, exam.mitigate_s, SLOW_MEND)) > 0:
        lost.append(
            (
                less,
                note(
                    "mended after {took} s; {good} s are good",
                    took=round(mended_s),
                    good=f"{exam.mitigate_s:g}",
                ),
            )
        )
    return Points(max(0, 100 - sum(less for less, _ in lost)), tuple(lost))


def _slow(took_s: float, good_s: float, most: int) -> int:
    over = (took_s - good_s) / ((_WORST - 1) * good_s)
    return round(most * min(1.0, max(0.0, over)))
