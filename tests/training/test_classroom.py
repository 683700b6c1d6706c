"""A lesson from its first step to its score, on a real demo."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from haconsole.domain.notes import Note, note
from haconsole.procedures.drill.leftovers import leftovers
from haconsole.training.lesson import Start
from haconsole.training.school import Tended
from haconsole.training.stage import Stage, StageError
from haconsole.training.standing import Phase
from haconsole.transport.commands import Command, Effect
from tests.support.waiting import until

from .lessons import DEAD_WEB, FAILOVER, START, act, check, fault, lesson, words
from .sitting import Desk, at_a_demo

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    async with at_a_demo(tmp_path_factory.mktemp("record")) as desk:
        yield desk


async def broken(desk: Desk) -> list[str]:
    """Return what is armed or noted on the nodes."""
    found = await leftovers(desk.door, desk.feed.site.clusters[0])
    return [f"{one.scenario}@{one.host}" for one in found if not one.undone]


async def wreck(desk: Desk, script: str, *hosts: str) -> None:
    for host in hosts:
        await desk.door.run(host, Command("wreck", script, Effect.CHANGES, root=True))


async def test_a_lesson_is_done_step_by_step(desk: Desk) -> None:
    async with desk.sitting(FAILOVER) as learner:
        room = learner.room
        await room.enter()
        await learner.becomes(Phase.ASKING)
        room.guess("nobody")
        await learner.becomes(Phase.WORKING)
        assert room.hint() == words("Look at the wizards.")
        plan = await room.plan_for_me()
        assert plan is not None
        assert plan.procedure == "act-service"
        await room.do_it()
        await learner.becomes(Phase.PASSED)
        assert [(lost, str(why)) for lost, why in learner.progress.points["stop"].lost] == [
            (10, "the prediction did not come true"),
            (15, "one hint"),
            (60, "it was done for you"),
        ]
        assert Phase.SOLVING in learner.phases
        assert any(one.plan is not None and one.run is not None for one in learner.told)
        await room.next()
        assert learner.progress.step is START
        await learner.becomes(Phase.WORKING)
        await wreck(desk, "systemctl start keepalived", "lb01")  # by hand: it costs nothing
        await learner.becomes(Phase.PASSED)
        await room.next()
        await learner.becomes(Phase.OVER)
    known = desk.record.of("failover")
    assert (known.best, known.last, known.left_at) == (58, 58, "")


async def test_a_lesson_is_taken_up_where_it_was_left(desk: Desk) -> None:
    async with desk.sitting(FAILOVER) as learner:
        await learner.room.enter()
        learner.room.guess("lb02")
        await learner.becomes(Phase.WORKING)
        await learner.room.do_it()
        await learner.becomes(Phase.PASSED)
        # What is passed is passed, even where nobody went on from it.
        assert desk.record.unfinished() == "failover"
        assert desk.record.of("failover").left_at == "start"
    async with desk.sitting(FAILOVER) as again:
        await again.room.enter(1)
        assert (again.progress.phase, again.progress.at) == (Phase.WORKING, 1)
        assert again.progress.points["stop"].points == 40
        assert "is done again" in str([str(one.doing) for one in again.told])
        assert not again.progress.checks[0].seen.ok


async def test_a_reset_brings_back_whatever_was_done(desk: Desk) -> None:
    async with desk.sitting(FAILOVER) as learner:
        await learner.room.enter()
        learner.room.guess("lb02")
        await learner.becomes(Phase.WORKING)
        await wreck(desk, "rm -rf /etc/keepalived; systemctl stop keepalived nginx", "lb01", "lb02")
        await learner.room.reset()
        await learner.becomes(Phase.ASKING)
        learner.room.guess("lb02")
        await learner.becomes(Phase.WORKING)
        await learner.room.do_it()
        await learner.becomes(Phase.PASSED)


async def test_a_reset_ends_a_plan_that_runs(desk: Desk) -> None:
    async with desk.sitting(FAILOVER) as learner:
        await learner.room.enter()
        learner.room.guess("lb02")
        await learner.becomes(Phase.WORKING)
        solving = asyncio.create_task(learner.room.do_it())
        await until(lambda: learner.progress.run is not None)
        await learner.room.reset()
        await asyncio.wait_for(solving, 5.0)
        await learner.becomes(Phase.ASKING)


async def test_a_fault_ends_with_its_step(desk: Desk) -> None:
    async with desk.sitting(DEAD_WEB) as learner:
        await learner.room.enter()
        await learner.becomes(Phase.PASSED)
        assert await broken(desk) == ["backend-down@web01"]
        ((what, host, due),) = learner.progress.faults
        assert (str(what), host) == ("Stop a web node", "web01")
        assert due is not None
        assert 1500 < due - desk.feed.now() < 1900
        await learner.room.next()
        await learner.becomes(Phase.PASSED)
        assert await broken(desk) == []
        assert learner.progress.faults == ()


@pytest.mark.parametrize("how", ["leaves", "is cancelled"])
async def test_nothing_stays_broken_when_the_learner(desk: Desk, how: str) -> None:
    async with desk.sitting(DEAD_WEB) as learner:
        if how == "leaves":
            await learner.room.enter()
            await learner.becomes(Phase.PASSED)
        else:
            entering = asyncio.create_task(learner.room.enter())
            await until(lambda: learner.progress.phase is Phase.PREPARING, 20.0)
            await until(lambda: learner.progress.run is not None, 20.0)
            entering.cancel()
            await asyncio.gather(entering, return_exceptions=True)
    assert await broken(desk) == []


async def test_what_an_earlier_console_left_is_told_and_put_back(desk: Desk) -> None:
    async with desk.sitting(DEAD_WEB) as killed:
        await killed.room.enter()
        await killed.becomes(Phase.PASSED)
        async with desk.sitting(FAILOVER) as learner:
            await learner.room.enter()
            told = [str(one.doing) for one in learner.told]
            assert any("left something broken: backend-down (web01)" in one for one in told), told
            await learner.becomes(Phase.ASKING)
            assert await broken(desk) == []


async def test_what_cannot_be_done_is_said_and_reset_is_the_way_on(desk: Desk) -> None:
    wrong = replace(START, solve=(act("service", host="lb09", unit="keepalived", do="start"),))
    stopped = replace(FAILOVER.steps[0], predict=None)
    async with desk.sitting(lesson("wrong", stopped, wrong)) as learner:
        await learner.room.enter()
        await learner.becomes(Phase.WORKING)
        await learner.room.do_it()
        await learner.becomes(Phase.PASSED)
        await learner.room.next()
        await learner.becomes(Phase.WORKING)
        await learner.room.do_it()
        assert learner.progress.phase is Phase.WORKING
        assert "no host lb09" in str(learner.progress.problem)


class Refusing:
    """A stage that cannot be put back the first time."""

    kind = "demo"

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.resets = 0

    def missing(self, start: Start) -> Note | None:
        return note("There is no other family here.") if start.family == "yum" else None

    async def reset(self, start: Start) -> None:
        self.resets += 1
        if self.resets == 1:
            raise StageError("lb02 does not come back.")
        await self.stage.reset(start)


async def test_a_cluster_that_does_not_come_back_can_be_put_back_again(desk: Desk) -> None:
    stage = Refusing(desk.stage)
    async with replace(desk, stage=stage).sitting(FAILOVER) as learner:
        await learner.room.enter()
        assert (learner.progress.phase, str(learner.progress.problem)) == (
            Phase.BROKEN,
            "lb02 does not come back.",
        )
        await learner.room.reset()
        await learner.becomes(Phase.ASKING)
        assert stage.resets == 2


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (replace(FAILOVER, on=("lab",)), "cannot be done here: it is for lab."),
        (replace(FAILOVER, start=Start(family="yum")), "There is no other family here."),
    ],
)
async def test_a_lesson_that_is_not_for_here_is_refused(desk: Desk, other, why: str) -> None:
    stage = Refusing(desk.stage)
    async with replace(desk, stage=stage).sitting(other) as learner:
        await learner.room.enter()
        assert learner.progress.phase is Phase.BROKEN
        assert why in str(learner.progress.problem)
        assert stage.resets == 0


async def test_a_cluster_that_nobody_touched_is_not_put_back_needlessly(desk: Desk) -> None:
    resets: list[Start] = []

    class Counting(Refusing):
        async def reset(self, start: Start) -> None:
            resets.append(start)
            await self.stage.reset(start)

    tended = Tended(Counting(desk.stage))
    quick = replace(desk, stage=tended)
    async with quick.sitting(FAILOVER) as learner:
        await learner.room.enter()
    async with quick.sitting(FAILOVER) as learner:
        await learner.room.enter()
    assert len(resets) == 1
    seen = len(desk.ledger)
    async with quick.sitting(DEAD_WEB) as learner:
        await learner.room.enter()
        await learner.becomes(Phase.PASSED)
    for entry in desk.ledger[seen:]:
        tended.heard(entry)
    async with quick.sitting(FAILOVER) as learner:
        await learner.room.enter()
    assert len(resets) == 2


async def test_nothing_is_judged_by_how_it_was_before_the_fault(desk: Desk) -> None:
    right = replace(check("arp"), settings={"seen-by": "web01", "points-to": "lb01"})
    step = replace(DEAD_WEB.steps[0], setup=(fault("stale-arp", host="web01"),), checks=(right,))
    async with desk.sitting(lesson("stale", step)) as learner:
        await learner.room.enter()
        await until(lambda: learner.progress.phase in (Phase.WORKING, Phase.PASSED), 30.0)
        await until(lambda: learner.progress.checks[0].seen.ok is not None, 10.0)
        assert learner.progress.checks[0].seen.ok is False
        assert learner.progress.phase is Phase.WORKING
