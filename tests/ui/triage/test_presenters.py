"""Findings as lines: every cause there is, both widths, nothing cut that matters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from haconsole.domain.notes import note
from haconsole.domain.rules.beyond import beyond_verdict
from haconsole.domain.rules.case import Missing
from haconsole.domain.rules.finding import ActiveCheck, Evidence
from haconsole.domain.state import Moment, MomentKind, Severity
from haconsole.domain.verdict import Level
from haconsole.telling import say
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.ink import Line, plain, width_of
from haconsole.ui.presentation.triage import closer_lines, finding_line, head_lines, summary_line
from haconsole.ui.presentation.triagedetail import (
    Piece,
    detail_pieces,
    finding_text,
    what_led_to_it,
)
from haconsole.ui.presentation.triagehome import cause_lines
from haconsole.ui.triaging import Chart, Row
from tests.domain.rules.faults import FAULTS
from tests.support.replay import ReplayFeed
from tests.support.states import NOW, Scene, healthy, split_brain, starting, unowned
from tests.ui.helpers import feed_of

from .stage import diagnosis_of

WIDTHS = (79, 119)


def glance_at(scene: Scene, *, writable: bool = False) -> Glance:
    feed: ReplayFeed = feed_of(scene)
    feed.play(*scene.events)
    return Glance.take(feed.state, scene.now, writable=writable)


GLANCE = glance_at(healthy())


def row_of(cause: str) -> Row:
    (found,) = diagnosis_of(cause).findings
    return Row("pair", found)


def pieces_of(row: Row | None, width: int = 79, glance: Glance = GLANCE) -> tuple[Piece, ...]:
    return detail_pieces(glance, Chart(), row, glance.state.site.clusters[0], width)


def words(lines: object) -> str:
    """All text, with breaks and indents taken out."""
    assert isinstance(lines, tuple | list)
    texts = [plain(one.line if isinstance(one, Piece) else one) for one in lines]
    return " ".join(" ".join(texts).split())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("cause", FAULTS)
def test_every_cause_is_told_whole(cause: str, width: int) -> None:
    row = row_of(cause)
    pieces = pieces_of(row, width)
    one, text = row.finding, words(pieces)
    assert all(width_of(piece.line) <= width for piece in pieces)
    assert len({piece.key for piece in pieces}) == len(pieces)
    for said in (one.title, one.impact, one.fix.note, *one.ruled_out):
        assert " ".join(say(said).split()) in text
    for evidence in one.evidence:
        assert " ".join(say(evidence.note).split()) in text
        assert any(piece.text == evidence.command for piece in pieces)
    assert ("f opens" in text) == (one.fix.procedure is not None)
    for label in ("CLIENTS", "FIX", "EVIDENCE", "WHAT CHANGED"):
        assert label in text


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("cause", FAULTS)
def test_a_row_says_how_bad_and_how_sure(cause: str, width: int) -> None:
    row = row_of(cause)
    line = finding_line(row, width)
    assert width_of(line) == width
    assert row.finding.severity.value in plain(line)
    assert plain(line).endswith(f" {say(row.finding.sureness)} ")
    assert say(row.finding.title)[:30] in plain(line)


def test_a_colleague_gets_all_of_it_as_text() -> None:
    text = finding_text(row_of("auth-mismatch"))
    assert text.startswith("CRITICAL pair auth-mismatch (certain, ")
    assert "impact: " in text
    assert "ruled out: " in text
    line = "haconsole apply INVENTORY fix-mismatch --set vip=10.0.0.100 --set model=lb01 --plan"
    assert f"({line})" in text


def test_the_settings_of_a_fix_are_in_its_shell_line() -> None:
    row = row_of("auth-mismatch")
    fix = replace(row.finding.fix, settings={"model": "lb01"})
    row = Row("pair", replace(row.finding, fix=fix))
    line = "haconsole apply INVENTORY fix-mismatch --set model=lb01 --plan"
    assert line in words(pieces_of(row, 119))
    assert line in finding_text(row)


def test_what_cannot_be_opened_is_not_offered() -> None:
    row = row_of("auth-mismatch")
    row = Row("pair", replace(row.finding, fix=replace(row.finding.fix, procedure="not-yet")))
    assert "f opens" not in words(pieces_of(row))


@pytest.mark.parametrize("writable", [False, True])
def test_read_only_says_how_to_unlock(writable: bool) -> None:
    text = words(pieces_of(row_of("auth-mismatch"), 119, glance_at(healthy(), writable=writable)))
    assert ("--write" in text) is not writable


def test_nothing_in_remote_text_is_obeyed() -> None:
    row = row_of("config-error")
    bad = Evidence(
        note("{line}", line="\x1b]0;x\x07 [red]no[/red] \u202eabc"), "lb01", NOW, "x\x1by"
    )
    row = Row("pair", replace(row.finding, evidence=(bad,)))
    text = words(pieces_of(row))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "[red]no[/red]" in text


def test_evidence_has_its_place_and_age() -> None:
    row = row_of("nginx-dead")
    seen = Evidence(note("it is so"), "lb02", NOW - 65, "systemctl   status\nnginx")
    row = Row("pair", replace(row.finding, evidence=(seen, replace(seen, node=None, at=None))))
    text = words(pieces_of(row, 119))
    assert "lb02 · 14:01:26 · 1 m 5 s ago $ systemctl status nginx" in text
    assert "anywhere $ systemctl status nginx" in text


def test_keys_stay_while_ages_pass() -> None:
    later = replace(GLANCE, now=GLANCE.now + 30)
    row = row_of("split-brain")
    assert [piece.key for piece in pieces_of(row)] == [
        piece.key for piece in pieces_of(row, glance=later)
    ]


def test_what_led_to_it_begins_before_the_fault() -> None:
    scene = split_brain()
    text = words(pieces_of(None, 119, glance_at(scene)))
    assert "firewall (firewalld) now drops VRRP" in text
    assert "10.0.0.100 is on lb01 AND lb02" in text
    assert text.index("now drops VRRP") < text.index("10.0.0.100 is on lb01 AND lb02")


def test_where_troubles_never_end_the_latest_are_shown() -> None:
    moments = tuple(
        Moment(NOW - 100 + 5 * n, "lb02", MomentKind.VRRP, Severity.WARNING, note("{n}", n=n))
        for n in range(20)
    )
    glance = replace(GLANCE, state=replace(GLANCE.state, timeline=moments))
    shown = what_led_to_it(glance, frozenset({"lb01", "lb02"}))
    assert shown == moments[-12:]


def test_what_could_not_be_read_is_told() -> None:
    missing = (Missing("wire", note("lb01: a capture of VRRP could not be taken: {why}",
                                    why="tcpdump is missing on the node"), "lb01"),)  # fmt: skip
    pieces = detail_pieces(GLANCE, Chart(missing=missing), None, None, 79)
    assert "NOT KNOWN lb01: a capture of VRRP could not be taken: tcpdump is missing" in words(
        pieces
    )


@pytest.mark.parametrize(
    ("chart", "said"),
    [
        (Chart(), "Not judged yet."),
        (Chart(level=Level.OK, judged_at=NOW), "● Nothing wrong was found."),
        (Chart(level=Level.UNKNOWN, judged_at=NOW), "not everything could be seen"),
        (Chart((row_of("drift"),), level=Level.WARNING, judged_at=NOW - 3), "▲ 1 finding"),
        (Chart((row_of("drift"),) * 2, level=Level.WARNING, judged_at=NOW), "2 findings, worst"),
        (Chart(level=Level.OK, judged_at=NOW, settling=True), "an owner is changing"),
    ],
)
def test_how_much_was_found(chart: Chart, said: str) -> None:
    line = summary_line(chart, NOW, 80)
    assert said in plain(line)
    assert width_of(line) <= 80


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize(
    "chart",
    [
        Chart(),
        Chart(can_look=True, wants=tuple(ActiveCheck)),
        Chart(can_look=True, wants=tuple(ActiveCheck), taking=tuple(ActiveCheck), since=NOW - 4),
        Chart(can_look=True, wants=(ActiveCheck.REQUESTS,), looked_at=NOW - 90),
        Chart(can_look=True, wants=(ActiveCheck.ARP,), problem="Something went wrong, at length."),
    ],
)
def test_a_closer_look_is_always_as_high(chart: Chart, width: int) -> None:
    lines = closer_lines(chart, NOW, width)
    assert len(lines) == (1 if width == 120 else 2)
    assert all(width_of(line) <= width for line in lines)


def test_a_closer_look_says_what_it_does_before_and_meanwhile() -> None:
    before = words(closer_lines(Chart(can_look=True, wants=(ActiveCheck.WIRE,)), NOW, 119))
    assert "l looks closer: a capture of VRRP on each LB. It changes nothing" in before
    meanwhile = Chart(can_look=True, taking=(ActiveCheck.ARP,), since=NOW - 4)
    said = words(closer_lines(meanwhile, NOW, 119))
    assert "Looking closer for 4 s, at most 40 s: pings from other hosts" in said


def test_the_verdict_stands_above() -> None:
    def head(scene: Scene) -> list[Line]:
        glance = glance_at(scene)
        return head_lines(glance, glance.state.site.clusters[0], 80, 2)

    assert "NO OWNER" in words(head(unowned()))
    assert "CONNECTING" in words(head(starting()))
    assert len(head(starting())) <= 2


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("cause", FAULTS)
def test_the_cause_on_home_has_its_key(cause: str, width: int) -> None:
    lines = cause_lines(row_of(cause), width)
    assert all(width_of(line) < width for line in lines)
    assert any(part.text.strip() == "5" and part.action for line in lines for part in line)
    assert cause_lines(None, width) == []


def test_a_cause_is_told_only_where_it_is_more() -> None:
    def told(cause: str, *hosts: str, sure: float = 0.7) -> bool:
        return beyond_verdict(diagnosis_of(cause).findings, hosts, sure=sure) is not None

    assert told("auth-mismatch")
    assert not told("ghost-vip")
    assert told("nginx-dead")
    assert not told("nginx-dead", "lb01", "lb02")
    assert not told("multicast-lost", sure=1.0)
    assert beyond_verdict((), (), sure=0.0) is None
