"""A drill's commands mean the same on demo and lab: every step, and what stands there meanwhile.

The measure is ``drills.json``, written from a real pair (``python -m tests.conformance.drills
INVENTORY``).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from haconsole.demo.serve import running
from haconsole.lab.api import LabHandle

from .drills import Told, told_by

RECORDED: Told = json.loads((Path(__file__).parent / "drills.json").read_text(encoding="utf-8"))


def differences(told: Told) -> str:
    """What was told otherwise than recorded, for reading."""
    return "\n".join(
        f"{name}:\n  recorded {RECORDED.get(name)}\n  told     {told.get(name)}"
        for name in sorted({*RECORDED, *told})
        if RECORDED.get(name) != told.get(name)
    )


def test_the_record_is_of_drills_that_went_well() -> None:
    steps = [said for name, said in RECORDED.items() if "@" in name]
    assert len(steps) > 40
    assert {said[0] for said in steps} <= {"done", "satisfied"}


@pytest.mark.slow
async def test_the_demo_does_as_recorded() -> None:
    async with running(rate=0) as demo:
        told = await told_by(demo.inventory)
    assert differences(told) == ""


@pytest.mark.lab
@pytest.mark.slow
async def test_the_lab_does_as_recorded(lab: LabHandle) -> None:
    told = await told_by(lab.inventory)
    lab.heal()
    assert differences(told) == ""
