"""What all tests share: the real pair, once a run, started when the first test asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from haconsole.lab import api, requirements
from haconsole.lab.errors import MissingError
from haconsole.lab.topology import LabState, nodes_for


@pytest.fixture(scope="session")
def lab_possible() -> None:
    """Skip, saying why, where the lab cannot run; in CI that is a failure."""
    try:
        requirements.check()
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
