"""Every lesson is proven: it fails, is solved, passes, and all is put back.

All of them on the demo, several side by side; on the lab those that tell most about it, or, with
``HACONSOLE_LESSONS=all``, all that it can hold; then each is taken up in the middle as well.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from haconsole.demo.keeper import DemoKeeper, DemoOptions
from haconsole.lab import api
from haconsole.training.loading import SHIPPED, load_folder

pytestmark = pytest.mark.slow

EVERYTHING = os.environ.get("HACONSOLE_LESSONS") == "all"
#: Proven side by side: most of their time they wait for daemons' timers.
JOBS = 3
#: On the lab: a failover, a check that takes the VIP away, a fault with its recovery.
TELLING = ("vrrp", "broken-nginx", "recover")
#: Whoever owns the VIP, and the rest: lessons call them lb01, lb02, ….
OTHERS = {"lb01": "east", "lb02": "west", "web01": "blue", "web02": "green", "bastion": "gate"}
_PATIENCE_S = 1500.0


def proven(state: Path, *words: str) -> tuple[int, str]:
    """Run ``haconsole train --verify``; returns its status and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "haconsole", "train", "--verify", *words],
        env={**os.environ, "XDG_STATE_HOME": str(state)},
        capture_output=True,
        check=False,
        text=True,
        timeout=_PATIENCE_S,
    )
    return done.returncode, f"{done.stdout}\n{done.stderr}"


def wrong(said: str) -> str:
    """Return the lines of what is not as it should be, or all where there are none."""
    return "\n".join(line for line in said.splitlines() if line.startswith("✘")) or said


def test_on_the_demo(tmp_path: Path) -> None:
    more = ("--thorough",) if EVERYTHING else ()
    status, said = proven(tmp_path, "--jobs", str(JOBS), *more)
    assert status == 0, wrong(said)
    for lesson in load_folder(SHIPPED):
        names = [step.id for step in lesson.steps] or [
            one.fault.name for one in (lesson.exam.pool if lesson.exam else ())
        ]
        for name in [*names, "reset"]:
            assert f"✔ {lesson.id} / {name}: " in said


def test_on_ones_own_hosts_which_are_called_otherwise(tmp_path: Path) -> None:
    with DemoKeeper(DemoOptions(rate=0.0)) as keeper:
        text = keeper.inventory.read_text(encoding="utf-8")
        for name, other in OTHERS.items():
            text = text.replace(name, other)
        inventory = tmp_path / "inventory.yaml"
        inventory.write_text(text, encoding="utf-8")
        status, said = proven(tmp_path, "--on", str(inventory), "vrrp")
    assert status == 0, wrong(said)
    assert "✔ vrrp / reset: " in said


@pytest.fixture(scope="module")
def own_lab(lab_possible: None) -> Iterator[api.LabHandle]:
    """A lab of these lessons' own: each of them has other hosts put in the place of its hosts."""
    handle = api.up(f"l{os.getpid()}")
    yield handle
    handle.down()


@pytest.mark.lab
def test_on_the_lab(own_lab: api.LabHandle, tmp_path: Path) -> None:
    lessons = () if EVERYTHING else TELLING
    status, said = proven(tmp_path, "--on", str(own_lab.inventory), *lessons)
    assert status == 0, wrong(said)
    for name in lessons:
        assert f"✔ {name} / reset: " in said
