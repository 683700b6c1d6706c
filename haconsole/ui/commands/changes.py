"""Commands of the wizards: what they are begun with, and what can be done on their screens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from haconsole.procedures.catalogue import ENTRIES
from haconsole.telling import say
from haconsole.words import t

from . import everywhere  # noqa: F401 - the screens stand before the changes, wherever both are told
from .base import Command, Row, Scope, registry

if TYPE_CHECKING:
    from haconsole.ui.screens.base import ConsoleScreen


@registry.add
class Apply(Command):
    """Begin a change: its questions, then its plan. Nothing is changed before you confirm it."""

    id = "change.apply"
    name = "apply"

    @classmethod
    def rows(cls, screen: ConsoleScreen) -> Sequence[Row]:
        """One row for each procedure, where there are hosts to plan for."""
        if screen.console_app.desk.door is None:
            return ()
        return [
            (t("apply {name}", name=one.name), f"{say(one.title)}. {say(one.about)}", one.name)
            for one in ENTRIES.values()
        ]

    def run(self, screen: ConsoleScreen) -> None:
        """Open its wizard."""
        if self.argument in ENTRIES:
            screen.console_app.desk.open(ENTRIES[self.argument])


@registry.add
class NextQuestion(Command):
    """Go to the next question."""

    id = "form.next"
    keys = ("down",)
    key_shown = "↓"
    name = "next question"
    scope = Scope.FORM
    in_palette = False

    def run(self, screen: ConsoleScreen) -> None:
        """Move the focus."""
        screen.next_field(1)


@registry.add
class PreviousQuestion(Command):
    """Go to the question before."""

    id = "form.previous"
    keys = ("up",)
    key_shown = "↑"
    name = "question before"
    scope = Scope.FORM
    in_palette = False

    def run(self, screen: ConsoleScreen) -> None:
        """Move the focus."""
        screen.next_field(-1)


@registry.add
class Preview(Command):
    """Show the plan that the answers make. Nothing is changed by that."""

    id = "form.preview"
    keys = ("ctrl+n",)
    key_shown = "^N"
    name = "preview"
    scope = Scope.FORM

    def run(self, screen: ConsoleScreen) -> None:
        """Make the plan."""
        screen.preview()


@registry.add
class OfferedAgain(Command):
    """Put the answer that was offered back into this question."""

    id = "form.offered"
    keys = ("ctrl+r",)
    key_shown = "^R"
    name = "offered answer"
    scope = Scope.FORM

    def run(self, screen: ConsoleScreen) -> None:
        """Put it back."""
        screen.offered_again()


@registry.add
class Tick(Command):
    """Allow the file of this step, which this tool did not write, to be replaced; or not."""

    id = "plan.tick"
    keys = ("space",)
    key_shown = "Space"
    name = "allow replacing"
    scope = Scope.PLAN

    def run(self, screen: ConsoleScreen) -> None:
        """Tick it, or take the tick away."""
        screen.tick()


@registry.add
class FollowPlan(Command):
    """Follow the step that runs and what it prints, or stay where you are."""

    id = "plan.follow"
    keys = ("f",)
    name = "follow"
    scope = Scope.PLAN

    def run(self, screen: ConsoleScreen) -> None:
        """Turn it on or off."""
        screen.follow()


@registry.add
class SaveRunbook(Command):
    """Save the plan, with every command and diff and how it went, as a Markdown runbook."""

    id = "plan.save"
    keys = ("s",)
    name = "save runbook"
    scope = Scope.PLAN

    def run(self, screen: ConsoleScreen) -> None:
        """Ask for the path."""
        screen.save_runbook()


@registry.add
class CopyRunbook(Command):
    """Copy the whole plan as a Markdown runbook to the clipboard."""

    id = "plan.copy"
    keys = ("C",)
    name = "copy runbook"
    scope = Scope.PLAN

    def run(self, screen: ConsoleScreen) -> None:
        """Hand it to the terminal."""
        screen.copy_runbook()


@registry.add
class RunPlan(Command):
    """Run the plan on show: asks first, with what it will change."""

    id = "plan.run"
    name = "run the plan"
    scope = Scope.PLAN
    dangerous = True

    def run(self, screen: ConsoleScreen) -> None:
        """Ask, then run."""
        screen.console_app.desk.run()


@registry.add
class StopPlan(Command):
    """Stop the plan that runs, safely: what runs now is finished, the rest is not begun."""

    id = "plan.stop"
    name = "stop the plan"
    scope = Scope.PLAN
    dangerous = True

    def run(self, screen: ConsoleScreen) -> None:
        """Stop it."""
        screen.console_app.desk.stop()


@registry.add
class RollBack(Command):
    """Take back what the plan did, last step first: asks first."""

    id = "plan.roll-back"
    name = "roll back"
    scope = Scope.PLAN
    dangerous = True

    def run(self, screen: ConsoleScreen) -> None:
        """Ask, then undo."""
        screen.console_app.desk.roll_back()
