"""Commands of a lesson: on, a hint, show me, do it for me, a shell, put it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import everywhere  # noqa: F401 - the screens stand before, wherever keys are told
from .base import Command, Scope, registry

if TYPE_CHECKING:
    from haconsole.ui.screens.base import ConsoleScreen


@registry.add
class NextStep(Command):
    """Go on to the next step, or from a lesson's end to the next lesson."""

    id = "lesson.next"
    keys = ("n",)
    name = "next"
    scope = Scope.LESSON

    def run(self, screen: ConsoleScreen) -> None:
        """Go on, where the checks hold."""
        screen.console_app.desk.lessons.steps.next()


@registry.add
class Hint(Command):
    """Give a hint; the first is a nudge, the last nearly the answer. Each costs points."""

    id = "lesson.hint"
    keys = ("h",)
    name = "hint"
    scope = Scope.LESSON

    def run(self, screen: ConsoleScreen) -> None:
        """Show the next one."""
        screen.console_app.desk.lessons.steps.hint()


@registry.add
class ShowMe(Command):
    """Show what would be done, as a plan with the exact commands. Nothing is touched."""

    id = "lesson.show"
    keys = ("s",)
    name = "show me"
    scope = Scope.LESSON

    def run(self, screen: ConsoleScreen) -> None:
        """Show the plan."""
        screen.console_app.desk.lessons.steps.show_me()


@registry.add
class DoIt(Command):
    """Have this step done for you: asks first, and costs points."""

    id = "lesson.do"
    keys = ("d",)
    name = "do it"
    scope = Scope.LESSON

    def run(self, screen: ConsoleScreen) -> None:
        """Ask, then do it."""
        screen.console_app.desk.lessons.steps.do_it()


@registry.add
class LessonShell(Command):
    """Work by hand: a shell on the host that this step is about."""

    id = "lesson.shell"
    keys = ("t",)
    name = "shell"
    scope = Scope.LESSON

    def run(self, screen: ConsoleScreen) -> None:
        """Open it."""
        screen.console_app.desk.lessons.steps.shell(screen)


@registry.add
class ResetStep(Command):
    """Put the cluster back to where this step begins, whatever was done to it: asks first."""

    id = "lesson.reset"
    # ``r`` is bound everywhere: it takes anew what a screen is about, and here that is the step.
    key_shown = "r"
    name = "reset"
    scope = Scope.LESSON

    def run(self, screen: ConsoleScreen) -> None:
        """Ask, then do it."""
        screen.console_app.desk.lessons.steps.reset()


@registry.add
class LeaveLesson(Command):
    """Leave the open lesson: what it broke is undone, and it goes on at this step next time."""

    id = "lesson.leave"
    name = "leave the lesson"
    scope = Scope.LESSON

    def run(self, screen: ConsoleScreen) -> None:
        """Undo, then show the list."""
        screen.console_app.desk.lessons.leave()


@registry.add
class NextRound(Command):
    """Go on to the exam's next round, or to its end."""

    id = "exam.next"
    keys = ("n",)
    name = "next"
    scope = Scope.EXAM

    def run(self, screen: ConsoleScreen) -> None:
        """Go on, where the round is over."""
        screen.console_app.desk.lessons.exams.next()


@registry.add
class GiveUp(Command):
    """Give the exam's round up: asks first; then it is mended for you, and told what it was."""

    id = "exam.give-up"
    keys = ("x",)
    name = "give up"
    scope = Scope.EXAM

    def run(self, screen: ConsoleScreen) -> None:
        """Ask, then have it mended."""
        screen.console_app.desk.lessons.exams.give_up()


@registry.add
class ResetRound(Command):
    """Put the cluster back, and begin the exam's round again: asks first."""

    id = "exam.reset"
    key_shown = "r"
    name = "reset"
    scope = Scope.EXAM

    def run(self, screen: ConsoleScreen) -> None:
        """Ask, then do it."""
        screen.console_app.desk.lessons.exams.reset()


@registry.add
class LeaveExam(Command):
    """Leave the exam: asks first; what it broke is undone, and it does not count."""

    id = "exam.leave"
    name = "leave the exam"
    scope = Scope.EXAM

    def run(self, screen: ConsoleScreen) -> None:
        """Ask, undo, then show the list."""
        screen.console_app.desk.lessons.ask_to_leave()
