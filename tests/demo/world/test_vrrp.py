"""The state machine in virtual time: who takes over, when, and in which words."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from haconsole.demo.world.manners import manners
from haconsole.demo.world.spec import VipSpec
from haconsole.domain.daemon import VrrpState
from haconsole.parsers.keepalived_version import Version
from tests.demo.world.pair import LB01, LB02, Pair

CAPTURES = Path(__file__).parents[2] / "data" / "captures"
PHASES = 200
SKEW_LB01, SKEW_LB02 = 106 / 256, 156 / 256


def said(name: str, scenario: str, version: str = "2.2.7") -> list[str]:
    """The lines about VI_1 in a capture, without what our wire does not do."""
    text = (CAPTURES / f"keepalived-{version}" / scenario / f"{name}.log").read_text()
    messages = [re.sub(r"^\S+ \S+ keepalived: .{24}: ", "", line) for line in text.splitlines()]
    return [m for m in messages if m.startswith("(VI_1)") and "Sending/queueing" not in m]


def settled(phase: float) -> Pair:
    pair = Pair(apart_s=phase, settle_s=10 + phase)
    assert pair.owners() == ["lb01"]
    return pair


@pytest.fixture
def phases() -> list[float]:
    dice = random.Random(5798)
    return [dice.uniform(0, 1) for _ in range(PHASES)]


def test_the_first_master_waits_for_three_adverts_and_its_skew() -> None:
    pair = Pair()
    took = pair.timers.until(lambda: pair.lb01.owns, 5)
    assert took + 0.3 == pytest.approx(3 + SKEW_LB01)
    assert pair.lb01.lines == said("lb01", "crash_leaves_vip")
    pair.timers.advance(6)
    assert pair.owners() == ["lb01"]
    assert pair.lb01.announced == 10
    assert pair.lb02.instance.master_priority == 150


def test_a_graceful_stop_costs_the_skew(phases: list[float]) -> None:
    for phase in phases:
        pair = settled(phase)
        pair.lb01.stop()
        assert not pair.lb01.owns
        took = pair.timers.until(pair.lb02_owns, 5)
        assert took == pytest.approx(SKEW_LB02, abs=0.001)


def test_a_crash_costs_two_to_three_adverts_and_the_skew_and_leaves_a_ghost(
    phases: list[float],
) -> None:
    seen = []
    for phase in phases:
        pair = settled(phase)
        pair.lb01.kill()
        seen.append(pair.timers.until(pair.lb02_owns, 5))
        assert pair.owners() == ["lb01", "lb02"]
    assert min(seen) >= 2 + SKEW_LB02
    assert max(seen) <= 3 + SKEW_LB02 + 0.001
    assert max(seen) - min(seen) > 0.8, "the phases do not differ"


def test_a_partition_makes_two_masters_and_healing_one_within_an_advert(
    phases: list[float],
) -> None:
    for phase in phases[:50]:
        pair = settled(phase)
        pair.part()
        took = pair.timers.until(pair.lb02_owns, 5)
        assert 2 + SKEW_LB02 <= took <= 3 + SKEW_LB02 + 0.001
        assert pair.owners() == ["lb01", "lb02"]
        pair.timers.advance(phase * 7)
        pair.join()
        assert pair.timers.until(pair.lb02_yielded, 2) <= 1.001
        assert pair.owners() == ["lb01"]


def test_a_failed_check_without_weight_is_a_fault_and_costs_the_skew(phases: list[float]) -> None:
    for phase in phases[:50]:
        pair = settled(phase)
        pair.lb01.instance.fail()
        assert (pair.lb01.state, pair.lb01.owns) == (VrrpState.FAULT, False)
        took = pair.timers.until(pair.lb02_owns, 5)
        assert took == pytest.approx(SKEW_LB02, abs=0.001)
        pair.timers.advance(3)
        pair.lb01.instance.recover()
        back = pair.timers.until(pair.lb01_owns, 5)
        assert back == pytest.approx(3 + SKEW_LB01, abs=0.001)
        pair.timers.advance(1)
        assert pair.owners() == ["lb01"]


def test_a_weighted_check_costs_another_master_down(phases: list[float]) -> None:
    for phase in phases[:50]:
        pair = settled(phase)
        pair.lb01.instance.weigh(-60)
        took = pair.timers.until(pair.lb02_owns, 6)
        assert 2 + SKEW_LB02 <= took <= 3 + SKEW_LB02 + 0.001
        pair.timers.advance(0.01)
        assert pair.owners() == ["lb02"]
        assert pair.lb01.lines[-1].endswith("removing VIPs.")


def test_the_words_of_a_weighted_failover_are_the_captured_ones() -> None:
    pair = Pair(settle_s=6.6)
    pair.lb01.instance.weigh(-60)
    pair.timers.until(lambda: pair.lb02.owns, 6)
    pair.timers.advance(7.0)
    pair.lb01.instance.weigh(60)
    pair.timers.until(lambda: pair.lb01.owns, 6)
    pair.timers.advance(1.01)
    pair.lb01.stop()
    pair.timers.until(lambda: pair.lb02.owns, 6)
    captured = said("lb01", "healthy")
    assert [line for line in pair.lb01.lines if "discarding" not in line] == [
        line for line in captured if "discarding" not in line
    ]
    assert set(pair.lb01.lines) == set(captured)
    assert [line for line in pair.lb02.lines if "discarding" not in line] == [
        line for line in said("lb02", "healthy") if "discarding" not in line
    ][: len([line for line in pair.lb02.lines if "discarding" not in line])]


def test_sub_second_adverts_of_version_3(phases: list[float]) -> None:
    quick: dict[str, Any] = {"version": 3, "advert_int_s": 0.2}
    for phase in phases[:50]:
        pair = Pair(replace(LB01, **quick), replace(LB02, **quick), settle_s=5 + phase)
        pair.lb01.kill()
        took = pair.timers.until(pair.lb02_owns, 2)
        assert 0.52 <= took <= 0.73


MISMATCHES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "auth_mismatch": (
        {"auth_type": 1, "password": "123456"},
        {"auth_type": 1, "password": "1234567"},
    ),
    "vip_list_mismatch": (
        {},
        {"vips": (*LB02.vips, VipSpec("10.0.0.101", 32, "eth0", "10.0.0.101"))},
    ),
    "vrid_mismatch": ({}, {"vrid": 51}),
    "advert_int_mismatch": ({}, {"advert_int_s": 3.0}),
}


@pytest.mark.parametrize("scenario", MISMATCHES)
def test_mismatches_make_two_masters_in_the_captured_words(scenario: str) -> None:
    ours, theirs = MISMATCHES[scenario]
    pair = Pair(replace(LB01, **ours), replace(LB02, **theirs), settle_s=10.2)
    assert pair.owners() == ["lb01", "lb02"]
    for router, name in ((pair.lb01, "lb01"), (pair.lb02, "lb02")):
        expected = [line for line in said(name, scenario) if "sent 0" not in line]
        assert set(router.lines) == set(expected)
        first = list(dict.fromkeys(router.lines))
        assert first == list(dict.fromkeys(expected))


def test_lists_of_vips_that_differ_are_accepted_from_2_3_3_on() -> None:
    _, theirs = MISMATCHES["vip_list_mismatch"]
    how = manners(Version(2, 4, 3))
    pair = Pair(LB01, replace(LB02, **theirs), how=how, settle_s=12)
    assert pair.owners() == ["lb01"]
    assert "(VI_1) expected 2 VIPs but received 1" in pair.lb02.lines


def test_before_2_0_a_rejected_advert_keeps_the_backup_a_backup() -> None:
    _, theirs = MISMATCHES["auth_mismatch"]
    how = manners(Version(1, 3, 5))
    pair = Pair(replace(LB01, auth_type=1, password="x"), replace(LB02, **theirs), how=how)
    pair.timers.advance(20)
    assert pair.owners() == ["lb01"]
    assert "VRRP_Instance(VI_1) ignoring received advertisment..." in pair.lb02.lines


def test_before_2_0_a_lower_advert_forces_an_election_and_a_master_waits_one_advert() -> None:
    pair = Pair(how=manners(Version(1, 3, 5)), settle_s=8)
    assert pair.owners() == ["lb01"]
    pair.lb01.instance.weigh(-60)
    took = pair.timers.until(lambda: pair.lb02.owns, 5)
    assert took <= 3.001
    words = ["forcing a new MASTER election", "Transition to MASTER STATE", "Entering MASTER STATE"]
    assert [line.partition(") ")[2] for line in pair.lb02.lines[-4:-1]] == words


def test_equal_priorities_are_a_tie_for_the_higher_address() -> None:
    pair = Pair(replace(LB01, priority=100), LB02)
    pair.part()
    pair.timers.advance(8)
    assert pair.owners() == ["lb01", "lb02"]
    pair.join()
    pair.timers.advance(1.1)
    assert pair.owners() == ["lb02"]
    line = (
        "(VI_1) Master received advert from 10.0.0.11 with same priority 100 "
        "but higher IP address than ours"
    )
    assert line in pair.lb01.lines


def test_nopreempt_leaves_the_lower_one_master() -> None:
    stays = replace(LB01, wants_master=False, nopreempt=True)
    pair = Pair(stays, LB02, settle_s=8)
    pair.lb01.instance.fail()
    pair.timers.until(lambda: pair.lb02.owns, 5)
    pair.lb01.instance.recover()
    pair.timers.advance(20)
    assert pair.owners() == ["lb02"]


def test_preempt_delay_puts_the_return_off() -> None:
    pair = Pair(replace(LB01, preempt_delay_s=10.0), LB02, settle_s=8)
    pair.lb01.instance.fail()
    pair.timers.until(lambda: pair.lb02.owns, 5)
    pair.lb01.instance.recover()
    took = pair.timers.until(lambda: pair.lb01.owns, 30)
    assert 10 <= took <= 10 + 1 + 3 + SKEW_LB01
    assert "(VI_1) start preempt delay (10.000000)" in pair.lb01.lines


def test_a_frozen_master_comes_late_and_wins() -> None:
    pair = settled(0.4)
    pair.lb01.freeze()
    assert pair.timers.until(lambda: pair.lb02.owns, 5) <= 3 + SKEW_LB02 + 0.001
    pair.timers.advance(4)
    assert pair.owners() == ["lb01", "lb02"]
    pair.lb01.thaw()
    pair.timers.advance(0.01)
    assert pair.owners() == ["lb01"]
    late = [line for line in pair.lb01.lines if line.startswith("A thread timer expired")]
    assert len(late) == 1
    assert 6 < float(late[0].split()[4]) < 8
    assert any("lower priority 100, ours 150, forcing new election" in x for x in pair.lb01.lines)


def test_a_check_that_has_not_run_yet_is_waited_for() -> None:
    pair = Pair(apart_s=0.1)
    router = pair.lb01
    router.instance.drop()
    router.lines.clear()
    router.instance.start(checks_to_come=1)
    pair.timers.advance(30)
    assert (router.state, pair.owners()) == (VrrpState.FAULT, ["lb02"])
    router.instance.first_result(ok=True)
    assert router.state is VrrpState.BACKUP
    pair.timers.advance(3 + SKEW_LB01 + 0.01)
    assert pair.owners() == ["lb01"]


def test_the_counters_tell_what_was_refused() -> None:
    ours, theirs = MISMATCHES["auth_mismatch"]
    pair = Pair(replace(LB01, **ours), replace(LB02, **theirs), settle_s=8)
    stats = pair.lb02.instance.stats
    assert (stats.auth_failure > 3, stats.advert_rcvd, stats.become_master) == (True, 0, 1)
    pair.lb02.stop()
    assert pair.lb02.instance.stats.pri_zero_sent == 1
