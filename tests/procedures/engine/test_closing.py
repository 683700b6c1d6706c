"""Phases that close what was opened, and waits between phases, on a real host."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from haconsole.domain.notes import note
from haconsole.lab import network
from haconsole.lab.api import LabHandle
from haconsole.procedures import stepping
from haconsole.procedures.engine import Run
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.plan import Phase, Plan, Step
from haconsole.procedures.progress import RunProgress, RunStatus, StepStatus
from haconsole.procedures.steps.shell import changes
from tests.support.entering import entering

pytestmark = pytest.mark.lab
HOST = "web01"


@pytest.fixture
def clean(lab: LabHandle):
    yield lab
    lab.exec(HOST, ["sh", "-c", "rm -rf /run/try /run/haconsole-*.lock"])


def writing(word: str, script: str = "") -> Step:
    do = changes(word, f"mkdir -p /run/try; {script or ':'}\necho {word} >>/run/try/order")
    return Step(f"{word}@{HOST}", note("{word}", word=word), note("a test"), HOST, do)


def phase(*steps: Step, always: bool = False, holds: str = "", parallel: bool = True) -> Phase:
    return Phase(note("a phase"), tuple((s,) for s in steps), parallel, always, holds)


def plan_of(*phases: Phase) -> Plan:
    return Plan("try", note("Try"), "web", phases)


def order(lab: LabHandle) -> list[str]:
    return lab.exec(HOST, ["cat", "/run/try/order"]).stdout.split()


class Holds(dict[str, Callable[[], Awaitable[None]]]):
    """Notes which waits were awaited, and what was done by then."""

    def __init__(self, lab: LabHandle, *names: str) -> None:
        super().__init__({name: self._hold(lab, name) for name in names})
        self.seen: list[tuple[str, list[str]]] = []

    def _hold(self, lab: LabHandle, name: str) -> Callable[[], Awaitable[None]]:
        async def hold() -> None:
            self.seen.append((name, order(lab)))

        return hold


async def test_each_wait_comes_before_its_phase(clean: LabHandle) -> None:
    plan = plan_of(
        phase(writing("open")),
        phase(writing("do"), holds="first"),
        phase(writing("close"), always=True, holds="second"),
        phase(writing("after"), holds="nobody supplies it"),
    )
    holds = Holds(clean, "first", "second")
    async with entering(clean.inventory, [HOST]) as door:
        progress = await Run(door, plan, holds=holds).execute()
    assert progress.status is RunStatus.DONE
    assert holds.seen == [("first", ["open"]), ("second", ["open", "do"])]
    assert order(clean) == ["open", "do", "close", "after"]


async def test_what_was_opened_is_closed_after_a_failure(clean: LabHandle) -> None:
    plan = plan_of(
        phase(writing("open")),
        phase(writing("do", "echo it breaks >&2; exit 1")),
        phase(writing("skipped")),
        phase(
            writing("broken", "exit 1"), writing("close"),
            always=True, holds="observe", parallel=False,
        ),
        phase(writing("clear"), always=True),
        phase(writing("last")),
    )  # fmt: skip
    holds = Holds(clean, "observe")
    async with entering(clean.inventory, [HOST]) as door:
        progress = await Run(door, plan, holds=holds).execute()
    assert progress.status is RunStatus.FAILED
    assert holds.seen == []  # what is watched for does not come any more
    assert order(clean) == ["open", "close", "clear"]
    assert progress.of(f"skipped@{HOST}").status is StepStatus.SKIPPED
    assert progress.of(f"last@{HOST}").status is StepStatus.SKIPPED
    assert str(progress.of(f"do@{HOST}").problem) == "it breaks"


@pytest.mark.parametrize("when", ["in a wait", "in a step"])
async def test_what_was_opened_is_closed_after_a_stop(clean: LabHandle, when: str) -> None:
    plan = plan_of(
        phase(writing("open")),
        phase(writing("do"), holds="baseline"),
        phase(writing("close"), always=True, holds="observe"),
    )
    async with entering(clean.inventory, [HOST]) as door:

        async def stop() -> None:
            if when == "in a wait":
                run.stop()

        run = Run(door, plan, holds={"baseline": stop})

        def hear(progress: RunProgress) -> None:
            if when == "in a step" and progress.of(f"open@{HOST}").status is StepStatus.RUNNING:
                run.stop()

        run.subscribe(hear)
        progress = await run.execute()
    assert progress.status is RunStatus.STOPPED
    assert order(clean) == ["open", "close"]


async def test_a_wait_that_raises_leaves_nothing_open(clean: LabHandle) -> None:
    plan = plan_of(
        phase(writing("open")),
        phase(writing("do"), holds="baseline"),
        phase(writing("close"), always=True, holds="observe"),
    )

    async def raises() -> None:
        raise ProcedureError("the probe has ended")

    async with entering(clean.inventory, [HOST]) as door:
        run = Run(door, plan, holds={"baseline": raises, "observe": raises})
        with pytest.raises(ProcedureError, match="the probe has ended"):
            await run.execute()
        assert run.progress.status is not RunStatus.DONE
        assert order(clean) == ["open", "close"]
        # Nobody holds the lock any more.
        assert (await Run(door, plan_of(phase(writing("next")))).execute()).status == "done"


async def test_nothing_is_closed_where_nothing_was_opened(clean: LabHandle) -> None:
    refused = Step(
        f"look@{HOST}", note("look"), note("a test"), HOST,
        verify=changes("no", "exit 1"),
    )  # fmt: skip
    plan = plan_of(phase(refused), phase(writing("close"), always=True))
    async with entering(clean.inventory, [HOST]) as door:
        progress = await Run(door, plan).execute()
    assert progress.status is RunStatus.FAILED
    assert order(clean) == []


async def test_a_step_can_be_more_patient_than_others(
    clean: LabHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that is cut off for a while is waited for as long as its step says."""
    monkeypatch.setattr(stepping, "LINK_PATIENCE_S", 0.1)
    slow = writing("slow", "while [ ! -e /run/try/go ]; do sleep 0.1; done")
    cut = asyncio.Event()
    async with entering(clean.inventory, [HOST]) as door:
        run = Run(door, plan_of(phase(replace(slow, patience_s=60.0))))

        def hear(progress: RunProgress) -> None:
            if progress.of(slow.id).status is StepStatus.LINK_LOST:
                cut.set()

        run.subscribe(hear)
        running = asyncio.create_task(run.execute())
        try:
            while clean.exec(HOST, ["test", "-e", "/run/try"]).returncode != 0:
                await asyncio.sleep(0.05)
            network.set_cable(clean.places, HOST, plugged=False)
            await asyncio.wait_for(cut.wait(), 40)
            await asyncio.sleep(0.5)  # longer than any step's patience now
            assert not running.done()
        finally:
            network.set_cable(clean.places, HOST, plugged=True)
            clean.exec(HOST, ["touch", "/run/try/go"])
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(running, 40)
    assert run.progress.status is RunStatus.DONE
    assert order(clean) == ["slow"]
