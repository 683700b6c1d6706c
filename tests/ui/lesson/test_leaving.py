"""Leaving by keys: what is asked, what is promised, and what is said where it does not come true."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from haconsole.domain.model import Site
from haconsole.domain.notes import Note, note
from haconsole.training.begun import Unended
from haconsole.ui.app import ConsoleApp
from haconsole.ui.presentation import drillasking
from haconsole.ui.presentation.ink import Tone
from haconsole.ui.screens.confirm import ConfirmScreen
from tests.support.replay import ReplayFeed
from tests.ui.helpers import feed_of, until

from .film import LESSON, PHASES, SHELF
from .stage import StillRoom, StillSchool, pair, stage, to_lesson, to_list
from .test_exam import examined
from .test_flow import answer, told


async def asks(app: ConsoleApp, pilot: Any, what: str) -> str:
    """Wait for a dialog; returns what it says."""
    await until(pilot, lambda: isinstance(app.screen, ConfirmScreen) and what in said(app.screen))
    await until(pilot, lambda: bool(app.screen.query("#no")))
    assert isinstance(app.screen, ConfirmScreen)
    return said(app.screen)


def said(screen: ConfirmScreen) -> str:
    return " ".join(text for text, _ in screen._lines)


def wants(app: ConsoleApp) -> str:
    """Return the name that the dialog wants to be typed."""
    assert isinstance(app.screen, ConfirmScreen)
    return app.screen._name or ""


def held(room: StillRoom) -> asyncio.Event:
    """Let leaving take until the event is set."""
    gate = asyncio.Event()

    async def leave() -> Note | None:
        room.asked.append("leave")
        await gate.wait()
        return room.stays

    room.leave = leave  # type: ignore[method-assign]
    return gate


async def test_while_a_lesson_is_left_its_keys_do_nothing() -> None:
    school = StillSchool()
    async with stage(school) as (app, _, pilot):
        room = await to_lesson(app, pilot, school, "working")
        gate = held(room)
        app.desk.lessons.leave()
        await until(pilot, lambda: room.asked[-1] == "leave")
        for key in ("r", "d", "s", "h", "n"):
            await pilot.press(key)
            await pilot.pause()
            assert not isinstance(app.screen, ConfirmScreen), key
        room.stand(PHASES["asking"])
        await pilot.press("enter")
        assert "A lesson is being left: one moment." in told(app)
        gate.set()
        await until(pilot, lambda: app.desk.lessons.room is None)
        assert room.asked[-1] == "leave"


async def test_while_an_exam_is_left_its_keys_do_nothing() -> None:
    async with examined() as (app, pilot, exam):
        gate = asyncio.Event()

        async def leave() -> Note | None:
            exam.asked.append("leave")
            await gate.wait()
            return None

        exam.leave = leave  # type: ignore[method-assign]
        app.desk.lessons.leave()
        await until(pilot, lambda: exam.asked[-1] == "leave")
        for key in ("r", "x", "enter", "n"):
            await pilot.press(key)
            await pilot.pause()
            assert not isinstance(app.screen, ConfirmScreen), key
        assert exam.asked[-1] == "leave"
        gate.set()
        await until(pilot, lambda: not app.desk.lessons.examined)


async def test_what_could_not_be_undone_is_asked_about_before_the_console_closes() -> None:
    school = StillSchool()
    async with stage(school) as (app, _, pilot):
        room = await to_lesson(app, pilot, school, "working")
        room.stays = note("Not undone: a dead web node on web02.")
        await pilot.press("q")
        assert "stays until a lesson begins again" in await asks(app, pilot, "Close the console?")
        await answer(app, pilot, yes=True)
        assert "a dead web node on web02" in await asks(app, pilot, "could be undone")
        assert not app._exit
        await answer(app, pilot, yes=False)
        assert app.desk.lessons.room is None
        assert "a dead web node on web02" in told(app)


@pytest.mark.parametrize("name", ["over", "working"])
async def test_on_own_hosts_leaving_puts_them_back_and_says_so(name: str) -> None:
    school = StillSchool()
    school.own_hosts = True
    async with stage(school) as (app, _, pilot):
        room = await begin(app, pilot, school)
        room.stand(PHASES[name])
        gate = held(room)
        await pilot.press("q")
        if name == "working":
            assert "the hosts are put back to where" in await asks(app, pilot, "Close the console")
            await answer(app, pilot, yes=True)
        await until(pilot, lambda: room.asked[-1] == "leave")
        assert "then the hosts are put back." in told(app)
        await pilot.press("q")
        assert "until you put it right" in await asks(app, pilot, "still being put right")
        await answer(app, pilot, yes=False)
        assert not app._exit
        gate.set()
        await until(pilot, lambda: app._exit)


async def begin(app: ConsoleApp, pilot: Any, school: StillSchool) -> StillRoom:
    """Begin the chosen lesson on own hosts, its cluster's name being typed."""
    await to_list(app, pilot)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
    assert wants(app) == "pair"
    await answer(app, pilot, yes=True)
    await until(pilot, lambda: bool(school.rooms) and bool(school.room.tried))
    school.room.stand(PHASES["working"])
    await pilot.pause()
    return school.room


