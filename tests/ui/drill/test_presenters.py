"""What is said of a drill at every stage, on screens of several sizes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from haconsole.domain.drill_verdict import Kind, Verdict
from haconsole.domain.notes import note
from haconsole.domain.outage_series import Owned, OwnerEvent
from haconsole.domain.vrrp_prediction import Scenario
from haconsole.procedures.drill.ask import SUITE
from haconsole.procedures.drill.standing import DrillProgress, Stage
from haconsole.ui.presentation.drillclock import clock_lines, clock_of, span_s
from haconsole.ui.presentation.drilllist import offer_line, offer_text
from haconsole.ui.presentation.drilllive import BUSY, body_lines, way_line
from haconsole.ui.presentation.drillstrip import strip_lines, window_of
from haconsole.ui.presentation.drillways import ways_on
from haconsole.ui.presentation.drillwords import (
    bounds_text,
    bracket_text,
    foreseen_text,
    seconds_text,
    verdict_words,
)
from haconsole.ui.presentation.ink import Tone, cells, plain
from tests.support.states import NOW

from .film import AGO, FAULT, STAGES, foreseen
from .stage import offers

LBS = ["lb01", "lb02"]


def body(progress: DrillProgress, width: int = 80, room: int = 16, now: float = NOW) -> list[str]:
    return [plain(line) for line in body_lines(progress, LBS, width, room, now)]


def text(name: str, width: int = 80, room: int = 40) -> str:
    return "\n".join(body(STAGES[name], width, room))


@pytest.mark.parametrize("room", [8, 16, 32])
@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("name", STAGES)
def test_every_stage_fits(name: str, width: int, room: int) -> None:
    lines = body(STAGES[name], width, room)
    assert 0 < len(lines) <= room
    assert max(cells(line) for line in lines) <= width


def test_every_stage_is_in_the_film() -> None:
    assert {progress.stage for progress in STAGES.values()} == set(Stage)


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_has_its_place_on_the_way(stage: Stage) -> None:
    here = [part.text for part in way_line(stage) if part.tone is Tone.BADGE]
    assert len(here) == 1


@pytest.mark.parametrize("size", [(80, 16), (120, 32)])
def test_nothing_jumps_while_it_goes_on(size: tuple[int, int]) -> None:
    live = [progress for progress in STAGES.values() if progress.stage in BUSY]
    shapes = set()
    for progress in live:
        rows = body(progress, *size)
        heads = [next(i for i, row in enumerate(rows) if word in row)
                 for word in (" PROBE ", " probe ", " lb02 ", " NODE ")]  # fmt: skip
        shapes.add((len(rows), *heads))
    assert len(shapes) == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("preflight", ["LOOKING", "nothing is touched"]),
        ("ready", ["READY", "takes over   lb02, after 0.61 s", "clients      wait 0.61–0.71 s",
                   "= skew 0.61 s of lb02 + up to 0.1 s", "afterwards", " l limit", " p probe",
                   "the node undoes it by itself after 60 s"]),
        ("ready-nobody", ["nobody: it will not fail over", "wait until it is undone",
                          "▲ lb01 defines the check"]),
        ("ready-reboot", ["there is nothing to undo", "The console may lose the node"]),
        ("refused", ["REFUSED", "✖ a drill on lb02", "(cannot be", "✖ lb02 could not take over"]),
        ("locked", ["○ READ-ONLY  nothing was touched", "· changes are locked: say --write"]),
        ("forced", ["▲ lb02 could not take over: nginx does not answer there (forced)"]),
        ("arming", ["ARMING", "before anything is broken", "OUTAGE  not begun", "0 failed"]),
        ("breaking", ["BREAKING", "keepalived on lb01 is stopped gracefully"]),
        ("outage", ["WATCHING", "OUTAGE  0.50 s  so far", "predicted 0.61–0.71 s",
                    "by itself in 57 s", "closing the console is safe"]),
        ("observing", ["0.64 s  then clients were answered again", "▼ fault", "◆ owner"]),
        ("freeze", ["TAKEOVER  2.90 s", "every request answered", "predicted 2.61–3.61 s"]),
        ("waiting", ["WAITING", "lb01 cannot be reached and undoes it by itself in 57 s",
                     "Nothing has to be", "◌ away"]),
        ("undoing", ["UNDOING", "the fault is undone"]),
        ("settling", ["SETTLING", "◀ undone", "until the pair is as it was before"]),
        ("done", ["● AS PREDICTED", "clients      0.636–0.640 s         0.61–0.71 s",
                  "taken over   0.634–0.642 s, lb02   0.61 s, lb02", "return       nothing failed",
                  "319 of 4,600 failed (6.9 %): 319 no answer in time",
                  "nobody held it for 0.63 s", "before web01 1,500 · web02 1,500",
                  "2026-11-22-stop.md", "9.2 s"]),
        ("different", ["✖ NOT AS PREDICTED, AND THE PAIR IS NOT AS BEFORE",
                       "look at it before anything else"]),
        ("void", ["VOID: THE MEASUREMENT PROVES NOTHING", "38.1 ms late"]),
        ("failed", ["could not be given the undo", "not done: keepalived on lb01"]),
    ],
)  # fmt: skip
def test_what_is_said(name: str, words: list[str]) -> None:
    told = text(name, room=60)
    for word in words:
        assert word in told, word


def test_a_verdict_is_never_good_where_the_pair_is_not_well() -> None:
    for kind in Kind:
        _, words, tone = verdict_words(Verdict(kind, healthy=False))
        assert tone is Tone.CRITICAL
        assert "NOT AS BEFORE" in words


def test_what_is_not_seen_of_a_node_is_not_told() -> None:
    row = next(row for row in body(STAGES["waiting"], 80, 30) if row.startswith(" lb01   ◌"))
    assert row.split()[1:5] == ["◌", "◌", "◌", "◌"]


def test_a_due_time_that_has_passed_says_so() -> None:
    late = body(STAGES["waiting"], 100, 30, FAULT + 63)
    assert any("undone it by itself (3 s ago)" in row for row in late)
    assert any("was due 3 s ago" in row for row in late)


# The clock


@pytest.mark.parametrize(
    ("name", "tone"),
    [("outage", Tone.INFO), ("observing", Tone.OK), ("too-long", Tone.CRITICAL)],
)
def test_the_clock_is_green_only_in_the_band(name: str, tone: Tone) -> None:
    assert clock_of(STAGES[name], NOW).tone is tone


def test_where_clients_feel_less_than_the_move_the_clock_is_the_moves() -> None:
    still = replace(STAGES["freeze"], owned=())
    assert "TAKEOVER  3.20 s  so far" in "\n".join(body(still))
    failing = replace(still, outage_from=NOW - 0.4)
    assert "clients waited 0.40 s" in "\n".join(body(failing))
    undone = replace(still, undone_at=FAULT + 1.5, stage=Stage.SETTLING)
    assert "TAKEOVER  1.50 s  " in "\n".join(body(undone))


def test_the_clock_runs_until_requests_are_answered() -> None:
    running = STAGES["outage"]
    assert clock_of(running, NOW + 0.1).seconds == pytest.approx(0.6)
    assert clock_of(replace(running, outage_to=NOW), NOW + 9).seconds == pytest.approx(0.5)
    # A second outage, when the first one's end is known already.
    again = replace(running, outage_from=NOW + 1, outage_to=NOW)
    assert clock_of(again, NOW + 1.2).seconds == pytest.approx(0.2)


def test_the_bar_shows_the_band_and_grows_when_it_is_passed() -> None:
    clock = clock_of(STAGES["outage"], NOW)
    assert span_s(clock, 60) == pytest.approx(1.06, abs=0.01)
    late = clock_of(STAGES["too-long"], NOW)
    assert span_s(late, 60) == pytest.approx(1.06 * 4, abs=0.05)
    bar, scale = (plain(line) for line in clock_lines(STAGES["outage"], 80, NOW)[1:])
    assert bar.index("▒") == scale.index("▲")
    assert scale.rstrip().endswith("1.1 s")
    needle = bar.index("▌")
    assert needle - 2 == pytest.approx(0.5 / 1.06 * 76, abs=1)


def test_an_outage_that_lasts_until_the_undo_is_measured_against_the_limit() -> None:
    lasting = replace(STAGES["outage"], prediction=STAGES["ready-nobody"].prediction)
    clock = clock_of(lasting, NOW)
    assert (clock.band, clock.open_ended, clock.tone) == (None, True, Tone.WARNING)
    assert span_s(clock, 60) == 60


# The strip


def cells_of(name: str, width: int = 80) -> dict[str, str]:
    rows = [plain(line) for line in strip_lines(STAGES[name], LBS, width, NOW)]
    return {"marks": rows[0][7:]} | {row[1:6].strip(): row[7:] for row in rows[1:-1]}


def test_a_cell_is_a_tenth_of_a_second_and_the_fault_stands_over_its_own() -> None:
    strip = cells_of("observing")
    fault = strip["marks"].index("▼")
    assert fault == len(strip["probe"]) - round(AGO * 10)
    assert strip["probe"][fault : fault + 8] == "▲✖✖✖✖✖▲·"
    assert strip["lb01"].rindex("◆") == fault - 1
    assert strip["lb02"].index("◆") == fault + 6


def test_the_newest_answer_stands_at_the_right() -> None:
    window = window_of(STAGES["observing"], 50, NOW)
    assert window.end == pytest.approx(NOW)
    assert window.cell(NOW - 0.05) == 49
    assert window.cell(NOW + 0.05) is None


def test_when_it_is_over_the_fault_stays_in_sight() -> None:
    long_ago = replace(STAGES["done"], fault_at=(NOW - 9, NOW - 9))
    window = window_of(long_ago, 30, NOW)
    assert window.cell(NOW - 9) is not None


def test_two_owners_are_painted_as_a_warning() -> None:
    both = replace(STAGES["observing"], owned=STAGES["observing"].owned[1:])
    lines = strip_lines(both, LBS, 80, NOW)
    tones = {part.tone for line in lines[2:4] for part in line if "◆" in part.text}
    assert tones == {Tone.OK, Tone.WARNING}


def test_what_is_not_sure_is_grey() -> None:
    lost = OwnerEvent(FAULT + 0.01, "lb01", owns=False, error_s=2.0)
    unsure = replace(STAGES["observing"], owned=(lost, *STAGES["observing"].owned[1:]))
    lane = strip_lines(unsure, LBS, 80, NOW)[2]
    held = {part.tone: len(part.text) for part in lane if "◆" in part.text}
    assert held == {Tone.OK: 20, Tone.STALE: 20}
    away = strip_lines(STAGES["waiting"], LBS, 80, NOW)[2]
    assert {part.tone for part in away if "◆" in part.text} == {Tone.STALE}


def test_owners_that_are_not_known_exactly_enough_are_not_told() -> None:
    measured = STAGES["done"].measurement
    assert measured is not None
    vague = replace(STAGES["done"], measurement=replace(measured, owned=Owned(2.6, 0.3, 6.9)))
    told = "\n".join(body(vague, 100, 60))
    assert "is not known (± 6.90 s)" in told
    assert "two LBs held" not in told


# Words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0, "0 s"), (0.012, "12 ms"), (0.66, "0.66 s"), (12.5, "12.5 s"), (60.0, "60 s")],
)
def test_seconds(seconds: float, said: str) -> None:
    assert seconds_text(seconds) == said


def test_bounds_and_brackets() -> None:
    assert bounds_text(0.61, 0.71) == "0.61–0.71 s"
    assert bounds_text(0.0, 0.1) == "≤ 0.10 s"
    assert bounds_text(0.0, 0.02) == "≤ 20 ms"
    assert bounds_text(3.41, 3.41) == "3.41 s"
    assert bracket_text(0.612, 0.616) == "0.612–0.616 s"
    assert bracket_text(0.001, 0.0042) == "1.0–4.2 ms"
    assert bracket_text(0.612, None) == "at least 0.612 s"


@pytest.mark.parametrize("scenario", SUITE)
def test_every_prediction_is_one_line(scenario: Scenario) -> None:
    told = foreseen(scenario)
    for brief in (False, True):
        line = foreseen_text(told, brief=brief)
        assert "\n" not in line
        assert "clients" in line
        assert (told.takes_over or "lb01") in line


def test_hostile_words_stay_words() -> None:
    bad = replace(STAGES["refused"], problem=note("{x}", x="\x1b]0;gone\x07[/b]"))
    assert "\x1b" not in "".join(body(bad, 80, 40))


# The list


@pytest.mark.parametrize("width", [60, 79, 119])
def test_every_row_of_the_list_fits_and_says_how_it_came_out_last(width: int) -> None:
    rows = [plain(offer_line(offer, width, NOW, hosts=5)) for offer in offers()]
    assert max(cells(row) for row in rows) <= width
    by_name = {row.split()[0]: row for row in rows}
    assert by_name["stop"].rstrip().endswith("2 h ago")
    assert "●" in by_name["stop"]
    assert "✖" in by_name["reboot"]
    assert by_name["crash"].rstrip().endswith("never")
    assert "▲" in by_name["link-down"]


def test_a_drill_is_found_by_its_words() -> None:
    found = [offer for offer in offers() if "nobody takes over" in offer_text(offer)]
    assert [offer.scenario for offer in found] == [Scenario.CHECK_FAIL]


# The ways on


@pytest.mark.parametrize("name", STAGES)
@pytest.mark.parametrize("writable", [True, False])
def test_nothing_that_changes_a_host_is_to_be_had_in_read_only(name: str, writable: bool) -> None:
    ways = {way: able for way, _, able in ways_on(STAGES[name], writable=writable, steps=False)}
    assert ways.get("begin", False) is (writable and STAGES[name].stage is Stage.READY)
    assert not (ways.get("force") and not writable)
    assert ("undo" in ways) is (STAGES[name].stage in BUSY)
