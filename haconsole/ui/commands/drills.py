"""Commands of a failover drill: its settings, its steps, the one key that undoes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from haconsole.domain.vrrp_prediction import Scenario
from haconsole.procedures.drill.ask import ABOUT, SUITE
from haconsole.telling import say
from haconsole.words import t

from . import everywhere  # noqa: F401 - the screens stand before, wherever keys are told
from .base import Command, Row, Scope, registry

if TYPE_CHECKING:
    from haconsole.ui.screens.base import ConsoleScreen


@registry.add
class DrillOne(Command):
    """Prepare a drill: its prediction, then its plan. Nothing is touched before you confirm it."""

    id = "drill.prepare"
    name = "drill"

    @classmethod
    def rows(cls, screen: ConsoleScreen) -> Sequence[Row]:
        """One row for each scenario, where there are hosts to drill."""
        if not screen.console_app.desk.drills.has_hosts:
            return ()
        return [
            (t("drill {name}", name=one.value), f"{say(ABOUT[one].title)}. {cls.description()}",
             one.value)
            for one in SUITE
        ]  # fmt: skip

    def run(self, screen: ConsoleScreen) -> None:
        """Prepare it on the first VIP's owner."""
        if self.argument in list(Scenario):
            screen.console_app.desk.drills.prepare(Scenario(self.argument))


@registry.add
class UndoNow(Command):
    """Undo the fault of the drill that runs, now and in order, wherever you are."""

    id = "drill.undo"
    keys = ("u",)
    name = "undo now"
    scope = Scope.DRILL

    def run(self, screen: ConsoleScreen) -> None:
        """End the watching; the undo follows."""
        screen.console_app.desk.drills.undo_now()


@registry.add
class Limit(Command):
    """Say after how many seconds the node undoes the fault by itself."""

    id = "drill.limit"
    keys = ("l",)
    name = "limit"
    scope = Scope.DRILL

    def run(self, screen: ConsoleScreen) -> None:
        """Ask."""
        screen.ask_limit()


@registry.add
class ProbePlace(Command):
    """Let the probe run from elsewhere: through the jump host, from this machine, from a node."""

    id = "drill.place"
    keys = ("p",)
    name = "probe's place"
    scope = Scope.DRILL

    def run(self, screen: ConsoleScreen) -> None:
        """Take the next place."""
        screen.console_app.desk.drills.next_place()


@registry.add
class Steps(Command):
    """Show the steps of the drill's plan, or the time line again."""

    id = "drill.steps"
    keys = ("s",)
    name = "steps"
    scope = Scope.DRILL

    def run(self, screen: ConsoleScreen) -> None:
        """Turn to it."""
        screen.toggle_steps()


@registry.add
class RunDrill(Command):
    """Begin the drill on show: asks first, with what clients will feel."""

    id = "drill.run"
    name = "begin the drill"
    scope = Scope.DRILL
    dangerous = True

    def run(self, screen: ConsoleScreen) -> None:
        """Ask, then do it."""
        screen.console_app.desk.drills.run()
