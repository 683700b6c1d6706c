"""Commands of the triage screen: look closer, open what mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import everywhere  # noqa: F401 - the screens stand before, wherever keys are told
from .base import Command, Scope, registry

if TYPE_CHECKING:
    from haconsole.ui.screens.base import ConsoleScreen


@registry.add
class LookCloser(Command):
    """Look closer: captures, counters, pings, requests, as far as they decide; changes nothing."""

    id = "triage.look"
    keys = ("l",)
    name = "look closer"
    scope = Scope.TRIAGE

    def run(self, screen: ConsoleScreen) -> None:
        """Take the evidence."""
        screen.console_app.desk.triage.look_closer()


@registry.add
class MendFinding(Command):
    """Open the wizard that mends the finding under the cursor, its answers filled in."""

    id = "triage.fix"
    keys = ("f",)
    name = "fix"
    scope = Scope.TRIAGE

    def run(self, screen: ConsoleScreen) -> None:
        """Open it; nothing is changed before its plan was seen and confirmed."""
        screen.mend()
