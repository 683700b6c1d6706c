"""The verdict on a drill, by table: what was predicted, what was seen, what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from haconsole.domain.drill_verdict import Kind, Seen, end_owner, judge
from haconsole.domain.notes import note
from haconsole.domain.outage import Measurement, Outage
from haconsole.domain.outage_series import Failure, Owned
from haconsole.domain.vrrp_prediction import Prediction, Scenario
from haconsole.domain.vrrp_terms import NO_TIME, span


def measured(
    lower_s: float = 0.0,
    *,
    detect_s: tuple[float, float] | None = None,
    two_s: float = 0.0,
    void: str = "",
    blind_s: float = 0.003,
) -> Measurement:
    """A measurement whose only outage is 4 ms wide; without one for 0 seconds."""
    outages: tuple[Outage, ...] = ()
    failed: Mapping[Failure, int] = {}
    if lower_s:
        failed = {Failure.TIMEOUT: 9}
        outages = (Outage(100.0, 100.0 + lower_s, 99.998, 100.002 + lower_s, 9, failed),)
    why = (note("{why}", why=void),) if void else ()
    return Measurement(
        outages,
        3000,
        failed,
        0.002,
        0.001,
        0.003,
        blind_s=blind_s,
        owned=Owned(two_s=two_s),
        detect_s=detect_s,
        void=why,
    )


STOP = Prediction(
    scenario=Scenario.STOP,
    target="lb01",
    owner="lb01",
    takes_over="lb02",
    takeover=span(note("skew"), 0.61),
    outage=span(note("skew"), 0.61, 0.71),
    fails_back=True,
    failback=span(note("down"), 3.41, 3.91),
    failback_outage=span(note("handover"), 0.0, 0.1),
)
AS_STOP = Seen(
    measurement=measured(0.62, detect_s=(0.60, 0.63)),
    back=measured(),
    taken_by="lb02",
    returned_s=(3.5, 3.6),
    end_owners=("lb01",),
)
FREEZE = replace(
    STOP,
    scenario=Scenario.FREEZE,
    takeover=span(note("down"), 2.61, 3.61),
    outage=span(note("handover"), 0.0, 0.1),
    two_owners=True,
    failback=span(note("advert"), 0.0, 1.0),
)
AS_FREEZE = replace(
    AS_STOP, measurement=measured(detect_s=(2.9, 2.91), two_s=4.0), returned_s=(0.2, 0.21)
)
NO_CHECK = Prediction(
    scenario=Scenario.NGINX_STOP,
    target="lb01",
    owner="lb01",
    outage=None,
    why_not=(note("lb01 has no check"),),
)
AS_NO_CHECK = Seen(measurement=measured(9.3), lasted=True, end_owners=("lb01",))
BYSTANDER = Prediction(scenario=Scenario.STOP, target="lb02", owner="lb01", outage=NO_TIME)
AS_BYSTANDER = Seen(measurement=measured(), end_owners=("lb01",))

CASES = {
    "as told": (STOP, AS_STOP, Kind.AS_PREDICTED, "lb02 took the VIP after 0.60–0.63 s"),
    "too slow for clients": (
        STOP,
        replace(AS_STOP, measurement=measured(1.3, detect_s=(0.6, 0.63))),
        Kind.DIFFERENT,
        "without an answer for 1.30 s: predicted 0.61–0.71 s",
    ),
    "sooner than it can be": (
        STOP,
        replace(AS_STOP, measurement=measured(0.2, detect_s=(0.6, 0.63))),
        Kind.DIFFERENT,
        "for 0.20 s: predicted",
    ),
    "no outage where there must be one": (
        STOP,
        replace(AS_STOP, measurement=measured(detect_s=(0.6, 0.63))),
        Kind.DIFFERENT,
        "no request failed",
    ),
    "taken late": (
        STOP,
        replace(AS_STOP, measurement=measured(0.62, detect_s=(2.0, 2.1))),
        Kind.DIFFERENT,
        "after 2.00–2.10 s: predicted 0.61 s",
    ),
    "nobody takes it": (
        STOP,
        replace(AS_STOP, taken_by=None, lasted=True, measurement=measured(9.0)),
        Kind.OPPOSITE,
        "nobody took the VIP: predicted was that lb02 does",
    ),
    "another takes it": (
        STOP,
        replace(AS_STOP, taken_by="lb03"),
        Kind.DIFFERENT,
        "lb03 took the VIP: predicted was lb02",
    ),
    "the taker cannot be seen": (
        STOP,
        replace(AS_STOP, taken_by=None, unseen=("lb02",), measurement=measured(0.65)),
        Kind.AS_PREDICTED,
        "could not be seen: it was cut off",
    ),
    "it lasts until undone": (
        STOP,
        replace(AS_STOP, lasted=True, measurement=measured(8.0, detect_s=(0.6, 0.63))),
        Kind.OPPOSITE,
        "until the fault was undone: predicted 0.61–0.71 s",
    ),
    "it stays away": (
        STOP,
        replace(AS_STOP, end_owners=("lb02",)),
        Kind.DIFFERENT,
        "the VIP is on lb02 in the end: predicted was lb01",
    ),
    "it comes back late": (
        STOP,
        replace(AS_STOP, returned_s=(9.0, 9.1)),
        Kind.DIFFERENT,
        "9.00–9.10 s after the fault was undone: predicted 3.41–3.91 s",
    ),
    "the way back costs": (
        STOP,
        replace(AS_STOP, back=measured(1.5)),
        Kind.DIFFERENT,
        "the way back cost clients 1.50 s: predicted 0–0.10 s",
    ),
    "the way back is void": (
        STOP,
        replace(AS_STOP, back=measured(void="late")),
        Kind.AS_PREDICTED,
        "what the way back cost is not known: late",
    ),
    "two owners that were not foreseen": (
        STOP,
        replace(AS_STOP, measurement=measured(0.62, detect_s=(0.6, 0.63), two_s=2.0)),
        Kind.DIFFERENT,
        "two kernels held the VIP for 2.00 s: predicted was one",
    ),
    "frozen": (FREEZE, AS_FREEZE, Kind.AS_PREDICTED, "two kernels held the VIP for 4.00 s, as"),
    "frozen, and the ghost went": (
        FREEZE,
        replace(AS_FREEZE, measurement=measured(detect_s=(2.9, 2.91))),
        Kind.DIFFERENT,
        "never did",
    ),
    "nobody, as foretold": (
        NO_CHECK,
        AS_NO_CHECK,
        Kind.AS_PREDICTED,
        "nobody took the VIP over, as predicted: lb01 has no check",
    ),
    "it fails over all the same": (
        NO_CHECK,
        replace(AS_NO_CHECK, taken_by="lb02", lasted=False, measurement=measured(3.0)),
        Kind.OPPOSITE,
        "lb02 took the VIP: predicted was that nobody does",
    ),
    "it goes on answering all the same": (
        NO_CHECK,
        replace(AS_NO_CHECK, lasted=False, measurement=measured()),
        Kind.OPPOSITE,
        "clients went on being answered",
    ),
    "the other one is hit": (BYSTANDER, AS_BYSTANDER, Kind.AS_PREDICTED, "did not move"),
    "the other one is hit, and it moves": (
        BYSTANDER,
        replace(AS_BYSTANDER, taken_by="lb02"),
        Kind.OPPOSITE,
        "lb02 took the VIP",
    ),
    "the probe was late": (
        STOP,
        replace(AS_STOP, measurement=measured(0.62, void="66 ms late")),
        Kind.VOID,
        "66 ms late",
    ),
    "never broken": (
        STOP,
        Seen(broken=False, early=note("the VIP did not answer")),
        Kind.ABORTED,
        "the VIP did not answer",
    ),
    "undone before anything was seen": (
        FREEZE,
        replace(AS_FREEZE, measurement=measured(), taken_by=None, early=note("you ended it early")),
        Kind.ABORTED,
        "you ended it early",
    ),
    "undone early, and all was seen": (
        STOP,
        replace(AS_STOP, early=note("you ended it early")),
        Kind.AS_PREDICTED,
        "you ended it early",
    ),
}


@pytest.mark.parametrize(("prediction", "seen", "kind", "words"), CASES.values(), ids=CASES)
def test_a_verdict_and_its_reasons(
    prediction: Prediction, seen: Seen, kind: Kind, words: str
) -> None:
    verdict = judge(prediction, seen)
    said = " / ".join(str(one) for one in verdict.reasons)
    assert (verdict.kind, words in said) == (kind, True), said


@pytest.mark.parametrize(("prediction", "seen", "kind", "words"), CASES.values(), ids=CASES)
def test_what_is_left_is_said_and_is_never_good(
    prediction: Prediction, seen: Seen, kind: Kind, words: str
) -> None:
    left = note("a rule is left on lb01")
    verdict = judge(prediction, replace(seen, left=(left,)))
    assert verdict.kind is kind
    assert left in verdict.reasons
    assert not verdict.healthy
    assert not verdict.good


def test_only_what_was_predicted_is_good() -> None:
    good = {name for name, (p, s, _, _) in CASES.items() if judge(p, s).good}
    assert good == {name for name, case in CASES.items() if case[2] is Kind.AS_PREDICTED}


def test_who_owns_it_in_the_end() -> None:
    assert end_owner(STOP) == "lb01"
    assert end_owner(replace(STOP, fails_back=False)) == "lb02"
    assert end_owner(NO_CHECK) == "lb01"


def test_a_reboots_way_back_is_not_timed() -> None:
    late = replace(AS_STOP, returned_s=(31.0, 40.0))
    assert judge(replace(STOP, scenario=Scenario.REBOOT), late).kind is Kind.AS_PREDICTED
