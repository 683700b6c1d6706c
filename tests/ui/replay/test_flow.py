"""A recording on the screens: keys move it, every screen says what it is, nobody is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from haconsole.journal.recording import Recorder
from haconsole.journal.recording_reading import read_recording
from haconsole.journal.replay import Replay
from haconsole.ui.app import ConsoleApp
from haconsole.ui.commands.base import SCREEN_SCOPES
from tests.support.recordings import FOLDER
from tests.support.states import healthy
from tests.ui.helpers import feed_of, text_of, until


class HandClock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@asynccontextmanager
async def replaying(
    name: str = "split-brain",
) -> AsyncIterator[tuple[ConsoleApp, Replay, Pilot[int], HandClock]]:
    clock = HandClock()
    replay = Replay(read_recording(FOLDER / f"{name}.jsonl"), clock)
    app = ConsoleApp(replay)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await pilot.pause()
        app.paint()
        await pilot.pause()
        yield app, replay, pilot, clock


def said(app: ConsoleApp) -> str:
    return "\n".join(notice.message for notice in app._notifications)


@pytest.mark.parametrize("mode", sorted(set(SCREEN_SCOPES) - {"form", "plan", "drill"}))
async def test_every_screen_says_that_this_is_a_recording(mode: str) -> None:
    async with replaying() as (app, replay, pilot, _):
        replay.seek(replay.reel.first + 75)
        app.go(mode)
        await until(pilot, lambda: "RECORDING" in text_of(app.screen))


async def test_troubles_are_jumped_to_and_left_behind() -> None:
    async with replaying() as (app, replay, pilot, _):
        await pilot.press("greater_than_sign", "greater_than_sign")
        await until(pilot, lambda: "SPLIT BRAIN" in text_of(app.screen))
        at = replay.now()
        assert "split brain: 10.0.0.100 on lb01 AND lb02" in said(app)
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: "No further" in said(app))
        assert "No further trouble" in said(app)
        assert replay.now() == at
        for _ in range(3):
            await pilot.press("less_than_sign")
        await until(pilot, lambda: "SPLIT BRAIN" not in text_of(app.screen))
        assert "No trouble before this moment" in said(app)


async def test_a_step_back_shows_what_was_so_before_it() -> None:
    async with replaying() as (app, replay, pilot, _):
        replay.seek(replay.reel.last)
        app.paint()
        await until(pilot, lambda: "SPLIT BRAIN" in text_of(app.screen))
        hits = app.session.hits["pair"].total
        await until(pilot, lambda: app.desk.triage.chart().rows)
        app.playback.go(replay.reel.first + 40)  # type: ignore[union-attr]  # it is a replay
        await until(pilot, lambda: "SPLIT BRAIN" not in text_of(app.screen))
        await until(pilot, lambda: app.desk.triage.chart().judged_at is not None)
        assert app.desk.triage.chart().rows == ()
        assert 0 < app.session.hits["pair"].total < hits
        await pilot.press("full_stop")
        forward = replay.now()
        await pilot.press("comma")
        assert replay.now() <= forward


async def test_it_plays_at_the_speed_that_is_asked_for_and_stops_at_the_end() -> None:
    async with replaying() as (app, replay, pilot, clock):
        begun = replay.now()
        await pilot.press("P", "plus", "plus")
        assert replay.playing
        clock.at += 5.0
        assert replay.now() == pytest.approx(begun + 20.0)
        await until(pilot, lambda: replay.heard[-1].at > begun + 15)
        assert "playing ×4" in text_of(app.screen)
        await pilot.press("minus")
        assert replay.speed == 2.0
        clock.at += 1000.0
        await until(pilot, lambda: not replay.playing)
        assert replay.now() == replay.reel.last
        await pilot.press("P")
        assert replay.playing
        assert replay.now() == replay.reel.first


async def test_whoever_wants_to_ask_a_host_is_told() -> None:
    async with replaying() as (app, replay, pilot, _):
        replay.seek(replay.reel.last)
        await pilot.press("r")
        assert "This is a recording: no host is asked" in said(app)
        app.clear_notifications()
        await pilot.press("5")
        await until(pilot, lambda: app.desk.triage.chart().rows)
        await pilot.press("l")
        assert "This is a recording: no host is asked" in said(app)
        app.clear_notifications()
        app.desk.triage.fix(app.desk.triage.chart().rows[0])
        await until(pilot, lambda: "This is a recording: no host is asked" in said(app))
        with pytest.raises(Exception, match=r"nginx\.conf of lb02 was not read up to this moment"):
            await replay.read_file("lb02", "/etc/nginx/nginx.conf")
        assert "vrrp_instance" in await replay.read_file("lb01", "/etc/keepalived/keepalived.conf")


async def test_the_palette_goes_to_what_stands_out_and_marks_while_it_is_recorded(
    tmp_path: Path,
) -> None:
    async with replaying() as (app, replay, pilot, _):
        screen = app.ground
        rows = [row for command in _commands("replay.go") for row in command.rows(screen)]
        assert [row[0].partition(": ")[2] for row in rows][-2:] == [
            "split brain: 10.0.0.100 on lb01 AND lb02",
            "end",
        ]
        screen.action_command("replay.go", rows[-1][2])  # type: ignore[attr-defined]
        assert replay.now() == replay.reel.last
        assert not [row for command in _commands("record.mark") for row in command.rows(screen)]

    scene = healthy()
    feed = feed_of(scene)
    recorder = Recorder(scene.site, scene.now, place=tmp_path).begin()
    feed.subscribe(recorder.take)
    live = ConsoleApp(feed, recorder=recorder)
    async with live.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "RECORDING" not in text_of(live.screen)
        await pilot.press("full_stop", "P", "greater_than_sign")
        live.ground.action_command("record.mark")  # type: ignore[attr-defined]
    recorder.close()
    assert recorder.path is not None
    assert [mark.text for mark in read_recording(recorder.path).marks] == ["mark 1"]


async def test_a_recording_that_cannot_be_written_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    scene = healthy()
    recorder = Recorder(scene.site, scene.now, place=tmp_path / "file" / "below").begin()
    live = ConsoleApp(feed_of(scene), recorder=recorder)
    async with live.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        assert said(live).count("Nothing is recorded any more") == 1


def _commands(name: str) -> list:
    from haconsole.ui.commands.base import registry

    return [command for command in registry if command.id == name]


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("triage", "recorded until this moment"),
        ("changes", "nothing can be planned or changed in it"),
        ("drills", "nothing can be drilled in it"),
    ],
)
async def test_a_list_says_that_it_is_one_of_a_recording(mode: str, words: str) -> None:
    async with replaying() as (app, replay, pilot, _):
        replay.seek(replay.reel.first + 75)
        app.go(mode)
        await until(pilot, lambda: words in " ".join(text_of(app.screen).split()))
        assert "There are no hosts" not in text_of(app.screen)
