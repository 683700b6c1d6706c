"""A stage for the lessons' screens: real screens, a classroom that stands as one says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from textual.pilot import Pilot

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note, note
from haconsole.procedures.plan import Plan
from haconsole.training.begun import Unended
from haconsole.training.exam_standing import ExamProgress
from haconsole.training.lesson import Lesson, Words
from haconsole.training.standing import LessonProgress, Phase
from haconsole.ui.app import ConsoleApp
from haconsole.ui.lessoning import Examining, Shelved, Teaching
from tests.support.replay import ReplayFeed
from tests.support.states import Scene, healthy
from tests.ui.helpers import feed_of, until

from .exams import EXAMS
from .film import PHASES, SHELF, plan


class StillRoom:
    """A lesson that stands as it is told to, and notes what it is asked."""

    def __init__(self, lesson: Lesson) -> None:
        self.progress = LessonProgress(lesson)
        self.asked: list[str] = []
        self.tried = 0
        #: What leaving cannot undo.
        self.stays: Note | None = None
        self._listeners: list[Callable[[LessonProgress], None]] = []

    def subscribe(self, listener: Callable[[LessonProgress], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def stand(self, progress: LessonProgress) -> None:
        """Let the lesson stand so from now on."""
        self.progress = progress
        for listener in list(self._listeners):
            listener(progress)

    async def enter(self, at: int = 0) -> None:
        self.asked.append(f"enter {at}")
        self.stand(replace(self.progress, at=at))

    async def run(self) -> None:
        self.tried += 1
        await asyncio.Event().wait()

    def guess(self, key: str) -> None:
        self.asked.append(f"guess {key}")
        self.stand(replace(PHASES["working"], guess=key))

    def hint(self) -> Words | None:
        step = self.progress.step
        if step is None or self.progress.hints >= len(step.hints):
            return None
        self.stand(replace(self.progress, hints=self.progress.hints + 1))
        return step.hints[self.progress.hints - 1]

    async def plan_for_me(self) -> Plan | None:
        return plan()

    async def do_it(self) -> None:
        self.asked.append("do")
        self.stand(PHASES["solving"])

    async def next(self) -> None:
        self.asked.append("next")
        self.stand(LessonProgress(self.progress.lesson, Phase.WORKING, at=self.progress.at + 1))

    async def reset(self) -> None:
        self.asked.append("reset")
        self.stand(PHASES["resetting"])

    async def leave(self) -> Note | None:
        self.asked.append("leave")
        return self.stays


class StillExam:
    """An exam that stands as it is told to; ``right`` is the cause that it takes."""

    right = "firewall-blocks-vrrp"

    def __init__(self, lesson: Lesson) -> None:
        self.progress = replace(EXAMS["setting-up"], lesson=lesson)
        self.asked: list[str] = []
        self._listeners: list[Callable[[ExamProgress], None]] = []

    def subscribe(self, listener: Callable[[ExamProgress], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def stand(self, progress: ExamProgress) -> None:
        """Let the exam stand so from now on."""
        self.progress = progress
        for listener in list(self._listeners):
            listener(progress)

    async def enter(self) -> None:
        self.asked.append("enter")
        self.stand(EXAMS["watching"])

    def answer(self, cause: str) -> bool:
        self.asked.append(f"answer {cause}")
        if cause == self.right:
            self.stand(EXAMS["mending"])
            return True
        self.stand(replace(self.progress, wrong=(*self.progress.wrong, cause)))
        return False

    def give_up(self) -> None:
        self.asked.append("give up")
        self.stand(EXAMS["solving"])

    async def next(self) -> None:
        self.asked.append("next")
        self.stand(EXAMS["over"])

    async def reset(self) -> None:
        self.asked.append("reset")

    async def leave(self) -> Note | None:
        self.asked.append("leave")
        return None


class StillSchool:
    """A shelf of lessons, and still classrooms."""

    own_hosts = False
    problems: Sequence[Note] = ()
    start_at: str | None = None
    at: int | None = None
    cluster: str | None = None

    def __init__(self, shelf: Sequence[Shelved] = SHELF) -> None:
        self.lessons = tuple(shelf)
        self.rooms: list[StillRoom] = []
        self.exams: list[StillExam] = []
        #: What was begun on the cluster of this name and never left.
        self.left: dict[str, Unended] = {}
        #: Where hosts were put back.
        self.put_back_on: list[str] = []
        #: Where classrooms were opened.
        self.places: list[str] = []

    def unended(self, cluster: Cluster) -> Unended | None:
        return self.left.get(cluster.name)

    async def put_back(self, cluster: Cluster, doing: Callable[[Note], None]) -> Note | None:
        doing(note("The cluster is put back to where this lesson begins."))
        self.put_back_on.append(cluster.name)
        return None if self.left.pop(cluster.name, None) else note("there is no way back")

    def shelf(self) -> Sequence[Shelved]:
        return self.lessons

    def examination(self, lesson: Lesson, cluster: Cluster) -> Examining:
        self.exams.append(StillExam(lesson))
        return self.exams[-1]

    def classroom(self, lesson: Lesson, cluster: Cluster) -> Teaching:
        self.rooms.append(StillRoom(lesson))
        self.places.append(cluster.name)
        return self.rooms[-1]

    @property
    def room(self) -> StillRoom:
        return self.rooms[-1]


def pair(*, lab: bool = True) -> Scene:
    """A healthy pair that may be broken."""
    scene = healthy()
    return replace(scene, site=replace(scene.site, lab=lab))


def app_with(
    school: StillSchool | None, *, writable: bool = True, lab: bool = True, **options: object
) -> tuple[ConsoleApp, ReplayFeed]:
    """Return the console on a pair whose lessons come from ``school``."""
    feed = feed_of(pair(lab=lab), writable=writable)
    return ConsoleApp(feed, school=school, **options), feed  # type: ignore[arg-type]  # its own


@asynccontextmanager
async def stage(
    school: StillSchool | None,
    *,
    writable: bool = True,
    lab: bool = True,
    size: tuple[int, int] = (80, 24),
) -> AsyncIterator[tuple[ConsoleApp, ReplayFeed, Pilot[int]]]:
    """Run the console."""
    app, feed = app_with(school, writable=writable, lab=lab)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app, feed, pilot


async def to_list(app: ConsoleApp, pilot: Pilot[int]) -> None:
    """Open the list of lessons."""
    await pilot.press("8")
    await until(pilot, lambda: app.current_mode == "lessons")
    app.paint()
    await pilot.pause()


async def to_lesson(
    app: ConsoleApp, pilot: Pilot[int], school: StillSchool, name: str = "working"
) -> StillRoom:
    """Go on with the lesson that is begun, and let it stand as in the film."""
    await to_list(app, pilot)
    await pilot.press("enter")
    await until(pilot, lambda: app.current_mode == "lesson" and school.room.tried)
    school.room.stand(PHASES["setting-up"])
    app.paint()
    await pilot.pause()
    school.room.stand(PHASES[name])
    app.paint()
    await pilot.pause()
    return school.room


async def to_exam(app: ConsoleApp, pilot: Pilot[int], name: str = "watching") -> StillExam:
    """Begin the exam, which is the list's last, and let it stand as one says."""
    await to_list(app, pilot)
    await pilot.press("G", "enter")
    await until(pilot, lambda: app.current_mode == "exam")
    exam = app.desk.lessons.exams.exam
    assert isinstance(exam, StillExam)
    await until(pilot, lambda: exam.asked)
    exam.stand(EXAMS[name])
    app.paint()
    await pilot.pause()
    return exam
