"""Plans, steps and forms as lines: pure, without a screen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from haconsole.domain.notes import note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.plan import FileChange, Phase, Plan, Step
from haconsole.procedures.progress import RunProgress, RunStatus, StepProgress, StepStatus
from haconsole.transport.commands import Command, Effect
from haconsole.ui.presentation import confirming
from haconsole.ui.presentation.form import FormGroup, form_groups, help_lines
from haconsole.ui.presentation.ink import Line, Tone, plain, width_of
from haconsole.ui.presentation.keybar import keybar_line
from haconsole.ui.presentation.plan import plan_rows, row_line, status_of
from haconsole.ui.presentation.planhead import (
    expected_s,
    head_lines,
    home_line,
    share_done,
    to_change,
    warning_lines,
)
from haconsole.ui.presentation.shell import script_lines
from haconsole.ui.presentation.step import step_lines
from tests.support.states import NOW, healthy

from . import tutorial
from .stage import OLD, at, facts

S = StepStatus
SITE = healthy().site


def plan_of(*, foreign: bool = False, **answers: str) -> Plan:
    ground = Ground(SITE, SITE.clusters[0], facts(foreign=foreign))
    return tutorial.plan(ground, tutorial.form(ground).fill(answers))


def stands(plan: Plan, status: RunStatus, *steps: StepStatus, **more: object) -> RunProgress:
    known = {step.id: StepProgress(s) for step, s in zip(plan.steps, steps, strict=False)}
    return RunProgress(status, known, **more)  # type: ignore[arg-type]


def texts(lines: list[Line]) -> str:
    return "\n".join(plain(line) for line in lines)


def words(lines: list[Line]) -> str:
    return " ".join(texts(lines).split())


PREVIEW = (S.SATISFIED, S.PENDING, S.PENDING, S.UNTOLD, S.WAITING, S.PENDING, S.UNTOLD, S.WAITING)


def test_rows_are_numbered_and_parts_say_how_their_lanes_go() -> None:
    rows = plan_rows(plan_of())
    assert [row.number for row in rows] == [0, 1, 2, 0, 3, 4, 5, 6, 7, 8]
    progress = RunProgress()
    lines = [plain(row_line(row, progress, 70, hosts=4)) for row in rows]
    assert lines[0] == " What has to be there  at the same time"
    assert lines[3] == " The backup first, then the master  one after another"
    assert "2 · waiting    lb02  install keepalived" in lines[2]
    assert lines[2].endswith("about 20 s")


def test_a_plan_of_one_part_has_no_titles() -> None:
    plan = plan_of()
    assert [r.number for r in plan_rows(replace(plan, phases=plan.phases[:1]))] == [1, 2]


@pytest.mark.parametrize("status", list(S))
def test_every_standing_has_glyph_and_word(status: StepStatus) -> None:
    for step in (plan_of().steps[0], plan_of().steps[4]):
        glyph, word, _ = status_of(step, StepProgress(status))
        assert len(glyph) == 1
        assert 3 < len(word) <= 10


def test_what_only_looks_is_never_called_a_change() -> None:
    look = plan_of().steps[4]
    assert not look.mutating
    for status in (S.WAITING, S.PENDING):
        assert status_of(look, StepProgress(status))[1] == "looks only"
    assert status_of(look, StepProgress(S.DONE))[1] == "seen"


def test_the_preview_counts_what_changes() -> None:
    plan = plan_of()
    said = words(head_lines(plan, stands(plan, RunStatus.READY, *PREVIEW), 80, NOW))
    assert said == (
        "5 steps change something on lb01 and lb02; about 38 s. 1 is so already. "
        "2 cannot be told yet. Nothing has been changed yet."
    )
    already = [S.SATISFIED] * 4 + [S.WAITING] + [S.SATISFIED] * 2 + [S.WAITING]
    progress = stands(plan, RunStatus.READY, *already)
    assert to_change(plan, progress) == 0
    assert "Nothing to change" in words(head_lines(plan, progress, 80, NOW))


def test_lanes_at_the_same_time_count_once_and_others_add_up() -> None:
    plan = plan_of()
    assert expected_s(plan, RunProgress()) == 20 + 2 * (2 + 3 + 4)
    side_by_side = tuple(replace(phase, parallel=True) for phase in plan.phases)
    assert expected_s(replace(plan, phases=side_by_side), RunProgress()) == 20 + 9
    assert expected_s(replace(plan, phases=()), RunProgress()) == 0


def test_the_bar_never_ends_before_the_run_does() -> None:
    plan = plan_of()
    running = RunProgress(RunStatus.RUNNING, {s.id: at(S.RUNNING, ago=10_000) for s in plan.steps})
    assert 0.9 < share_done(plan, running, NOW) < 1
    assert share_done(plan, stands(plan, RunStatus.DONE, *[S.DONE] * 8), NOW) == 1


def test_a_failure_says_where_why_and_the_way_on() -> None:
    plan = plan_of()
    progress = stands(plan, RunStatus.FAILED, S.DONE, S.FAILED, *[S.SKIPPED] * 6)
    failed = plan.steps[1]
    why = StepProgress(S.FAILED, problem=note("the mirror does not answer"))
    progress = replace(progress, steps={**progress.steps, failed.id: why})
    said = words(head_lines(plan, progress, 80, NOW))
    assert "FAILED on lb02: install keepalived" in said
    assert "the mirror does not answer" in said
    assert "Way on: See that the repository can be reached" in said
    assert "1 change is made, 6 steps were not begun." in said
    nothing = stands(plan, RunStatus.FAILED, problem=note("lb02 is locked by anna."))
    assert words(head_lines(plan, nothing, 80, NOW)) == (
        "✖ lb02 is locked by anna. Nothing was changed."
    )


@pytest.mark.parametrize(
    ("status", "steps", "said"),
    [
        (
            RunStatus.DONE,
            [S.SATISFIED] + [S.DONE] * 7,
            "DONE in 41 s: 5 changes are made, 1 was so",
        ),
        (RunStatus.STOPPED, [S.DONE] + [S.SKIPPED] * 7, "STOPPED in 41 s: 1 change is made, 7 st"),
        (RunStatus.ROLLED_BACK, [S.UNDONE] * 2, "ROLLED BACK in 41 s: 2 are undone."),
    ],
)
def test_how_it_ended(status: RunStatus, steps: list[StepStatus], said: str) -> None:
    plan = plan_of()
    progress = stands(plan, status, *steps, began=NOW - 41, ended=NOW)
    assert said in words(head_lines(plan, progress, 80, NOW))


def test_a_run_says_how_far_it_is_on_its_screen_and_at_home() -> None:
    plan = plan_of()
    progress = RunProgress(
        RunStatus.RUNNING,
        {plan.steps[0].id: StepProgress(S.SATISFIED), plan.steps[1].id: at(S.RUNNING, 8)},
        began=NOW - 9,
    )
    head = words(head_lines(plan, progress, 80, NOW))
    assert "RUNNING" in head
    assert "1/8 9 s, 30 s to go" in head
    home = plain(home_line(plan, progress, 80, NOW))
    assert "Configure the pair  1/8" in home
    assert "lb02: install keepalived" in home
    assert len(home) <= 80
    for status, word in (
        (RunStatus.STOPPING, "the rest is not begun"),
        (RunStatus.ROLLING_BACK, "is undone, last first"),
    ):
        assert word in words(head_lines(plan, replace(progress, status=status), 80, NOW))


def test_many_warnings_leave_room_for_the_steps() -> None:
    plan = replace(plan_of(), warnings=tuple(note("warning {n}", n=n) for n in range(9)))
    lines = warning_lines(plan, 80, most=3)
    assert len(lines) == 3
    assert "7 more lines of warnings" in texts(lines)


def test_a_step_shows_reason_diff_and_the_exact_commands() -> None:
    plan = plan_of(foreign=True)
    step = plan.step("place keepalived.conf@lb01")
    lines = step_lines(step, StepProgress(S.PENDING), 200)
    text = texts(lines)
    assert "This LB's half of the pair" in text
    assert "somebody else wrote it" in text
    assert "Space allows it to be replaced." in text
    for command in (step.check, step.do, step.undo):
        assert command is not None
        for row in command.script.strip().splitlines():
            assert f"  {row}" in text
    tones = {plain(line)[:1]: line[0].tone for line in lines if plain(line)[:2] in ("+g", "-!")}
    assert tones == {"+": Tone.OK, "-": Tone.CRITICAL}
    ticked = texts(step_lines(step, StepProgress(S.PENDING), 200, ticked=True))
    assert "You allowed that." in ticked


def test_nothing_of_a_command_is_hidden_by_a_narrow_screen() -> None:
    script = "printf '%s\\n' " + " ".join(f"word{n}" for n in range(80)) + " " + "x" * 300
    step = replace(plan_of().steps[1], do=Command("long", script, Effect.CHANGES))
    lines = step_lines(step, StepProgress(S.PENDING), 40)
    assert all(width_of(line) <= 40 for line in lines)
    assert "".join(script.split()) in "".join(texts(lines).split())


def test_no_secret_is_painted() -> None:
    plan = plan_of(auth="pass", auth_pass="hunter42")
    for step in plan.steps:
        text = texts(step_lines(step, StepProgress(S.PENDING), 200))
        assert "hunter42" not in text
    text = texts(step_lines(plan.steps[2], StepProgress(S.PENDING), 200))
    assert "auth_pass ****" in text
    assert "bytes of standard input, not shown" in text
    assert not any("hunter42" in value for _, value in plan.answers)


def test_a_running_step_shows_what_it_prints_and_a_lost_link_is_told_calmly() -> None:
    step = plan_of().steps[1]
    running = texts(step_lines(step, at(S.RUNNING, 8, "cc vrrp.c", "cc main.c"), 80, now=NOW))
    assert "8 s of about 20 s" in running
    assert running.endswith("cc vrrp.c\ncc main.c")
    assert "longer" in texts(step_lines(step, at(S.RUNNING, 99, "x"), 80, now=NOW))
    lost = step_lines(step, at(S.LINK_LOST, 30, "cc vrrp.c"), 80, now=NOW)
    assert "goes on on lb02, and is found again" in " ".join(texts(lost).split())
    assert not any(part.tone is Tone.CRITICAL for line in lost for part in line)


def test_why_a_check_could_not_tell_is_shown() -> None:
    progress = StepProgress(S.UNTOLD, problem=note("lb02 cannot be reached"))
    assert "lb02 cannot be reached" in texts(step_lines(plan_of().steps[1], progress, 80))


def test_hostile_words_are_shown_and_not_obeyed() -> None:
    evil = "\x1b[31mred\x07 [bold]x[/bold] \u202egpj"
    step = Step(
        "evil",
        note("{x}", x=evil),
        note("{x}", x=evil),
        "lb\x1b01",
        do=Command("evil", evil, Effect.CHANGES),
        file=FileChange("/etc/\x1b", evil, evil + "2", foreign=True),
        way_on=note("{x}", x=evil),
    )
    plan = Plan("evil", note("{x}", x=evil), "pair", (Phase(note("{x}", x=evil), ((step,),)),))
    plan = replace(plan, warnings=(note("{x}", x=evil),), phases=plan.phases * 2)
    bad = at(S.FAILED, 1, evil, problem=note("{x}", x=evil))
    progress = RunProgress(RunStatus.FAILED, {"evil": bad}, problem=note("{x}", x=evil))
    lines = [
        *step_lines(step, bad, 80),
        *head_lines(plan, progress, 80, NOW),
        *warning_lines(plan, 80),
        *(row_line(row, progress, 80, hosts=4) for row in plan_rows(plan)),
        home_line(plan, replace(progress, steps={"evil": at(S.RUNNING)}), 80, NOW),
    ]
    text = texts(lines)
    assert "red" in text
    assert "[bold]x[/bold]" in text
    assert not any(character in text for character in "\x1b\x07\u202e")


def test_a_script_keeps_every_character() -> None:
    script = "if [ -e \"$a\" ]; then # why\n\techo 'x y' | sed s/a/b/ >&2 && $(b) || ${c:-d}\nfi"
    assert texts(script_lines(script)) == script.expandtabs(4)


def test_the_last_question_names_what_it_would_replace() -> None:
    plan = plan_of(foreign=True)
    said = "\n".join(text for text, _ in confirming.run_words(plan, RunProgress()))
    assert "replaces lb01:/etc/keepalived/keepalived.conf" in said
    assert "can move a VIP" in said
    done = stands(plan, RunStatus.READY, *[S.SATISFIED] * 8)
    assert "nothing to change" in confirming.run_words(plan, done)[2][0]
    again = stands(plan, RunStatus.FAILED, S.SATISFIED, S.DONE, S.FAILED, *[S.SKIPPED] * 5)
    assert (
        "4 steps change something on lb01 and lb02; about 18 s"
        in (confirming.run_words(plan, again)[2][0])
    )
    rolled = stands(plan, RunStatus.DONE, *[S.DONE] * 8)
    said = "\n".join(text for text, _ in confirming.roll_back_words(plan, rolled))
    assert said.index("+ lb01: place") < said.index("+ lb02: place")
    assert "These cannot be undone and stay: lb02: reload keepalived" in said


def groups(width: int, *names: str) -> tuple[FormGroup, ...]:
    cluster = SITE.clusters[0]
    lbs = tuple(replace(cluster.lbs[0], name=name) for name in names or ("lb01", "lb02"))
    return form_groups(tutorial.form(Ground(SITE, replace(cluster, lbs=lbs), facts())), width)


def test_what_differs_stands_side_by_side() -> None:
    common, each = groups(79)
    assert [row.label for row in common.rows][:2] == [
        "virtual router id",
        "seconds between adverts",
    ]
    assert each.hosts == ("lb01", "lb02")
    assert [one.key if one else None for one in each.rows[1].fields] == [
        "priority.lb01",
        "priority.lb02",
    ]


def test_more_hosts_than_fit_stand_below() -> None:
    names = tuple(f"lb{n:02}" for n in range(1, 8))
    found = groups(79, *names)[1:]
    assert [len(group.hosts) for group in found] == [3, 3, 1]
    assert tuple(host for group in found for host in group.hosts) == names


def test_help_says_what_is_wrong_before_what_it_means() -> None:
    ground = Ground(SITE, SITE.clusters[0], facts())
    form = tutorial.form(ground)
    one = next(f for f in form.fields if f.key == "priority.lb01")
    answers = form.defaults() | {"priority.lb01": "100"}
    lines = help_lines(one, "100", None, form.judge(answers), 80, 5)
    assert len(lines) == 5
    assert plain(lines[0]).startswith(" ✖ Equal priorities")
    assert lines[0][1].tone is Tone.CRITICAL
    assert "They must differ" in texts(lines)
    wrong = help_lines(one, "x", form.problem(one.key, "x"), (), 80, 5)
    assert "a whole number is wanted" in plain(wrong[0])


def test_keys_stand_closer_before_one_is_left_out() -> None:
    entries = [(str(n), "screen", "", False) for n in range(8)]
    wide, close = plain(keybar_line(entries, 90)), plain(keybar_line(entries, 78))
    assert "0 screen  1 screen" in wide
    assert "0 screen 1 screen" in close
    assert all(f"{n} screen" in close for n in range(8))


def test_the_file_of_somebody_else_is_marked_until_it_is_allowed() -> None:
    plan = plan_of(foreign=True)
    row = next(r for r in plan_rows(plan) if r.key == "place keepalived.conf@lb01")
    progress = stands(plan, RunStatus.READY, *PREVIEW)
    assert plain(row_line(row, progress, 70, hosts=4)).endswith("[ ] not ours")
    line = row_line(row, progress, 70, hosts=4, ticked={row.key})
    assert plain(line).endswith("[x] replace")
    assert OLD.startswith("!")
