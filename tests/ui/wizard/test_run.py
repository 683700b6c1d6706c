"""The wizard by its keys: from the preview through the run to the summary."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Button

from haconsole.domain.notes import note
from haconsole.procedures.catalogue import ENTRIES, Entry
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.progress import RunStatus, StepStatus
from haconsole.ui.commands.palette import ConsoleProvider
from haconsole.ui.screens.confirm import ConfirmScreen
from haconsole.ui.screens.wizardplan import PlanScreen
from haconsole.ui.wizard import Stage
from tests.support.states import NOW
from tests.ui.helpers import text_of, until

from .stage import (
    ENTRY,
    StillWorkshop,
    at,
    confirm,
    facts,
    press_button,
    row_of,
    stage,
    to_form,
    to_preview,
    to_run,
    told,
)

S = StepStatus


# The preview


async def test_the_preview_begins_at_the_first_change_and_enter_shows_it_whole() -> None:
    async with stage(StillWorkshop()) as (app, _, pilot):
        await to_preview(app, pilot)
        assert "5 steps change something" in text_of(app.screen)
        assert "lb02: install keepalived  + to change" in text_of(app.screen)
        await pilot.press("j", "j", "enter")
        await pilot.pause()
        text = text_of(app.screen)
        assert "+global_defs {" in text
        assert "What has to be there" not in text
        await pilot.press("escape")
        await pilot.pause()
        assert "What has to be there" in text_of(app.screen)
        assert app.current_mode == "plan"


async def test_steps_can_be_filtered() -> None:
    async with stage(StillWorkshop()) as (app, _, pilot):
        await to_preview(app, pilot)
        await pilot.press("slash", *"reload", "enter")
        await pilot.pause()
        text = text_of(app.screen)
        assert "reload keepalived" in text
        assert "install keepalived  " not in text


async def test_read_only_shows_the_plan_and_refuses_the_run() -> None:
    workshop = StillWorkshop()
    async with stage(workshop, writable=False) as (app, _, pilot):
        await pilot.press("6")
        await pilot.pause()
        assert "--write" in text_of(app.screen)
        await to_preview(app, pilot)
        assert "run (needs --write)" in text_of(app.screen)
        assert app.screen.query_one("#run", Button).disabled
        screen = app.screen
        assert isinstance(screen, PlanScreen)
        for name in ("plan.run", "plan.stop", "plan.roll-back"):
            screen.action_command(name)
        app.desk.run()
        await pilot.pause()
        assert not isinstance(app.screen, ConfirmScreen)
        assert "read-only" in told(app)
        assert workshop.last.asked == ["survey"]
        commands = [title for title, _, _ in ConsoleProvider(app.screen)._offers()]
        assert not {"run the plan", "roll back"} & set(commands)


async def test_a_file_of_somebody_else_takes_a_word_of_its_own() -> None:
    workshop = StillWorkshop(facts(foreign=True))
    async with stage(workshop) as (app, _, pilot):
        await to_preview(app, pilot)
        await pilot.press("space")
        assert "replaces no file of somebody else's" in told(app)
        await press_button(app, pilot, "run")
        assert not isinstance(app.screen, ConfirmScreen)
        assert "not written by this tool" in told(app)
        screen = app.screen
        assert isinstance(screen, PlanScreen)
        screen.set_focus(screen.query_one("#steps"))
        await pilot.press("end", "k", "k", "space")
        await pilot.pause()
        assert "[x] replace" in text_of(app.screen)
        await press_button(app, pilot, "run")
        assert "replaces lb01:/etc/keepalived/keepalived.conf" in " ".join(
            text_of(app.screen).replace("│", " ").split()
        )
        await confirm(app, pilot)
        assert workshop.last.overwrite
        assert workshop.last.asked == ["execute"]


async def test_a_press_right_after_one_that_was_refused_counts() -> None:
    async with stage(StillWorkshop(facts(foreign=True))) as (app, _, pilot):
        await to_preview(app, pilot)
        await press_button(app, pilot, "run")
        assert "not written by this tool" in told(app)
        wizard = app.desk.wizard
        assert wizard is not None and wizard.plan is not None
        wizard.ticked |= {step.id for step in wizard.plan.foreign_files}
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))


async def test_two_presses_at_once_ask_once() -> None:
    workshop = StillWorkshop()
    async with stage(workshop) as (app, _, pilot):
        await to_preview(app, pilot)
        button = app.screen.query_one("#run", Button)
        button.press()
        button.press()
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.pause()
        assert sum(isinstance(one, ConfirmScreen) for one in app.screen_stack) == 1
        await press_button(app, pilot, "no")
        assert isinstance(app.screen, PlanScreen)
        assert workshop.last.asked == ["survey"]


async def test_the_focus_is_on_cancel_and_the_name_has_to_be_right() -> None:
    workshop = StillWorkshop()
    async with stage(workshop) as (app, _, pilot):
        await to_preview(app, pilot)
        await press_button(app, pilot, "run")
        assert isinstance(app.screen, ConfirmScreen)
        assert app.focused is app.screen.query_one("#no")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, PlanScreen)
        assert workshop.last.asked == ["survey"]
        await press_button(app, pilot, "run")
        app.screen.set_focus(app.screen.query_one("#name"))
        await pilot.press(*"pai", "enter")
        assert app.screen.query_one("#yes", Button).disabled
        await pilot.press("r", "enter")
        assert app.focused is app.screen.query_one("#yes")
        assert workshop.last.asked == ["survey"]
        await pilot.press("enter")
        await until(pilot, lambda: workshop.last.asked == ["survey", "execute"])


async def test_where_no_vip_moves_no_name_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from . import tutorial

    whole = tutorial.plan
    monkeypatch.setattr(
        tutorial, "plan", lambda *how: replace(whole(*how), warnings=(), moves_vip=False)
    )
    async with stage(StillWorkshop()) as (app, _, pilot):
        await to_preview(app, pilot)
        await press_button(app, pilot, "run")
        assert isinstance(app.screen, ConfirmScreen)
        assert not app.screen.query("#name")


async def test_the_runbook_is_saved_and_nothing_is_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with stage(StillWorkshop()) as (app, _, pilot):
        await to_preview(app, pilot)
        await pilot.press("s", "enter")
        await pilot.pause()
        text = Path("tutorial-pair.md").read_text()
        assert text.startswith("# Configure the pair: pair")
        assert "systemctl reload keepalived" in text
        await until(pilot, lambda: str(tmp_path / "tutorial-pair.md") in told(app))
        await pilot.press("s", "enter")
        await until(pilot, lambda: "is there already" in told(app))
        await pilot.press("s", "ctrl+u", *"no/x", "enter")
        await until(pilot, lambda: "no/x cannot be written" in told(app))
        await pilot.press("C")
        await pilot.pause()
        assert app.clipboard == text.rstrip("\n")


# The run


async def test_a_run_is_followed_until_one_looks_elsewhere() -> None:
    workshop = StillWorkshop()
    async with stage(workshop) as (app, _, pilot):
        await to_run(app, pilot)
        run = workshop.last
        run.stand(RunStatus.RUNNING, S.SATISFIED, at(S.RUNNING, 5, "Setting up keepalived"))
        await until(pilot, lambda: "Setting up keepalived" in text_of(app.screen))
        run.stand(RunStatus.RUNNING, S.SATISFIED, S.DONE, at(S.RUNNING, 1, "moved into place"))
        await until(pilot, lambda: "moved into place" in text_of(app.screen))
        await pilot.press("k")
        await pilot.pause()
        assert "moved into place" not in text_of(app.screen)
        run.stand(RunStatus.RUNNING, S.SATISFIED, S.DONE, S.DONE, at(S.RUNNING, 1, "reloading"))
        await pilot.pause()
        app.paint()
        assert "reloading" not in text_of(app.screen)
        await pilot.press("f")
        await until(pilot, lambda: "reloading" in text_of(app.screen))


async def test_a_flood_of_output_is_painted_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    workshop = StillWorkshop()
    async with stage(workshop) as (app, _, pilot):
        await to_run(app, pilot)
        painted = 0
        paint = app.paint

        def counted() -> None:
            nonlocal painted
            painted += 1
            paint()

        monkeypatch.setattr(app._painting, "_action", counted)
        for number in range(500):
            workshop.last.stand(RunStatus.RUNNING, S.SATISFIED, at(S.RUNNING, 5, f"line {number}"))
        await until(pilot, lambda: "line 499" in text_of(app.screen), turns=2000)
        assert painted <= 5


async def test_stopping_is_one_button_and_no_question() -> None:
    workshop = StillWorkshop()
    async with stage(workshop) as (app, _, pilot):
        await to_run(app, pilot)
        await press_button(app, pilot, "stop")
        assert workshop.last.asked[-1] == "stop"
        await until(pilot, lambda: "STOPPING" in text_of(app.screen))
        workshop.last.stand(RunStatus.STOPPED, S.SATISFIED, S.DONE, *[S.SKIPPED] * 6, ended=NOW)
        workshop.last.go_on.set()
        await until(pilot, lambda: "STOPPED" in text_of(app.screen))
        await press_button(app, pilot, "retry")
        await confirm(app, pilot)
        await until(pilot, lambda: workshop.last.asked.count("execute") == 2)
        assert len(workshop.runs) == 1


async def test_a_failure_ends_on_the_step_and_offers_the_ways_on() -> None:
    workshop = StillWorkshop()
    async with stage(workshop, size=(120, 40)) as (app, _, pilot):
        await to_run(app, pilot)
        run = workshop.last
        run.can_roll_back = True
        why = at(S.FAILED, 2, "E: held", problem=note("the package lock is held by apt (812)"))
        run.stand(RunStatus.FAILED, S.SATISFIED, S.DONE, why, *[S.SKIPPED] * 5, ended=NOW)
        run.go_on.set()
        why_text = "the package lock is held by apt (812)"
        await until(pilot, lambda: text_of(app.screen).count(why_text) == 2)
        text = text_of(app.screen)
        assert "FAILED on lb02" in text
        assert "Way on: The line named above is wrong" in text
        assert isinstance(app.screen, PlanScreen)
        assert app.screen._steps.current.key == "place keepalived.conf@lb02"  # type: ignore[union-attr]
        await press_button(app, pilot, "roll-back")
        assert isinstance(app.screen, ConfirmScreen)
        assert app.focused is app.screen.query_one("#no")
        assert "lb02: install keepalived" in text_of(app.screen)
        await confirm(app, pilot)
        await until(pilot, lambda: "ROLLED BACK" in text_of(app.screen))
        assert run.asked[-1] == "roll back"


async def test_start_over_reads_again_and_keeps_the_answers() -> None:
    workshop = StillWorkshop()
    async with stage(workshop) as (app, _, pilot):
        await to_form(app, pilot)
        await pilot.press("backspace", "1", "ctrl+n")
        await until(pilot, lambda: app.current_mode == "plan")
        await pilot.pause()
        await pilot.pause()
        await press_button(app, pilot, "run")
        await confirm(app, pilot)
        workshop.last.stand(RunStatus.FAILED, problem=note("lb01 is locked by anna."))
        workshop.last.go_on.set()
        await until(pilot, lambda: "locked by anna" in text_of(app.screen) and not app.desk.busy)
        await press_button(app, pilot, "again")
        await until(pilot, lambda: "51" in row_of(app, "virtual router id"))
        assert workshop.surveys == 2


async def test_leaving_asks_and_home_says_how_far_it_is() -> None:
    workshop = StillWorkshop()
    async with stage(workshop) as (app, _, pilot):
        await to_run(app, pilot)
        workshop.last.stand(RunStatus.RUNNING, S.SATISFIED, at(S.RUNNING, 5))
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, ConfirmScreen)
        assert "goes on while you look at other screens" in " ".join(
            text_of(app.screen).replace("│", " ").split()
        )
        await pilot.press("enter")
        await pilot.pause()
        assert app.current_mode == "plan"
        await pilot.press("escape")
        await confirm(app, pilot)
        await until(pilot, lambda: app.current_mode == "home")
        await pilot.pause()
        assert "Configure the pair  1/8" in text_of(app.screen)
        app.desk.open(next(iter(ENTRIES.values())))
        await until(pilot, lambda: "one change at a time" in told(app))
        await pilot.press("6")
        await until(pilot, lambda: app.current_mode == "plan")
        await pilot.press("1")
        workshop.last.stand(RunStatus.DONE, *[S.DONE] * 8, began=NOW - 9, ended=NOW)
        workshop.last.go_on.set()
        await until(pilot, lambda: "Configure the pair: done. 6 shows it." in told(app))
        await until(pilot, lambda: "1/8" not in text_of(app.screen))


async def test_closing_the_console_asks_while_a_plan_runs() -> None:
    workshop = StillWorkshop()
    async with stage(workshop) as (app, _, pilot):
        await to_run(app, pilot)
        await pilot.press("1", "q")
        await pilot.pause()
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert app.is_running
        workshop.last.stand(RunStatus.DONE, *[S.DONE] * 8)
        workshop.last.go_on.set()
        await until(pilot, lambda: not app.desk.busy)
        await pilot.press("q")
        await until(pilot, lambda: app._exit)


async def test_another_change_forgets_the_answers_of_the_first() -> None:
    entry = replace(ENTRY, name="second")
    async with stage(StillWorkshop(), entry=entry) as (app, _, pilot):
        app.desk.open(ENTRY)
        await until(pilot, lambda: app.ground.query("LineField"))
        first = app.desk.wizard
        assert first is not None
        first.answer("auth_pass", "hunter42")
        app.desk.open(entry)
        await until(pilot, lambda: app.desk.wizard is not first)
        assert first.answers == {}


async def test_where_nothing_is_asked_the_plan_comes_at_once() -> None:
    entry = Entry("plain", note("Plain"), note("No questions."), "tests.ui.wizard.plain")
    async with stage(StillWorkshop(), entry=entry) as (app, _, pilot):
        app.desk.open(entry)
        await until(pilot, lambda: app.current_mode == "plan")
        await pilot.press("escape")
        assert app.current_mode == "changes"


async def test_where_nothing_is_asked_and_no_plan_can_be_made_it_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from . import plain

    def refuse(*_: object) -> None:
        raise ProcedureError("Every LB would be reloaded at once.")

    monkeypatch.setattr(plain, "plan", refuse)
    entry = Entry("plain", note("Plain"), note("No questions."), "tests.ui.wizard.plain")
    async with stage(StillWorkshop(), entry=entry) as (app, _, pilot):
        app.desk.open(entry)
        await until(pilot, lambda: "reloaded at once" in text_of(app.screen))
        assert "cannot be planned now" in text_of(app.screen)


async def test_a_smaller_terminal_keeps_the_step_in_view() -> None:
    workshop = StillWorkshop()
    async with stage(workshop, size=(120, 40)) as (app, _, pilot):
        await to_preview(app, pilot)
        await pilot.press("end")
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "8 ○ looks only lb01" in text_of(app.screen)
        assert "lb01: see that it is MASTER" in text_of(app.screen)


async def test_a_run_that_breaks_says_so_and_is_over() -> None:
    workshop = StillWorkshop()
    async with stage(workshop) as (app, _, pilot):
        await to_preview(app, pilot)

        async def broken() -> None:
            raise RuntimeError("a [b]bug")

        workshop.last.execute = broken  # type: ignore[assignment,method-assign]
        await press_button(app, pilot, "run")
        await confirm(app, pilot)
        await until(pilot, lambda: "a [b]bug" in told(app))
        assert app.desk.wizard is not None
        assert app.desk.wizard.stage is Stage.OVER
        assert not app.desk.busy
