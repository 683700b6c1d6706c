"""Every fault of the lab, on demo and lab: its cause comes first, soon, and alone in the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

import pytest
import pytest_asyncio

from tests.conformance.worlds import Watched, watched

from .onset import EXPECTED, Onset, limit_s, onset

pytestmark = pytest.mark.asyncio(loop_scope="module")
#: Demos at a time: more of them would make each other late.
_DEMOS = 3
#: What may be said for a moment before the cause is: true, and not yet the whole of it.
_ON_THE_WAY = {
    "crash": {"keepalived-crashed", "keepalived-stopped"},
    "freeze": {"split-brain"},
    "nginx-broken": {"nginx-dead"},
    "nginx-stop": set[str](),
    "vrrp-block": {"split-brain", "multicast-lost"},
    "ghost-vip": {"keepalived-stopped"},
    "auth-mismatch": {"config-not-loaded"},
    "vrid-mismatch": {"config-not-loaded", "split-brain", "multicast-lost"},
    "advert-mismatch": {"config-not-loaded"},
    "vip-mismatch": {"config-not-loaded", "no-owner"},
    "link-down": {"vip-no-answer"},
    "sshd-stop": {"jump-lost"},
}


class Pairs(Protocol):
    """Pairs to be broken."""

    async def onset(self, fault: str) -> Onset: ...


class _Demos:
    """A demo for each fault, begun before they are asked for."""

    def __init__(self, faults: list[str]) -> None:
        self._places = asyncio.Semaphore(_DEMOS)
        self.tasks = {fault: asyncio.create_task(self._one(fault)) for fault in faults}

    async def onset(self, fault: str) -> Onset:
        return await self.tasks[fault]

    async def _one(self, fault: str) -> Onset:
        async with self._places, watched(None) as case:
            return await onset(case, fault)


class _Lab:
    def __init__(self, case: Watched) -> None:
        self._case = case

    async def onset(self, fault: str) -> Onset:
        return await onset(self._case, fault)


@pytest_asyncio.fixture(
    loop_scope="module",
    scope="module",
    params=["demo", pytest.param("lab", marks=pytest.mark.lab)],
)
async def pairs(request: pytest.FixtureRequest) -> AsyncIterator[Pairs]:
    if request.param == "lab":
        async with watched(request.getfixturevalue("lab")) as case:
            yield _Lab(case)
        return
    chosen = [
        str(item.callspec.params["fault"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        if item.callspec.params.get("pairs") == "demo" and "fault" in item.callspec.params
    ]
    demos = _Demos(list(dict.fromkeys(chosen)))
    try:
        yield demos
    finally:
        for task in demos.tasks.values():
            task.cancel()
        await asyncio.gather(*demos.tasks.values(), return_exceptions=True)


@pytest.mark.parametrize("fault", EXPECTED)
async def test_the_cause_of_a_fault_comes_first(pairs: Pairs, fault: str) -> None:
    seen = await pairs.onset(fault)
    assert seen.before == seen.after == []
    assert seen.first_s <= limit_s(fault)
    cause = EXPECTED[fault]
    made_up = {one for causes in seen.lists for one in causes} - {cause}
    assert made_up <= _ON_THE_WAY.get(fault, set()), seen.lists
