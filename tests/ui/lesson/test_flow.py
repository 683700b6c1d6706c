"""Lessons by keys: the list, the way through a step, help, leaving. The classroom stands still."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from haconsole.training.standing import Phase
from haconsole.ui.app import ConsoleApp
from haconsole.ui.presentation.ink import cells
from haconsole.ui.screens.confirm import ConfirmScreen
from haconsole.ui.screens.lessonplan import LessonPlanScreen
from haconsole.ui.widgets.page import ReadingPage
from haconsole.ui.widgets.rows import RowList
from haconsole.words import set_language
from tests.ui.helpers import rows, text_of, until

from .film import LESSON, PHASES, SHELF
from .stage import StillSchool, stage, to_lesson, to_list


def told(app: ConsoleApp) -> str:
    return " ".join(notice.message for notice in app._notifications)


async def answer(app: ConsoleApp, pilot: object, *, yes: bool) -> None:
    """Answer the dialog on show."""
    screen = app.screen
    assert isinstance(screen, ConfirmScreen)
    screen.dismiss(yes)
    await until(pilot, lambda: app.screen is not screen)  # type: ignore[arg-type]


# The list


async def test_the_newest_that_is_not_done_is_chosen_already() -> None:
    school = StillSchool()
    async with stage(school) as (app, _, pilot):
        await to_list(app, pilot)
        assert "Enter goes on at step 2" in text_of(app.screen)
        await pilot.press("enter")
        await until(pilot, lambda: school.rooms and school.room.asked == ["enter 1"])
        assert (app.current_mode, school.room.progress.lesson) == ("lesson", LESSON)


async def test_r_in_the_list_begins_anew() -> None:
    school = StillSchool()
    async with stage(school) as (app, _, pilot):
        await to_list(app, pilot)
        await pilot.press("r")
        await until(pilot, lambda: school.rooms and school.room.asked == ["enter 0"])


async def test_what_cannot_be_had_here_says_why() -> None:
    school = StillSchool()
    async with stage(school) as (app, _, pilot):
        await to_list(app, pilot)
        await pilot.press("G", "enter")
        await until(pilot, lambda: "only the demo can be that" in told(app))
        assert school.rooms == []


@pytest.mark.parametrize(
    ("lab", "writable", "words"),
    [(False, True, "lab: true"), (True, False, "start it with --write")],
)
async def test_where_nothing_may_be_broken_no_lesson_begins(
    lab: bool, writable: bool, words: str
) -> None:
    school = StillSchool()
    async with stage(school, lab=lab, writable=writable) as (app, _, pilot):
        await to_list(app, pilot)
        assert words in " ".join(text_of(app.screen).split())
        await pilot.press("enter")
        await until(pilot, lambda: words in told(app))
        assert school.rooms == []


async def test_own_hosts_are_taken_apart_only_after_their_clusters_name_was_typed() -> None:
    school = StillSchool()
    school.own_hosts = True
    async with stage(school) as (app, _, pilot):
        await to_list(app, pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        assert app.screen.query_one("#yes").disabled
        assert school.rooms == []
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ConfirmScreen))
        assert school.rooms == []


@pytest.mark.parametrize(("used", "said"), [(False, True), (True, False)])
async def test_home_tells_a_newcomer_the_way_and_nobody_else(used: bool, said: bool) -> None:
    fresh = tuple(replace(one, best=None, begun=False, done=False) for one in SHELF)
    async with stage(StillSchool(SHELF if used else fresh)) as (app, _, pilot):
        app.paint()
        await pilot.pause()
        assert ("New here? 8 opens the walkthrough." in text_of(app.screen)) is said


async def test_without_a_school_the_key_bar_says_nothing_of_lessons() -> None:
    async with stage(None, lab=False) as (app, _, pilot):
        app.paint()
        await pilot.pause()
        assert "learn" not in rows(app.screen)[-1]
        await pilot.press("8")
        await until(pilot, lambda: "lab: true" in " ".join(text_of(app.screen).split()))


# A step


async def test_a_prediction_is_asked_for_first_and_taken_by_enter() -> None:
    school = StillSchool()
    async with stage(school) as (app, _, pilot):
        room = await to_lesson(app, pilot, school, "asking")
        assert isinstance(app.focused, RowList)
        await pilot.press("n")
        await until(pilot, lambda: "Say first what will happen" in told(app))
        await pilot.press("j", "enter")
        await until(pilot, lambda: "guess nobody" in room.asked)
        await until(pilot, lambda: isinstance(app.focused, ReadingPage))


async def test_enter_goes_on_only_when_all_is_seen() -> None:
    school = StillSchool()
    async with stage(school) as (app, _, pilot):
        room = await to_lesson(app, pilot, school, "working")
        await pilot.press("enter")
        await until(pilot, lambda: "Not yet" in told(app))
        assert "next" not in room.asked
        room.stand(PHASES["passed"])
        await pilot.press("enter")
        await until(pilot, lambda: "next" in room.asked)
        await until(pilot, lambda: "step 2 of 3" in text_of(app.screen))


async def test_hints_come_one_by_one_and_then_no_more() -> None:
    school = StillSchool()
    async with stage(school) as (app, _, pilot):
        await to_lesson(app, pilot, school, "working")
        await pilot.press("h")
        await until(pilot, lambda: "A service is stopped by its unit" in text_of(app.screen))
        assert "(1 left)" in text_of(app.screen)
        await pilot.press("h")
        await until(pilot, lambda: "HINT 2 OF 2" in text_of(app.screen))
        await pilot.press("h")
        await until(pilot, lambda: "There is no further hint" in told(app))


async def test_show_me_shows_the_commands_and_touches_nothing() -> None:
    school = StillSchool()
    async with stage(school) as (app, _, pilot):
        room = await to_lesson(app, pilot, school, "working")
        before = list(room.asked)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, LessonPlanScreen))
        await until(pilot, lambda: "mkdir /run/haconsole.lock" in text_of(app.screen))
        await pilot.press("G")
        await until(pilot, lambda: "ip -o addr show" in text_of(app.screen))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, LessonPlanScreen))
        assert room.asked == before


@pytest.mark.parametrize(("key", "what"), [("d", "do"), ("r", "reset")])
async def test_what_changes_the_cluster_is_asked_about(key: str, what: str) -> None:
    school = StillSchool()
    async with stage(school) as (app, _, pilot):
        room = await to_lesson(app, pilot, school, "working")
        for yes in (False, True):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
            assert what not in room.asked
            await answer(app, pilot, yes=yes)
        await until(pilot, lambda: what in room.asked)


async def test_r_is_the_way_on_where_it_cannot_go_on() -> None:
    school = StillSchool()
    async with stage(school) as (app, _, pilot):
        room = await to_lesson(app, pilot, school, "broken")
        assert "lb01 cannot be reached" in text_of(app.screen)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await answer(app, pilot, yes=True)
        await until(pilot, lambda: "reset" in room.asked)


# Other screens, and leaving


async def test_other_screens_are_there_and_8_comes_back() -> None:
    school = StillSchool()
    async with stage(school) as (app, _, pilot):
        await to_lesson(app, pilot, school, "working")
        await pilot.press("1")
        await until(pilot, lambda: app.current_mode == "home")
        assert "8 shows it" in text_of(app.screen)
        await pilot.press("8")
        await until(pilot, lambda: app.current_mode == "lesson")
        await pilot.press("escape")
        await until(pilot, lambda: app.current_mode == "lessons")
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "lesson")
        assert len(school.rooms) == 1


async def test_another_lesson_asks_before_the_open_one_is_left() -> None:
    school = StillSchool()
    async with stage(school) as (app, _, pilot):
        room = await to_lesson(app, pilot, school, "working")
        await pilot.press("escape")
        await until(pilot, lambda: app.current_mode == "lessons")
        await pilot.press("j", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await answer(app, pilot, yes=True)
        await until(pilot, lambda: len(school.rooms) == 2)
        assert room.asked[-1] == "leave"
        assert school.room.progress.lesson.id == "round-robin"


async def test_the_end_leads_to_the_next_lesson() -> None:
    school = StillSchool()
    async with stage(school) as (app, _, pilot):
        room = await to_lesson(app, pilot, school, "over")
        assert "72 of 100 points" in text_of(app.screen)
        await pilot.press("n")
        await until(pilot, lambda: len(school.rooms) == 2)
        assert room.asked[-1] == "leave"
        assert school.room.progress.lesson.id == "round-robin"


async def test_closing_the_console_undoes_the_lesson_first() -> None:
    school = StillSchool()
    async with stage(school) as (app, _, pilot):
        room = await to_lesson(app, pilot, school, "working")
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        assert "leave" not in room.asked
        await answer(app, pilot, yes=True)
        await until(pilot, lambda: not app.is_running or app._exit)
        assert room.asked[-1] == "leave"


# How it looks


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_every_part_keeps_its_place(size: tuple[int, int], language: str) -> None:
    set_language(language)
    school = StillSchool()
    async with stage(school, size=size) as (app, _, pilot):
        room = await to_lesson(app, pilot, school, "working")
        places = set()
        for progress in PHASES.values():
            room.stand(progress)
            app.paint()
            await pilot.pause()
            places.add(tuple(
                (one.id, one.region) for one in app.screen.query("*")
                if one.id in ("step", "page", "below", "foot", "keybar") and one.display
            ))  # fmt: skip
            assert all(cells(row) == size[0] for row in rows(app.screen))
        assert len(places) == 1


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    set_language("en")


def test_every_phase_is_in_the_film() -> None:
    assert {progress.phase for progress in PHASES.values()} == set(Phase)
