"""Pairs that real daemons ran: what became of them is what their files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from haconsole.domain.lint.findings import Level
from haconsole.domain.lint.lint import Report, lint
from haconsole.parsers.keepalived_version import parse_version
from tests.lint.bases import HOSTS, source

CAPTURES = Path(__file__).parents[1] / "data" / "captures"
#: What was wrong with a pair, and how it is called. An interface that is not there is no file's.
CAUSES = {
    "advert_int_mismatch": "pair-advert",
    "auth_mismatch": "pair-auth",
    "equal_priority": "same-priority",
    "vip_list_mismatch": "pair-vips",
    "vrid_mismatch": "pair-vrid",
    "crash_leaves_vip": None,
    "firewall_split": None,
    "healthy": None,
}
#: Two of these daemons did not take each other's adverts (a VIP list since 2.3.3 is taken).
DEAF = {"advert_int_mismatch", "auth_mismatch", "vrid_mismatch"}


def judged(version: str, scenario: str) -> Report:
    folder = CAPTURES / f"keepalived-{version}" / scenario
    daemon = parse_version(version)
    return lint(
        [source((folder / f"{host}.conf").read_text(), host, str(daemon)) for host in HOSTS]
    )


@pytest.mark.parametrize("version", ["1.3.5", "2.4.3"])
@pytest.mark.parametrize("scenario", CAUSES)
def test_a_pair_that_ran(version: str, scenario: str) -> None:
    report = judged(version, scenario)
    between = {
        one.rule
        for one in report.findings
        if one.rule.startswith(("pair-", "same-", "no-failover"))
    }
    assert between == {CAUSES[scenario]} - {None}
    errors = {one.rule for one in report.findings if one.level is Level.ERROR}
    assert errors == {rule for rule in between if rule.startswith("pair-")}
    deaf = "do not take each other's adverts" in str(report.answers[0].note)
    assert deaf == (scenario in DEAF or (scenario == "vip_list_mismatch" and version == "1.3.5"))


@pytest.mark.parametrize("version", ["1.3.5", "2.4.3"])
@pytest.mark.parametrize("scenario", sorted({*DEAF, "vip_list_mismatch"}))
def test_who_owns_when_they_are_deaf(version: str, scenario: str) -> None:
    answer = judged(version, scenario).answers[0]
    data = (CAPTURES / f"keepalived-{version}" / scenario / "lb02.t.data").read_text()
    both = "State = MASTER" in data
    assert ("both own" in str(answer.note)) == both


@pytest.mark.parametrize(("version", "bounds"), [("1.3.5", (4.0, 8.2)), ("2.4.3", (4.61, 7.81))])
def test_a_dead_nginx(version: str, bounds: tuple[float, float]) -> None:
    (dead,) = [one for one in judged(version, "healthy").answers if one.scenario == "nginx-stop"]
    assert dead.takes_over == "lb02"
    assert dead.takeover_s == pytest.approx(bounds, abs=0.01)
