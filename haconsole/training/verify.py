"""The proof of a lesson: every step is tried as a learner would find it, and done for him.

Before a step is solved its checks must not all hold (else it teaches nothing), unless it says that
they do (``seen_before``); after it is solved they must, within the time that they name. In the end
the cluster is put back, and must be what the lesson began with.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from haconsole.domain.notes import Note, note
from haconsole.training.checking import PATIENCE_S
from haconsole.training.classroom import Classroom
from haconsole.training.standing import CheckView, LessonProgress, Phase

#: For how long the checks of a step are watched before it is solved, seconds; and where something
#: was done for the step, which may still come into effect. What holds by then would have passed
#: without the learner.
BEFORE_S, BEFORE_SETTLED_S = 1.2, 3.0
#: What a busy machine may add to the time that a check names, seconds.
GRACE_S = 10.0
_ENTER_S, _DEED_S = 240.0, 400.0
_TICK_S = 0.05


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of one step. ``problem`` ``None``: it is as it should be.

    ``step``: its id; ``""`` is the setting up, ``"reset"`` the way back, ``"taken up"`` the way to
    the last one. ``seconds``: how long it took, ``passed_s``: how long its checks took to hold
    after it was solved.
    """

    lesson: str
    step: str
    seconds: float
    passed_s: float = 0.0
    problem: Note | None = None

    @property
    def good(self) -> bool:
        """Whether it is as it should be."""
        return self.problem is None


class _Flaw(Exception):  # noqa: N818 - not an error of ours: it is what a proof finds
    """What is wrong with the step at hand."""

    def __init__(self, told: Note) -> None:
        super().__init__(str(told))
        self.note = told


async def prove(
    room: Classroom,
    *,
    thorough: bool = False,
    clock: Callable[[], float] = time.monotonic,
    tell: Callable[[Note], None] = lambda said: None,
) -> AsyncGenerator[Proof, None]:
    """Do a lesson from its first step to its last, and yield what came of each.

    The first flaw ends the steps; the way back is tried in any case. ``thorough``: then the lesson
    is taken up at its last step, as after it was left there. The room is left in the end, whatever
    ends the proof: ``tell`` hears what is done on the way out, and what could not be undone.
    """
    trying = asyncio.create_task(room.run(), name="checks")
    lesson = room.lesson
    try:
        for at in range(-1, len(lesson.steps)):
            began = clock()
            step_id = lesson.steps[at].id if at >= 0 else ""
            passed_s, problem = 0.0, None
            try:
                if at < 0:
                    await _enter(room)
                else:
                    passed_s = await _step(room, at, clock)
            except _Flaw as flaw:
                problem = flaw.note
            yield Proof(lesson.id, step_id, clock() - began, passed_s, problem)
            if problem is not None:
                break
        began = clock()
        problem = await _back(room)
        yield Proof(lesson.id, "reset", clock() - began, 0.0, problem)
        if thorough and problem is None and lesson.steps:
            began = clock()
            problem = await _taken_up(room)
            yield Proof(lesson.id, "taken up", clock() - began, 0.0, problem)
    finally:
        await leaving(room, tell)
        trying.cancel()
        await asyncio.gather(trying, return_exceptions=True)


async def leaving(room: Classroom, tell: Callable[[Note], None]) -> None:
    """Leave a room, and tell what is done meanwhile and what stays."""
    deaf = room.subscribe(doings(tell))
    try:
        if (problem := await room.leave()) is not None:
            tell(problem)
    finally:
        deaf()


def doings(tell: Callable[[Note], None]) -> Callable[[LessonProgress], None]:
    """Return what hears of a lesson, and tells what is being done for it, each once."""
    told: list[Note | None] = [None]

    def hear(progress: LessonProgress) -> None:
        if progress.phase is Phase.RESETTING and progress.doing not in (None, told[-1]):
            told.append(progress.doing)
            tell(progress.doing or note(""))

    return hear


async def _enter(room: Classroom) -> None:
    try:
        async with asyncio.timeout(_ENTER_S):
            await room.enter()
    except TimeoutError:
        raise _Flaw(note("it was not set up within {seconds} s", seconds=f"{_ENTER_S:g}")) from None
    _whole(room.progress)


