"""What is kept of a cluster: when hosts are asked, how long evidence counts, whom to call."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from haconsole.domain.notes import note
from haconsole.domain.rules.case import Missing
from haconsole.domain.rules.finding import ActiveCheck, Diagnosis
from haconsole.ui import triageward
from haconsole.ui.triageward import KEEP_S, PAUSE_S, Ward
from haconsole.ui.triaging import OwnClinic
from tests.support.replay import ReplayFeed
from tests.support.states import healthy, split_brain
from tests.ui.helpers import feed_of

from .stage import StillConsulting, diagnosis_of

WELL = diagnosis_of()
GUESS = diagnosis_of("split-brain")
CAUSE = diagnosis_of("auth-mismatch")


def ward_with(
    diagnosis: Diagnosis, closer: Diagnosis | None = None
) -> tuple[Ward, StillConsulting, ReplayFeed]:
    scene = healthy()
    feed = feed_of(scene)
    feed.play(*scene.events)
    consulting = StillConsulting(diagnosis, closer)
    return Ward(feed.site.clusters[0], feed, consulting), consulting, feed


def causes(ward: Ward) -> list[str]:
    return [row.finding.cause for row in ward.rows]


def test_the_faults_are_what_this_is_about() -> None:
    assert GUESS.wants
    assert not CAUSE.wants
    assert not WELL.findings


def test_a_well_pair_is_not_read_for_its_own_sake() -> None:
    ward, _, feed = ward_with(WELL)
    assert not ward.wants_reading(watched=True), "nothing is judged yet"
    ward.judge(watched=False)
    assert not ward.wants_reading(watched=False)
    assert ward.wants_reading(watched=True)
    asyncio.run(ward.read())
    assert not ward.wants_reading(watched=True)
    feed.tick(31)
    assert ward.wants_reading(watched=True)


def test_a_trouble_is_read_once_until_the_pair_changes() -> None:
    ward, consulting, feed = ward_with(CAUSE)
    ward.judge(watched=False)
    assert ward.wants_reading(watched=False)
    asyncio.run(ward.read())
    feed.tick(300)
    assert not ward.wants_reading(watched=False)
    consulting.spirits = ("lb02 is MASTER",)
    assert ward.wants_reading(watched=False)
    assert consulting.asked == ["read"]


def test_a_look_is_wanted_where_it_decides_and_not_again_at_once() -> None:
    ward, consulting, feed = ward_with(GUESS, GUESS)
    assert not ward.wants_look()
    ward.judge(watched=True)
    assert ward.wants_look()
    asyncio.run(ward.look())
    assert consulting.asked == ["examine"]
    feed.tick(PAUSE_S + 1)
    ward.judge(watched=True)
    assert not ward.wants_look(), "what it took did not decide, and is young"
    feed.tick(KEEP_S)
    assert ward.wants_look()


def test_old_evidence_is_taken_anew_on_show_and_nothing_changes_meanwhile() -> None:
    ward, consulting, feed = ward_with(GUESS, CAUSE)
    ward.judge(watched=True)

    async def play() -> None:
        await ward.look()
        assert causes(ward) == ["auth-mismatch"]
        feed.tick(KEEP_S + 1)
        ward.judge(watched=True)
        assert causes(ward) == ["auth-mismatch"]
        assert ward.wants_look()
        consulting.go_on.clear()
        again = asyncio.create_task(ward.look())
        while ward.since is None:
            await asyncio.sleep(0)
        ward.judge(watched=True)
        assert causes(ward) == ["auth-mismatch"], "the cause does not go while it is proven anew"
        assert set(GUESS.wants) <= set(ward.taking)
        consulting.go_on.set()
        await again

    asyncio.run(play())
    assert consulting.asked == ["examine", "forget", "examine"]


def test_evidence_does_not_outlive_a_change_of_the_pair_nor_its_time() -> None:
    for change in ("mood", "age"):
        ward, consulting, feed = ward_with(GUESS, CAUSE)
        ward.judge(watched=False)
        asyncio.run(ward.look())
        ward.judge(watched=False)
        assert causes(ward) == ["auth-mismatch"]
        if change == "mood":
            consulting.spirits = ("lb02 is BACKUP again",)
        else:
            feed.tick(KEEP_S + 1)
        ward.judge(watched=False)
        assert causes(ward) == ["split-brain"]
        assert consulting.asked[-1] == "forget"


def test_what_a_look_could_not_take_stays_told() -> None:
    no_wire = Missing("wire", note("lb01: no capture"), "lb01")
    ward, _, _ = ward_with(GUESS, replace(GUESS, missing=(no_wire,)))
    ward.judge(watched=True)
    asyncio.run(ward.look())
    assert ward.missing == (no_wire,)


def test_a_look_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triageward, "LONGEST_S", 0.01)
    ward, consulting, _ = ward_with(GUESS)
    consulting.go_on.clear()
    ward.judge(watched=True)
    asyncio.run(ward.look())
    assert ward.since is None
    assert "was given up" in ward.problem
    assert causes(ward) == ["split-brain"]


def test_a_mistake_of_a_rule_is_a_sentence_and_passes() -> None:
    ward, consulting, _ = ward_with(CAUSE)
    ward.judge(watched=True)
    consulting.error = KeyError("lb09")
    assert ward.judge(watched=True) == ()
    assert "please report that" in ward.problem
    assert causes(ward) == ["auth-mismatch"]
    asyncio.run(ward.look())
    consulting.error = None
    asyncio.run(ward.look())
    ward.judge(watched=True)
    assert ward.problem == ""


# Whom to call


def opened(diagnosis: Diagnosis = WELL) -> tuple[Ward, StillConsulting, ReplayFeed]:
    """A ward of a console that has been open for a while."""
    ward, consulting, feed = ward_with(diagnosis)
    ward.judge(watched=False)
    feed.tick(21)
    return ward, consulting, feed


def test_nobody_is_called_for_what_was_so_when_the_console_opened() -> None:
    ward, consulting, _ = ward_with(CAUSE)
    assert ward.judge(watched=False) == ()
    assert ward.judge(watched=False) == ()
    consulting.diagnosis = diagnosis_of("auth-mismatch", "backend-dead")
    assert ward.judge(watched=False) == (), "a warning calls nobody"


def test_a_new_critical_finding_calls_once() -> None:
    ward, consulting, feed = opened()
    consulting.diagnosis = diagnosis_of("ghost-vip")
    assert [one.cause for one in ward.judge(watched=False)] == ["ghost-vip"]
    assert ward.judge(watched=False) == ()
    consulting.diagnosis = WELL
    ward.judge(watched=False)
    feed.tick(20)
    consulting.diagnosis = diagnosis_of("ghost-vip")
    assert ward.judge(watched=False) == (), "it was only just gone"
    consulting.diagnosis = WELL
    feed.tick(61)
    ward.judge(watched=False)
    consulting.diagnosis = diagnosis_of("ghost-vip")
    assert [one.cause for one in ward.judge(watched=False)] == ["ghost-vip"]


def test_a_cause_that_takes_the_place_of_a_guess_is_no_news() -> None:
    ward, consulting, _ = opened()
    consulting.diagnosis = GUESS
    assert len(ward.judge(watched=False)) == 1
    consulting.diagnosis = CAUSE
    assert ward.judge(watched=False) == ()


def test_the_next_fault_after_one_that_is_over_is_news() -> None:
    ward, consulting, feed = opened()
    consulting.diagnosis = diagnosis_of("firewall-blocks-vrrp")
    assert len(ward.judge(watched=False)) == 1
    consulting.diagnosis = WELL
    ward.judge(watched=False)
    feed.tick(6)
    consulting.diagnosis = CAUSE
    assert [one.cause for one in ward.judge(watched=False)] == ["auth-mismatch"]


def test_the_real_clinic_judges_what_a_recording_shows() -> None:
    scene = split_brain()
    feed = feed_of(scene)
    feed.play(*scene.events)
    consulting = OwnClinic().consult(feed, None, scene.site.clusters[0])
    found = consulting.passive()
    assert [one.cause for one in found.findings] == ["firewall-blocks-vrrp"]
    assert asyncio.run(consulting.examine()).findings == found.findings
    assert ActiveCheck.WIRE not in found.wants
