"""From samples, kernels' words and stamps to what a drill showed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from haconsole.domain.drill_verdict import Kind, judge
from haconsole.domain.outage_series import Failure, Injection, OwnerEvent, Sample
from haconsole.domain.vrrp_prediction import Prediction, Scenario
from haconsole.procedures.drill.evidence import Material, shifted, understand
from tests.procedures.drill.session.grounds import found

INTERVAL_S = 0.002
LB01_GOES, LB02_TAKES = 10.0, 10.62
UNDONE, LB01_TAKES = 14.0, 17.5


def series(until: float, holes: Sequence[tuple[float, float]]) -> list[Sample]:
    """Return a probe's samples from 8 s on; what is sent in a hole is refused."""
    rows = []
    for index in range(int((until - 8.0) / INTERVAL_S)):
        at = 8.0 + index * INTERVAL_S
        failed = any(begin <= at < end for begin, end in holes)
        rows.append(Sample(at, at + 0.001, Failure.REFUSED if failed else None, due_at=at))
    return rows


def stop(holes: Sequence[tuple[float, float]] = ((LB01_GOES, LB02_TAKES),)) -> Material:
    return Material(
        samples=series(20.0, holes),
        events=(
            OwnerEvent(LB01_GOES, "lb01", owns=False),
            OwnerEvent(LB02_TAKES, "lb02", owns=True),
            OwnerEvent(LB01_TAKES, "lb01", owns=True),
            OwnerEvent(LB01_TAKES + 0.001, "lb02", owns=False),
        ),
        initial=("lb01",),
        since=9.0,
        broken=Injection(9.99, 10.001),
        undone=Injection(UNDONE, UNDONE + 0.1),
        last_undone=Injection(UNDONE, UNDONE + 0.1),
        owners=("lb01",),
    )


def foreseen(scenario: Scenario = Scenario.STOP, **texts: str) -> Prediction:
    prediction = found(scenario, texts=texts).prediction
    assert prediction is not None
    return prediction


def test_a_takeover_and_its_way_back_are_two_measurements() -> None:
    seen = understand(foreseen(), stop())
    assert seen.measurement is not None
    assert seen.back is not None
    assert seen.measurement.lower_s <= 0.62 <= (seen.measurement.upper_s or 0)
    assert (seen.taken_by, seen.lasted, seen.back.worst) == ("lb02", False, None)
    assert seen.returned_s is not None
    assert seen.returned_s[0] <= LB01_TAKES - UNDONE <= seen.returned_s[1]
    assert judge(foreseen(), seen).kind is Kind.AS_PREDICTED


def test_an_outage_until_the_undoing_is_not_cut_in_two() -> None:
    quiet = replace(stop([(10.0, 14.05)]), events=(), owners=("lb01",))
    seen = understand(foreseen(Scenario.NGINX_STOP), quiet)
    assert seen.lasted
    assert seen.measurement is not None
    assert seen.measurement.lower_s <= 4.05 <= (seen.measurement.upper_s or 0)
    assert not seen.measurement.void
    assert seen.back is not None
    assert seen.back.worst is None
    assert seen.taken_by is None


def test_another_outage_that_goes_on_until_the_undoing_is_not_the_faults() -> None:
    seen = understand(foreseen(), stop([(LB01_GOES, LB02_TAKES), (13.2, 14.4)]))
    assert not seen.lasted
    assert seen.measurement is not None
    assert [round(one.lower_s, 1) for one in seen.measurement.outages] == [0.6, 1.2]
    assert judge(foreseen(), seen).kind is Kind.DIFFERENT


def test_what_fails_after_the_undoing_is_the_way_backs() -> None:
    seen = understand(foreseen(), stop([(LB01_GOES, LB02_TAKES), (17.5, 18.6)]))
    assert seen.measurement is not None
    assert seen.back is not None
    assert len(seen.measurement.outages) == 1
    assert seen.back.lower_s <= 1.1 <= (seen.back.upper_s or 0)
    assert judge(foreseen(), seen).kind is Kind.DIFFERENT


def test_what_failed_before_the_baseline_is_nobodys() -> None:
    seen = understand(foreseen(), stop([(8.0, 8.5), (LB01_GOES, LB02_TAKES)]))
    assert seen.measurement is not None
    assert len(seen.measurement.outages) == 1


def test_without_a_fault_there_is_nothing_to_judge() -> None:
    seen = understand(foreseen(), replace(stop(), broken=None, undone=None))
    assert not seen.broken
    assert judge(foreseen(), seen).kind is Kind.ABORTED


def test_a_node_that_undoes_it_while_the_console_is_away_leaves_the_series_whole() -> None:
    seen = understand(foreseen(), replace(stop(), undone=None, last_undone=None))
    assert seen.measurement is not None
    assert seen.back is None
    assert seen.returned_s is None


def test_a_bracket_that_is_too_wide_for_its_rhythm_is_void() -> None:
    rows = [one for one in stop().samples if not 10.61 < one.sent_at < 10.65]
    seen = understand(foreseen(), replace(stop(), samples=rows))
    assert seen.measurement is not None
    assert seen.measurement.void
    assert judge(foreseen(), seen).kind is Kind.VOID


def test_samples_of_another_clock_are_brought_to_ours() -> None:
    there = [replace(one, sent_at=one.sent_at + 100, due_at=None) for one in stop().samples]
    here = shifted(there, 100.0)
    assert abs(here[0].sent_at - 8.0) < 1e-6
    assert len(here) == len(there)
