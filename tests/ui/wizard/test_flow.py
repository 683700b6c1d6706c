"""The wizard by its keys: the list, and the questions."""

from __future__ import annotations

from haconsole.domain.notes import note
from haconsole.procedures.catalogue import ENTRIES, Entry
from haconsole.procedures.progress import StepStatus
from haconsole.ui.app import ConsoleApp
from haconsole.ui.commands.palette import ConsoleProvider
from tests.ui.helpers import text_of, until

from .stage import (
    ENTRY,
    StillWorkshop,
    row_of,
    stage,
    to_form,
    told,
)

S = StepStatus


def offered(app: ConsoleApp) -> list[str]:
    rows = [title for title, _, _ in ConsoleProvider(app.screen)._offers()]
    return [title for title in rows if title.startswith("apply ")]


# The list


async def test_every_procedure_is_in_the_palette_and_in_the_list() -> None:
    async with stage(StillWorkshop(), size=(120, 40)) as (app, _, pilot):
        assert offered(app) == [f"apply {name}" for name in ENTRIES]
        await pilot.press("6")
        await until(pilot, lambda: app.current_mode == "changes")
        await pilot.pause()
        for name in ENTRIES:
            assert row_of(app, f" {name} ")
        assert "haconsole apply INVENTORY build-pair" in text_of(app.screen)
        await pilot.press("j")
        await pilot.pause()
        assert "haconsole apply INVENTORY install-keepalived" in text_of(app.screen)


async def test_a_recording_has_no_hosts_to_change() -> None:
    async with stage(None) as (app, _, pilot):
        assert offered(app) == []
        await pilot.press("6", "enter")
        await pilot.pause()
        assert "no hosts behind this console" in text_of(app.screen)
        assert app.desk.wizard is None


async def test_enter_begins_one_and_the_list_says_how_far_it_is() -> None:
    async with stage(StillWorkshop()) as (app, _, pilot):
        await pilot.press("6", "end", "enter")
        await until(pilot, lambda: app.ground.query("LineField"))
        await pilot.press("escape")
        await pilot.pause()
        assert row_of(app, " tutorial ").rstrip(" ┃│").endswith("questions")
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "form")


async def test_one_cluster_has_to_be_chosen() -> None:
    async with stage(StillWorkshop()) as (app, _, pilot):
        app.session.cluster = None
        await pilot.press("6", "end", "enter")
        await pilot.pause()
        assert "Choose one cluster first" in told(app)
        assert app.desk.wizard is None


# The questions


async def test_defaults_are_marked_and_come_back() -> None:
    async with stage(StillWorkshop()) as (app, _, pilot):
        await to_form(app, pilot)
        assert row_of(app, "virtual router id").rstrip().endswith("default")
        await pilot.press("1")
        await pilot.pause()
        assert "501" in row_of(app, "virtual router id")
        assert "✖ wrong" in row_of(app, "virtual router id")
        assert "501 is not from 1 to 255" in text_of(app.screen)
        assert "1 answer is refused" in text_of(app.screen)
        await pilot.press("backspace", "backspace")
        await pilot.pause()
        assert row_of(app, "virtual router id").rstrip().endswith("changed")
        await pilot.press("ctrl+r")
        await pilot.pause()
        assert row_of(app, "virtual router id").rstrip().endswith("default")


async def test_arrows_go_through_the_questions_and_stay_in_their_column() -> None:
    async with stage(StillWorkshop()) as (app, _, pilot):
        await to_form(app, pilot)
        keys = []
        for _ in range(5):
            await pilot.press("down")
            keys.append(app.focused.one.key)  # type: ignore[union-attr]
        assert keys == ["advert", "vips", "auth", "preempt", "state.lb01"]
        await pilot.press("tab", "down")
        assert app.focused.one.key == "priority.lb02"  # type: ignore[union-attr]
        await pilot.press("up")
        assert app.focused.one.key == "state.lb02"  # type: ignore[union-attr]
        await pilot.press("down", "down")
        assert app.focused.id == "preview"  # type: ignore[union-attr]


async def test_a_question_appears_when_it_makes_sense_and_a_secret_is_masked() -> None:
    workshop = StillWorkshop()
    async with stage(workshop) as (app, _, pilot):
        await to_form(app, pilot)
        assert not row_of(app, " password  ")
        await pilot.press("down", "down", "down", "right")
        await pilot.pause()
        assert "simple password" in row_of(app, "authentication")
        await pilot.press("enter", *"hunter42")
        await pilot.pause()
        assert "••••••••" in row_of(app, " password  ")
        await pilot.press("ctrl+n")
        await until(pilot, lambda: app.current_mode == "plan")
        plan = workshop.last.plan
        assert b"hunter42" in (plan.steps[2].do.stdin or b"")  # type: ignore[union-attr]
        assert "hunter42" not in repr(plan.answers)
        await pilot.press("end", "enter")
        await pilot.pause()
        assert "hunter42" not in text_of(app.screen)
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.current_mode == "form")
        assert "hunter42" not in text_of(app.screen)


