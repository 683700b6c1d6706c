"""One drill: before it, while it goes on, after it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Button

from haconsole.procedures.drill.standing import DrillProgress, Row, Stage
from haconsole.procedures.plan import Plan
from haconsole.procedures.progress import RunProgress
from haconsole.ui.commands.base import Scope, registry
from haconsole.ui.drilldesk import GAP_S, DrillDesk
from haconsole.ui.presentation.drilllive import (
    BUSY,
    body_lines,
    names_width,
    row_line,
    row_text,
    way_line,
)
from haconsole.ui.presentation.drillways import key_hints, ways_on
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.ink import Ink, Line, Tone, ink, spread
from haconsole.ui.presentation.plan import PlanRow, longest_host, plan_rows
from haconsole.ui.presentation.plan import row_line as step_line
from haconsole.ui.presentation.plan import row_text as step_row_text
from haconsole.ui.presentation.step import step_text
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.session import Session
from haconsole.ui.widgets.actions import Actions
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.filterbar import FilterBar
from haconsole.ui.widgets.listing import Listing
from haconsole.ui.widgets.rows import RowList
from haconsole.words import t

#: Title, way, line of the list, buttons, key bar; rows that the list keeps.
_FIXED, _LEAST = 5, 3


class DrillScreen(ConsoleScreen):
    """Renders whatever drill is at hand. Ten paintings a second while it goes on, no more."""

    BINDINGS: ClassVar[list[BindingType]] = [*registry.bindings(Scope.DRILL)]
    mode: ClassVar[str] = "drill"
    tab = "drills"
    CSS = """
    DrillScreen #plan-rows, DrillScreen #rows { border-top: solid $border; }
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._stage = Stage.PREFLIGHT
        self._steps_shown = True
        self._plan: Plan | None = None
        self._plan_rows: tuple[PlanRow, ...] = ()
        self._painted_at = float("-inf")

    def body(self) -> ComposeResult:
        """Where it is, all that is known, the steps or the time line, the ways on."""
        yield Panel(id="way")
        yield Panel(id="drill")
        yield RowList[PlanRow](
            self._step_line, key_of=lambda row: row.key, text_of=self._step_text, id="plan-rows"
        )
        yield RowList[Row](
            self._row_line,
            key_of=lambda row: (row.at, row.host, row.note),
            text_of=lambda row: row_text(row, self._fault_at),
            id="rows",
        )
        yield Actions(("cancel", "undo", "steps", "again", "force", "begin"))

    @property
    def _desk(self) -> DrillDesk:
        return self.console_app.desk.drills

    @property
    def _progress(self) -> DrillProgress | None:
        return self._desk.progress

    @property
    def _fault_at(self) -> float | None:
        progress = self._progress
        return progress.fault_at[0] if progress is not None and progress.fault_at else None

    @property
    def _run(self) -> RunProgress:
        return self._progress.run if self._progress is not None else RunProgress()

    @property
    def tail(self) -> str:
        """The scenario's name and whom it hits."""
        progress = self._progress
        if progress is None:
            return t("drill")
        hit = progress.ask.target or (progress.prediction.target if progress.prediction else "")
        return t("drill {scenario} {host}", scenario=progress.ask.scenario, host=hit).rstrip()

    def on_mount(self) -> None:
        """Let the clocks go while a drill does."""
        self.set_interval(GAP_S, self._tick)

    def _tick(self) -> None:
        """Move the clocks and the strip; nothing else of the screen is painted for it."""
        progress = self._progress
        if not self.is_current or progress is None or progress.stage not in BUSY:
            return
        if self._due:
            self._show_body(progress)

    @property
    def _due(self) -> bool:
        """Whether the clocks were painted long enough ago, by whomever."""
        return monotonic() - self._painted_at >= GAP_S * 0.75

    @property
    def _lists(self) -> tuple[RowList[PlanRow], RowList[Row]]:
        return self.query_one("#plan-rows", RowList), self.query_one("#rows", RowList)

    # What is on show

    def show(self, glance: Glance) -> None:
        """Paint everything from the drill's progress."""
        progress = self._progress
        if progress is None:
            text = t("No drill was begun: 7 shows which there are.")
            self.query_one("#drill", Panel).show([(Ink(f" {text}", Tone.MUTED),)])
            return
        before = self._stage
        self._turn(progress)
        way = way_line(progress.stage)
        self.query_one("#way", Panel).show([spread(way, self._vip(progress), self.size.width)])
        if self._due or progress.stage is not before or progress.stage not in BUSY:
            self._show_body(progress)
        self._show_lists(progress)
        self.query_one(Actions).offer(
            ways_on(progress, writable=glance.writable, steps=self._steps_shown),
            key_hints(progress),
        )

    @staticmethod
    def _vip(progress: DrillProgress) -> Line:
        return (Ink(t("VIP "), Tone.MUTED), ink(f"{progress.ask.vip} ", Tone.STRONG))

    def _turn(self, progress: DrillProgress) -> None:
        """At a new stage, show the list that matters then, and leave buttons that are gone."""
        before, self._stage = self._stage, progress.stage
        if self._desk.drill is not None and self._desk.drill.plan is not self._plan:
            self._plan = self._desk.drill.plan
            self._plan_rows = plan_rows(self._plan) if self._plan is not None else ()
        if before is progress.stage:
            return
        ahead = progress.stage in (Stage.PREFLIGHT, Stage.READY, Stage.REFUSED)
        was_ahead = before in (Stage.PREFLIGHT, Stage.READY, Stage.REFUSED)
        if ahead or was_ahead or progress.stage is Stage.FAILED:
            self._steps_shown = ahead or (progress.stage is Stage.FAILED and not progress.rows)
            self._lists[1].following = not ahead
        if isinstance(self.focused, Button) or self.focused is None:
            self.set_focus(self._lists[0 if self._steps_shown else 1])

    def _show_body(self, progress: DrillProgress) -> None:
        self._painted_at = monotonic()
        cluster = self._desk.cluster
        lbs = [host.name for host in cluster.lbs] if cluster is not None else []
        feed = self.session.feed
        lines = body_lines(
            progress,
            lbs,
            self.size.width,
            self.size.height - _FIXED - _LEAST,
            feed.now(),
            writable=feed.writable,
        )
        self.query_one("#drill", Panel).show(lines)

    def _show_lists(self, progress: DrillProgress) -> None:
        steps, rows = self._lists
        steps.display, rows.display = self._steps_shown, not self._steps_shown
        if self._steps_shown:
            found = self._plan_rows
            if self.search:
                run = progress.run
                found = tuple(r for r in found if self.search.matches(step_row_text(r, run)))
            steps.show(found)
        else:
            told = progress.rows
            if self.search:
                told = tuple(r for r in told if self.search.matches(row_text(r, None)))
            rows.show(told, nothing=(Ink(f" {t('Nothing has happened yet.')}", Tone.MUTED),))

    def _step_line(self, row: PlanRow) -> Line:
        if self._plan is None:
            return ()
        width = self._lists[0].size.width - 1
        hosts, now = longest_host(self._plan), self.session.feed.now()
        return step_line(row, self._run, width, hosts=hosts, now=now)

    def _step_text(self, row: PlanRow) -> str:
        return step_text(row.step) if row.step is not None else step_row_text(row, self._run)

    def _row_line(self, row: Row) -> Line:
        rows = self._lists[1]
        return row_line(row, self._fault_at, names_width(rows.rows), rows.size.width - 1)

    # Keys

    def toggle_steps(self) -> None:
        """Show the steps, or the time line again."""
        self._steps_shown = not self._steps_shown
        self.on_screen_resume()
        self.set_focus(self._lists[0 if self._steps_shown else 1])

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Show the step, or the moment, whole."""
        self.view_whole()

    def ask_limit(self) -> None:
        """Ask when the node undoes the fault by itself."""
        if self._desk.ask is not None and not self._desk.busy:
            now = f"{self._desk.ask.limit_s:g}"
            self.query_one(FilterBar).open("limit", t("undo by itself after (s)"), now)

    def answered(self, purpose: str, text: str) -> None:
        """Take the limit."""
        if purpose == "limit":
            self._desk.set_limit(text.strip())

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button says."""
        event.stop()
        if not self.is_active:
            return  # pressed twice at once: the first one's question stands above
        match event.button.id:
            case "begin":
                self.action_command("drill.run")
            case "undo":
                self._desk.undo_now()
            case "steps":
                self.toggle_steps()
            case "again":
                self._desk.prepare_again(force=False)
            case "force":
                self._desk.prepare_again(force=True)
            case "cancel":
                self._desk.leave_screen()

    def copy(self) -> None:
        """Copy the report, once there is one; the row under the cursor before."""
        progress = self._progress
        if progress is None or not progress.report:
            super().copy()
            return
        path = Path(progress.report)

        async def read_it() -> None:
            try:
                text = await asyncio.to_thread(path.read_text, encoding="utf-8", errors="replace")
            except OSError as error:
                reason = error.strerror or str(error)
                told = t("{path} cannot be read: {reason}", path=path, reason=reason)
                self.console_app.tell(told, loud=True)
            else:
                self.copy_text(text)

        work: Callable[[], Awaitable[None]] = read_it
        self.run_worker(work, group="report", exclusive=True, exit_on_error=False)

    def reread(self) -> None:
        """Read and predict again, while nothing was touched."""
        if self._progress is not None and not self._desk.busy:
            self._desk.prepare_again()

    def chosen_changed(self) -> None:
        """The drill stays with the cluster that it was prepared for."""

    def leave(self) -> None:
        """Return to the list, or ask where it runs."""
        self._desk.leave_screen()
