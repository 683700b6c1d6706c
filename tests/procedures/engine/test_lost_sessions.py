"""A link that is cut without a word: its session holds the lock on the node until that notices.

On the demo, whose SSH servers stop reading and sending: no end of the connection is seen, no
keepalive answered, nothing reset. Such a session ends when the test says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from haconsole.demo import serve
from haconsole.demo.serve import Demo
from haconsole.demo.system.files import Files
from haconsole.domain.notes import Note, note
from haconsole.procedures import lock, stepping
from haconsole.procedures.engine import Run
from haconsole.procedures.lock import Lock, LockedError, lock_file
from haconsole.procedures.plan import Phase, Plan, Step
from haconsole.procedures.progress import RunStatus, StepStatus
from haconsole.procedures.steps.shell import changes
from haconsole.transport import dial, gates
from haconsole.transport.transport import Transport
from tests.procedures.engine.deaf import Sessions
from tests.support.entering import entering
from tests.support.waiting import until

HOST = "web01"


@pytest.fixture
async def demo() -> AsyncIterator[Demo]:
    async with serve.running(rate=0.0) as running:
        yield running


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A console that notices, and comes back, at once."""
    for module, name, value in (
        (dial, "KEEPALIVE_S", 0.3),
        (gates, "FIRST_DELAY_S", 0.02),
        (gates, "LONGEST_DELAY_S", 0.02),
        (stepping, "LINK_GAP_S", 0.02),
        (lock, "RETRY_GAP_S", 0.02),
        (lock, "PATIENCE_S", 0.2),
    ):
        monkeypatch.setattr(module, name, value)


def lasting(name: str = "last") -> Step:
    """A step that ends when it is let go."""
    return Step(
        id=f"{name}@{HOST}",
        title=note("last"),
        reason=note("a test"),
        host=HOST,
        do=changes("last", "while [ ! -e /run/go ]; do sleep 0.05; done; echo done >>/run/done"),
        undo=changes("unlast", "echo undone >>/run/done"),
    )


def plan_of(*steps: Step) -> Plan:
    return Plan("try", note("Try"), "tried", (Phase(note("All"), (steps,)),))


def files(demo: Demo) -> Files:
    return demo.cluster.hosts[HOST].machine.files


async def test_a_lock_waits_for_its_own_lost_session(demo: Demo, soon: None) -> None:
    lost: list[Note] = []
    sessions = Sessions(demo, HOST)
    async with entering(demo.inventory, [HOST]) as door:
        held = Lock(door, "tried", [HOST], who="a test", on_lost=lost.append)
        await held.take()
        with sessions.cut():
            await sessions.several_tries()
            assert lost == []
            # Nobody else gets it meanwhile, or waits for what is not his.
            async with entering(demo.inventory, [HOST]) as other:
                stranger = Lock(other, "tried", [HOST], who="ben@desk", on_lost=lost.append)
                with pytest.raises(LockedError, match="web01 is locked: a test has run a plan"):
                    await stranger.take()
        # The same lock, held anew: it is free only once it is given back.
        await until(lambda: not sessions.waiting)
        with pytest.raises(LockedError):
            await stranger_of(door, lost).take()
        await held.release()
        again = stranger_of(door, lost)
        await again.take()
        await again.release()
    assert lost == []


def stranger_of(door: Transport, lost: list[Note]) -> Lock:
    return Lock(door, "tried", [HOST], who="a test", on_lost=lost.append)


async def test_a_run_outlives_a_link_that_is_cut_without_a_word(demo: Demo, soon: None) -> None:
    sessions = Sessions(demo, HOST)
    step = lasting()
    async with entering(demo.inventory, [HOST]) as door:
        going = Run(door, plan_of(step))
        met: set[StepStatus] = set()
        going.subscribe(lambda progress: met.add(progress.of(step.id).status))
        running = asyncio.create_task(going.execute())
        await until(lambda: StepStatus.RUNNING in met)
        with sessions.cut():
            await sessions.several_tries()
            files(demo).install("/run/go", "")
            await asyncio.wait_for(running, 20)
            assert StepStatus.LINK_LOST in met
            assert (going.progress.status, going.progress.problem) == (RunStatus.DONE, None)
            # What the same run does next meets its own lost session as well.
            back = asyncio.create_task(going.roll_back())
            await sessions.several_tries()
            assert not back.done()
        assert (await asyncio.wait_for(back, 20)).status is RunStatus.ROLLED_BACK
    assert files(demo).read("/run/done") == b"done\nundone\n"


async def test_a_lock_that_somebody_else_took_meanwhile_is_lost(demo: Demo, soon: None) -> None:
    lost: list[Note] = []
    sessions = Sessions(demo, HOST)
    async with entering(demo.inventory, [HOST]) as door:
        held = Lock(door, "tried", [HOST], who="a test", on_lost=lost.append)
        await held.take()
        with sessions.cut():
            await sessions.several_tries()
            taken = f"printf '%s\\n' ben@desk 1 his >{lock_file('tried')}"
            await demo.cluster.hosts[HOST].machine.run(["sh", "-c", taken])
            await until(lambda: lost)
        await held.release()
    assert str(lost[0]).startswith("web01 is locked: ben@desk has run a plan there for ")
