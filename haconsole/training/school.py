"""The school: lessons, the cluster that they are done on, and how far the learner is in each."""

from __future__ import annotations

import difflib
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note
from haconsole.inventory.problems import Problem
from haconsole.monitor.feed import Feed
from haconsole.training.begun import Begun, Unended
from haconsole.training.lesson import Lesson, Start, Words
from haconsole.training.loading import SHIPPED, LessonError, load_folder
from haconsole.training.progress import Record
from haconsole.training.refusing import refusal
from haconsole.training.shelf import Shelved
from haconsole.training.stage import Stage
from haconsole.training.tended import Tended
from haconsole.transport.commands import LedgerEntry
from haconsole.transport.door import Door, LedgerListener
from haconsole.words import language, t

if TYPE_CHECKING:
    from haconsole.training.classroom import Classroom
    from haconsole.training.exam import Examination
    from haconsole.training.verify import Proof

__all__ = ["School", "SchoolError", "Tended", "about", "every_lesson", "lesson_of", "step_number"]


class _Means(TypedDict):
    """What every classroom is made with."""

    door: Door
    feed: Feed
    stage: Tended
    record: Record


class SchoolError(Exception):
    """A lesson cannot be had; the message is the sentence to show."""


class School:
    """Lessons on one stage. ``attach`` it to a session before classrooms are opened.

    ``start_at``: the lesson that is begun at once, ``at``: at which step (``None``: where it was
    left). ``cluster``: the name of the one that is learned on, where there are several. ``clean``:
    what the stage was begun as, where nothing was changed since. ``begun``: where lessons on hosts
    of one's own are noted down while they go on.
    """

    def __init__(
        self,
        lessons: Sequence[Lesson],
        stage: Stage,
        record: Record | None = None,
        *,
        start_at: str | None = None,
        at: int | None = None,
        cluster: str | None = None,
        clean: Start | None = None,
        begun: Begun | None = None,
    ) -> None:
        self.lessons = tuple(lessons)
        self.stage = Tended(stage, clean, begun or Begun())
        self.record = record or Record()
        self.start_at = start_at
        self.at = at
        self.cluster = cluster
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
        return self.stage.own

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
            cannot=refusal(lesson, self.stage, self._only),
        )

    @property
    def _only(self) -> Cluster | None:
        """The cluster that is learned on, where there can be no other."""
        clusters = self._feed.site.clusters if self._feed is not None else ()
        return clusters[0] if len(clusters) == 1 else None

    def unended(self, cluster: Cluster) -> Unended | None:
        """Return the lesson that was begun on these hosts of one's own, and never left."""
        return None if self._feed is None else self.stage.unended(self._feed.site, cluster)

    async def put_back(self, cluster: Cluster, doing: Callable[[Note], None]) -> Note | None:
        """Put hosts back that a lesson left as they were; returns why they could not be.

        They come to where that lesson began. ``doing`` is told what goes on.
        """
        from haconsole.training.classroom_leaving import put_back

        means, known = self._means(cluster), self.unended(cluster)
        nothing = Words()
        lesson = Lesson(known.lesson if known else "", nothing, nothing, 0)
        for one in self.lessons:
            if known is not None and one.id == known.lesson:
                lesson = replace(one, steps=(), exam=None)
        return await put_back(
            lesson,
            door=means["door"],
            feed=means["feed"],
            cluster=cluster,
            stage=means["stage"],
            doing=doing,
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
        self,
        lesson: Lesson,
        cluster: Cluster,
        *,
        thorough: bool = False,
        tell: Callable[[Note], None] = lambda said: None,
    ) -> AsyncGenerator[Proof, None]:
        """Return the proof of a lesson, step by step; of an exam, fault by fault.

        ``thorough``: that it can be taken up in the middle, too. ``tell``: who hears what is done
        on the way out, and what could not be undone.
        """
        from haconsole.training.verify import prove
        from haconsole.training.verify_exam import prove_exam

        if lesson.exam is None:
            return prove(self.classroom(lesson, cluster), thorough=thorough, tell=tell)
        means = self._means(cluster)
        return prove_exam(
            lesson,
            cluster=cluster,
            door=means["door"],
            feed=means["feed"],
            stage=means["stage"],
            tell=tell,
        )

    def _means(self, cluster: Cluster) -> _Means:
        if self._door is None or self._feed is None:
            raise SchoolError(t("There is no session to teach in."))
        if hasattr(self.stage.stage, "cluster"):
            # What is put back must be what is learned on.
            self.stage.stage.cluster = cluster
        self.stage.take(self._feed.site, cluster)
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
