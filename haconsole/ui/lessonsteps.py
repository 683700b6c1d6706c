"""What a learner wants of the open lesson's step: a guess, a hint, the plan, the deed, a reset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from haconsole.training.standing import Phase
from haconsole.ui.commands.base import registry
from haconsole.ui.presentation import lessonasking
from haconsole.ui.presentation.lessonwork import BUSY
from haconsole.ui.screens.confirm import ConfirmScreen
from haconsole.ui.screens.lessonplan import LessonPlanScreen
from haconsole.words import t

if TYPE_CHECKING:
    from haconsole.ui.lessondesk import LessonDesk
    from haconsole.ui.lessoning import Teaching
    from haconsole.ui.screens.base import ConsoleScreen


class LessonSteps:
    """The step at hand of the lesson that is open at ``desk``; without one, nothing happens."""

    def __init__(self, desk: LessonDesk) -> None:
        self._desk = desk
        self._app = desk.errands.app

    def _room(self) -> Teaching | None:
        """Return the open lesson; one that is being left is not worked on, which is said."""
        return self._desk.room if self._desk.leaving.free() else None

    def guess(self, key: str) -> None:
        """Take a prediction."""
        room = self._room()
        if room is not None and room.progress.phase is Phase.ASKING:
            room.guess(key)

    def next(self) -> None:
        """Go on, where the step is passed; from the last to the next lesson."""
        room = self._room()
        if room is None:
            return
        match room.progress.phase:
            case Phase.PASSED:
                self._desk.errands.act(room.next, "lesson-act")
            case Phase.OVER:
                self._desk.next_lesson(room.progress)
            case Phase.ASKING:
                self._app.tell(t("Say first what will happen: Enter takes the answer."))
            case Phase.BROKEN:
                self._app.tell(t("It cannot go on like this: r puts the cluster back."), loud=True)
            case phase if phase not in BUSY:
                self._app.tell(t("Not yet: what is waited for stands below the text."))

    def hint(self) -> None:
        """Show the next hint."""
        room = self._room()
        if room is not None and self._working() and room.hint() is None:
            self._app.tell(t("There is no further hint: s shows what would be done."))
        self._app.paint()

    def show_me(self) -> None:
        """Show what would be done."""
        room = self._room()
        if room is None or not self._working():
            return

        async def look() -> None:
            plan = await room.plan_for_me()
            if plan is None:
                self._app.tell(t("There is nothing to do in this step: look at the cluster."))
            else:
                self._app.push_screen(LessonPlanScreen(plan))

        self._desk.errands.act(look, "lesson-look")

    def do_it(self) -> None:
        """Ask, then have the step done."""
        room = self._room()
        if room is None or not self._working():
            return
        step = room.progress.step
        if step is None or not step.solve:
            self._app.tell(t("There is nothing to do in this step: look at the cluster."))
            return
        screen = ConfirmScreen(lessonasking.solve_words(room.progress), t("Do it"), t("Cancel"))
        self._desk.errands.ask(screen, lambda: self._desk.errands.act(room.do_it, "lesson-act"))

    def reset(self) -> None:
        """Ask, then put everything back."""
        room = self._room()
        if room is None or room.progress.phase in (Phase.RESETTING, Phase.SETTING_UP):
            return
        screen = ConfirmScreen(lessonasking.reset_words(room.progress), t("Reset"), t("Cancel"))
        # Whatever goes on is ended by the classroom itself, in order.
        self._desk.errands.ask(screen, lambda: self._desk.errands.act(room.reset, "lesson-reset"))

    def shell(self, screen: ConsoleScreen) -> None:
        """Open a shell on the step's host."""
        progress = self._desk.progress
        command = registry.get("shell")
        if command is None or progress is None or progress.step is None:
            self._app.tell(t("This console opens no shell."))
            return
        cluster = self._app.session.cluster
        host = progress.step.shell or (cluster.lbs[0].name if cluster is not None else "")
        screen.action_command("shell", host)

    def _working(self) -> bool:
        """Whether the learner is at work; says why not."""
        progress = self._desk.progress
        if progress is None:
            return False
        if progress.phase is Phase.WORKING:
            return True
        if progress.phase in (Phase.PASSED, Phase.OVER):
            self._app.tell(t("This step is done: Enter goes on."))
        elif progress.phase is Phase.ASKING:
            self._app.tell(t("Say first what will happen: Enter takes the answer."))
        return False
