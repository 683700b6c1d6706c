"""Series of probe answers: what is made of them contains the truth, and says when it cannot."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from haconsole.domain.outage import MAX_WIDTH_S, measure
from haconsole.domain.outage_series import (
    Failure,
    Injection,
    OwnerEvent,
    Sample,
    owned,
    owners_at,
)

INTERVAL_S = 0.002


@dataclass(frozen=True)
class Truth:
    """A service that is away for some whiles, and a probe with its own troubles."""

    away: tuple[tuple[float, float], ...]
    there_s: float = 0.0002
    back_s: float = 0.0002
    interval_s: float = INTERVAL_S
    phase_s: float = 0.0
    until_s: float = 2.0
    #: (when, how long): the probe does nothing.
    stalls: tuple[tuple[float, float], ...] = ()
    timeout_s: float = 0.5
    tells_connected: bool = True

    def down(self, at: float) -> bool:
        return any(begin <= at < end for begin, end in self.away)

    def lost(self, sent: float) -> tuple[bool, bool]:
        """Whether a request fails, and whether it had a connection."""
        asked, answered = sent + self.there_s, sent + self.there_s + 0.0001
        if self.down(asked):
            return True, False
        return self.down(answered), True

    def samples(self) -> list[Sample]:
        rows = []
        count = int(self.until_s / self.interval_s)
        for number in range(count):
            due = self.phase_s + number * self.interval_s
            sent = due
            for begin, length in self.stalls:
                if begin <= due < begin + length:
                    sent = begin + length + (due - begin) * 1e-6
            failed, connected = self.lost(sent)
            rows.append(
                Sample(
                    sent_at=sent,
                    answered_at=sent + (self.timeout_s if failed else self.there_s + self.back_s),
                    failure=Failure.TIMEOUT if failed else None,
                    backend="web01" if number % 2 else "web02",
                    due_at=due,
                    connected=connected if self.tells_connected else None,
                )
            )
        return rows


@st.composite
def truths(draw: st.DrawFn) -> Truth:
    begin = draw(st.floats(0.2, 0.8))
    return Truth(
        away=((begin, begin + draw(st.floats(0.0, 0.9))),),
        there_s=draw(st.floats(0.0, 0.02)),
        back_s=draw(st.floats(0.0, 0.02)),
        interval_s=draw(st.sampled_from([0.001, 0.002, 0.0025, 0.01])),
        phase_s=draw(st.floats(0.0, 0.01)),
        stalls=tuple(
            draw(st.lists(st.tuples(st.floats(0.1, 1.8), st.floats(0.0005, 0.07)), max_size=2))
        ),
        tells_connected=draw(st.booleans()),
    )


@settings(max_examples=200, deadline=None)
@given(truths())
def test_the_bracket_contains_the_truth_and_is_as_wide_as_the_rhythm(truth: Truth) -> None:
    got = measure(truth.samples())
    ((begin, end),) = truth.away
    length = end - begin
    if not got.outages:
        # Shorter than the largest gap between two requests: nobody saw it.
        assert length <= truth.interval_s + got.lag_s + 1e-9
        assert got.upper_s == got.longest_gap_s == got.blind_s
        return
    (outage,) = got.outages
    assert outage.lower_s - 1e-9 <= length
    assert outage.upper_s is not None
    # In flight back, an answer is lost by an outage shorter than any gap; the bracket holds it.
    assert length <= outage.upper_s + 1e-9
    assert outage.width_s is not None
    flight = truth.there_s + truth.back_s
    assert outage.width_s <= 2 * (truth.interval_s + got.lag_s) + flight + 1e-6
    if not truth.stalls:
        assert got.lag_s < 1e-6
        assert not got.void
    if not got.void and outage.failed[Failure.TIMEOUT]:
        assert outage.width_s <= max(MAX_WIDTH_S, 1.1 * (2 * truth.interval_s + flight)) + 1e-6


@settings(max_examples=50, deadline=None)
@given(truths())
def test_one_that_tells_whether_it_was_connected_is_exact_however_far_away(truth: Truth) -> None:
    begin, end = truth.away[0]
    assume(end - begin > 4 * truth.interval_s)
    far = replace(truth, there_s=0.03, back_s=0.03, stalls=(), tells_connected=True)
    (outage,) = measure(far.samples()).outages
    assert outage.width_s is not None
    assert outage.width_s <= 3 * far.interval_s + 1e-6
    assert outage.contains(end - begin)


def test_two_intervals_wide_at_500_a_second() -> None:
    got = measure(Truth(away=((0.5, 1.11),)).samples())
    (outage,) = got.outages
    assert outage.lower_s <= 0.61 <= (outage.upper_s or 0)
    assert outage.width_s == pytest.approx(0.004, abs=0.0005)
    assert not got.void
    assert got.sent == 1000
    assert got.failed[Failure.TIMEOUT] == outage.sent == pytest.approx(305, abs=1)
    assert got.interval_s == pytest.approx(INTERVAL_S)
    assert got.longest_gap_s == outage.upper_s


def test_no_outage_at_all() -> None:
    got = measure(Truth(away=()).samples(), fault=Injection(1.0, 1.01))
    assert got.outages == ()
    assert (got.worst, got.lower_s, got.void) == (None, 0.0, ())
    assert got.upper_s == pytest.approx(INTERVAL_S)
    assert sum(got.hits.before.values()) == 500
    assert sum(got.hits.after.values()) == pytest.approx(499, abs=1)


def test_several_outages_stay_several_and_a_flapping_one_is_one() -> None:
    got = measure(Truth(away=((0.3, 0.4), (0.9, 1.5))).samples())
    assert [round(one.lower_s, 1) for one in got.outages] == [0.1, 0.6]
    assert got.worst is got.outages[1]
    flapping = measure(Truth(away=((0.3, 0.4), (0.45, 0.5), (0.52, 0.6))).samples())
    (one,) = flapping.outages
    assert one.contains(0.3)
    assert one.sent > one.failed[Failure.TIMEOUT]


def test_a_stall_at_an_edge_is_void_and_one_elsewhere_is_not() -> None:
    edge = measure(Truth(away=((0.5, 1.0),), stalls=((0.49, 0.066),)).samples())
    assert edge.lag_s == pytest.approx(0.066, abs=0.003)
    assert "66" in str(edge.void[0])
    assert edge.worst is not None
    assert edge.worst.contains(0.5)
    aside = measure(Truth(away=((0.5, 1.0),), stalls=((1.5, 0.066),)).samples())
    assert not aside.void
    assert aside.lag_s == pytest.approx(0.066, abs=0.003)


def test_a_stall_without_an_outage_could_hide_one() -> None:
    got = measure(Truth(away=((0.51, 0.54),), stalls=((0.5, 0.066),)).samples())
    assert got.outages == ()
    assert "could have gone unseen" in str(got.void[0])
    assert got.upper_s == pytest.approx(0.068, abs=0.003)


def test_a_stall_while_nothing_changes_hides_nothing() -> None:
    rows = Truth(away=(), stalls=((1.5, 0.066),)).samples()
    fault = Injection(0.5, 0.51)
    got = measure(rows, fault=fault)
    assert not got.void
    assert got.upper_s == pytest.approx(INTERVAL_S)
    assert got.longest_gap_s == pytest.approx(0.068, abs=0.003)
    taken = OwnerEvent(1.4, "lb02", owns=True)
    assert "asked nothing for" in str(measure(rows, fault=fault, events=[taken]).void[0])
    assert measure(rows).void


@pytest.mark.parametrize(
    ("away", "said"),
    [(((-1.0, 0.5),), "begin was not seen"), (((1.5, 9.0),), "end was not seen")],
)
def test_a_series_that_begins_or_ends_inside_is_void(
    away: tuple[tuple[float, float], ...], said: str
) -> None:
    got = measure(Truth(away=away).samples())
    assert said in str(got.void[0])
    assert got.upper_s is None
    assert got.lower_s > 0.4


def test_an_empty_series_is_void() -> None:
    got = measure([])
    assert (got.sent, got.outages, got.lower_s) == (0, (), 0.0)
    assert "nothing to judge" in str(got.void[0])


def test_kinds_are_told_apart_and_a_late_answer_is_a_failure() -> None:
    kinds = [Failure.REFUSED, Failure.UNREACHABLE, Failure.RESET, Failure.STATUS]
    rows = [Sample(i * 0.002, i * 0.002 + 0.001) for i in range(100)]
    rows[50:54] = [replace(rows[50 + i], failure=kind) for i, kind in enumerate(kinds)]
    rows[54] = replace(rows[54], answered_at=rows[54].sent_at + 1.01)
    rows[55] = replace(rows[55], answered_at=None)
    got = measure(rows)
    assert dict(got.failed) == dict.fromkeys([*kinds, Failure.SLOW, Failure.TIMEOUT], 1)
    (outage,) = got.outages
    assert (outage.sent, outage.first_unheard_at) == (6, rows[50].sent_at)


def test_hits_before_during_and_after_name_their_backends() -> None:
    rows = Truth(away=((0.5, 1.0),)).samples()
    rows = [replace(row, backend="web01") if row.sent_at > 0.99 else row for row in rows]
    got = measure(rows, fault=Injection(0.4, 0.41))
    assert dict(got.hits.before) == {"web01": 100, "web02": 100}
    assert dict(got.hits.during) == pytest.approx({"web01": 25, "web02": 25}, abs=1)
    assert set(got.hits.after) == {"web01"}


def test_who_owned_it_when() -> None:
    events = (
        OwnerEvent(10.0, "lb01", owns=False, error_s=0.001),
        OwnerEvent(10.61, "lb02", owns=True, error_s=0.002),
        OwnerEvent(15.0, "lb01", owns=True, error_s=0.001),
        OwnerEvent(15.25, "lb02", owns=False, error_s=0.002),
    )
    got = owned(events, ["lb01"], 0.0, 20.0)
    assert (got.two_s, got.none_s, got.error_s) == pytest.approx((0.25, 0.61, 0.004))
    assert owned(events, ["lb01"], 10.1, 10.2).none_s == pytest.approx(0.1)
    assert owned((), ["lb01", "lb02"], 0.0, 3.0).two_s == 3.0
    assert owners_at(events, ["lb01"], 9.0) == {"lb01"}
    assert owners_at(events, ["lb01"], 10.3) == frozenset()
    assert owners_at(events, ["lb01"], 15.1) == {"lb01", "lb02"}


def test_the_time_to_detect_knows_when_the_fault_was_made_and_how_the_clocks_differ() -> None:
    truth = Truth(away=((0.5, 1.11),))
    events = (
        OwnerEvent(0.5, "lb01", owns=False),
        OwnerEvent(1.11, "lb02", owns=True, error_s=0.003),
        OwnerEvent(1.9, "lb01", owns=True),
    )
    got = measure(truth.samples(), events=events, initial=["lb01"], fault=Injection(0.48, 0.499))
    assert got.detect_s is not None
    assert got.detect_s == pytest.approx((0.608, 0.633))
    assert got.first_node == "lb02"
    assert got.owned.none_s == pytest.approx(0.61)
    assert measure(truth.samples(), events=events, initial=["lb01"]).detect_s is None
    nobody = measure(truth.samples(), initial=["lb01"], fault=Injection(0.48, 0.49))
    assert nobody.detect_s is None
