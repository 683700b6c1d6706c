"""How long a fault is kept: until all was seen, and never for nothing."""

from __future__ import annotations

import pytest

from haconsole.domain.vrrp_prediction import Scenario
from haconsole.procedures.drill.patience import Patience

from .grounds import conf, found


def patience(scenario: Scenario, **texts: str) -> Patience:
    case = found(scenario, texts=texts)
    assert case.prediction is not None
    return Patience(case.situation, case.prediction, case.ask)


def test_a_takeover_is_watched_for_a_while_and_clients_must_be_served() -> None:
    crash = patience(Scenario.CRASH)
    assert not crash.over(elapsed_s=3.0, taken_s=None, served=True)
    assert not crash.over(elapsed_s=3.2, taken_s=0.2, served=True)
    assert crash.over(elapsed_s=5.0, taken_s=2.0, served=True)
    assert not crash.over(elapsed_s=5.0, taken_s=2.0, served=False)


def over_at(case: Patience, taken_s: float) -> bool:
    return case.over(elapsed_s=3.0 + taken_s, taken_s=taken_s, served=True)


def test_the_way_back_does_not_fall_onto_the_takers_second_arps() -> None:
    crash = patience(Scenario.CRASH)
    assert crash.prediction.failback is not None
    assert round(crash.prediction.failback.min_s, 2) == 3.41
    assert crash.ask.keep_s == 1.5
    # Back 3.41 to 3.91 s later, and lb02 repeats its ARPs 5 s after it took over.
    assert [over_at(crash, s) for s in (1.4, 1.5, 1.6, 1.9)] == [False] * 4
    assert [over_at(crash, s) for s in (2.0, 2.5, 6.0)] == [True] * 3


@pytest.mark.parametrize(("said", "kept_s"), [("0", 1.5), ("7", 1.5), ("5", 2.0), ("1", 1.5)])
def test_when_that_is_stands_in_the_takers_file(said: str, kept_s: float) -> None:
    crash = patience(Scenario.CRASH, lb02=conf("lb02", 100, more=f"garp_master_delay {said}"))
    times = [round(1.0 + n / 10, 1) for n in range(60)]
    assert next(s for s in times if over_at(crash, s)) == pytest.approx(kept_s, abs=0.11)


def test_a_takeover_that_does_not_come_is_not_waited_for_for_ever() -> None:
    crash = patience(Scenario.CRASH)
    assert crash.over(elapsed_s=crash.hopeless_s, taken_s=None, served=True)
    assert crash.hopeless_s > 2 * 3.61


def test_where_nobody_takes_over_it_takes_as_long_as_to_know_that() -> None:
    texts = {name: conf(name, 100 + 50 * i, track="") for i, name in enumerate(("lb02", "lb01"))}
    nobody = patience(Scenario.NGINX_STOP, **texts)
    assert nobody.prediction.outage is None
    assert not nobody.over(elapsed_s=3.5, taken_s=None, served=False)
    assert nobody.over(elapsed_s=nobody.nobody_s, taken_s=None, served=False)
    assert nobody.nobody_s > 3.61


def test_the_pair_is_settled_when_those_own_it_that_should() -> None:
    stop = patience(Scenario.STOP)
    assert stop.settled(["lb01"])
    assert not stop.settled(["lb02"])
    assert not stop.settled(["lb01", "lb02"])
