"""What all tests share: the real pair, once a run, started when the first test asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from haconsole.lab import api
from haconsole.lab.errors import LabError


@pytest.fixture(scope="session")
def lab() -> Iterator[api.LabHandle]:
    """A healthy pair of this run's own. Where it cannot start: a loud skip; in CI a failure."""
    name = f"t{os.getpid()}"
    try:
        handle = api.up(name)
    except LabError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"the lab cannot start here: {error}")
        pytest.skip(f"the lab cannot start here: {error}")
    yield handle
    handle.down()
