"""Detectors as evidence: of what they saw, and of nothing else."""

from __future__ import annotations

from dataclasses import replace

from haconsole.domain.rules.diagnosis import diagnose
from haconsole.domain.rules.finding import Finding
from haconsole.domain.rules.pieces import Detected

from .cases import MAC, SPLIT, VIP, Change, both, healthy, on

BOTH = ((MAC["lb01"], "lb01"), (MAC["lb02"], "lb02"))
TWO = Detected(VIP, "two-owners", BOTH)
#: Nobody knows why.
UNKNOWN_CAUSE = both(SPLIT, on("lb01", firewall=None), on("lb02", conf=None))


def first(*changes: Change) -> Finding:
    return diagnose(both(*changes)(healthy())).findings[0]


def shown(one: Finding) -> dict[str | None, str]:
    return {e.node: str(e.note) for e in one.evidence if "detector" in str(e.note)}


def test_both_sides_and_the_third_host_are_told_each_by_itself() -> None:
    seen = [on(lb, detected=(TWO,)) for lb in ("lb01", "lb02")]
    third = on("web01", detected=(replace(TWO, third=True),))
    plain = first(UNKNOWN_CAUSE)
    one = first(UNKNOWN_CAUSE, *seen, third)
    assert one.cause == plain.cause == "split-brain"
    assert sorted(map(str, shown(one))) == ["lb01", "lb02", "web01"]
    assert f"{MAC['lb01']} (lb01) and {MAC['lb02']} (lb02)" in shown(one)["web01"]
    # A third host that heard both makes it surer; one of those who disagree does not.
    assert first(UNKNOWN_CAUSE, *seen).confidence == plain.confidence
    assert one.confidence > plain.confidence


def test_what_explains_a_split_brain_is_witnessed_too() -> None:
    one = first(
        SPLIT, on("web01", detected=(replace(TWO, third=True),))
    )  # fmt: skip
    assert list(shown(one)) == ["web01"]


def test_a_detector_is_no_witness_of_another_thing_or_another_address() -> None:
    other = replace(TWO, vip="10.0.0.200")
    well = Detected(VIP, "one-owner", BOTH[:1])
    nobody = Detected(VIP, "no-owner")
    for said in (other, well, nobody):
        assert shown(first(UNKNOWN_CAUSE, on("web01", detected=(said,)))) == {}


def test_a_detector_alone_makes_no_finding() -> None:
    assert diagnose(on("web01", detected=(TWO,))(healthy())).findings == ()