@pytest.mark.parametrize("way", ["another", "the next"])
@pytest.mark.parametrize("elsewhere", [True, False])
async def test_another_cluster_is_not_taken_apart_without_its_name(
    way: str, elsewhere: bool
) -> None:
    school = StillSchool()
    school.own_hosts = True
    async with stage(school) as (app, _, pilot):
        room = await begin(app, pilot, school)
        cluster = app.session.cluster
        assert cluster is not None
        if elsewhere:
            app.session.cluster = replace(cluster, name="another")
        if way == "another":
            await pilot.press("escape")
            await until(pilot, lambda: app.current_mode == "lessons")
            await pilot.press("j", "enter")
            await asks(app, pilot, "Leave it?")
            await answer(app, pilot, yes=True)
        else:
            room.stand(PHASES["over"])
            await pilot.press("n")
        if elsewhere:
            await asks(app, pilot, "cluster another")
            assert wants(app) == "another"
            assert school.places == ["pair"]
            await answer(app, pilot, yes=True)
        await until(pilot, lambda: len(school.rooms) == 2)
        assert school.places[-1] == ("another" if elsewhere else "pair")


# A plan or a drill that runs in a lesson


@pytest.mark.parametrize("what", ["drill", "plan"])
async def test_closing_with_a_change_running_leaves_the_lesson_too(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = StillSchool()
    async with stage(school) as (app, _, pilot):
        room = await to_lesson(app, pilot, school, "working")
        ended = running(app, what, monkeypatch)
        app.desk.lessons.leave()
        await pilot.pause()
        assert "let it end, then leave the lesson" in told(app)
        app.desk.leave_console()
        await asks(app, pilot, "It runs")
        await answer(app, pilot, yes=True)
        await asks(app, pilot, "is open. Close the console?")
        assert not app._exit
        assert "leave" not in room.asked
        await answer(app, pilot, yes=True)
        await until(pilot, lambda: app._exit)
        assert ended == ["ended"]
        assert room.asked[-1] == "leave"


def running(app: ConsoleApp, what: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let a drill, or a plan, run; returns what says that it was ended."""
    ended: list[str] = []

    async def run() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    group = "drill-run" if what == "drill" else "change-run"
    work: Callable[[], Awaitable[None]] = run
    app.run_worker(work, name=group, group=group, exit_on_error=False)
    lines = [("It runs. Close?", Tone.STRONG)]
    if what == "drill":
        desk = type(app.desk.drills)
        monkeypatch.setattr(desk, "busy", property(lambda self: True))
        monkeypatch.setattr(desk, "progress", property(lambda self: object()))
        monkeypatch.setattr(drillasking, "quit_words", lambda *args: lines)
    else:
        wizard: Any = type("Wizard", (), {"plan": object(), "progress": None, "busy": True})()
        app.desk.wizard = wizard
        monkeypatch.setattr("haconsole.ui.desk.confirming.quit_words", lambda *args: lines)
        monkeypatch.setattr("haconsole.ui.desk.home_line", lambda *args: ())
    return ended


# A console that died


def left_behind() -> StillSchool:
    school = StillSchool()
    school.own_hosts = True
    school.left["pair"] = Unended(LESSON.id, 1_700_000_000.0)
    return school


async def test_a_lesson_that_nobody_left_is_told_and_its_hosts_can_be_put_back() -> None:
    school = left_behind()
    async with stage(school, size=(100, 40)) as (app, _, pilot):
        await pilot.press("8")
        asked = await asks(app, pilot, "Put the hosts of pair back?")
        assert "and never left: its console died" in asked
        assert wants(app) == "pair"
        await answer(app, pilot, yes=True)
        await until(pilot, lambda: school.put_back_on == ["pair"])
        await until(pilot, lambda: "The hosts are back where" in told(app))
        assert not app.desk.lessons.leaving.going_on


async def test_whoever_says_not_now_is_asked_no_more_but_told_before_a_lesson_begins() -> None:
    school = left_behind()
    async with stage(school, size=(100, 40)) as (app, _, pilot):
        await pilot.press("8")
        await asks(app, pilot, "Put the hosts of pair back?")
        await answer(app, pilot, yes=False)
        await pilot.press("1")
        await until(pilot, lambda: app.current_mode == "home")
        await to_list(app, pilot)
        assert not isinstance(app.screen, ConfirmScreen)
        await pilot.press("enter")
        asked = await asks(app, pilot, "Begin “")
        assert "never left" in asked
        assert "Beginning puts them back first." in asked
        assert school.put_back_on == []


async def test_a_way_back_that_fails_is_said() -> None:
    school = left_behind()
    async with stage(school, size=(100, 40)) as (app, _, pilot):
        await pilot.press("8")
        await asks(app, pilot, "Put the hosts of pair back?")
        school.left.clear()
        await answer(app, pilot, yes=True)
        await until(pilot, lambda: "not put back: there is no way back" in told(app))


# A cluster that was named on the command line


@asynccontextmanager
async def two_clusters(school: StillSchool) -> AsyncIterator[tuple[ConsoleApp, ReplayFeed, Any]]:
    scene = pair()
    (cluster,) = scene.site.clusters
    other = replace(cluster, name="api")
    site = Site(scene.site.name, (cluster, other), scene.site.jumps, lab=True)
    feed = feed_of(replace(scene, site=site), writable=True)
    app = ConsoleApp(feed, school=school)
    async with app.run_test() as pilot:
        await pilot.pause()
        yield app, feed, pilot


async def test_a_lesson_is_begun_at_once_on_the_cluster_that_was_named() -> None:
    school = StillSchool()
    school.start_at, school.at, school.cluster = SHELF[0].lesson.id, 0, "api"
    async with two_clusters(school) as (app, _, pilot):
        await until(pilot, lambda: bool(school.rooms))
        assert school.places == ["api"]
        assert app.session.cluster is not None
        assert app.session.cluster.name == "api"
