"""The desk where lessons are chosen and done: one at a time, whichever screen is on show."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note
from haconsole.telling import say
from haconsole.training.standing import LessonProgress, Phase
from haconsole.ui.errands import Errands
from haconsole.ui.examdesk import ExamDesk
from haconsole.ui.lessoning import School, Shelved, Teaching
from haconsole.ui.lessonleaving import LessonLeaving
from haconsole.ui.lessonsteps import LessonSteps
from haconsole.ui.presentation import lessonasking, lessonexam
from haconsole.ui.presentation.lessonlist import newcomer_line
from haconsole.ui.presentation.lessonpage import words
from haconsole.ui.presentation.lessonwork import BUSY
from haconsole.ui.screens.confirm import ConfirmScreen
from haconsole.words import t

if TYPE_CHECKING:
    from haconsole.ui.app import ConsoleApp
    from haconsole.ui.presentation.ink import Line

#: Seconds between two paintings while something is done for the learner.
GAP_S = 0.1


class LessonDesk:
    """Carries out what the learner wants. ``school`` ``None``: no lessons are to be had here."""

    def __init__(self, app: ConsoleApp, school: School | None) -> None:
        self._app = app
        self.errands = Errands(app)
        self._school = school
        self._deaf: Callable[[], None] = lambda: None
        #: The cluster of somebody's own whose name was typed last.
        self._named: Cluster | None = None
        self.room: Teaching | None = None
        self.exams = ExamDesk(self.errands)
        self.leaving = LessonLeaving(self, school)
        self.steps = LessonSteps(self)
        self.shelf: tuple[Shelved, ...] = tuple(school.shelf()) if school is not None else ()

    @property
    def to_be_had(self) -> bool:
        """Whether this console offers lessons at all."""
        return self._school is not None

    @property
    def progress(self) -> LessonProgress | None:
        """How the open lesson stands."""
        return self.room.progress if self.room is not None else None

    @property
    def examined(self) -> bool:
        """Whether somebody is in an exam now."""
        return self.exams.exam is not None

    @property
    def problems(self) -> tuple[Note, ...]:
        """What is wrong with lesson files or the kept progress."""
        return tuple(self._school.problems) if self._school is not None else ()

    @property
    def busy(self) -> bool:
        """Whether something is being done for the learner."""
        return self.progress is not None and self.progress.phase in BUSY

    @property
    def why_not(self) -> str:
        """Why no lesson can be begun here, as a sentence; empty: it can."""
        session = self._app.session
        if session.replay is not None:
            return session.replay.refusal()
        if not session.feed.site.lab:
            return t(
                "Lessons break things on purpose: they are had on `haconsole demo`, on the lab, "
                "and on sites whose inventory says lab: true."
            )
        if not session.feed.writable:
            return t("This session is read-only: start it with --write to do lessons.")
        if self._school is None:
            return t("No lessons came with this console: begin them with `haconsole train`.")
        return ""

    # Where to look

    def go(self) -> None:
        """Show the open lesson, or else the list."""
        exam = self.exams.exam is not None
        self._app.go("exam" if exam else "lesson" if self.room is not None else "lessons")
        self._app.paint()
        if not exam and self.room is None:
            self.leaving.offer_way_back()

    def read(self) -> None:
        """Look anew how far somebody is in each lesson."""
        if self._school is not None:
            self.shelf = tuple(self._school.shelf())

    def home_line(self, width: int) -> Line | None:
        """Return what the home screen says of lessons."""
        if self.exams.progress is not None:
            return lessonexam.home_line(self.exams.progress, width)
        if self.progress is not None:
            return lessonasking.home_line(self.progress, width)
        fresh = self.shelf and not any(one.begun or one.done for one in self.shelf)
        return newcomer_line(width) if fresh and not self.why_not else None

    # Coming and going

    def begin_at_once(self) -> None:
        """Begin the lesson that the console was opened for."""
        if self._school is None:
            return
        named = self._school.cluster
        if any(cluster.name == named for cluster in self._app.session.feed.site.clusters):
            self._app.action_choose_cluster(named or "")
        name = self._school.start_at
        one = next((each for each in self.shelf if each.lesson.id == name), None)
        if one is not None:
            if self.why_not or one.cannot is not None:
                self.open(one)
            else:
                self._ask_to_begin(one, at=self._school.at)

    def open(self, one: Shelved, *, anew: bool = False) -> None:
        """Begin a lesson, or go on with it; asks before an open one is left."""
        progress = self.progress
        onward = partial(self._ask_to_begin, one, anew=anew, onward=True)
        if self.why_not or one.cannot is not None:
            self._app.tell(self.why_not or say(one.cannot), loud=True)
        elif not self.leaving.free():
            return
        elif self.exams.progress is not None and self.exams.progress.lesson.id == one.lesson.id:
            self.go()
        elif self.exams.progress is not None:
            self.ask_to_leave(then=onward)
        elif progress is None:
            self._ask_to_begin(one, anew=anew)
        elif progress.lesson.id == one.lesson.id and not anew:
            self.go()
        elif progress.phase is Phase.OVER:
            self.leave(then=onward)
        else:
            asked = lessonasking.other_words(progress, own=self.leaving.own)
            screen = ConfirmScreen(asked, t("Leave it"), t("Stay"))
            self.errands.ask(screen, lambda: self.leave(then=onward))

    def _ask_to_begin(
        self, one: Shelved, *, anew: bool = False, at: int | None = None, onward: bool = False
    ) -> None:
        """Ask for the cluster's name where it is somebody's own: lessons take it apart.

        ``onward``: from another lesson; one on the same cluster is not asked about again.
        """
        cluster, school = self._app.session.cluster, self._school

        def begin() -> None:
            self._named = cluster
            self._begin(one, cluster, anew=anew, at=at)

        if (
            school is None
            or cluster is None
            or not school.own_hosts
            or (onward and cluster == self._named)
        ):
            begin()
        else:
            known = school.unended(cluster)
            before = None if known is None else (self.title_of(known.lesson), known.at)
            asked = lessonasking.own_hosts_words(one.lesson, cluster, before)
            screen = ConfirmScreen(asked, t("Begin"), t("Cancel"), name=cluster.name)
            self.errands.ask(screen, begin)

    def _begin(self, one: Shelved, cluster: Cluster | None, *, anew: bool, at: int | None) -> None:
        if self._school is None or self.room is not None or self.exams.exam is not None:
            return
        if cluster is None:
            self._app.tell(t("Choose one cluster first: ] shows the next."), loud=True)
            return
        if one.lesson.exam is not None:
            self.exams.begin(self._school.examination(one.lesson, cluster))
            self.go()
            return
        room = self._school.classroom(one.lesson, cluster)
        self.room = room
        self._deaf = room.subscribe(lambda _: self._app.paint_soon(GAP_S))
        if at is None:
            at = 0 if anew or not one.begun else one.at
        self.errands.work(room.run, "lesson-checks")
        self.errands.act(partial(room.enter, at), "lesson-act")
        self.go()

    def ask_to_leave(self, then: Callable[[], object] | None = None) -> None:
        """Ask, then leave the exam."""
        asked = lessonexam.leave_words(own=self.leaving.own)
        screen = ConfirmScreen(asked, t("Leave it"), t("Stay"))
        self.errands.ask(screen, lambda: self.leave(then=then))

    def leave(self, then: Callable[[], object] | None = None) -> None:
        """Leave the open lesson or exam."""
        self.leaving.leave(then)

    def close(self) -> None:
        """Hear of what was open no more."""
        self._deaf()
        self.exams.close()
        self._app.workers.cancel_group(self._app, "lesson-checks")
        self.room = None
        self.read()

    def leave_console(self) -> bool:
        """Ask before the console is closed with a lesson open; whether there was need to."""
        return self.leaving.leave_console()

    def title_of(self, lesson_id: str) -> str:
        """Return a lesson's title, or its name where it is not to be had here."""
        found = (words(one.lesson.title) for one in self.shelf if one.lesson.id == lesson_id)
        return next(found, lesson_id)

    def next_lesson(self, progress: LessonProgress) -> None:
        """Leave a lesson that is over for the one after it."""
        ids = [one.lesson.id for one in self.shelf]
        at = ids.index(progress.lesson.id) + 1 if progress.lesson.id in ids else len(ids)
        after = next((one for one in self.shelf[at:] if one.cannot is None), None)
        if after is None:
            self.leave()
        else:
            self.leave(then=partial(self._ask_to_begin, after, onward=True))
