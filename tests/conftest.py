"""What all tests share: the real pair, once a run, started when the first test asks for it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from haconsole.lab import api, registry, requirements
from haconsole.lab.errors import MissingError
from haconsole.lab.topology import LabState, nodes_for

# Tests read English, whatever the language of whoever runs them; children too.
os.environ["LC_ALL"] = "C.UTF-8"

#: Files that take minutes: they begin first, so that no worker has one of them left at the end.
_LONG = (
    "training/test_every_lesson_on_the_lab.py",
    "training/test_every_lesson.py",
    "procedures/engine/test_kills_of_the_whole.py",
    "training/faults/test_faults.py",
    "training/test_acts.py",
    "procedures/drill/undo/test_on_the_lab.py",
    "procedures/engine/test_kills_on_the_demo.py",
    "procedures/recover/test_on_the_demo.py",
    "doctor/test_faults.py",
    "procedures/recover/test_on_the_lab.py",
    "procedures/remove/test_pair_lab.py",
    "procedures/install/test_packages_lab.py",
    "procedures/engine/test_kills.py",
    "procedures/install/test_source_lab.py",
    "live/test_faults.py",
    "lab/test_up_down.py",
    "lab/test_reset.py",
    "training/test_hosts_stage.py",
    "training/test_classroom.py",
    "procedures/detector/test_on_the_lab.py",
    "lab/test_faults.py",
    "demo/e2e/test_situations.py",
)
#: Labs of tests are called by a letter and the id of the process that tests.
_OF_A_RUN = re.compile(r"[a-z](\d+)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first; the others stay in their order."""

    def rank(item: pytest.Item) -> int:
        name = item.path.as_posix()
        return next((at for at, long in enumerate(_LONG) if name.endswith(long)), len(_LONG))

    items.sort(key=rank)


def _end_labs_of_killed_runs() -> None:
    for places in registry.every_lab():
        run = _OF_A_RUN.fullmatch(places.name)
        if run and not Path(f"/proc/{run[1]}").exists():
            api.down(places.name)


@pytest.fixture(scope="session")
def lab_possible() -> None:
    """Skip, saying why, where the lab cannot run; in CI that is a failure."""
    try:
        requirements.check()
        _end_labs_of_killed_runs()
        requirements.check_room(len(nodes_for(LabState.READY)) + len(nodes_for(LabState.FRESH)))
    except MissingError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must run the lab, and cannot: {error}")
        pytest.skip(f"THE LAB WAS NOT TESTED: {error}")


@pytest.fixture(scope="session")
def lab(lab_possible: None) -> Iterator[api.LabHandle]:
    """A ready pair of this run's own; a test that breaks it heals it."""
    handle = api.up(f"t{os.getpid()}")
    yield handle
    handle.down()
