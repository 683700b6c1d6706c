"""The triage screen by keys: what stays, what is copied, what is asked, what is opened."""

from __future__ import annotations

from dataclasses import replace

import pytest

from haconsole.domain.events import LoadRead
from haconsole.domain.facts import Load
from haconsole.domain.rules.finding import Diagnosis
from haconsole.procedures.catalogue import ENTRIES
from haconsole.ui.app import ConsoleApp
from haconsole.ui.screens.triage import TriageScreen
from haconsole.ui.widgets.rows import RowList
from haconsole.ui.wizard import Stage
from tests.support.states import NOW, Scene, split_brain
from tests.support.states import all_scenes as scenes
from tests.ui.helpers import text_of, until
from tests.ui.wizard.stage import ENTRY, StillWorkshop

from .stage import StillConsulting, diagnosis_of, judge, stage, to_triage, told

TWO = diagnosis_of("ghost-vip", "backend-dead")
GUESS, CAUSE, WELL = diagnosis_of("split-brain"), diagnosis_of("auth-mismatch"), diagnosis_of()


def screen_of(app: ConsoleApp) -> TriageScreen:
    assert isinstance(app.screen, TriageScreen)
    return app.screen


def detail_of(app: ConsoleApp) -> RowList[object]:
    return app.screen.query_one("#detail", RowList)


async def test_one_key_from_home_and_back() -> None:
    async with stage(StillConsulting(TWO)) as (app, _, pilot):
        await to_triage(app, pilot)
        text = text_of(app.screen)
        assert "2 findings, worst first" in text
        assert text.index("✖ CRITICAL") < text.index("▲ WARNING")
        assert "ghost-vip" in text
        await pilot.press("escape")
        await until(pilot, lambda: app.current_mode == "home")


async def test_enter_goes_into_the_evidence_and_esc_back() -> None:
    async with stage(StillConsulting(TWO)) as (app, _, pilot):
        await to_triage(app, pilot)
        await pilot.press("enter")
        assert app.focused is detail_of(app)
        await pilot.press("escape")
        assert app.focused is app.screen.query_one("#findings")
        assert app.current_mode == "triage"


async def test_the_cursor_stays_at_its_finding() -> None:
    consulting = StillConsulting(TWO)
    async with stage(consulting) as (app, _, pilot):
        await to_triage(app, pilot)
        await pilot.press("j")
        assert "backend-dead" in text_of(app.screen)
        assert "ghost-vip" not in text_of(app.screen)
        consulting.diagnosis = diagnosis_of("nginx-dead", "ghost-vip", "backend-dead")
        await judge(app, pilot)
        assert "backend-dead" in text_of(app.screen)
        consulting.diagnosis = WELL
        await judge(app, pilot)
        assert "Nothing wrong was found." in text_of(app.screen)
        consulting.diagnosis = TWO
        await judge(app, pilot)
        assert "backend-dead" in text_of(app.screen), "it was gone for a moment only"


async def test_the_detail_does_not_move_while_readings_come() -> None:
    async with stage(StillConsulting(TWO)) as (app, feed, pilot):
        await to_triage(app, pilot)
        await pilot.press("enter", "G", "k", "k")
        detail = detail_of(app)
        before = (detail.top, detail.cursor, detail.row_text(detail.cursor))
        assert before[1] > 3
        for _ in range(3):
            feed.tick(1)
            feed.play(LoadRead(at=feed.now(), host="lb01", load=Load(0.5, 2)))
            await judge(app, pilot)
        assert (detail.top, detail.cursor, detail.row_text(detail.cursor)) == before


async def test_c_copies_the_command_and_in_the_list_the_finding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stage(StillConsulting(TWO)) as (app, _, pilot):
        copied: list[str] = []
        monkeypatch.setattr(app, "copy_to_clipboard", copied.append)
        await to_triage(app, pilot)
        await pilot.press("c", "enter")
        detail = detail_of(app)
        rows = [detail.row_text(row) for row in range(detail.count)]
        command = TWO.findings[0].evidence[0].command
        await pilot.press(*["j"] * rows.index(command), "c")
        assert copied[0].startswith("CRITICAL pair ghost-vip (certain, 0.97)")
        assert copied[1] == command


