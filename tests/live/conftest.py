"""Tests of the console against a real pair."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from haconsole.lab.api import LabHandle


@pytest.fixture
def pair(lab: LabHandle) -> Iterator[LabHandle]:
    """The lab, healthy before and after the test."""
    yield lab
    lab.exec("bastion", ["systemctl", "start", "ssh"])
    lab.heal()
