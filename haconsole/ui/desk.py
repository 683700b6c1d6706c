"""The desk where a change is prepared and run: one at a time, whichever screen is on show."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from haconsole.procedures.catalogue import Entry
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.progress import RunStatus
from haconsole.telling import say
from haconsole.transport.door import Door
from haconsole.ui.drilldesk import DrillDesk
from haconsole.ui.drilling import Range
from haconsole.ui.drillrange import OwnRange
from haconsole.ui.lessondesk import LessonDesk
from haconsole.ui.lessoning import School
from haconsole.ui.presentation import confirming
from haconsole.ui.presentation.changes import stage_text
from haconsole.ui.presentation.ink import Tone
from haconsole.ui.presentation.planhead import home_line, to_change
from haconsole.ui.screens.confirm import ConfirmScreen
from haconsole.ui.terminal.desk import TerminalDesk
from haconsole.ui.triagedesk import TriageDesk
from haconsole.ui.triaging import Clinic, OwnClinic
from haconsole.ui.wizard import Prefilled, Stage, Wizard, Workshop
from haconsole.words import t

if TYPE_CHECKING:
    from haconsole.ui.app import ConsoleApp
    from haconsole.ui.presentation.ink import Line

#: Seconds between two paintings while a step prints.
_GAP_S = 0.1
#: What a worker does; begun by the worker, so that one which never starts leaves nothing behind.
Work: TypeAlias = Callable[[], Awaitable[None]]


class Desk:
    """Carries out what the operator wants of the wizard at hand. ``door`` ``None``: no hosts."""

    def __init__(
        self,
        app: ConsoleApp,
        door: Door | None,
        workshop: Workshop | None = None,
        place: Range | None = None,
        clinic: Clinic | None = None,
        school: School | None = None,
    ) -> None:
        self._app = app
        self._workshop = workshop
        self._dirty = False
        self.door = door
        self.wizard: Wizard | None = None
        self.drills = DrillDesk(app, door, place or OwnRange())
        self.lessons = LessonDesk(app, school)
        self.triage = TriageDesk(app, door, clinic or OwnClinic(app.session.recorder))
        self.terminals = TerminalDesk(app, door)

    @property
    def busy(self) -> bool:
        """Whether a plan runs."""
        return self.wizard is not None and self.wizard.busy

    # Where to look

    def go(self) -> None:
        """Show the plan that runs, or else the list of changes."""
        self.show() if self.busy else self._app.go("changes")

    def show(self) -> None:
        """Show the wizard at hand, as far as it is."""
        if self.wizard is not None:
            asks = self.wizard.stage in (Stage.READING, Stage.ASKING)
            self._app.go("form" if asks else "plan")
            self._app.paint()

    def home_line(self, width: int, now: float) -> Line | None:
        """Return what the home screen says of a plan, a drill or a lesson that goes on."""
        wizard = self.wizard
        if self.drills.busy:
            return self.drills.home_line(width, now)
        if wizard is None or wizard.plan is None or not wizard.busy:
            return self.lessons.home_line(width)
        return home_line(wizard.plan, wizard.progress, width, now)

    # From questions to a plan

    def open(self, entry: Entry, prefilled: Prefilled | None = None) -> None:
        """Begin a change, or go on with it where it was begun.

        ``prefilled``: answers that somebody knows already; one that ended is begun anew for them.
        """
        cluster, wizard = self._app.session.cluster, self.wizard
        if self.door is None:
            replay = self._app.session.replay
            nobody = t("There are no hosts behind this console: nothing can be changed.")
            self._app.tell(nobody if replay is None else replay.refusal())
            return
        same = wizard is not None and (wizard.entry.name, wizard.cluster) == (entry.name, cluster)
        if same and wizard is not None and wizard.goes_on_for(prefilled):
            self.show()
            return
        if wizard is not None and wizard.busy:
            name = wizard.entry.name
            self._app.tell(t("{name} runs: one change at a time.", name=name), loud=True)
            return
        if cluster is None:
            self._app.tell(t("Choose one cluster first: ] shows the next."), loud=True)
            return
        if wizard is not None:
            wizard.forget()
        feed = self._app.session.feed
        self.wizard = Wizard(
            entry,
            cluster,
            feed,
            self.door,
            changed=self._changed,
            workshop=self._workshop,
            prefilled=prefilled,
        )
        self.read_again()

    def read_again(self) -> None:
        """Read the hosts, then ask; or plan at once where there is nothing to ask."""
        wizard = self.wizard
        if wizard is None or wizard.busy:
            return

        async def read() -> None:
            await wizard.read()
            form = wizard.form
            asked = form is None or form.fields or wizard.problem
            if asked or wizard is not self.wizard or self._app.current_mode != "form":
                return
            try:
                self.preview()
            except ProcedureError as error:
                wizard.cannot(str(error))
                self._changed()

        wizard.begin_reading()
        self._work(read, "change-read")
        self.show()

    def preview(self) -> None:
        """Make the plan and look what is so already; raises ``ProcedureError``."""
        wizard = self.wizard
        if wizard is not None and not wizard.busy:
            wizard.make_plan()
            self._work(wizard.look, "change-look")
            self.show()

    def questions_again(self) -> None:
        """Go back from a plan to its questions, or to the list where there are none."""
        wizard = self.wizard
        if wizard is None or wizard.busy or wizard.form is None or not wizard.form.fields:
            self._app.go("changes")
            return
        wizard.back_to_questions()
        self.show()

    def start_over(self) -> None:
        """Read the hosts and ask again; what was answered stays."""
        if self.wizard is not None and not self.wizard.busy:
            self.wizard.back_to_questions()
            self.read_again()

    # Running

    def run(self) -> None:
        """Ask, then run the plan, or what is left of it."""
        wizard = self.wizard
        if wizard is None or wizard.plan is None or wizard.busy or not self._writable():
            return
        if wizard.unticked:
            text = t("Some files were not written by this tool. Look at the differences, and allow "
                     "each to be replaced with Space.")  # fmt: skip
            self._app.tell(text, loud=True)
            return
        if self.drills.busy:
            self._app.tell(t("A drill runs: one change at a time."), loud=True)
            return
        plan, progress = wizard.plan, wizard.progress
        moves = plan.moves_vip and to_change(plan, confirming.to_come(progress)) > 0
        words = confirming.run_words(plan, progress)
        name = plan.cluster if moves else ""
        screen = ConfirmScreen(words, t("Run"), t("Cancel"), name=name)
        self._ask(screen, lambda: self._execute(wizard))

    def _execute(self, wizard: Wizard) -> None:
        if wizard is self.wizard and not wizard.busy:
            self._work(partial(self._to_the_end, wizard, wizard.execute), "change-run")

    def roll_back(self) -> None:
        """Ask, then undo what was done."""
        wizard = self.wizard
        if wizard is None or wizard.plan is None or not wizard.can_roll_back or wizard.busy:
            return
        if self._writable():
            words = confirming.roll_back_words(wizard.plan, wizard.progress)
            self._ask(
                ConfirmScreen(words, t("Roll back"), t("Cancel")),
                lambda: self._work(
                    partial(self._to_the_end, wizard, wizard.roll_back), "change-run"
                ),
            )

    def stop(self) -> None:
        """Have no further step begun."""
        if self.wizard is not None:
            self.wizard.stop()

    async def _to_the_end(self, wizard: Wizard, work: Work) -> None:
        """Run, then say how it ended where nobody looks, and read the nodes anew."""
        await work()
        text, tone = stage_text(wizard)
        if wizard.plan is not None and self._app.current_mode != "plan":
            said = t("{title}: {how}. 6 shows it.", title=say(wizard.plan.title), how=text)
            self._app.tell(said, loud=tone in (Tone.CRITICAL, Tone.WARNING))
        if wizard.progress.status is not RunStatus.READY and wizard.plan is not None:
            for host in wizard.plan.hosts:
                await self._app.session.feed.refresh(host)

    def _writable(self) -> bool:
        if self._app.session.feed.writable:
            return True
        self._app.tell(t("This session is read-only: start it with --write."), loud=True)
        return False

    # Leaving

    def leave_screen(self) -> None:
        """Leave the screen of a plan that runs: ask, so that nobody thinks it has ended."""
        wizard = self.wizard
        if wizard is None or wizard.plan is None or not wizard.busy:
            self._app.go("changes")
            return
        words = confirming.leave_words(wizard.plan, wizard.progress)
        self._ask(
            ConfirmScreen(words, t("Leave it running"), t("Stay")), lambda: self._app.go("home")
        )

    def leave_console(self) -> None:
        """Close the console; ask first where a plan or a drill runs, or a lesson is open."""
        wizard = self.wizard
        if self.terminals.leave_console(self.leave_console) or self.drills.leave_console():
            return
        if wizard is None or wizard.plan is None or not wizard.busy:
            if not self.lessons.leave_console():
                self._app.exit()
            return
        words = confirming.quit_words(wizard.plan, wizard.progress)
        self._ask(ConfirmScreen(words, t("Close"), t("Stay")), self.close_console)

    def close_console(self) -> None:
        """Close the console though a plan or a drill runs: an open lesson is left first."""
        if not self.lessons.leave_console():
            self._app.exit()

    async def end_changes(self) -> None:
        """End the plan and the drill that run, as closing the console does: no step is begun."""
        groups = ("change-run", "drill-run")
        going = [one for one in self._app.workers if one.group in groups and not one.is_finished]
        for one in going:
            one.cancel()
        await asyncio.gather(*(one.wait() for one in going), return_exceptions=True)

    # How

    def _ask(self, screen: ConfirmScreen, then: Callable[[], object]) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                then()

        self._app.push_screen(screen, answered)

    def _work(self, work: Work, group: str) -> None:
        self._app.run_worker(work, name=group, group=group, exclusive=True, exit_on_error=False)

    def _changed(self) -> None:
        """Have the screens painted soon; a step that prints a lot costs ten paintings a second."""
        if not self._dirty:
            self._dirty = True
            self._app.call_later(self._paint)

    def _paint(self) -> None:
        self._dirty = False
        self._app.paint_soon(_GAP_S)
