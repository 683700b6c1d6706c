"""Every lesson is proven: it fails, is solved, passes, and all is put back.

On the demo, several side by side. With ``HACONSOLE_LESSONS=all`` each is taken up in the middle as
well. The lab's turn is ``test_every_lesson_on_the_lab``.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from haconsole.demo.keeper import DemoKeeper, DemoOptions
from haconsole.training.loading import SHIPPED, load_folder

from .proving import names_of, proven, wrong

pytestmark = pytest.mark.slow

EVERYTHING = os.environ.get("HACONSOLE_LESSONS") == "all"
#: Proven side by side: most of their time they wait for daemons' timers.
JOBS = 3
#: Whoever owns the VIP, and the rest: lessons call them lb01, lb02, ….
OTHERS = {"lb01": "east", "lb02": "west", "web01": "blue", "web02": "green", "bastion": "gate"}


def test_on_the_demo(tmp_path: Path) -> None:
    more = ("--thorough",) if EVERYTHING else ()
    status, said = proven(tmp_path, "--jobs", str(JOBS), *more)
    assert status == 0, wrong(said)
    for lesson in load_folder(SHIPPED):
        assert [name for name in names_of(lesson) if name not in said] == []


def test_on_ones_own_hosts_which_are_called_otherwise(tmp_path: Path) -> None:
    with DemoKeeper(DemoOptions(rate=0.0)) as keeper:
        text = keeper.inventory.read_text(encoding="utf-8")
        for name, other in OTHERS.items():
            text = text.replace(name, other)
        inventory = tmp_path / "inventory.yaml"
        inventory.write_text(text, encoding="utf-8")
        status, said = proven(tmp_path, "--yes", "--on", str(inventory), "vrrp")
    assert status == 0, wrong(said)
    assert "✔ vrrp / reset: " in said
