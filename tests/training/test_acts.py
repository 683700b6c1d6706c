"""Acts and probes on the demo and on the lab: the same day on both."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from haconsole.demo import serve
from haconsole.lab import api
from haconsole.training.acts.registry import ACTS
from haconsole.training.probes.registry import PROBES

from . import acting
from .acting import a_day, hand_on

pytestmark = pytest.mark.slow


async def test_a_day_on_the_demo() -> None:
    async with serve.running() as demo, hand_on(demo.inventory) as hand:
        await a_day(hand)


@pytest.fixture
def own_lab(lab_possible: None) -> Iterator[api.LabHandle]:
    handle = api.up(f"d{os.getpid()}")
    yield handle
    api.down(handle.name)


@pytest.mark.lab
async def test_a_day_on_the_lab(own_lab: api.LabHandle) -> None:
    async with hand_on(own_lab.inventory) as hand:
        await a_day(hand)


def test_the_day_has_every_act_and_every_probe() -> None:
    text = Path(acting.__file__).read_text(encoding="utf-8")
    named = {word for word in (*ACTS, *PROBES) if f'"{word}"' in text}
    # A third host's ARP cache is filled by its own traffic: looked at in the lessons.
    assert set(ACTS) | set(PROBES) == named | {"arp"}
