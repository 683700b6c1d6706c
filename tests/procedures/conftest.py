"""Fresh labs of this run, one a family: nothing installed, and a mirror to install from."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from haconsole.lab import api
from haconsole.lab.topology import Family, LabState


@pytest.fixture(scope="session")
def fresh_apt(lab_possible: None) -> Iterator[api.LabHandle]:
    """Bare hosts with apt; a test takes back what it brought."""
    handle = api.up(f"a{os.getpid()}", LabState.FRESH, Family.APT)
    yield handle
    handle.down()


@pytest.fixture(scope="session")
def fresh_yum(lab_possible: None) -> Iterator[api.LabHandle]:
    """Bare hosts with dnf (and its link yum); a test takes back what it brought."""
    handle = api.up(f"y{os.getpid()}", LabState.FRESH, Family.YUM)
    yield handle
    handle.down()


@pytest.fixture(params=["apt", "yum"])
def fresh(request: pytest.FixtureRequest) -> api.LabHandle:
    """Bare hosts of each family, one after the other."""
    handle: api.LabHandle = request.getfixturevalue(f"fresh_{request.param}")
    return handle
