"""What help costs, in a step and in an exam."""

from __future__ import annotations

import pytest

from haconsole.training import exam_score, score
from haconsole.training.lesson import Exam
from haconsole.training.score import Tally


@pytest.mark.parametrize(
    ("tally", "points", "reasons"),
    [
        (Tally(), 100, []),
        (Tally(hints=1), 85, ["one hint"]),
        (Tally(hints=3), 55, ["3 hints"]),
        (Tally(wrong=True), 90, ["the prediction did not come true"]),
        (Tally(solved=True), 40, ["it was done for you"]),
        (
            Tally(hints=3, solved=True, wrong=True),
            0,
            ["the prediction did not come true", "3 hints", "it was done for you"],
        ),
    ],
)
def test_a_step(tally: Tally, points: int, reasons: list[str]) -> None:
    found = score.points(tally)
    assert found.points == points
    assert [str(why) for _, why in found.lost] == reasons


def test_a_lesson_is_the_mean_of_its_steps() -> None:
    assert score.mean([score.points(Tally()), score.points(Tally(solved=True))]) == 70
    assert score.mean([]) == 0


@pytest.mark.parametrize(
    ("detected_s", "mended_s", "wrong", "gave_up", "points"),
    [
        (30.0, 100.0, 0, False, 100),
        (60.0, 180.0, 0, False, 100),
        (30.0, 100.0, 2, False, 70),
        (240.0, 100.0, 0, False, 75),
        (9999.0, 9999.0, 0, False, 40),
        (None, 100.0, 0, False, 75),
        (30.0, None, 0, False, 0),
        (30.0, 100.0, 0, True, 0),
        (9999.0, 9999.0, 4, False, 0),
    ],
)
def test_a_round(
    detected_s: float | None, mended_s: float | None, wrong: int, gave_up: bool, points: int
) -> None:
    found = exam_score.points(
        Exam(()), detected_s=detected_s, mended_s=mended_s, wrong=wrong, gave_up=gave_up
    )
    assert found.points == points
    assert bool(found.lost) is (points < 100)
