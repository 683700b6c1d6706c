"""Every state, one after the other on the one lab there is, or at the same time on many demos."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Protocol

from haconsole.lab.api import LabHandle

from .answers import script_of
from .recorded import HEALTHY, Seen, read, take
from .worlds import Watched, watched

RECORDED = read()
#: A link that is cut without a word is noticed after this many seconds at most.
_WITHIN_S = 45.0
#: Demos at a time: more of them would make each other late.
_DEMOS = 5


async def see(case: Watched, state: str) -> None:
    """Return when the console has said of every host what is recorded of this state.

    What it says has to be more than a moment on the way: it says so of newer readings too.
    """
    wanted = {name: line for name, line in RECORDED[state].items() if ": " not in name}
    try:
        while True:
            await case.watch.until(lambda: case.portrait() == wanted, _WITHIN_S)
            since = await case.read_again()
            await case.watch.until(
                lambda since=since: case.portrait() != wanted or case.read_since(since)  # type: ignore[misc]
            )
            if case.portrait() == wanted:
                return
    except AssertionError:
        assert case.portrait() == wanted
        raise


async def visit(case: Watched, state: str) -> Seen:
    """Bring a healthy pair into a state, look, ask everything, and see it healthy again."""
    await see(case, HEALTHY)
    if state == HEALTHY:
        return await take(case)
    try:
        await case.world.fault(state)
        await see(case, state)
        return await take(case)
    finally:
        await case.heal()


class Cases(Protocol):
    """A world in all its states."""

    #: Every case that was watched, with what it sent.
    watched: list[Watched]

    async def visit(self, state: str) -> Seen:
        """Return what is seen in a state."""
        ...

    def healthy(self) -> contextlib.AbstractAsyncContextManager[Watched]:
        """Return a healthy case for a while."""
        ...


class LabCases:
    """The lab's states: one monitor sees them all."""

    def __init__(self, case: Watched) -> None:
        self.watched = [case]

    async def visit(self, state: str) -> Seen:
        return await visit(self.watched[0], state)

    @contextlib.asynccontextmanager
    async def healthy(self) -> AsyncIterator[Watched]:
        await see(self.watched[0], HEALTHY)
        yield self.watched[0]


class DemoCases:
    """The demo's states: a demo each, begun before they are asked for."""

    def __init__(self) -> None:
        self.watched: list[Watched] = []
        self._tasks: dict[str, asyncio.Task[Seen]] = {}
        self._places = asyncio.Semaphore(_DEMOS)

    def begin(self, states: Iterable[str]) -> None:
        """Begin to visit these states."""
        for state in states:
            self._tasks[state] = asyncio.create_task(self._visit(state))

    async def visit(self, state: str) -> Seen:
        return await self._tasks[state]

    async def close(self) -> None:
        """End what was begun and not asked for."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    @contextlib.asynccontextmanager
    async def healthy(self) -> AsyncIterator[Watched]:
        async with self._places, watched(None) as case:
            self.watched.append(case)
            yield case

    async def _visit(self, state: str) -> Seen:
        async with self.healthy() as case:
            return await visit(case, state)


@contextlib.asynccontextmanager
async def demo_cases(states: Iterable[str]) -> AsyncIterator[Cases]:
    """Visit these states of the demo in the background."""
    cases = DemoCases()
    cases.begin(states)
    try:
        yield cases
    finally:
        await cases.close()


@contextlib.asynccontextmanager
async def lab_cases(lab: LabHandle) -> AsyncIterator[Cases]:
    """Watch the lab, to be visited in one state after the other."""
    async with watched(lab) as case:
        yield LabCases(case)


def unknown(cases: Sequence[Watched]) -> list[str]:
    """Return the commands that the console sent and no comparison knows, and where to."""
    known = {sent for case in cases for sent in case.sent}
    return sorted(
        {
            f"{entry.name} ({entry.host}): {entry.script}"
            for case in cases
            for entry in case.watch.ledger
            if (entry.name, script_of(entry.script)) not in known
        }
    )
