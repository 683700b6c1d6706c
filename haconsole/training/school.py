"""The school: lessons, the cluster that they are done on, and how far the learner is in each."""

from __future__ import annotations

import difflib
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note
from haconsole.inventory.problems import Problem
from haconsole.monitor.feed import Feed
from haconsole.training.lesson import Lesson, Start
from haconsole.training.loading import SHIPPED, LessonError, load_folder
from haconsole.training.progress import Record
from haconsole.training.refusing import refusal
from haconsole.training.shelf import Shelved
from haconsole.training.stage import Stage
from haconsole.transport.commands import Effect, LedgerEntry
from haconsole.transport.door import Door, LedgerListener
from haconsole.words import language, t

if TYPE_CHECKING:
    from haconsole.training.classroom import Classroom
    from haconsole.training.exam import Examination
    from haconsole.training.verify import Proof

#: A changing command that changes nothing: a plan's lock.
_LOCK = "hold the lock"


class _Means(TypedDict):
    """What every classroom is made with."""

    door: Door
    feed: Feed
    stage: Stage
    record: Record


class SchoolError(Exception):
    """A lesson cannot be had; the message is the sentence to show."""


class Tended:
    """A stage that knows whether anything was changed since it was put back.

    ``clean``: what it was begun as, where nobody has changed anything yet.
    """

    def __init__(self, stage: Stage, clean: Start | None = None) -> None:
        self.stage = stage
        self._clean = clean

    @property
    def kind(self) -> str:
        """What sort of cluster it is."""
        return self.stage.kind

    def missing(self, start: Start) -> Note | None:
        """Say what of ``start`` this cluster cannot be."""
        return self.stage.missing(start)

    def clean(self, start: Start) -> bool:
        """Whether it is what ``start`` wants, and nothing was changed since it became that."""
        return self._clean is not None and _same(self._clean, start)

    def heard(self, entry: LedgerEntry) -> None:
        """Take a line of the ledger: what changes a host makes the cluster another one."""
        if entry.effect is Effect.CHANGES and entry.name != _LOCK:
            self._clean = None

    async def reset(self, start: Start) -> None:
        """Put it back; raises ``StageError``."""
        self._clean = None
        await self.stage.reset(start)
        self._clean = start


def _same(one: Start, other: Start) -> bool:
    return (one.state, one.family, one.keepalived) == (other.state, other.family, other.keepalived)


