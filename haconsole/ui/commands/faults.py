"""Commands that break a demo or a lab, and heal it. No other site has them."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING

from haconsole.words import t

from .base import Command, Row, registry

if TYPE_CHECKING:
    from haconsole.ui.screens.base import ConsoleScreen


def _tell_when_done(screen: ConsoleScreen, work: Coroutine[object, object, str]) -> None:
    """Do it in the background and show the answer; an error is shown as every worker's is."""
    app = screen.console_app

    async def told() -> None:
        app.tell(await work)

    app.run_worker(told(), name="fault", group="fault", exit_on_error=False)


@registry.add
class MakeFault(Command):
    """Break something in a demo or lab, to see what the console says; heal undoes it."""

    id = "fault.make"
    name = "fault"
    dangerous = True

    @classmethod
    def rows(cls, screen: ConsoleScreen) -> Sequence[Row]:
        """One row for each fault."""
        faults = screen.session.faults
        return [
            (
                t("fault: {name} on {hosts}", name=kind.name, hosts=", ".join(kind.hosts)),
                t("On purpose: {what}.", what=kind.text),
                kind.name,
            )
            for kind in (faults.names() if faults is not None else ())
        ]

    def run(self, screen: ConsoleScreen) -> None:
        """Make the fault that was chosen, where it is made by default."""
        if screen.session.faults is not None and self.argument:
            screen.console_app.tell(t("Making the fault {name}…", name=self.argument))
            _tell_when_done(screen, screen.session.faults.make(self.argument))


@registry.add
class Heal(Command):
    """Undo every fault of the demo or lab, and wait until its pair is healthy."""

    id = "fault.heal"
    name = "heal"
    dangerous = True

    @classmethod
    def rows(cls, screen: ConsoleScreen) -> Sequence[Row]:
        """One row, where there is something to heal."""
        return super().rows(screen) if screen.session.faults is not None else ()

    def run(self, screen: ConsoleScreen) -> None:
        """Heal."""
        if screen.session.faults is not None:
            screen.console_app.tell(t("Healing…"))
            _tell_when_done(screen, screen.session.faults.heal())