async def _step(room: Classroom, at: int, clock: Callable[[], float]) -> float:
    """Do one step; returns how long its checks took to hold, seconds."""
    step = room.lesson.steps[at]
    if room.progress.at != at:
        raise _Flaw(note("the lesson went on to another step"))
    if step.predict is not None:
        await _phase(room, (Phase.ASKING,), GRACE_S)
        room.guess(step.predict.answer)
    await _phase(room, (Phase.WORKING, Phase.PASSED), _DEED_S)
    if step.solve:
        await _unsolved(room)
        if room.progress.phase is Phase.WORKING:
            await _within(room.do_it())
            if room.progress.problem is not None:
                raise _Flaw(note("it could not be done: {why}", why=room.progress.problem))
    solved = clock()
    await _passes(room)
    passed_s = clock() - solved
    await _within(room.next())
    _whole(room.progress)
    return passed_s


async def _within(doing: Awaitable[None]) -> None:
    """Wait for something to be done to the hosts; what takes too long is a flaw."""
    try:
        async with asyncio.timeout(_DEED_S):
            await doing
    except TimeoutError:
        raise _Flaw(note("it was not done within {seconds} s", seconds=f"{_DEED_S:g}")) from None


async def _unsolved(room: Classroom) -> None:
    """See that the step does not pass without being solved, unless it says that it does."""
    step = room.progress.step
    if step is None or not step.checks or step.seen_before:
        return
    longest = max(one.hold_s for one in step.checks)
    least_s = BEFORE_SETTLED_S if step.setup else BEFORE_S
    deadline = asyncio.get_running_loop().time() + least_s + longest
    while asyncio.get_running_loop().time() < deadline:
        if room.progress.phase is Phase.PASSED:
            raise _Flaw(
                note(
                    "its checks hold before it is solved: {seen}", seen=_seen(room.progress.checks)
                )
            )
        await asyncio.sleep(_TICK_S)


async def _passes(room: Classroom) -> None:
    patience_s = max(
        (one.check.within_s + one.check.hold_s for one in room.progress.checks), default=PATIENCE_S
    )
    if not await _becomes(room, (Phase.PASSED,), patience_s + GRACE_S):
        failing = [one for one in room.progress.checks if one.since is None]
        raise _Flaw(
            note("its checks do not hold within {seconds} s: {seen}", seconds=f"{patience_s:g}",
                 seen=_seen(failing or room.progress.checks))
        )  # fmt: skip


async def _back(room: Classroom) -> Note | None:
    """Put the cluster back, as a learner in trouble would; returns what is wrong then."""
    try:
        async with asyncio.timeout(_ENTER_S):
            await room.put_back()
    except TimeoutError:
        return note("it was not put back within {seconds} s", seconds=f"{_ENTER_S:g}")
    return room.progress.problem


async def _taken_up(room: Classroom) -> Note | None:
    """Go to the last step, earlier ones being done unseen; returns what is wrong then."""
    try:
        async with asyncio.timeout(_DEED_S):
            await room.enter(len(room.lesson.steps) - 1)
    except TimeoutError:
        return note("it was not set up within {seconds} s", seconds=f"{_DEED_S:g}")
    return room.progress.problem


async def _phase(room: Classroom, phases: tuple[Phase, ...], within_s: float) -> None:
    if not await _becomes(room, phases, within_s):
        raise _Flaw(
            note("it stays “{phase}” for {seconds} s", phase=room.progress.phase.value,
                 seconds=f"{within_s:g}")
        )  # fmt: skip


async def _becomes(room: Classroom, phases: tuple[Phase, ...], within_s: float) -> bool:
    deadline = asyncio.get_running_loop().time() + within_s
    while room.progress.phase not in phases:
        _whole(room.progress)
        if asyncio.get_running_loop().time() >= deadline:
            return False
        await asyncio.sleep(_TICK_S)
    return True


def _whole(progress: LessonProgress) -> None:
    if progress.phase is Phase.BROKEN:
        raise _Flaw(progress.problem or note("nobody knows why"))


def _seen(views: tuple[CheckView, ...] | list[CheckView]) -> Note:
    """Return what checks see, in one note."""
    if not views:
        return note("there are no checks")
    found = note("{probe}: {seen}", probe=views[0].check.probe, seen=views[0].seen.note)
    for one in views[1:]:
        found = note("{first}; {probe}: {seen}", first=found, probe=one.check.probe,
                     seen=one.seen.note)  # fmt: skip
    return found
