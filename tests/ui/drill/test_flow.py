"""A drill by its keys: the list, before it, while it goes on, after it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest

from haconsole.domain.vrrp_prediction import Scenario
from haconsole.procedures.drill.ask import MOST_LIMIT_S, SUITE
from haconsole.procedures.drill.standing import DrillProgress, Stage
from haconsole.transport.errors import LinkDownError
from haconsole.ui.app import ConsoleApp
from haconsole.ui.commands.palette import ConsoleProvider
from haconsole.ui.screens.drill import DrillScreen
from tests.support.states import NOW
from tests.ui.helpers import text_of, until

from .film import STAGES
from .stage import (
    StillDrill,
    StillRange,
    confirm,
    press_button,
    row_of,
    stage,
    to_drill,
    to_list,
    to_run,
    told,
)

#: Turns of the loop for what the clock decides, and not a key.
PATIENT = 5000


def words(app: ConsoleApp) -> str:
    """What is on the screen, however it is broken into lines."""
    return " ".join(text_of(app.screen).replace("│", " ").split())


# The list


async def test_the_list_reads_the_pair_once_and_again_when_asked() -> None:
    place = StillRange()
    async with stage(place) as (app, _, pilot):
        await to_list(app, pilot)
        assert row_of(app, " stop ").rstrip(" ┃│").endswith("2 h ago")
        await pilot.press("1", "7")
        await pilot.pause()
        assert place.reads == 1
        await pilot.press("r")
        await until(pilot, lambda: place.reads == 2)


async def test_a_pair_that_cannot_be_read_says_so_and_is_read_again() -> None:
    place = StillRange()
    place.problem = "lb02 could not be read: the link is down."
    async with stage(place) as (app, _, pilot):
        await to_list(app, pilot)
        assert "lb02 could not be read" in text_of(app.screen)
        place.problem = ""
        await pilot.press("r")
        await until(pilot, lambda: row_of(app, " stop "))


async def test_a_recording_has_no_hosts_to_drill() -> None:
    async with stage(None) as (app, _, pilot):
        await pilot.press("7")
        await until(pilot, lambda: "nothing can be drilled" in text_of(app.screen))


async def test_one_cluster_has_to_be_chosen() -> None:
    async with stage(StillRange()) as (app, _, pilot):
        app.session.cluster = None
        await pilot.press("7")
        await until(pilot, lambda: "Choose one cluster first" in text_of(app.screen))


async def test_every_drill_is_in_the_palette() -> None:
    place = StillRange()
    async with stage(place) as (app, _, pilot):
        titles = [title for title, _, _ in ConsoleProvider(app.screen)._offers()]
        assert [title for title in titles if title.startswith("drill ")] == [
            f"drill {scenario}" for scenario in SUITE
        ]
        await pilot.press("colon", *"drill freeze")
        await until(pilot, lambda: "drill freeze" in text_of(app.screen))
        await pilot.press("enter")
        await until(pilot, lambda: place.drills)
        assert (place.last.ask.scenario, place.last.ask.target) == (Scenario.FREEZE, None)


async def test_a_cluster_that_is_chosen_while_another_is_read_is_read_too() -> None:
    place = StillRange()
    async with stage(place) as (app, _, pilot):
        await to_list(app, pilot)
        first = app.desk.drills.offered
        assert first is not None
        app.session.cluster = replace(first, name="other")
        app.desk.drills.read()
        app.session.cluster = first
        app.desk.drills.read()
        await until(pilot, lambda: not app.desk.drills.reading)
        assert app.desk.drills.offered is first
        assert app.desk.drills.offers


# Before it


async def test_a_drill_that_cannot_be_prepared_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def lost(_: StillDrill) -> DrillProgress:
        raise LinkDownError("The link to web02 was lost.")

    monkeypatch.setattr(StillDrill, "prepare", lost)
    async with stage(StillRange()) as (app, _, pilot):
        await to_list(app, pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "The link to web02 was lost." in told(app))
        await until(pilot, lambda: app.current_mode == "drills")
        assert app.desk.drills.drill is None


async def test_enter_prepares_and_touches_nothing() -> None:
    place = StillRange()
    async with stage(place) as (app, _, pilot):
        await to_drill(app, pilot)
        assert place.last.asked == ["prepare"]
        assert "nothing has been touched yet" in text_of(app.screen)
        await pilot.press("escape")
        await until(pilot, lambda: app.current_mode == "drills")


async def test_the_limit_is_asked_for_and_must_make_sense() -> None:
    place = StillRange()
    async with stage(place) as (app, _, pilot):
        await to_drill(app, pilot)
        for typed in ("soon", "5", "601", "nan"):
            await pilot.press("l", "ctrl+u", *typed, "enter")
            await pilot.pause()
            assert f"from 10 to {MOST_LIMIT_S:g}" in told(app)
            assert len(place.drills) == 1
        await pilot.press("l", "ctrl+u", *"30", "enter")
        await until(pilot, lambda: len(place.drills) == 2)
        assert place.last.ask.limit_s == 30
        await until(pilot, lambda: "by itself after 30 s" in text_of(app.screen))


async def test_the_probe_can_run_elsewhere_but_not_on_the_host_that_is_hit() -> None:
    place = StillRange()
    async with stage(place) as (app, _, pilot):
        await to_drill(app, pilot)
        seen = []
        for _ in range(5):
            before = len(place.drills)
            await pilot.press("p")
            await until(pilot, lambda before=before: len(place.drills) > before)  # type: ignore[misc]
            seen.append(place.last.ask.place)
        assert seen == ["here", "lb02", "web01", "web02", "jump"]
        # What was chosen holds for the next drill too.
        await to_drill(app, pilot, "crash")
        assert place.last.ask.place == "jump"


async def test_what_speaks_against_it_is_gone_over_only_by_a_word() -> None:
    refused = replace(STAGES["refused"], refusals=STAGES["refused"].refusals[1:])
    place = StillRange(refused)
    async with stage(place) as (app, _, pilot):
        await to_list(app, pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "REFUSED" in text_of(app.screen))
        place.ready = STAGES["forced"]
        await press_button(app, pilot, "force")
        await until(pilot, lambda: "(forced)" in text_of(app.screen))
        assert place.last.ask.force
        await press_button(app, pilot, "begin")
        assert "forced: lb02 could not take over" in text_of(app.screen)


async def test_what_cannot_be_forced_is_not_offered() -> None:
    async with stage(StillRange(STAGES["refused"])) as (app, _, pilot):
        await to_list(app, pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "REFUSED" in text_of(app.screen))
        await pilot.pause()
        assert not app.screen.query_one("#force").display


# Asking


async def test_the_focus_stands_on_cancel_and_the_name_opens_the_way() -> None:
    place = StillRange()
    async with stage(place) as (app, _, pilot):
        await to_drill(app, pilot)
        await press_button(app, pilot, "begin")
        assert app.screen.focused is not None
        assert app.screen.focused.id == "no"
        assert app.screen.query_one("#yes").disabled
        await pilot.press("enter")
        await pilot.pause()
        assert place.last.asked == ["prepare"]


async def test_a_reboot_asks_twice() -> None:
    place = StillRange()
    async with stage(place) as (app, _, pilot):
        await to_drill(app, pilot, "reboot")
        await press_button(app, pilot, "begin")
        await confirm(app, pilot)
        assert place.last.asked == ["prepare"]
        assert "Type the host's name to go on: lb01" in text_of(app.screen)
        await confirm(app, pilot, "lb01")
        await until(pilot, lambda: "execute" in place.last.asked)


@pytest.mark.parametrize("by", ["button", "palette"])
async def test_read_only_shows_all_and_begins_nothing(by: str) -> None:
    place = StillRange()
    async with stage(place, writable=False) as (app, _, pilot):
        await to_drill(app, pilot)
        assert "haconsole INVENTORY --write" in " ".join(text_of(app.screen).split())
        assert app.screen.query_one("#begin").disabled
        if by == "palette":
            titles = [title for title, _, _ in ConsoleProvider(app.screen)._offers()]
            assert "begin the drill" not in titles
            app.desk.drills.run()
            await pilot.pause()
            assert "read-only" in told(app)
        assert place.last.asked == ["prepare"]


# While it goes on


async def test_one_key_undoes_now() -> None:
    place = StillRange()
    async with stage(place) as (app, _, pilot):
        await to_run(app, pilot)
        place.last.stand(STAGES["observing"])
        await until(pilot, lambda: "WATCHING" in text_of(app.screen))
        await pilot.press("u")
        assert place.last.asked[-1] == "undo"
        await until(pilot, lambda: "UNDOING" in text_of(app.screen))
        await pilot.press("u")
        assert place.last.asked.count("undo") == 1
        assert "being undone already" in told(app)


async def test_a_node_that_is_away_is_not_said_to_be_undone_now() -> None:
    place = StillRange()
    async with stage(place) as (app, _, pilot):
        await to_run(app, pilot)
        place.last.stand(STAGES["waiting"])
        await pilot.press("u")
        await pilot.pause()
        assert "undoes the fault by itself" in told(app)
        assert place.last.asked[-1] == "undo"


async def test_nothing_runs_nothing_is_undone() -> None:
    place = StillRange()
    async with stage(place) as (app, _, pilot):
        await to_drill(app, pilot)
        await pilot.press("u")
        await pilot.pause()
        assert "nothing to undo" in told(app)
        assert place.last.asked == ["prepare"]


async def test_the_clocks_go_without_a_word_from_the_drill() -> None:
    place = StillRange()
    async with stage(place) as (app, feed, pilot):
        await to_run(app, pilot)
        place.last.stand(STAGES["outage"])
        await until(pilot, lambda: "OUTAGE  0.50 s" in text_of(app.screen), PATIENT)
        feed._now = NOW + 0.11
        await until(pilot, lambda: "OUTAGE  0.61 s" in text_of(app.screen), PATIENT)
        feed._now = NOW + 10
        await until(pilot, lambda: "by itself in 47 s" in text_of(app.screen), PATIENT)


async def test_a_flood_of_news_is_painted_ten_times_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = StillRange()
    async with stage(place) as (app, feed, pilot):
        await to_run(app, pilot)
        painted: list[float] = []
        screen = app.screen
        assert isinstance(screen, DrillScreen)
        shown = screen._show_body

        def counted(progress: DrillProgress) -> None:
            painted.append(monotonic())
            shown(progress)

        monkeypatch.setattr(screen, "_show_body", counted)
        began = monotonic()
        for index in range(60):
            feed._now = NOW + index / 1000
            place.last.stand(STAGES["outage"])
            await pilot.pause()
        await until(pilot, lambda: "OUTAGE  0.56 s" in text_of(app.screen), PATIENT)
        assert len(painted) <= (monotonic() - began) * 15 + 2


async def test_steps_and_time_line_take_turns() -> None:
    place = StillRange()
    async with stage(place) as (app, _, pilot):
        await to_run(app, pilot)
        place.last.stand(STAGES["observing"])
        await until(pilot, lambda: "requests are answered again" in text_of(app.screen))
        await pilot.press("s")
        await until(pilot, lambda: "Arm the undo" in text_of(app.screen))
        assert "requests are answered again" not in text_of(app.screen)
        await pilot.press("s")
        await until(pilot, lambda: "requests are answered again" in text_of(app.screen))


async def test_home_shows_it_and_seven_comes_back() -> None:
    place = StillRange()
    async with stage(place) as (app, _, pilot):
        await to_run(app, pilot)
        place.last.stand(STAGES["observing"])
        await pilot.press("escape")
        await until(pilot, lambda: "It goes on while you look" in words(app))
        await press_button(app, pilot, "yes")
        await until(pilot, lambda: app.current_mode == "home")
        app.paint()
        await until(
            pilot, lambda: "keepalived on lb01 is stopped gracefully" in row_of(app, "DRILL")
        )
        await pilot.press("7")
        await until(pilot, lambda: app.current_mode == "drill")


async def test_what_ends_unseen_is_told_and_shown_by_seven() -> None:
    place = StillRange()
    async with stage(place) as (app, _, pilot):
        await to_run(app, pilot)
        app.go("home")
        place.last.stand(STAGES["done"])
        place.last.go_on.set()
        await until(pilot, lambda: "as predicted. 7 shows it" in told(app))
        await pilot.press("7")
        await until(pilot, lambda: app.current_mode == "drill")
        assert "AS PREDICTED" in text_of(app.screen)
        await pilot.press("escape", "7")
        await until(pilot, lambda: app.current_mode == "drills")


async def test_the_console_is_not_closed_over_a_fault_without_a_word() -> None:
    place = StillRange()
    async with stage(place) as (app, _, pilot):
        await to_run(app, pilot)
        place.last.stand(STAGES["observing"])
        await pilot.press("q")
        await until(pilot, lambda: app.screen.query("#no"))
        assert "lb01 undoes the fault by itself in 56 s" in text_of(app.screen)
        await pilot.press("enter")
        await pilot.pause()
        assert app.is_running


async def test_one_thing_at_a_time() -> None:
    place = StillRange()
    async with stage(place) as (app, _, pilot):
        await to_run(app, pilot)
        offers = app.desk.drills.offers
        app.desk.drills.open(offers[0])
        await pilot.pause()
        assert "one at a time" in told(app)
        assert len(place.drills) == 1
        app.desk.drills.next_place()
        app.desk.drills.set_limit("20")
        app.desk.drills.prepare_again()
        assert len(place.drills) == 1


# After it


async def test_c_copies_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = tmp_path / "stop.md"
    report.write_text("# A drill\n\nas predicted\n", encoding="utf-8")
    place = StillRange()
    async with stage(place) as (app, _, pilot):
        copied: list[str] = []
        monkeypatch.setattr(app, "copy_to_clipboard", copied.append)
        await to_run(app, pilot)
        place.last.stand(replace(STAGES["done"], report=str(report)))
        place.last.go_on.set()
        await until(pilot, lambda: "AS PREDICTED" in text_of(app.screen))
        await pilot.press("c")
        await until(pilot, lambda: copied)
        assert copied[0].startswith("# A drill")
        report.unlink()
        await pilot.press("c")
        await until(pilot, lambda: "cannot be read" in told(app))


async def test_again_prepares_anew() -> None:
    place = StillRange()
    async with stage(place) as (app, _, pilot):
        await to_run(app, pilot)
        place.last.stand(STAGES["done"])
        place.last.go_on.set()
        await until(pilot, lambda: not app.desk.drills.busy)
        await press_button(app, pilot, "again")
        await until(pilot, lambda: len(place.drills) == 2)
        assert place.last.progress.stage in (Stage.PREFLIGHT, Stage.READY)
