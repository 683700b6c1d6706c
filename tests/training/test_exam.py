"""An exam on a real demo: a fault drawn by chance, named, mended, and what clients felt."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from haconsole.procedures.drill.leftovers import leftovers
from haconsole.training.exam import Examination
from haconsole.training.exam_standing import ExamPhase, ExamProgress
from haconsole.training.lesson import Exam, ExamFault, Lesson, Words
from haconsole.transport.commands import Command, Effect
from tests.support.waiting import until

from .lessons import act, fault, words
from .sitting import Desk, at_a_demo

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

STOP = ExamFault(
    fault("backend-down", host="web01"),
    ("nginx-dead", "backend-dead"),
    (act("service", host="web01", unit="nginx", do="start"),),
)
EXAM = Lesson("exam", words("Exam"), Words(), 5, exam=Exam((STOP,), rounds=1))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    async with at_a_demo(tmp_path_factory.mktemp("record")) as desk:
        yield desk


@contextlib.asynccontextmanager
async def examined(desk: Desk) -> AsyncIterator[tuple[Examination, list[ExamProgress]]]:
    exam = Examination(
        EXAM,
        door=desk.door,
        feed=desk.feed,
        cluster=desk.feed.site.clusters[0],
        stage=desk.stage,
        record=desk.record,
        seed=3,
    )
    told: list[ExamProgress] = []
    exam.subscribe(told.append)
    await exam.enter()
    try:
        yield exam, told
    finally:
        await exam.leave()


async def becomes(exam: Examination, phase: ExamPhase, timeout_s: float = 40.0) -> None:
    await until(lambda: exam.progress.phase in (phase, ExamPhase.BROKEN), timeout_s)
    assert exam.progress.phase is phase, exam.progress.problem


async def broken(desk: Desk) -> list[str]:
    found = await leftovers(desk.door, desk.feed.site.clusters[0])
    return [f"{one.scenario}@{one.host}" for one in found if not one.undone]


async def test_named_and_mended(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with examined(desk) as (exam, told):
        await becomes(exam, ExamPhase.WATCHING)
        causes = [one.cause for one in exam.progress.choices]
        assert len(causes) == 5
        assert not exam.answer("nginx-dead"), "nothing is broken yet"
        wrong = next(cause for cause in causes if cause not in STOP.causes)
        assert not exam.answer(wrong)
        nginx = desk.feed.state.host("web01").unit
        while (unit := nginx("nginx.service")) is None or unit.active == "active":
            await asyncio.sleep(0.1)
            nginx = desk.feed.state.host("web01").unit
        assert all(not one.results for one in told), "what was broken is told when it is over"
        # The plan that makes it is over once its node has told so.
        while exam.progress.phase is ExamPhase.WATCHING and not exam.answer("nginx-dead"):
            await asyncio.sleep(0.2)
        await becomes(exam, ExamPhase.MENDING)
        await desk.door.run(
            "web01", Command("by hand", "systemctl start nginx", Effect.CHANGES, root=True)
        )
        await becomes(exam, ExamPhase.ROUND_OVER, 60.0)
        (result,) = exam.progress.results
        assert (result.fault, result.hosts, result.gave_up) == ("backend-down", ("web01",), False)
        assert set(result.wrong) == {"nginx-dead", wrong}
        assert result.detected_s is not None
        assert result.mended_s is not None
        assert result.felt.sent > 50
        assert result.points.points == 70
        assert await broken(desk) == []
        await exam.next()
        await becomes(exam, ExamPhase.OVER)
        assert (exam.progress.score, desk.record.of("exam").best) == (70, 70)
        report = Path(exam.progress.report)
        assert report.parent == tmp_path / "haconsole" / "drills"
        assert "seed 3" in report.read_text()


async def test_given_up_it_is_mended_and_counts_nothing(desk: Desk) -> None:
    async with examined(desk) as (exam, _):
        await becomes(exam, ExamPhase.WATCHING)
        exam.give_up()
        await becomes(exam, ExamPhase.ROUND_OVER, 60.0)
        assert exam.progress.results[0].points.points == 0
        assert await broken(desk) == []


async def test_left_in_the_middle_nothing_stays_broken(desk: Desk) -> None:
    async with examined(desk) as (exam, _):
        await becomes(exam, ExamPhase.WATCHING)
        async with asyncio.timeout(40.0):
            while not await broken(desk):
                await asyncio.sleep(0.2)
    assert await broken(desk) == []
