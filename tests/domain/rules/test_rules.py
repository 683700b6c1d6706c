"""Every cause is found where it is, alone, and nowhere else; two at a time are both found."""

from __future__ import annotations

from itertools import combinations

import pytest

from haconsole.domain.rules.diagnosis import diagnose
from haconsole.domain.rules.finding import Diagnosis
from haconsole.domain.rules.pieces import Drift
from haconsole.domain.rules.registry import BY_CAUSE, RULES
from haconsole.domain.verdict import Level

from .cases import NOT_RUNNING, daemon, healthy, instance, more_log, on
from .faults import FAULTS
from .misses import NEAR_MISSES


def causes(diagnosis: Diagnosis) -> list[str]:
    return [one.cause for one in diagnosis.findings]


def test_every_cause_has_its_fault() -> None:
    assert set(FAULTS) == set(BY_CAUSE)
    assert len(BY_CAUSE) == len(RULES)


@pytest.mark.parametrize("cause", FAULTS)
def test_a_cause_is_found_and_nothing_beside_it(cause: str) -> None:
    found = diagnose(FAULTS[cause](healthy()))
    assert causes(found) == [cause], [(one.cause, by) for one, by in found.explained]
    (finding,) = found.findings
    assert finding.evidence
    bad = {Level.UNKNOWN} if cause == "jump-lost" else {Level.WARNING, Level.CRITICAL}
    assert found.level in bad
    for text in (finding.title, finding.impact, finding.fix.note, *finding.ruled_out):
        assert str(text) and "{" not in str(text)
    for evidence in finding.evidence:
        assert str(evidence.note) and evidence.command


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_nothing_is_made_up(name: str) -> None:
    found = diagnose(NEAR_MISSES[name](healthy()))
    assert causes(found) == []


#: Faults that can be at the same time without one hiding what shows the other.
_ALONGSIDE = (
    ("auth-mismatch", "backend-dead"),
    ("auth-mismatch", "disk-full"),
    ("vrid-mismatch", "backend-errors"),
    ("firewall-blocks-vrrp", "backend-dead"),
    ("advert-int-mismatch", "clocks-apart"),
    ("nginx-config-broken", "firewall-not-permanent"),
    ("keepalived-stopped", "backend-dead"),
    ("ghost-vip", "clocks-apart"),
    ("keepalived-frozen", "upstreams-differ"),
    ("link-down", "backend-dead"),
    ("vip-missing", "drift"),
)


@pytest.mark.parametrize(("one", "other"), _ALONGSIDE)
def test_two_at_a_time_are_both_found(one: str, other: str) -> None:
    for first, second in ((one, other), (other, one)):
        found = diagnose(FAULTS[second](FAULTS[first](healthy())))
        assert set(causes(found)) == {one, other}


#: Faults that touch different pieces of the case, so that any two of them add up.
_APART = (
    "firewall-not-permanent", "two-daemons", "not-enabled", "backend-dead", "upstreams-differ",
    "check-loops", "stale-arp", "drift", "clocks-apart", "disk-full", "vrid-taken", "host-starved",
)  # fmt: skip


@pytest.mark.parametrize(("one", "other"), combinations(_APART, 2))
def test_any_two_that_do_not_touch_add_up(one: str, other: str) -> None:
    found = diagnose(FAULTS[other](FAULTS[one](healthy())))
    explained = {symptom.cause for symptom, _ in found.explained}
    assert set(causes(found)) | explained == {one, other}
    assert not explained or explained == {"stale-arp"}


def test_mismatches_add_up_on_one_file() -> None:
    case = FAULTS["firewall-blocks-vrrp"](FAULTS["auth-mismatch"](healthy()))
    assert set(causes(diagnose(case))) == {"auth-mismatch", "firewall-blocks-vrrp"}


def test_nothing_explains_what_explains_it() -> None:
    for rule in RULES:
        assert rule.cause not in rule.explains
        for symptom in rule.explains:
            assert symptom in BY_CAUSE, f"{rule.cause} explains {symptom}, which nobody finds"
            assert rule.cause not in BY_CAUSE[symptom].explains, (rule.cause, symptom)


def test_a_check_that_is_late_again_and_again_is_found_between_the_times_too() -> None:
    late = more_log(
        "lb01",
        (130.0, "VRRP_Script(nginx) timed out"),
        (125.0, "VRRP_Script(nginx) succeeded"),
        (50.0, "VRRP_Script(nginx) timed out"),
        (45.0, "VRRP_Script(nginx) succeeded"),
    )
    assert causes(diagnose(late(healthy()))) == ["check-overruns"]


def test_one_file_is_named_and_several_are_counted() -> None:
    one, other = Drift("/etc/keepalived/keepalived.conf"), Drift("/etc/nginx/nginx.conf")
    (found,) = diagnose(on("lb01", drift=(one,))(healthy())).findings
    assert str(found.title) == (
        "/etc/keepalived/keepalived.conf on lb01 is not as this tool left it"
    )
    (found,) = diagnose(on("lb01", drift=(one, other))(healthy())).findings
    assert str(found.title) == "2 files on lb01 are not as this tool left them"


def test_a_ghost_that_a_crash_has_left_tells_of_both() -> None:
    (found,) = diagnose(FAULTS["ghost-vip"](healthy())).findings
    assert "has died and left" in str(found.title)
    shown = " ".join(str(one.note) for one in found.evidence)
    assert "lb01 holds 10.0.0.100" in shown
    assert "keepalived.service is failed (result signal" in shown
    orderly = on("lb01", units=NOT_RUNNING)(FAULTS["ghost-vip"](healthy()))
    (found,) = diagnose(orderly).findings
    assert "although no keepalived runs there" in str(found.title)


def test_worst_comes_first() -> None:
    case = FAULTS["clocks-apart"](FAULTS["ghost-vip"](healthy()))
    assert causes(diagnose(case)) == ["ghost-vip", "clocks-apart"]


def test_a_cause_is_as_bad_as_what_it_makes() -> None:
    alone = diagnose(FAULTS["keepalived-stopped"](healthy()))
    assert alone.level is Level.WARNING
    nobody = on("lb02", daemon=daemon("lb02", instance("lb02")), addresses=())
    found = diagnose(nobody(FAULTS["keepalived-stopped"](healthy())))
    assert causes(found) == ["keepalived-stopped"]
    assert [one.cause for one, _ in found.explained] == ["no-owner"]
    assert found.level is Level.CRITICAL
    assert "reach nobody" in str(found.findings[0].impact)


def test_causes_are_words_of_the_command_line() -> None:
    for rule in RULES:
        assert rule.cause == rule.cause.lower().strip("-")
        assert set(rule.cause) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert str(rule.about).endswith(".")
