"""Timers and priorities: the tables of the RFCs and of keepalived's own logs."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haconsole.domain.vrrp import (
    MAX_PRIORITY,
    MIN_PRIORITY,
    OWNER,
    Bounds,
    Waits,
    advert_int,
    check_bounds,
    effective,
    effective_sum,
    master_down_s,
    skew_s,
)

CAPTURES = Path(__file__).parents[1] / "data" / "captures"
priorities = st.integers(MIN_PRIORITY, MAX_PRIORITY)
#: For the daemons' scheduling on the machine that the captures were taken on.
LATE_S = 0.06


@pytest.mark.parametrize(
    ("priority", "interval_s", "version", "skew", "down"),
    [
        (100, 1.0, 2, 0.609, 3.609),
        (150, 1.0, 2, 0.414, 3.414),
        (254, 1.0, 2, 0.008, 3.008),
        (100, 3.0, 2, 0.609, 9.609),
        (100, 1.0, 3, 0.609, 3.609),
        (100, 0.2, 3, 0.122, 0.722),
        (150, 0.2, 3, 0.083, 0.683),
        (1, 40.95, 3, 40.79, 163.64),
    ],
)
def test_the_timers_are_the_rfcs(
    priority: int, interval_s: float, version: int, skew: float, down: float
) -> None:
    assert skew_s(priority, interval_s, version) == pytest.approx(skew, abs=0.001)
    assert master_down_s(priority, interval_s, version) == pytest.approx(down, abs=0.01)


def test_what_the_facts_say_of_a_pair_with_priority_100_behind() -> None:
    assert str(Waits(100).stopped) == "0.61–0.61"
    assert str(Waits(100).lost) == "2.61–3.61"
    assert str(Waits(100, 0.2, 3).lost) == "0.52–0.72"
    assert str(Waits(100, adverts=5).lost) == "4.61–5.61"
    assert str(Waits(100, old=True).stopped) == "1.61–1.61"
    assert str(Waits(100, old=True).lost) == "3.61–4.61"


@pytest.mark.parametrize(
    ("configured", "version", "used"),
    [
        (None, 2, 1.0),
        (0.0, 2, 1.0),
        (0.2, 2, 1.0),
        (1.4, 2, 1.0),
        (1.5, 2, 2.0),
        (300, 2, 255.0),
        (0.2, 3, 0.2),
        (0.254, 3, 0.25),
        (0.001, 3, 0.01),
        (60, 3, 40.95),
    ],
)
def test_an_interval_is_used_as_its_version_can_say_it(
    configured: float | None, version: int, used: float
) -> None:
    assert advert_int(configured, version) == used


@given(priorities, st.lists(st.tuples(st.integers(-253, 253), st.booleans()), max_size=4))
def test_weights_add_up_and_stay_a_priority(base: int, checks: list[tuple[int, bool]]) -> None:
    got = effective_sum(base, checks)
    assert MIN_PRIORITY <= got <= MAX_PRIORITY
    assert effective_sum(OWNER, checks) == OWNER
    if all(passes is (weight < 0) or not weight for weight, passes in checks):
        assert got == base
    if len(checks) == 1:
        assert got == effective(base, checks[0][0], passes=checks[0][1])
        better = effective(base, checks[0][0], passes=True)
        assert better >= effective(base, checks[0][0], passes=False)


@given(
    priorities, priorities, st.integers(1, 4095).map(lambda cs: cs / 100), st.sampled_from([2, 3])
)
def test_the_better_one_never_waits_longer(
    one: int, other: int, interval_s: float, version: int
) -> None:
    low, high = sorted((one, other))
    better, worse = Waits(high, interval_s, version), Waits(low, interval_s, version)
    assert better.lost.max_s <= worse.lost.max_s
    assert better.stopped.max_s <= worse.stopped.max_s
    assert 0 < better.stopped.min_s <= better.lost.min_s < better.lost.max_s
    assert better.begun.max_s == better.lost.max_s


def test_a_check_is_asked_once_an_interval_whatever_it_said() -> None:
    assert check_bounds(2, 2.0, 0.2) == Bounds(2.0, 4.2)
    assert check_bounds(1, 1.0, 0.0) == Bounds(0.0, 1.0)


def test_bounds_admit_what_may_be_within() -> None:
    bounds = Bounds(2.61, 3.61)
    assert bounds.admits(3.0, 3.005)
    assert bounds.admits(2.0, 2.62)
    assert not bounds.admits(2.0, 2.5)
    assert bounds.admits(2.0, 2.5, slack_s=0.2)
    assert not bounds.admits(3.7, 3.8)


def moment(version: str, scenario: str, host: str, words: str, since: float = 0.0) -> float:
    """Epoch seconds of the first line with ``words`` at or after ``since``."""
    text = (CAPTURES / f"keepalived-{version}" / scenario / f"{host}.log").read_text()
    for line in text.splitlines():
        at = datetime.fromisoformat(line.split()[0]).timestamp()
        if at >= since and re.search(words, line):
            return at
    raise AssertionError(f"no line with {words!r}")


NEW = ("2.2.7", "2.4.3")


@pytest.mark.parametrize("version", [*NEW, "1.3.5"])
def test_captured_a_stop_costs_the_skew(version: str) -> None:
    stopped = moment(version, "healthy", "lb01", "Stopping")
    taken = moment(version, "healthy", "lb02", "Entering MASTER", stopped)
    expected = Waits(100, old=version == "1.3.5").stopped
    assert expected.admits(taken - stopped, taken - stopped, LATE_S)


@pytest.mark.parametrize("version", NEW)
def test_captured_a_weight_costs_a_master_down_and_the_return_too(version: str) -> None:
    for owner, taker, words, priority in (
        ("lb01", "lb02", "priority from 150 to 90", 100),
        ("lb01", "lb01", "priority from 90 to 150", 150),
    ):
        weighed = moment(version, "healthy", owner, words)
        taken = moment(version, "healthy", taker, "Entering MASTER", weighed)
        assert Waits(priority).lost.admits(taken - weighed, taken - weighed, LATE_S)


@pytest.mark.parametrize("version", [*NEW, "1.3.5"])
def test_captured_the_check_is_asked_every_two_seconds(version: str) -> None:
    words = "returning 1" if version != "1.3.5" else "exited with status 1"
    first = moment(version, "healthy", "lb01", words)
    failed = moment(version, "healthy", "lb01", r"\(check_web\) failed")
    assert failed - first == pytest.approx(2.0, abs=LATE_S)
    assert check_bounds(2, 2.0, 0.2).admits(failed - first, failed - first, LATE_S)


def test_captured_before_2_0_a_weight_costs_two_adverts_without_an_owner() -> None:
    for yields, takes in (("lb01", "lb02"), ("lb02", "lb01")):
        since = moment("1.3.5", "healthy", yields, "with higher priority")
        gone = moment("1.3.5", "healthy", yields, "removing protocol VIPs", since)
        taken = moment("1.3.5", "healthy", takes, "Entering MASTER", gone)
        assert taken - gone == pytest.approx(2.0, abs=LATE_S)


@pytest.mark.parametrize("version", NEW)
def test_captured_a_start_waits_a_whole_master_down(version: str) -> None:
    began = moment(version, "healthy", "lb01", "Starting VRRP child")
    taken = moment(version, "healthy", "lb01", "Entering MASTER")
    # 2.4.3's first lines were stamped together, when its buffer was read.
    assert Waits(150).begun.admits(taken - began, taken - began, 0.15)


def test_captured_a_link_that_comes_back_waits_a_whole_master_down() -> None:
    back = moment("2.2.7", "interface_down", "lb01", "Netlink reports eth0 up")
    taken = moment("2.2.7", "interface_down", "lb01", "Entering MASTER", back)
    assert Waits(150).begun.admits(taken - back, taken - back, LATE_S)