async def test_a_wrong_answer_is_refused_and_gets_the_focus() -> None:
    workshop = StillWorkshop()
    async with stage(workshop) as (app, _, pilot):
        await to_form(app, pilot)
        await pilot.press("end", "0", "down", "down", "ctrl+n")
        await pilot.pause()
        assert app.current_mode == "form"
        assert "vrid: 500 is not from 1 to 255" in told(app)
        assert app.focused.one.key == "vrid"  # type: ignore[union-attr]
        assert workshop.runs == []


async def test_what_would_not_fail_over_is_refused_and_a_warning_is_not() -> None:
    async with stage(StillWorkshop()) as (app, _, pilot):
        await to_form(app, pilot)
        await pilot.press(*["down"] * 4, "right", "down", "down")
        await pilot.press("ctrl+u", *"100")
        await pilot.pause()
        text = text_of(app.screen)
        assert "✖ Equal priorities" in text
        assert "▲ Without preempt" in text
        await pilot.press("ctrl+n")
        await pilot.pause()
        assert app.current_mode == "form"
        assert "Equal priorities" in told(app)
        await pilot.press("ctrl+u", *"110", "ctrl+n")
        await until(pilot, lambda: app.current_mode == "plan")


async def test_what_cannot_be_planned_says_so() -> None:
    async with stage(StillWorkshop()) as (app, _, pilot):
        await to_form(app, pilot)
        await pilot.press("down", "down", "ctrl+u", *"unplannable", "ctrl+n")
        await pilot.pause()
        assert "No interface of lb01" in told(app)
        assert app.current_mode == "form"


async def test_a_host_that_could_not_be_read_is_named_and_read_again() -> None:
    workshop = StillWorkshop()
    workshop.problem = "lb02 could not be read, so there is no plan: the link is down"
    async with stage(workshop) as (app, _, pilot):
        app.desk.open(ENTRY)
        await until(pilot, lambda: "lb02 could not be read" in text_of(app.screen))
        workshop.problem = ""
        await pilot.press("r")
        await until(pilot, lambda: app.ground.query("LineField"))
        assert "could not be read" not in text_of(app.screen)


async def test_an_entry_that_cannot_be_begun_says_why_and_tries_again() -> None:
    workshop = StillWorkshop()
    entry = Entry("broken", note("Broken"), note("It cannot."), "tests.ui.wizard.broken")
    async with stage(workshop, entry=entry) as (app, _, pilot):
        app.desk.open(entry)
        await until(pilot, lambda: "cannot be planned now" in text_of(app.screen))
        assert "This cluster has no brake." in text_of(app.screen)
        await pilot.press("r")
        await until(pilot, lambda: workshop.surveys == 2)
        await pilot.press("escape")
        assert app.current_mode == "changes"


async def test_a_procedures_own_mistake_is_a_sentence_too() -> None:
    entry = Entry("nowhere", note("Nowhere"), note("It is not."), "tests.ui.wizard.not_there")
    async with stage(StillWorkshop(), entry=entry) as (app, _, pilot):
        app.desk.open(entry)
        await until(pilot, lambda: "haconsole made a mistake here" in text_of(app.screen))
        await pilot.press("escape")
        assert app.current_mode == "changes"


async def test_answers_stay_when_one_comes_back_from_the_plan() -> None:
    workshop = StillWorkshop()
    async with stage(workshop) as (app, _, pilot):
        await to_form(app, pilot)
        await pilot.press("backspace", "1", "ctrl+n")
        await until(pilot, lambda: app.current_mode == "plan")
        await pilot.press("escape")
        await until(pilot, lambda: app.current_mode == "form")
        await until(pilot, lambda: "51" in row_of(app, "virtual router id"))
        await pilot.press("ctrl+n")
        await until(pilot, lambda: app.current_mode == "plan")
        await until(pilot, lambda: workshop.last.asked == ["survey"])
        assert len(workshop.runs) == 2
        assert b"virtual_router_id 51" in (workshop.last.plan.steps[2].do.stdin or b"")  # type: ignore[union-attr]
