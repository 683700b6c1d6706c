"""The desk where lessons are chosen and done: one at a time, whichever screen is on show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from haconsole.domain.notes import Note
from haconsole.procedures.errors import ProcedureError
from haconsole.telling import say
from haconsole.training.exam_standing import ExamPhase
from haconsole.training.school import SchoolError
from haconsole.training.stage import StageError
from haconsole.training.standing import LessonProgress, Phase
from haconsole.transport.errors import TransportError
from haconsole.ui.commands.base import registry
from haconsole.ui.examdesk import ExamDesk
from haconsole.ui.lessoning import School, Shelved, Teaching
from haconsole.ui.presentation import lessonasking, lessonexam
from haconsole.ui.presentation.lessonlist import newcomer_line
from haconsole.ui.presentation.lessonwork import BUSY
from haconsole.ui.screens.confirm import ConfirmScreen
from haconsole.ui.screens.lessonplan import LessonPlanScreen
from haconsole.words import t

if TYPE_CHECKING:
    from haconsole.ui.app import ConsoleApp
    from haconsole.ui.presentation.ink import Line
    from haconsole.ui.screens.base import ConsoleScreen

#: Seconds between two paintings while something is done for the learner.
GAP_S = 0.1


class LessonDesk:
    """Carries out what the learner wants. ``school`` ``None``: no lessons are to be had here."""

    def __init__(self, app: ConsoleApp, school: School | None) -> None:
        self._app = app
        self._school = school
        self._deaf: Callable[[], None] = lambda: None
        self._leaving = False
        self.room: Teaching | None = None
        self.exams = ExamDesk(app)
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
            self._ask(screen, lambda: self.leave(then=lambda: self._begin(one, anew=anew)))

    def _ask_to_begin(self, one: Shelved, *, anew: bool = False, at: int | None = None) -> None:
        """Ask for the cluster's name where it is somebody's own: lessons take it apart."""
        cluster = self._app.session.cluster
        if self._school is not None and self._school.own_hosts and cluster is not None:
            words = lessonasking.own_hosts_words(one.lesson, cluster)
            screen = ConfirmScreen(words, t("Begin"), t("Cancel"), name=cluster.name)
            self._ask(screen, lambda: self._begin(one, anew=anew, at=at))
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
        self._work(room.run, "lesson-checks")
        self._act(partial(room.enter, at))
        self.go()

    def ask_to_leave(self, then: Callable[[], object] | None = None) -> None:
        """Ask, then leave the exam."""
        screen = ConfirmScreen(lessonexam.leave_words(), t("Leave it"), t("Stay"))
        self._ask(screen, lambda: self.leave(then=then))

    def leave(self, then: Callable[[], object] | None = None) -> None:
        """Leave the open lesson or exam: what it broke is undone."""
        room = self.room or self.exams.exam
        if room is None or self._leaving:
            return
        self._leaving = True
        self._app.tell(t("The lesson is left: what it broke is being undone."))

        async def go_away() -> None:
            try:
                await self._trying(room.leave)
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

        self._work(go_away, "lesson-leave")

    def leave_console(self) -> bool:
        """Ask before the console is closed with a lesson open; whether there was need to."""
        progress, exam = self.progress, self.exams.progress
        if exam is not None and exam.phase is not ExamPhase.OVER:
            self.ask_to_leave(then=self._app.exit)
            return True
        if progress is None or progress.phase is Phase.OVER:
            return False
        screen = ConfirmScreen(lessonasking.quit_words(progress), t("Close"), t("Stay"))
        self._ask(screen, lambda: self.leave(then=self._app.exit))
        return True

    # In the lesson

    def guess(self, key: str) -> None:
        """Take a prediction."""
        if self.room is not None and self.room.progress.phase is Phase.ASKING:
            self.room.guess(key)

    def next(self) -> None:
        """Go on, where the step is passed; from the last to the next lesson."""
        room = self.room
        if room is None:
            return
        match room.progress.phase:
            case Phase.PASSED:
                self._act(room.next)
            case Phase.OVER:
                self._next_lesson(room.progress)
            case Phase.ASKING:
                self._app.tell(t("Say first what will happen: Enter takes the answer."))
            case Phase.BROKEN:
                self._app.tell(t("It cannot go on like this: r puts the cluster back."), loud=True)
            case phase if phase not in BUSY:
                self._app.tell(t("Not yet: what is waited for stands below the text."))

    def _next_lesson(self, progress: LessonProgress) -> None:
        ids = [one.lesson.id for one in self.shelf]
        at = ids.index(progress.lesson.id) + 1 if progress.lesson.id in ids else len(ids)
        after = next((one for one in self.shelf[at:] if one.cannot is None), None)
        if after is None:
            self.leave()
        else:
            self.leave(then=lambda: self._begin(after, anew=False))

    def hint(self) -> None:
        """Show the next hint."""
        if self._working() and self.room is not None and self.room.hint() is None:
            self._app.tell(t("There is no further hint: s shows what would be done."))
        self._app.paint()

    def show_me(self) -> None:
        """Show what would be done."""
        room = self.room
        if room is None or not self._working():
            return

        async def look() -> None:
            plan = await room.plan_for_me()
            if plan is None:
                self._app.tell(t("There is nothing to do in this step: look at the cluster."))
            else:
                self._app.push_screen(LessonPlanScreen(plan))

        self._work(partial(self._trying, look), "lesson-look")

    def do_it(self) -> None:
        """Ask, then have the step done."""
        room = self.room
        if room is None or not self._working():
            return
        step = room.progress.step
        if step is None or not step.solve:
            self._app.tell(t("There is nothing to do in this step: look at the cluster."))
            return
        screen = ConfirmScreen(lessonasking.solve_words(room.progress), t("Do it"), t("Cancel"))
        self._ask(screen, lambda: self._act(room.do_it))

    def reset(self) -> None:
        """Ask, then put everything back."""
        room = self.room
        if room is None or room.progress.phase in (Phase.RESETTING, Phase.SETTING_UP):
            return
        screen = ConfirmScreen(lessonasking.reset_words(room.progress), t("Reset"), t("Cancel"))
        # Whatever goes on is ended by the classroom itself, in order.
        self._ask(screen, lambda: self._act(room.reset, "lesson-reset"))

    def shell(self, screen: ConsoleScreen) -> None:
        """Open a shell on the step's host."""
        progress = self.progress
        command = registry.get("shell")
        if command is None or progress is None or progress.step is None:
            self._app.tell(t("This console opens no shell."))
            return
        cluster = self._app.session.cluster
        host = progress.step.shell or (cluster.lbs[0].name if cluster is not None else "")
        screen.action_command("shell", host)

    def _working(self) -> bool:
        """Whether the learner is at work; says why not."""
        progress = self.progress
        if progress is None:
            return False
        if progress.phase is Phase.WORKING:
            return True
        if progress.phase in (Phase.PASSED, Phase.OVER):
            self._app.tell(t("This step is done: Enter goes on."))
        elif progress.phase is Phase.ASKING:
            self._app.tell(t("Say first what will happen: Enter takes the answer."))
        return False

    # How

    def _act(self, work: Callable[[], Awaitable[None]], group: str = "lesson-act") -> None:
        """Do one thing at a time."""
        self._work(partial(self._trying, work), group)

    async def _trying(self, work: Callable[[], Awaitable[None]]) -> None:
        """Say in a sentence what could not be done."""
        try:
            await work()
        except (SchoolError, StageError, ProcedureError, TransportError) as error:
            self._app.tell(str(error), loud=True)
        self._app.paint_soon(0.0)

    def _ask(self, screen: ConfirmScreen, then: Callable[[], object]) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                then()

        self._app.push_screen(screen, answered)

    def _work(self, work: Callable[[], Awaitable[None]], group: str) -> None:
        self._app.run_worker(work, name=group, group=group, exclusive=True, exit_on_error=False)
