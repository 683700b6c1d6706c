"""An exam by keys: naming, giving up, the next round, leaving. The exam itself stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from haconsole.training.exam_standing import ExamPhase
from haconsole.ui.app import ConsoleApp
from haconsole.ui.presentation.ink import cells
from haconsole.ui.screens.confirm import ConfirmScreen
from tests.ui.helpers import rows, text_of, until
from tests.ui.triage import stage as triage

from .exams import EXAMS, SHELVED
from .film import SHELF
from .stage import StillExam, StillSchool, stage, to_exam


@asynccontextmanager
async def examined(
    name: str = "watching", size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[ConsoleApp, Pilot[int], StillExam]]:
    """Run the console in an exam."""
    async with stage(StillSchool((*SHELF, SHELVED)), size=size) as (app, _, pilot):
        yield app, pilot, await to_exam(app, pilot, name)


async def answer(app: ConsoleApp, pilot: Pilot[int], *, yes: bool) -> None:
    """Answer the dialog on show."""
    await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
    screen = app.screen
    screen.dismiss(yes)
    await until(pilot, lambda: app.screen is not screen)


async def test_causes_are_named_by_enter_and_a_wrong_one_stays_marked() -> None:
    async with examined() as (app, pilot, exam):
        await pilot.press("g", "enter")
        await until(pilot, lambda: "answer auth-mismatch" in exam.asked)
        await until(pilot, lambda: " ✖ auth-mismatch" in text_of(app.screen))
        await pilot.press("enter")
        await until(pilot, lambda: any("said that already" in n.message
                                       for n in app._notifications))  # fmt: skip
        assert exam.asked.count("answer auth-mismatch") == 1
        await pilot.press("j", "enter")
        await until(pilot, lambda: "RIGHT: NOW MEND IT" in text_of(app.screen))


@pytest.mark.parametrize("name", ["watching", "mending"])
async def test_what_is_broken_and_when_is_not_told_before_the_round_is_over(name: str) -> None:
    async with examined(name, (120, 40)) as (app, pilot, exam):
        assert "BROKEN ON PURPOSE" not in text_of(app.screen)
        assert "vrrp-block" not in text_of(app.screen)
        exam.stand(EXAMS["round-over"])
        await until(pilot, lambda: "named after 41 s" in text_of(app.screen))


@pytest.mark.parametrize(("key", "what"), [("x", "give up"), ("r", "reset")])
async def test_giving_up_and_beginning_again_are_asked_about(key: str, what: str) -> None:
    async with examined() as (app, pilot, exam):
        for yes in (False, True):
            await pilot.press(key)
            assert what not in exam.asked
            await answer(app, pilot, yes=yes)
        await until(pilot, lambda: what in exam.asked)


async def test_other_screens_are_there_and_8_comes_back() -> None:
    async with examined() as (app, pilot, _):
        await pilot.press("5")
        await until(pilot, lambda: app.current_mode == "triage")
        await pilot.press("1")
        await until(pilot, lambda: "EXAM" in text_of(app.screen))
        await pilot.press("8")
        await until(pilot, lambda: app.current_mode == "exam")


async def test_its_end_goes_back_to_the_list_and_leaving_it_asks() -> None:
    async with examined("over") as (app, pilot, exam):
        assert "of 100 points" in text_of(app.screen)
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "lessons")
        assert exam.asked[-1] == "leave"
    async with examined() as (app, pilot, exam):
        await pilot.press("q")
        await answer(app, pilot, yes=True)
        await until(pilot, lambda: app._exit)
        assert exam.asked[-1] == "leave"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_every_part_keeps_its_place(size: tuple[int, int]) -> None:
    async with examined(size=size) as (app, pilot, exam):
        places = set()
        for progress in EXAMS.values():
            exam.stand(progress)
            app.paint()
            await pilot.pause()
            places.add(tuple(
                (one.id, one.region) for one in app.screen.query("*")
                if one.id in ("step", "below", "foot", "keybar") and one.display
            ))  # fmt: skip
            assert all(cells(row) == size[0] for row in rows(app.screen))
        assert len(places) == 1


def test_every_phase_is_shown() -> None:
    assert {progress.phase for progress in EXAMS.values()} == set(ExamPhase)


@pytest.mark.parametrize("examined_now", [False, True])
async def test_nobody_is_told_the_cause_by_a_notice_in_an_exam(examined_now: bool) -> None:
    consulting = triage.StillConsulting(triage.diagnosis_of())
    async with triage.stage(consulting) as (app, feed, pilot):
        await triage.judge(app, pilot)
        feed.tick(25)
        await pilot.press("3")
        if examined_now:
            app.desk.lessons.exams.begin(StillExam(SHELVED.lesson))
        consulting.diagnosis = triage.diagnosis_of("ghost-vip", "backend-dead")
        await triage.judge(app, pilot)
        assert any("5 shows why" in each for each in triage.told(app)) is not examined_now
