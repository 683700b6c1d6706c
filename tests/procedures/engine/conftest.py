"""The ready pair for tests that change it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from haconsole.lab.api import LabHandle
from tests.procedures.driving import driving

HOSTS = ("lb01", "lb02", "web01", "web02")


@pytest.fixture
def pair(lab: LabHandle) -> Iterator[LabHandle]:
    """The ready pair, as it was afterwards."""
    yield lab

    async def take_back() -> None:
        async with driving(lab) as console:
            await console.apply("remove")

    asyncio.run(take_back())
    for host in HOSTS:
        assert lab.exec(host, ["test", "-e", "/var/lib/haconsole"]).returncode == 1
    lab.heal()
