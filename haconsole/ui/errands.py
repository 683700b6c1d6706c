"""How the desks of lessons and exams have things done: asked about, by a worker, in sentences."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from haconsole.procedures.errors import ProcedureError
from haconsole.training.school import SchoolError
from haconsole.training.stage import StageError
from haconsole.transport.errors import TransportError

if TYPE_CHECKING:
    from haconsole.ui.app import ConsoleApp
    from haconsole.ui.screens.confirm import ConfirmScreen


class Errands:
    """What a desk sends somebody for. ``app``: the console that it stands in."""

    def __init__(self, app: ConsoleApp) -> None:
        self.app = app

    def ask(self, screen: ConfirmScreen, then: Callable[[], object]) -> None:
        """Ask, and do it on a yes."""

        def answered(yes: bool | None) -> None:
            if yes:
                then()

        self.app.push_screen(screen, answered)

    def work(self, work: Callable[[], Awaitable[None]], group: str) -> None:
        """Have a worker do it; one of each group at a time."""
        self.app.run_worker(work, name=group, group=group, exclusive=True, exit_on_error=False)

    def act(self, work: Callable[[], Awaitable[None]], group: str) -> None:
        """Have a worker do it, and say in a sentence what could not be done."""
        self.work(partial(self.trying, work), group)

    async def trying(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do it; what could not be done is said in a sentence."""
        try:
            await work()
        except (SchoolError, StageError, ProcedureError, TransportError) as error:
            self.app.tell(str(error), loud=True)
        self.app.paint_soon(0.0)
