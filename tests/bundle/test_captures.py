"""The captures of real pairs, each diagnosed to its true cause, also with files taken away."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from haconsole.domain.rules.diagnosis import diagnose
from haconsole.domain.rules.finding import Diagnosis
from haconsole.domain.verdict import Level
from haconsole.journal.bundle import read_bundle
from tests.parsers.captured import CAPTURES

VERSIONS = ("1.3.5", "2.2.7", "2.4.3")
#: Scenario → moment → the first cause; ``None``: nothing is wrong.
TRUTH: dict[str, dict[str, str | None]] = {
    "advert_int_mismatch": {"t": "advert-int-mismatch"},
    "auth_mismatch": {"t": "auth-mismatch"},
    "crash_leaves_vip": {"crashed": "ghost-vip"},
    "equal_priority": {"t": "equal-priorities"},
    "firewall_split": {"split": "firewall-blocks-vrrp", "healed": None},
    "healthy": {
        "steady": None,
        "check_failed": "check-failing",
        "lb01_stopped": "keepalived-stopped",
    },
    "vip_list_mismatch": {"t": "vip-list-mismatch"},
    "vrid_mismatch": {"t": "vrid-mismatch"},
    "wrong_interface": {"": "wrong-interface"},
}
KINDS: dict[str, tuple[str, ...]] = {
    "conf": (".conf",),
    "log": (".log",),
    "data": (".data",),
    "stats": (".stats",),
    "json": (".json",),
    "ip": (".ip.json", ".ip.txt"),
}


def diagnoses(folder: Path) -> Mapping[str, Diagnosis]:
    return {shot.name: diagnose(shot.case) for shot in read_bundle(folder)}


def first(diagnosis: Diagnosis) -> str | None:
    return diagnosis.findings[0].cause if diagnosis.findings else None


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("scenario", TRUTH)
def test_every_capture_has_its_true_cause_first(version: str, scenario: str) -> None:
    found = diagnoses(CAPTURES / f"keepalived-{version}" / scenario)
    wanted = TRUTH[scenario]
    if version == "2.2.7" and scenario == "wrong_interface":
        wanted = {"t": wanted[""]}
    assert {name: first(one) for name, one in found.items()} == wanted


def test_a_link_that_is_down_is_named_on_both_ends_of_the_cable() -> None:
    found = diagnoses(CAPTURES / "keepalived-2.2.7" / "interface_down")["down"]
    assert {(one.cause, one.nodes) for one in found.findings} == {
        ("link-down", ("lb01",)),
        ("link-down", ("lb02",)),
    }


def test_a_sync_group_that_ignores_weights_is_said() -> None:
    found = diagnoses(CAPTURES / "keepalived-2.2.7" / "rich_v3")["steady"]
    assert [one.cause for one in found.findings] == ["weight-cannot-fail-over"]
    assert "sync group" in str(found.findings[0].evidence[0].note)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("scenario", TRUTH)
def test_causes_are_told_with_evidence_impact_and_a_fix(version: str, scenario: str) -> None:
    for one in diagnoses(CAPTURES / f"keepalived-{version}" / scenario).values():
        for finding in one.findings:
            assert finding.evidence, finding.cause
            assert str(finding.title) and str(finding.impact) and str(finding.fix.note)
            assert 0 < finding.confidence <= 1
            for shown in finding.evidence:
                assert shown.command, (finding.cause, str(shown.note))


@pytest.mark.parametrize("version", ("1.3.5", "2.4.3"))
@pytest.mark.parametrize("scenario", TRUTH)
@pytest.mark.parametrize("kind", KINDS)
def test_without_a_kind_of_file_the_cause_stands_or_the_loss_is_told(
    version: str, scenario: str, kind: str, tmp_path: Path
) -> None:
    whole = CAPTURES / f"keepalived-{version}" / scenario
    gone = [path for path in whole.iterdir() if _is(path, kind)]
    for path in whole.iterdir():
        if path not in gone:
            shutil.copy(path, tmp_path)
    found = diagnoses(tmp_path)
    wanted = TRUTH[scenario]
    for name, one in found.items():
        truth = wanted[name] if name in wanted else next(iter(wanted.values()))
        if first(one) == truth:
            continue
        # Nothing else may be made up, and what is not known has to be said.
        allowed = {truth, "keepalived-stopped", "split-brain"}
        assert {finding.cause for finding in one.findings} <= allowed, kind
        assert one.missing, kind
        assert kind in ("ip", "log"), f"{kind} alone decides nothing here"


def _is(path: Path, kind: str) -> bool:
    if kind == "json" and path.name.endswith(".ip.json"):
        return False
    return path.name.endswith(KINDS[kind])


def test_moments_come_in_their_order_and_are_judged_by_what_was_then() -> None:
    for version in VERSIONS:
        shots = read_bundle(CAPTURES / f"keepalived-{version}" / "healthy")
        assert [shot.name for shot in shots] == ["steady", "check_failed", "lb01_stopped"]
        times = [shot.case.at for shot in shots]
        assert times == sorted(times)
        for shot in shots:
            for node in shot.case.nodes:
                assert node.log is not None
                assert all(line.at <= shot.case.at for line in node.log.value)


def test_no_password_gets_into_a_diagnosis() -> None:
    for version in VERSIONS:
        for one in diagnoses(CAPTURES / f"keepalived-{version}" / "auth_mismatch").values():
            told = repr(one)
            assert "123456" not in told and "654321" not in told


def test_the_same_files_give_the_same_diagnosis() -> None:
    folder = CAPTURES / "keepalived-2.4.3" / "firewall_split"
    once, again = diagnoses(folder)["split"], diagnoses(folder)["split"]
    assert once == again
    assert once.level is Level.CRITICAL
    assert [(one.cause, by) for one, by in once.explained] == [
        ("split-brain", "firewall-blocks-vrrp")
    ]
