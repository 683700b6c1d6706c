"""A pair that tests of the lab may break."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from haconsole.lab import api


@pytest.fixture
def healed(lab: api.LabHandle) -> Iterator[api.LabHandle]:
    """The ready pair, brought back to health after the test."""
    yield lab
    lab.heal()
