"""Drills on the real pair, as a person calls them, against a truth that is taken beside them.

``HACONSOLE_DRILLS=all`` does every scenario (by default a few do, since the others' faults and
undos have tests of their own), and ``HACONSOLE_DRILL_REPEATS=5`` each so many times.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from haconsole.domain.vrrp_prediction import Scenario
from haconsole.lab.api import LabHandle
from tests.procedures.drill.nodes import quiet, see_same, snapshots, until
from tests.procedures.drill.reference import INTERVAL_S, Reference, watching

pytestmark = [pytest.mark.lab, pytest.mark.alone]
VIP = "10.0.0.100"
REPEATS = os.environ.get("HACONSOLE_DRILL_REPEATS", "1")
#: The node undoes what cuts it off only after its limit; the others are long done by then.
LIMITS = {Scenario.LINK_DOWN: "12", Scenario.REBOOT: "60"}
FEW = (Scenario.STOP, Scenario.NGINX_STOP, Scenario.FREEZE, Scenario.PARTITION)
CHOSEN = tuple(Scenario) if os.environ.get("HACONSOLE_DRILLS") == "all" else FEW
#: A request that was on its way when the outage began or ended may count as either, seconds.
FLIGHT_S = 0.004
#: ip(8) stamps an event when it reads it: two that listen may be run one after the other.
READ_S = 0.01


@pytest.fixture(scope="module")
def healthy(lab: LabHandle) -> Iterator[LabHandle]:
    """The lab's pair, as it was before, after each module too."""
    lab.heal()
    yield lab
    lab.heal()


def drill(lab: LabHandle, state: Path, scenario: Scenario) -> tuple[int, list[dict[str, Any]]]:
    """Call ``haconsole drill``; returns its exit status and the documents of all runs."""
    words = [sys.executable, "-m", "haconsole", "drill", str(lab.inventory), scenario.value]
    words += ["--write", "--yes", "--yes", "--json", "--repeat", REPEATS]
    words += ["--limit", LIMITS.get(scenario, "30")]
    done = subprocess.run(
        words,
        capture_output=True,
        text=True,
        timeout=150 * int(REPEATS),
        env={**os.environ, "XDG_STATE_HOME": str(state)},
        check=False,
    )
    assert done.stdout, done.stderr
    document = json.loads(done.stdout)
    drills = document.get("drills", [document])
    return done.returncode, [run for one in drills for run in one.get("runs", [one])]


@pytest.mark.parametrize("scenario", CHOSEN)
def test_what_is_measured_is_true_and_nothing_is_left(
    healthy: LabHandle, scenario: Scenario, tmp_path: Path
) -> None:
    until(lambda: quiet(healthy), 30.0, "the shells of the last console do not end")
    before = snapshots(healthy)
    but = ["lb01"] if scenario is Scenario.REBOOT else []
    with watching(healthy, VIP, but=but) as truth:
        status, runs = drill(healthy, tmp_path, scenario)
    said = {run["id"]: (run["verdict"], run["reasons"], run["problem"]) for run in runs}
    assert status in (0, 3) or any(run["verdict"] == "different" for run in runs), said
    for run in runs:
        assert run["healthy"], said
        assert run["verdict"] in ("as-predicted", "different", "void"), said
        assert run["reasons"], said
        see_true(run, truth)
    see_same(healthy, before)


def see_true(run: Mapping[str, Any], truth: Reference) -> None:
    """Compare a run with the truth. What is declared void claims nothing."""
    measured = run["measured"]
    if run["verdict"] == "void":
        assert measured["void"]
        return
    assert measured["width_s"] <= 0.005
    hole = truth.worst(run["fault_at"][0] - 0.05, run["undone_at"])
    if hole is None:
        assert measured["lower_s"] <= 2 * INTERVAL_S + FLIGHT_S
    else:
        told = (measured["lower_s"], measured["upper_s"], hole)
        assert measured["lower_s"] <= hole.upper_s + FLIGHT_S, told
        assert measured["upper_s"] >= hole.lower_s - FLIGHT_S, told
    if measured["detect_s"] is not None:
        begin, end = run["fault_at"]
        at = truth.took(measured["taken_by"], begin - 0.05, run["undone_at"])
        assert at is not None
        assert measured["detect_s"]["min"] <= max(0.0, at - end) + READ_S
        assert measured["detect_s"]["max"] >= at - begin - READ_S
