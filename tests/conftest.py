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

#: Labs of tests are called by a letter and the id of the process that tests.
_OF_A_RUN = re.compile(r"[a-z](\d+)")


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
