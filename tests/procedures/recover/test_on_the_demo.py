"""Every recovery on the demo; and one that is cut off anywhere is finished by another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

import pytest

from haconsole.demo import serve
from haconsole.domain.verdict import judge
from haconsole.inventory import load
from haconsole.lab.topology import VIP
from haconsole.monitor.monitor import Monitor
from haconsole.monitor.once import look
from haconsole.procedures.engine import Run
from haconsole.procedures.progress import RunProgress, RunStatus, StepStatus
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from tests.procedures.driving import Driver, driving, told
from tests.procedures.recover.cases import CASES, Broken


async def broken(demo: serve.Demo, case: Broken) -> None:
    """Make the faults, and wait until the pair shows them."""
    for name, on in case.faults:
        await demo.cluster.fault(name, on)
    async with asyncio.timeout(30):
        while len(owners(demo)) == 1 and all(lb_runs(demo)):
            await asyncio.sleep(0.05)


def owners(demo: serve.Demo) -> list[str]:
    return [lb.name for lb in demo.cluster.lbs if lb.stack.owns(VIP)]


def lb_runs(demo: serve.Demo) -> list[bool]:
    units = [lb.manager.find("keepalived") for lb in demo.cluster.lbs]
    return [unit is not None and unit.active == "active" for unit in units]


async def recover(driver: Driver, case: Broken) -> Run:
    run = Run(driver.door, await driver.plan(case.procedure, **case.given), overwrite=True)
    await run.execute()
    return run


async def troubles_of(demo: serve.Demo) -> list[str]:
    """Return what is still found wrong after some looks at the site."""
    for _ in range(3):
        monitor = Monitor(Transport(load(demo.inventory), prompter=NoPrompter()), follow=False)
        state = await look(monitor, 30.0)
        if not (wrong := judge(state, monitor.now()).troubles):
            return []
    return [str(one.note) for one in wrong]


async def all_of(tries: dict[str, Coroutine[None, None, None]]) -> None:
    """Run cases side by side, each on a demo of its own: they wait for timers most of the time."""
    ended = await asyncio.gather(*tries.values(), return_exceptions=True)
    wrong = {name: repr(one) for name, one in zip(tries, ended, strict=True) if one is not None}
    assert not wrong, wrong


async def test_one_owner_again() -> None:
    await all_of({case.name: _recovered(case) for case in CASES})


async def _recovered(case: Broken) -> None:
    async with serve.running() as demo:
        await broken(demo, case)
        async with driving(demo.inventory) as driver:
            run = await recover(driver, case)
            assert run.progress.status is RunStatus.DONE, told(run)
        assert len(owners(demo)) == 1
        assert await troubles_of(demo) == []


async def _stopped_at(run: Run, number: int) -> None:
    """Run until so many steps are done, then stop it as an operator would."""

    def hear(progress: RunProgress) -> None:
        if progress.count(StepStatus.DONE) >= number:
            run.stop()

    run.subscribe(hear)
    await run.execute()


async def _cut_off_at(run: Run, number: int) -> None:
    """Run until so many steps are done, then end it in the middle of the next one."""
    reached = asyncio.Event()

    def hear(progress: RunProgress) -> None:
        if progress.count(StepStatus.DONE) >= number and progress.count(StepStatus.RUNNING):
            reached.set()

    run.subscribe(hear)
    going = asyncio.create_task(run.execute())
    waiting = asyncio.create_task(reached.wait())
    await asyncio.wait({going, waiting}, return_when=asyncio.FIRST_COMPLETED)
    going.cancel()
    waiting.cancel()
    await asyncio.gather(going, waiting, return_exceptions=True)


async def test_a_recovery_that_was_interrupted_is_finished() -> None:
    tries = {}
    for number in (0, 1, 2, 4):
        tries[f"stopped at {number}"] = _finished(number, _stopped_at)
        tries[f"cut off at {number}"] = _finished(number, _cut_off_at)
    await all_of(tries)


async def _finished(number: int, end: Callable[[Run, int], Awaitable[None]]) -> None:
    case = next(one for one in CASES if one.name == "password")
    async with serve.running() as demo:
        await broken(demo, case)
        async with driving(demo.inventory) as driver:
            first = Run(driver.door, await driver.plan(case.procedure), overwrite=True)
            await end(first, number)
        async with driving(demo.inventory) as driver:
            again = await recover(driver, case)
            assert again.progress.status is RunStatus.DONE, told(again)
        assert len(owners(demo)) == 1
        assert await troubles_of(demo) == []


async def test_the_cause_that_is_still_there_leaves_one_owner() -> None:
    """Nothing is mended: the other is let in, takes the VIP as well, and is stopped again."""
    case = next(one for one in CASES if one.name == "password")
    async with serve.running() as demo:
        await broken(demo, case)
        async with driving(demo.inventory) as driver:
            plan = await driver.plan("recover-split-brain", settings="no", firewall="no")
            run = Run(driver.door, plan)
            await run.execute()
            assert run.progress.status is RunStatus.FAILED
            failed = [s for s in run.plan.steps if run.progress.of(s.id).status == "failed"]
            assert [step.id for step in failed] == ["let in@lb02"]
            assert "still do not hear one another" in str(run.progress.of("let in@lb02").problem)
        assert owners(demo) == ["lb01"]


async def test_maintenance_of_each_role() -> None:
    async with serve.running() as demo, driving(demo.inventory) as driver:
        await driver.apply("drain", host="lb01")
        assert owners(demo) == ["lb02"]
        keepalived = demo.cluster.hosts["lb01"].manager.find("keepalived")
        assert keepalived is not None and keepalived.active == "inactive"
        await driver.apply("bring-back", host="lb01")
        assert owners(demo) == ["lb01"]
        await _forced(driver, "drain", host="web01")
        refused = await _refusal(driver, "drain", host="web02")
        assert "only web node in use" in refused
        await _forced(driver, "bring-back", host="web01")
        before = len(driver.changes)
        await driver.apply("bring-back", host="web01")
        assert len(driver.changes) == before
        assert await troubles_of(demo) == []


async def _forced(driver: Driver, name: str, **given: str) -> None:
    """The demo's files were put there with it, not by a plan: replacing them takes a word."""
    run = Run(driver.door, await driver.plan(name, **given), overwrite=True)
    await run.execute()
    assert run.progress.status is RunStatus.DONE, told(run)


async def _refusal(driver: Driver, name: str, **given: str) -> str:
    from haconsole.procedures.errors import ProcedureError

    with pytest.raises(ProcedureError) as refused:
        await driver.plan(name, **given)
    return str(refused.value)
