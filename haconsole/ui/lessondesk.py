"""The desk where lessons are chosen and done: one at a time, whichever screen is on show."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from haconsole.domain.notes import Note
from haconsole.telling import say
from haconsole.training.exam_standing import ExamPhase
from haconsole.training.standing import LessonProgress, Phase
from haconsole.ui.errands import Errands
from haconsole.ui.examdesk import ExamDesk
from haconsole.ui.lessoning import School, Shelved, Teaching
from haconsole.ui.lessonsteps import LessonSteps
from haconsole.ui.presentation import lessonasking, lessonexam
from haconsole.ui.presentation.lessonlist import newcomer_line
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
        self._leaving = False
        self.room: Teaching | None = None
        self.exams = ExamDesk(self.errands)
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
        name = self._school.start_at if self._school is not None else None
        one = next((each for each in self.shelf if each.lesson.id == name), None)
        if self._school is not None and one is not None:
            if self.why_not or one.cannot is not None:
                self.open(one)
            else:
                self._ask_to_begin(one, at=self._school.at)

    def open(self, one: Shelved, *, anew: bool = False) -> None:
        """Begin a lesson, or go on with it; asks before an open one is left."""
        progress = self.progress
        if self.why_not or one.cannot is not None:
            self._app.tell(self.why_not or say(one.cannot), loud=True)
        elif self._leaving:
            self._app.tell(t("A lesson is being left: one moment."))
        elif self.exams.progress is not None and self.exams.progress.lesson.id == one.lesson.id:
            self.go()
        elif self.exams.progress is not None:
            self.ask_to_leave(then=lambda: self._begin(one, anew=anew))
        elif progress is None:
            self._ask_to_begin(one, anew=anew)
        elif progress.lesson.id == one.lesson.id and not anew:
            self.go()
        elif progress.phase is Phase.OVER:
            self.leave(then=lambda: self._begin(one, anew=anew))
        else:
            words = lessonasking.other_words(progress)
            screen = ConfirmScreen(words, t("Leave it"), t("Stay"))
            self.errands.ask(screen, lambda: self.leave(then=lambda: self._begin(one, anew=anew)))

    def _ask_to_begin(self, one: Shelved, *, anew: bool = False, at: int | None = None) -> None:
        """Ask for the cluster's name where it is somebody's own: lessons take it apart."""
        cluster = self._app.session.cluster
        if self._school is not None and self._school.own_hosts and cluster is not None:
            words = lessonasking.own_hosts_words(one.lesson, cluster)
            screen = ConfirmScreen(words, t("Begin"), t("Cancel"), name=cluster.name)
            self.errands.ask(screen, lambda: self._begin(one, anew=anew, at=at))
        else:
            self._begin(one, anew=anew, at=at)

    def _begin(self, one: Shelved, *, anew: bool = False, at: int | None = None) -> None:
        cluster = self._app.session.cluster
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
        screen = ConfirmScreen(lessonexam.leave_words(), t("Leave it"), t("Stay"))
        self.errands.ask(screen, lambda: self.leave(then=then))

    def leave(self, then: Callable[[], object] | None = None) -> None:
        """Leave the open lesson or exam: what it broke is undone."""
        room = self.room or self.exams.exam
        if room is None or self._leaving:
            return
        self._leaving = True
        self._app.tell(t("The lesson is left: what it broke is being undone."))

        async def go_away() -> None:
            try:
                await self.errands.trying(room.leave)
            finally:
                self._leaving = False
                self._deaf()
                self.exams.close()
                self._app.workers.cancel_group(self._app, "lesson-checks")
                self.room = None
                self.read()
            if then is not None:
                then()
            elif self._app.current_mode in ("lesson", "exam"):
                self.go()

        self.errands.work(go_away, "lesson-leave")

    def leave_console(self) -> bool:
        """Ask before the console is closed with a lesson open; whether there was need to."""
        progress, exam = self.progress, self.exams.progress
        if exam is not None and exam.phase is not ExamPhase.OVER:
            self.ask_to_leave(then=self._app.exit)
            return True
        if progress is None or progress.phase is Phase.OVER:
            return False
        screen = ConfirmScreen(lessonasking.quit_words(progress), t("Close"), t("Stay"))
        self.errands.ask(screen, lambda: self.leave(then=self._app.exit))
        return True

    def next_lesson(self, progress: LessonProgress) -> None:
        """Leave a lesson that is over for the one after it."""
        ids = [one.lesson.id for one in self.shelf]
        at = ids.index(progress.lesson.id) + 1 if progress.lesson.id in ids else len(ids)
        after = next((one for one in self.shelf[at:] if one.cannot is None), None)
        if after is None:
            self.leave()
        else:
            self.leave(then=lambda: self._begin(after, anew=False))