async def test_v_shows_it_whole() -> None:
    async with stage(StillConsulting(TWO)) as (app, _, pilot):
        await to_triage(app, pilot)
        await pilot.press("v")
        await pilot.pause()
        assert "impact: " in text_of(app.screen)


async def test_the_filter_narrows_the_list() -> None:
    async with stage(StillConsulting(TWO)) as (app, _, pilot):
        await to_triage(app, pilot)
        await pilot.press("slash", *"backend", "enter")
        await judge(app, pilot)
        listing = app.screen.query_one("#findings", RowList)
        assert [row.finding.cause for row in listing.rows] == ["backend-dead"]


async def test_coming_back_begins_at_the_worst() -> None:
    consulting = StillConsulting(TWO)
    async with stage(consulting) as (app, _, pilot):
        await to_triage(app, pilot)
        await pilot.press("j", "1")
        await until(pilot, lambda: app.current_mode == "home")
        await to_triage(app, pilot)
        assert "ghost-vip" in text_of(app.screen)


# Looking closer


async def test_a_closer_look_is_said_asked_for_and_shown() -> None:
    consulting = StillConsulting(CAUSE, diagnosis_of("vrid-mismatch"))
    async with stage(consulting, size=(120, 40)) as (app, feed, pilot):
        await to_triage(app, pilot)
        assert "l looks closer: a request to every VIP and host." in text_of(app.screen)
        assert "examine" not in consulting.asked
        consulting.go_on.clear()
        await pilot.press("l")
        await until(pilot, lambda: "examine" in consulting.asked)
        feed.tick(3)
        await judge(app, pilot)
        assert "Looking closer for 3 s, at most 40 s" in text_of(app.screen)
        await pilot.press("l")
        consulting.go_on.set()
        await until(pilot, lambda: "Looked closer 0 s ago." in text_of(app.screen))
        await judge(app, pilot)
        assert "vrid-mismatch" in text_of(app.screen)
        assert consulting.asked.count("examine") == 1


async def test_it_looks_by_itself_only_where_it_decides_and_somebody_looks() -> None:
    consulting = StillConsulting(GUESS, CAUSE)
    async with stage(consulting) as (app, _, pilot):
        await judge(app, pilot)
        assert "examine" not in consulting.asked
        await to_triage(app, pilot)
        await until(pilot, lambda: "examine" in consulting.asked)
        await until(pilot, lambda: "auth-mismatch" in text_of(app.screen))


async def test_without_hosts_nobody_is_asked() -> None:
    consulting = StillConsulting(GUESS)
    async with stage(consulting, door=False) as (app, _, pilot):
        await to_triage(app, pilot)
        assert "There are no hosts behind this console" in text_of(app.screen)
        await pilot.press("l")
        await pilot.pause()
        assert "nobody can be asked" in " ".join(told(app))
        assert consulting.asked == []


async def test_a_mistake_of_ours_is_a_sentence() -> None:
    consulting = StillConsulting(CAUSE)
    async with stage(consulting, size=(120, 40)) as (app, _, pilot):
        await to_triage(app, pilot)
        consulting.error = RuntimeError("boom")
        await judge(app, pilot)
        assert "haconsole made a mistake in its diagnosis" in text_of(app.screen)
        assert "auth-mismatch" in text_of(app.screen)


# The fix


def with_fix(diagnosis: Diagnosis, procedure: str | None, **settings: str) -> Diagnosis:
    first = diagnosis.findings[0]
    fix = replace(first.fix, procedure=procedure, settings=settings)
    return replace(diagnosis, findings=(replace(first, fix=fix), *diagnosis.findings[1:]))


