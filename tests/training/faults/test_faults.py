"""Every fault of a lesson: its cause is found, and undone it leaves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

import pytest
import pytest_asyncio

from haconsole.training.faults.registry import FAULTS
from tests.conformance.worlds import Watched, watched

from .breaking import broken

pytestmark = pytest.mark.asyncio(loop_scope="module")
#: Demos at a time: more of them would make each other late.
_DEMOS = 4
#: ``link-down`` cuts off whoever would undo it; it has a test of its own.
NAMES = [name for name in FAULTS if name != "link-down"]
#: What a kernel, systemd, firewalld or keepalived of a version may see otherwise than the demo:
#: one fault of each way to make them.
ON_THE_LAB = ("crash", "check-fail", "nginx-broken", "vrrp-block", "ghost-vip", "stale-arp",
              "auth-mismatch", "flaw-nopreempt")  # fmt: skip


class Pairs(Protocol):
    """Pairs to be broken."""

    async def break_one(self, fault: str) -> None: ...


class _Demos:
    """A demo for each fault, begun before they are asked for."""

    def __init__(self, faults: list[str]) -> None:
        self._places = asyncio.Semaphore(_DEMOS)
        self.tasks = {fault: asyncio.create_task(self._one(fault)) for fault in faults}

    async def break_one(self, fault: str) -> None:
        await self.tasks[fault]

    async def _one(self, fault: str) -> None:
        async with self._places, watched(None) as case:
            await broken(case, fault, FAULTS[fault].causes)


class _Lab:
    def __init__(self, case: Watched) -> None:
        self._case = case

    async def break_one(self, fault: str) -> None:
        await broken(self._case, fault, FAULTS[fault].causes)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def demos(request: pytest.FixtureRequest) -> AsyncIterator[Pairs]:
    chosen = [
        str(item.callspec.params["fault"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == request.path
        if item.originalname == "test_on_the_demo"
    ]
    pairs = _Demos(list(dict.fromkeys(chosen)))
    try:
        yield pairs
    finally:
        for task in pairs.tasks.values():
            task.cancel()
        await asyncio.gather(*pairs.tasks.values(), return_exceptions=True)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[Pairs]:
    async with watched(request.getfixturevalue("lab")) as case:
        yield _Lab(case)


@pytest.mark.parametrize("fault", NAMES)
async def test_on_the_demo(demos: Pairs, fault: str) -> None:
    await demos.break_one(fault)


@pytest.mark.lab
@pytest.mark.parametrize("fault", ON_THE_LAB)
async def test_on_the_lab(pair: Pairs, fault: str) -> None:
    await pair.break_one(fault)
