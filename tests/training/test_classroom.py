"""A lesson from its first step to its score, on a real demo."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from haconsole.training.lesson import (
    Check,
    Choice,
    Deed,
    DeedKind,
    Lesson,
    Question,
    Step,
    Words,
)
from haconsole.training.standing import Phase

from .sitting import Desk, at_a_demo

pytestmark = pytest.mark.slow


def act(name: str, **settings: str) -> Deed:
    return Deed(DeedKind.ACT, name, settings)


def check(probe: str, within: float = 15.0, hold: float = 0.0, **settings: str) -> Check:
    return Check(probe, settings, within, hold)


def words(text: str) -> Words:
    return Words(text, text)


OWNERS = Question(
    words("Who has the VIP then?"),
    (Choice("lb02", words("lb02")), Choice("nobody", words("nobody"))),
    "lb02",
    words("It hears no adverts any more."),
)
STOP = Step(
    "stop",
    words("Stop it"),
    words("keepalived is stopped on lb01."),
    predict=OWNERS,
    task=words("Stop keepalived on lb01."),
    solve=(act("service", host="lb01", unit="keepalived", do="stop"),),
    checks=(check("owner", host="lb02", hold=1.0),),
    hints=(words("Look at the wizards."), words("systemctl stop keepalived")),
)
START = Step(
    "start",
    words("Start it"),
    words("It is started again."),
    task=words("Start keepalived on lb01."),
    solve=(act("service", host="lb01", unit="keepalived", do="start"),),
    checks=(check("owner", host="lb01"),),
)
FAILOVER = Lesson(
    "failover", words("Failover"), words("And back."), 5, steps=(STOP, START), file="here.yaml"
)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with at_a_demo(tmp_path) as desk:
        yield desk


async def test_a_lesson_is_done_step_by_step(desk: Desk) -> None:
    async with desk.sitting(FAILOVER) as learner:
        room = learner.room
        await room.enter()
        assert learner.progress.phase is Phase.ASKING
        room.guess("nobody")
        await learner.becomes(Phase.WORKING)
        assert room.hint() == words("Look at the wizards.")
        await room.do_it()
        await learner.becomes(Phase.PASSED)
        assert [(lost, str(why)) for lost, why in learner.progress.points["stop"].lost] == [
            (10, "the prediction did not come true"),
            (15, "one hint"),
            (60, "it was done for you"),
        ]
        await room.next()
        assert learner.progress.step is START
        await learner.becomes(Phase.WORKING)
        await room.do_it()
        await learner.becomes(Phase.PASSED)
        await room.next()
        await learner.becomes(Phase.OVER)
    known = desk.record.of("failover")
    assert (known.best, known.last, known.left_at) == (28, 28, "")


async def test_a_lesson_is_taken_up_where_it_was_left(desk: Desk) -> None:
    async with desk.sitting(FAILOVER) as learner:
        await learner.room.enter()
        learner.room.guess("lb02")
        await learner.becomes(Phase.WORKING)
        await learner.room.do_it()
        await learner.becomes(Phase.PASSED)
        await learner.room.next()
        assert desk.record.unfinished() == "failover"
        assert desk.record.of("failover").left_at == "start"
    async with desk.sitting(FAILOVER) as again:
        await again.room.enter(1)
        assert (again.progress.phase, again.progress.at) == (Phase.WORKING, 1)
        assert again.progress.points["stop"].points == 40
        assert not again.progress.checks[0].seen.ok
        assert any(one.doing for one in again.told)


async def test_a_reset_brings_back_whatever_was_done(desk: Desk) -> None:
    async with desk.sitting(FAILOVER) as learner:
        await learner.room.enter()
        learner.room.guess("lb02")
        await learner.becomes(Phase.WORKING)
        from haconsole.transport.commands import Command, Effect

        wreck = "rm -rf /etc/keepalived; systemctl stop keepalived nginx"
        for host in ("lb01", "lb02"):
            await desk.door.run(host, Command("wreck", wreck, Effect.CHANGES, root=True))
        await learner.room.reset()
        assert learner.progress.phase is Phase.ASKING
        learner.room.guess("lb02")
        await learner.becomes(Phase.WORKING)
        await learner.room.do_it()
        await learner.becomes(Phase.PASSED)