class School:
    """Lessons on one stage. ``attach`` it to a session before classrooms are opened.

    ``start_at``: the lesson that is begun at once, ``at``: at which step (``None``: where it was
    left). ``clean``: what the stage was begun as, where nothing was changed since.
    """

    def __init__(
        self,
        lessons: Sequence[Lesson],
        stage: Stage,
        record: Record | None = None,
        *,
        start_at: str | None = None,
        at: int | None = None,
        clean: Start | None = None,
    ) -> None:
        self.lessons = tuple(lessons)
        self.stage = Tended(stage, clean)
        self.record = record or Record()
        self.start_at = start_at
        self.at = at
        self._door: Door | None = None
        self._feed: Feed | None = None

    def attach(self, door: Door, feed: Feed) -> None:
        """Teach in this session."""
        self._door, self._feed = door, feed
        if hasattr(self.stage.stage, "door"):
            self.stage.stage.door = door

    def hearing(self, record: LedgerListener) -> LedgerListener:
        """Return what takes the session's ledger: ``record``, and this school."""

        def heard(entry: LedgerEntry) -> None:
            record(entry)
            self.stage.heard(entry)

        return heard

    @property
    def problems(self) -> Sequence[Note]:
        """What is wrong with the kept progress, in a sentence."""
        return () if self.record.problem is None else (self.record.problem,)

    @property
    def own_hosts(self) -> bool:
        """Whether the cluster is somebody's own: then beginning takes a word."""
        return self.stage.kind == "hosts"

    def lesson(self, lesson_id: str) -> Lesson:
        """Return a lesson by its id or its number, from 1; ``SchoolError`` names the nearest."""
        return lesson_of(self.lessons, lesson_id)

    def shelf(self) -> Sequence[Shelved]:
        """Return the lessons in their order, each with how far the learner is in it."""
        return [self._shelved(lesson) for lesson in self.lessons]

    def _shelved(self, lesson: Lesson) -> Shelved:
        known = self.record.of(lesson.id)
        return Shelved(
            lesson,
            known.best,
            step_number(lesson, known.left_at),
            begun=bool(known.left_at),
            done=known.best is not None,
            cannot=refusal(lesson, self.stage),
        )

    def classroom(self, lesson: Lesson, cluster: Cluster) -> Classroom:
        """Return a classroom that nobody has entered yet."""
        from haconsole.training.classroom import Classroom

        return Classroom(lesson, cluster=cluster, **self._means(cluster))

    def examination(self, lesson: Lesson, cluster: Cluster, seed: int | None = None) -> Examination:
        """Return an exam that nobody has entered yet: of a lesson with ``exam``, no steps."""
        from haconsole.training.exam import Examination

        return Examination(lesson, cluster=cluster, seed=seed, **self._means(cluster))

    def proofs(
        self, lesson: Lesson, cluster: Cluster, *, thorough: bool = False
    ) -> AsyncGenerator[Proof, None]:
        """Return the proof of a lesson, step by step; of an exam, fault by fault.

        ``thorough``: that it can be taken up in the middle, too.
        """
        from haconsole.training.verify import prove
        from haconsole.training.verify_exam import prove_exam

        if lesson.exam is None:
            return prove(self.classroom(lesson, cluster), thorough=thorough)
        means = self._means(cluster)
        return prove_exam(
            lesson,
            cluster=cluster,
            door=means["door"],
            feed=means["feed"],
            stage=means["stage"],
        )

    def _means(self, cluster: Cluster) -> _Means:
        if self._door is None or self._feed is None:
            raise SchoolError(t("There is no session to teach in."))
        if hasattr(self.stage.stage, "cluster"):
            # What is put back must be what is learned on.
            self.stage.stage.cluster = cluster
        return {
            "door": self._door,
            "feed": self._feed,
            "stage": self.stage,
            "record": self.record,
        }


def lesson_of(lessons: Sequence[Lesson], name: str) -> Lesson:
    """Return a lesson by its id or its number, from 1; ``SchoolError`` names the nearest."""
    if name.isascii() and name.isdigit() and 1 <= int(name) <= len(lessons):
        return lessons[int(name) - 1]
    ids = [one.id for one in lessons]
    if name in ids:
        return lessons[ids.index(name)]
    near = difflib.get_close_matches(name, ids, 1)
    hint = t(" Did you mean {name}?", name=near[0]) if near else ""
    raise SchoolError(
        t("There is no lesson {name}.{hint} There are: {names}.", name=name, hint=hint,
          names=", ".join(ids))
    )  # fmt: skip


def step_number(lesson: Lesson, step_id: str) -> int:
    """Return a step's index; 0 where the lesson has no such step (any more)."""
    return next((at for at, one in enumerate(lesson.steps) if one.id == step_id), 0)


def every_lesson(folder: Path | None = None) -> tuple[Lesson, ...]:
    """Return the lessons that came with the console, and those of a folder of the user's own.

    Raises ``LessonError`` with file:line where one cannot be used.
    """
    shipped = load_folder(SHIPPED, proven=True)
    if folder is None:
        return shipped
    own = load_folder(folder)
    ids = {one.id: one.file for one in shipped}
    clashes = [
        Problem(one.file, 1, "lesson", t("the lesson {id} is there already; expected another name",
                                         id=one.id))
        for one in own
        if one.id in ids
    ]  # fmt: skip
    if clashes:
        raise LessonError(clashes)
    return shipped + own


def about(lesson: Lesson) -> tuple[str, str]:
    """Return a lesson's title and its line, in the language of the session."""
    return lesson.title.within(language()), lesson.about.within(language())