async def test_f_opens_the_wizard_with_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENTRIES, ENTRY.name, ENTRY)
    told_by = with_fix(CAUSE, ENTRY.name, vrid="77", nonsense="x")
    workshop = StillWorkshop()
    async with stage(StillConsulting(told_by), workshop=workshop) as (app, _, pilot):
        await to_triage(app, pilot)
        await pilot.press("f")
        wizard = app.desk.wizard
        assert wizard is not None
        await until(pilot, lambda: wizard.stage is Stage.ASKING)
        assert app.current_mode == "form"
        assert (wizard.entry.name, wizard.cluster.name) == (ENTRY.name, "pair")
        assert wizard.answers["vrid"] == "77"
        assert "nonsense" not in wizard.answers
        wizard.answer("vrid", "78")
        app.desk.triage.go()
        await judge(app, pilot)
        await pilot.press("f")
        assert app.desk.wizard is wizard, "it goes on where it was left"
        assert wizard.answers["vrid"] == "78"


async def test_where_there_is_no_wizard_it_says_what_to_do() -> None:
    async with stage(StillConsulting(with_fix(CAUSE, None))) as (app, _, pilot):
        await to_triage(app, pilot)
        await pilot.press("f")
        await pilot.pause()
        assert "There is no wizard for this: " in " ".join(told(app))
        assert app.current_mode == "triage"


async def test_nothing_wrong_is_nothing_to_mend() -> None:
    async with stage(StillConsulting(WELL)) as (app, _, pilot):
        await to_triage(app, pilot)
        assert "Nothing wrong was found." in text_of(app.screen)
        await pilot.press("f", "c", "v", "enter")
        await pilot.pause()
        assert "There is nothing to mend." in " ".join(told(app))


# The watch


async def open_a_while(app: ConsoleApp, feed: object, pilot: object) -> None:
    await judge(app, pilot)  # type: ignore[arg-type]  # the pilot of this app
    feed.tick(25)  # type: ignore[attr-defined]  # the stage's feed


@pytest.mark.parametrize(("mode", "toasts"), [("home", 0), ("3", 1), ("5", 0)])
async def test_a_new_critical_finding_rings_once(
    monkeypatch: pytest.MonkeyPatch, mode: str, toasts: int
) -> None:
    consulting = StillConsulting(WELL)
    async with stage(consulting) as (app, feed, pilot):
        rung: list[None] = []
        monkeypatch.setattr(app, "bell", lambda: rung.append(None))
        await open_a_while(app, feed, pilot)
        if mode != "home":
            await pilot.press(mode)
        consulting.diagnosis = TWO
        await judge(app, pilot)
        await judge(app, pilot)
        assert len(rung) == 1
        assert len([one for one in told(app) if "5 shows why" in one]) == toasts


async def test_home_names_the_cause_with_its_key() -> None:
    scene = replace(split_brain())
    async with stage(StillConsulting(CAUSE), scene=scene) as (app, _, pilot):
        assert "cause: " not in text_of(app.screen)
        await judge(app, pilot)
        assert "cause: " in text_of(app.screen)
        app.action_show_triage()
        await until(pilot, lambda: app.current_mode == "triage")


async def test_events_have_it_judged_again_soon_and_not_for_each() -> None:
    consulting = StillConsulting(WELL)
    async with stage(consulting) as (_, feed, pilot):
        await until(pilot, lambda: consulting.judged == 1, 2000)
        for index in range(50):
            feed.play(LoadRead(at=NOW, host="lb01", load=Load(float(index), 2)))
            await pilot.pause()
        assert consulting.judged <= 2


async def test_clusters_together_worst_first_each_with_its_name() -> None:
    scene: Scene = scenes()["two-clusters"]
    both = (StillConsulting(diagnosis_of("drift")), StillConsulting(diagnosis_of("ghost-vip")))
    async with stage(*both, scene=scene, size=(120, 40)) as (app, _, pilot):
        await to_triage(app, pilot)
        listing = app.screen.query_one("#findings", RowList)
        names = [cluster.name for cluster in scene.site.clusters]
        assert [row.cluster for row in listing.rows] == [names[1], names[0]]
        text = text_of(app.screen)
        assert f"CRITICAL {names[1]}" in text
        await pilot.press("f")
        await until(pilot, lambda: app.current_mode == "form")
        assert app.session.cluster is scene.site.clusters[1]
