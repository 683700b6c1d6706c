"""The proof of lessons finds what is wrong with one, and says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from haconsole.training.lesson import Lesson
from haconsole.training.verify import Proof, prove

from .lessons import DEAD_WEB, FAILOVER, LOOK, START, STOP, WELL, act, check, fault, lesson
from .sitting import Desk, at_a_demo

#: ``is`` is a word of Python's.
FAILED: Any = {"is": "failed"}

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    async with at_a_demo(tmp_path_factory.mktemp("record")) as desk:
        yield desk


async def proven(desk: Desk, one: Lesson, *, thorough: bool = False) -> list[Proof]:
    async with desk.sitting(one) as learner:
        return [proof async for proof in prove(learner.room, thorough=thorough)]


async def flaw(desk: Desk, one: Lesson) -> str:
    """Prove a lesson that is wrong; returns what is said of it. The way back is good all the same."""
    *steps, back = await proven(desk, one)
    assert back.step == "reset"
    assert back.good, back.problem
    *before, last = steps
    assert all(proof.good for proof in before)
    return f"{last.step}: {last.problem}"


@pytest.mark.parametrize("one", [FAILOVER, DEAD_WEB], ids=lambda one: one.id)
async def test_a_good_lesson(desk: Desk, one: Lesson) -> None:
    found = await proven(desk, one, thorough=True)
    assert all(proof.good for proof in found), [str(proof.problem) for proof in found]
    steps = [step.id for step in one.steps]
    assert [proof.step for proof in found] == ["", *steps, "reset", "taken up"]


async def test_a_step_that_passes_without_being_solved(desk: Desk) -> None:
    idle = replace(START, checks=(check("owner", host="lb01"),))
    said = await flaw(desk, lesson("idle", idle))
    assert said.startswith("start: its checks hold before it is solved: owner: ")


async def test_that_is_as_it_should_be_where_the_step_says_so(desk: Desk) -> None:
    idle = replace(START, checks=(check("owner", host="lb01"),), seen_before=True)
    assert all(proof.good for proof in await proven(desk, lesson("idle", idle)))


async def test_a_step_whose_solution_does_not_solve_it(desk: Desk) -> None:
    wrong = replace(STOP, checks=(check("owner", within=0.5, host="web01"),), predict=None)
    said = await flaw(desk, lesson("wrong", wrong))
    assert said.startswith("stop: its checks do not hold within 0.5 s: owner: ")


async def test_a_deed_that_cannot_be_done(desk: Desk) -> None:
    said = await flaw(desk, lesson("wrong", replace(STOP, solve=(act("service"),))))
    assert said.startswith("stop: it could not be done: ")
    said = await flaw(
        desk, lesson("wrong", replace(LOOK, setup=(fault("backend-down", host="lb01"),)))
    )
    assert "not for lb01" in said


async def test_the_steps_after_a_flaw_are_not_tried(desk: Desk) -> None:
    wrong = replace(
        WELL, checks=(check("service", within=0.5, host="lb02", unit="nginx", **FAILED),)
    )
    found = await proven(desk, lesson("wrong", WELL, wrong, FAILOVER.steps[1]))
    assert [proof.step for proof in found] == ["", "well", "well", "reset"]
