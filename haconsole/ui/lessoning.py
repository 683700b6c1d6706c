"""What the screens need of lessons, and where they come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note
from haconsole.procedures.plan import Plan
from haconsole.training.begun import Unended
from haconsole.training.exam_standing import ExamProgress
from haconsole.training.lesson import Lesson, Words
from haconsole.training.shelf import Shelved
from haconsole.training.standing import LessonProgress

__all__ = ["Examining", "School", "Shelved", "Teaching", "preselected"]


class Teaching(Protocol):
    """A lesson that is being done (``training.classroom.Classroom``)."""

    @property
    def progress(self) -> LessonProgress:
        """How it stands."""
        ...

    def subscribe(self, listener: Callable[[LessonProgress], None]) -> Callable[[], None]:
        """Call ``listener`` on each change; returns what ends that."""
        ...

    async def enter(self, at: int = 0) -> None:
        """Set the cluster up for the lesson, and go to step ``at``."""
        ...

    async def run(self) -> None:
        """Try the checks until cancelled."""
        ...

    def guess(self, key: str) -> None:
        """Take the learner's prediction; then the step is prepared."""
        ...

    def hint(self) -> Words | None:
        """Give the next hint; ``None``: there is no further one."""
        ...

    async def plan_for_me(self) -> Plan | None:
        """Return what is to be done next as a plan; ``None``: there is nothing to do."""
        ...

    async def do_it(self) -> None:
        """Do what is left of the step."""
        ...

    async def next(self) -> None:
        """Go to the next step."""
        ...

    async def reset(self) -> None:
        """Bring the cluster back to where this step begins."""
        ...

    async def leave(self) -> Note | None:
        """Undo what the lesson broke; keep the progress. Returns what could not be undone."""
        ...


class Examining(Protocol):
    """An exam that goes on (``training.exam.Examination``)."""

    @property
    def progress(self) -> ExamProgress:
        """How it stands."""
        ...

    def subscribe(self, listener: Callable[[ExamProgress], None]) -> Callable[[], None]:
        """Call ``listener`` on each change; returns what ends that."""
        ...

    async def enter(self) -> None:
        """Set the cluster up, and begin the first round."""
        ...

    def answer(self, cause: str) -> bool:
        """Say what the cause is; whether it is right."""
        ...

    def give_up(self) -> None:
        """Have it mended; the round ends without points."""
        ...

    async def next(self) -> None:
        """Go on to the next round, or to the end."""
        ...

    async def reset(self) -> None:
        """Put the cluster back; the round is begun again."""
        ...

    async def leave(self) -> Note | None:
        """Undo what the exam broke; returns what could not be undone."""
        ...


class School(Protocol):
    """Where lessons are had (``training.school.School``).

    ``start_at``: the lesson that the console is opened for; ``at``: at which of its steps
    (``None``: where it was left), and on which cluster (its name; ``None``: there is but one).
    """

    start_at: str | None
    at: int | None
    cluster: str | None

    @property
    def problems(self) -> Sequence[Note]:
        """What is wrong with the kept progress, in sentences."""
        ...

    @property
    def own_hosts(self) -> bool:
        """Whether the cluster is somebody's own: then beginning takes a word."""
        ...

    def unended(self, cluster: Cluster) -> Unended | None:
        """Return the lesson that was begun on these hosts of one's own, and never left."""
        ...

    async def put_back(self, cluster: Cluster, doing: Callable[[Note], None]) -> Note | None:
        """Put hosts back to where such a lesson began; returns why they could not be."""
        ...

    def shelf(self) -> Sequence[Shelved]:
        """Return the lessons in their order, each with how far somebody is in it."""
        ...

    def classroom(self, lesson: Lesson, cluster: Cluster) -> Teaching:
        """Return a classroom that nobody has entered yet."""
        ...

    def examination(self, lesson: Lesson, cluster: Cluster) -> Examining:
        """Return an exam that nobody has entered yet: of a lesson with ``exam``, no steps."""
        ...


def preselected(shelf: Sequence[Shelved]) -> int:
    """Return the row to begin on: the newest that is begun and not done, else the first new one."""
    begun = [i for i, one in enumerate(shelf) if one.begun and not one.done and not one.cannot]
    if begun:
        return begun[-1]
    fresh = (i for i, one in enumerate(shelf) if not one.done and one.cannot is None)
    return next(fresh, 0)
