"""The short soak: a minute of planned moves on a pair that is well, and nothing false is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from haconsole.domain.notes import note
from haconsole.domain.rules.finding import Diagnosis, Finding, Fix
from haconsole.domain.verdict import Level
from haconsole.lab.api import LabHandle
from tests.demo.e2e.live import hosts

from .hearing import Ear
from .meanwhile import Kind, Move
from .soak import Soak, soak

#: Of the long form a seed is drawn; these are drawn well: reboots, failovers, a switchover.
_SEEDS = {"demo": 213, "lab": 358}
#: With the moves and the calm at both ends a minute, or less.
_SECONDS = 40.0


def _told(cause: str, level: Level, host: str, at: float) -> Diagnosis:
    one = Finding(
        cause=cause,
        title=note("so"),
        severity=level,
        confidence=0.9,
        nodes=(host,),
        impact=note("so"),
        fix=Fix(note("so")),
    )
    return Diagnosis(at, (one,))


def _heard(*told: Diagnosis) -> Soak:
    ear = Ear(lambda line: None)
    ear.moves.append(Move(Kind.AWAY, "lb02", began=100.0, ended=110.0))
    for one in told:
        ear.hear(one)
    return Soak(7, ear, began=100.0, ended=160.0)


def test_what_the_table_has_is_true_while_it_goes_on() -> None:
    told = [_told("keepalived-stopped", Level.WARNING, "lb02", at) for at in (101.0, 105.0, 111.0)]
    made = _heard(*told)
    assert made.good
    assert "keepalived-stopped" in made.report()


@pytest.mark.parametrize(
    ("cause", "level", "host", "at"),
    [
        ("split-brain", Level.CRITICAL, "lb02", 105.0),
        ("keepalived-stopped", Level.WARNING, "lb01", 105.0),
        ("keepalived-stopped", Level.CRITICAL, "lb02", 105.0),
        ("keepalived-stopped", Level.WARNING, "lb02", 99.0),
        ("keepalived-stopped", Level.WARNING, "lb02", 125.0),
    ],
    ids=["another cause", "another host", "worse", "before", "long after"],
)
def test_anything_else_is_false(cause: str, level: Level, host: str, at: float) -> None:
    made = _heard(_told(cause, level, host, at))
    assert not made.good
    assert f"{cause} on {host}" in made.report()


async def _short(inventory: Path, seed: int) -> None:
    made = await soak(inventory, _SECONDS, seed)
    assert made.good, f"python -m tests.soak --seed {seed}\n{made.report()}"
    assert len(made.ear.moves) >= 3, made.report()


@pytest.mark.slow
async def test_a_soaked_demo_makes_nobody_cry_wolf(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    async with hosts(tmp_path / "demo") as demo:
        await _short(demo.inventory, _SEEDS["demo"])


@pytest.mark.slow
@pytest.mark.lab
async def test_a_soaked_lab_makes_nobody_cry_wolf(
    lab: LabHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    await _short(lab.inventory, _SEEDS["lab"])
