"""Every fault on real hosts: named first, mended by the command that is printed, proven.

Some labs work side by side, since almost all of the time is timers of real daemons. On each of
them the faults come one after the other, and nothing heals it between them: what a recovery
leaves is what the next fault meets.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import pytest_asyncio

from haconsole.lab import api, faults
from haconsole.lab.api import LabHandle

from .labwork import FAULTS, Fault, healthy, killed, mended, named, owners, proven, undone

#: Names of this file's own labs: a letter, then the process that tests.
_LABS = "pqr"


@pytest.fixture(scope="module")
def labs(lab: LabHandle) -> Iterator[list[LabHandle]]:
    """The lab of this run, and some more."""
    names = [f"{letter}{os.getpid()}" for letter in _LABS]
    with ThreadPoolExecutor(len(names)) as pool:
        try:
            yield [lab, *pool.map(api.up, names)]
        finally:
            list(pool.map(api.down, names))
            lab.heal()


class _Rounds:
    """The faults that were asked for, each on whichever lab is free."""

    def __init__(self, labs: list[LabHandle], wanted: list[Fault]) -> None:
        self.ends = {one.name: asyncio.get_running_loop().create_future() for one in wanted}
        self._left = iter(wanted)
        self.tasks = [asyncio.create_task(self._work(lab)) for lab in labs]
        for task in self.tasks:
            task.add_done_callback(self._ended)

    def _ended(self, _task: asyncio.Task[None]) -> None:
        """Let nobody wait for a lab that is not there any more."""
        if all(task.done() for task in self.tasks):
            for end in self.ends.values():
                if not end.done():
                    end.set_exception(AssertionError("every lab is broken: see the first failure"))

    async def _work(self, lab: LabHandle) -> None:
        for fault in self._left:
            end: asyncio.Future[None] = self.ends[fault.name]
            try:
                await _brought_back(lab, fault)
            except Exception as error:  # it is raised where the fault's own test waits
                end.set_exception(error)
                await asyncio.to_thread(lab.heal)
            else:
                end.set_result(None)


async def _brought_back(lab: LabHandle, fault: Fault) -> None:
    for make in fault.make:
        await asyncio.to_thread(make, lab)
    found = await named(lab, fault.cause, fault.procedure)
    if fault.taken_back:
        await undone(found, lab)
        found = await named(lab, fault.cause, fault.procedure)
    if fault.killed_at:
        await killed(found, lab, fault.killed_at)
        assert len(await asyncio.to_thread(owners, lab)) == 1, "clients are served meanwhile"
    if fault.by_hand is not None:
        assert "from its own console" in found["fix"]["text"]
        assert found["fix"]["command"] == ""
        await asyncio.to_thread(fault.by_hand, lab)
    else:
        await mended(found, lab)
    for cause in fault.then:
        await mended(await named(lab, cause, fault.procedure), lab)
    await healthy(lab)
    await asyncio.to_thread(proven, lab)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def rounds(request: pytest.FixtureRequest, labs: list[LabHandle]) -> AsyncIterator[_Rounds]:
    """Begin with all that were chosen; a test waits for the end of its own."""
    asked = [
        item.callspec.params.get("fault")
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
    ]
    chosen = [one for one in asked if isinstance(one, Fault)]
    rounds = _Rounds(labs, chosen)
    try:
        yield rounds
    finally:
        for task in rounds.tasks:
            task.cancel()
        await asyncio.gather(*rounds.tasks, return_exceptions=True)


def test_every_fault_of_the_lab_is_among_them() -> None:
    assert set(faults.FAULTS) <= {one.name for one in FAULTS}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.name.replace(" ", "-"))
async def test_one_owner_again(rounds: _Rounds, fault: Fault) -> None:
    await rounds.ends[fault.name]
