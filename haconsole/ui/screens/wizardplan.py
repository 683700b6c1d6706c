"""A plan: looked at before it runs, watched while it runs, summed up when it is over."""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.widgets import Button

from haconsole.procedures.plan import Plan
from haconsole.telling import say
from haconsole.ui.commands.base import Scope, registry
from haconsole.ui.presentation.form import steps_line
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.ink import Ink, Line, Tone, ink, plain, wrap
from haconsole.ui.presentation.plan import (
    ACTIVE,
    PlanRow,
    asks_tick,
    failed_step,
    first_open,
    longest_host,
    plan_rows,
    row_line,
    row_text,
    running_step,
)
from haconsole.ui.presentation.planhead import head_lines, warning_lines
from haconsole.ui.presentation.step import step_lines, step_text
from haconsole.ui.presentation.ways import key_hints, ways_on
from haconsole.ui.screens.runbook import RunbookScreen
from haconsole.ui.session import Session
from haconsole.ui.widgets.actions import Actions
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.listing import Listing
from haconsole.ui.widgets.rows import RowList
from haconsole.ui.wizard import Stage, Wizard
from haconsole.words import t

#: From this width on, list and step stand side by side.
_WIDE = 110
#: A line of a step, with its number: lines may be alike, keys may not.
Numbered: TypeAlias = tuple[int, Line]


class PlanScreen(RunbookScreen):
    """Renders whatever plan the wizard at hand has."""

    BINDINGS: ClassVar[list[BindingType]] = [*registry.bindings(Scope.PLAN)]
    mode: ClassVar[str] = "plan"
    tab = "changes"
    CSS = """
    #split { height: 1fr; margin-top: 1; }
    PlanScreen.-low #split { margin-top: 0; }
    #step { border-top: solid $border; padding: 0 0 0 1; }
    PlanScreen.-wide #split { layout: horizontal; }
    PlanScreen.-wide #steps { width: 48%; }
    PlanScreen.-wide #step { border-top: none; border-left: solid $border; }
    PlanScreen.-whole #steps { display: none; }
    PlanScreen.-whole #step { border: none; width: 100%; }
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._plan: Plan | None = None
        self._rows: tuple[PlanRow, ...] = ()
        self._following = True
        #: The step on show, and whether it was running then.
        self._shown_step: tuple[str, bool] = ("", False)
        self._stage = Stage.PREVIEW
        self._shape = (0, 0, False)

    @property
    def _wizard(self) -> Wizard | None:
        return self.console_app.desk.wizard

    @property
    def tail(self) -> str:
        """The procedure's name."""
        return self._wizard.entry.name if self._wizard is not None else ""

    def body(self) -> ComposeResult:
        """How it stands, warnings, the steps, the one under the cursor, the ways on."""
        yield Panel(id="stage")
        yield Panel(id="head")
        with Container(id="split"):
            yield RowList[PlanRow](
                self._line, key_of=lambda row: row.key, text_of=self._text, id="steps"
            )
            yield RowList[Numbered](
                lambda row: row[1],
                key_of=lambda row: row[0],
                text_of=lambda row: plain(row[1]),
                id="step",
            )
        yield Actions(("back", "close", "save", "stop", "retry", "again", "roll-back", "run"))

    @property
    def _steps(self) -> RowList[PlanRow]:
        return self.query_one("#steps", RowList)

    @property
    def _step(self) -> RowList[Numbered]:
        return self.query_one("#step", RowList)

    def _line(self, row: PlanRow) -> Line:
        wizard = self._wizard
        if wizard is None or wizard.plan is None:
            return ()
        return row_line(
            row,
            wizard.progress,
            self._steps.size.width - 1,
            hosts=longest_host(wizard.plan),
            ticked=wizard.ticked,
            now=self.session.feed.now(),
        )

    def _text(self, row: PlanRow) -> str:
        wizard = self._wizard
        if wizard is None:
            return ""
        return step_text(row.step) if row.step is not None else row_text(row, wizard.progress)

    # What is on show

    def show(self, glance: Glance) -> None:
        """Paint everything from the plan and its progress."""
        wizard = self._wizard
        if wizard is None or wizard.plan is None:
            return
        width, height = self.size.width, self.size.height
        if (width, height, self.has_class("-whole")) != self._shape:
            # What stands in it is folded to a width that the next layout gives.
            self._shape = (width, height, self.has_class("-whole"))
            self.call_after_refresh(self.on_screen_resume)
        self.set_class(width >= _WIDE, "-wide")
        self.set_class(height < 30, "-low")
        self._begin(wizard.plan)
        self._show_head(wizard, wizard.plan, glance)
        rows = self._rows
        if self.search:
            progress = wizard.progress
            rows = tuple(row for row in rows if self.search.matches(row_text(row, progress)))
        steps = self._steps
        if width < _WIDE:
            steps.styles.height = max(3, min(len(rows), (height - 8) * 45 // 100))
        else:
            steps.styles.height = "1fr"
        steps.show(rows, nothing=(Ink(f" {t('No step matches.')}", Tone.MUTED),))
        self._follow(wizard, wizard.plan)
        self._show_step()
        self.query_one(Actions).offer(
            ways_on(wizard, writable=glance.writable), key_hints(wizard, following=self._following)
        )

    def _begin(self, plan: Plan) -> None:
        if plan is not self._plan:
            self._plan, self._rows, self._following = plan, plan_rows(plan), True
            self._shown_step = ("", False)
            self.remove_class("-whole")
            self._steps.show(())
            self._steps.show(self._rows)
            self.set_focus(self._steps)

    def _show_head(self, wizard: Wizard, plan: Plan, glance: Glance) -> None:
        width, progress = self.size.width, wizard.progress
        stage = 1 if wizard.stage is Stage.PREVIEW else 2
        stages = steps_line(stage, writable=glance.writable)
        self.query_one("#stage", Panel).show(
            [(*stages, Ink("   "), ink(say(plan.title), Tone.STRONG))]
        )
        lines = head_lines(plan, progress, width, glance.now)
        if wizard.stage is Stage.PREVIEW:
            lines += warning_lines(plan, width, most=3 if self.size.height < 30 else 8)
        self.query_one("#head", Panel).show(lines)

    def _follow(self, wizard: Wizard, plan: Plan) -> None:
        """Keep the cursor on the step that runs; when it failed, on that."""
        progress = wizard.progress
        if wizard.stage is Stage.RUNNING and self._stage is not Stage.RUNNING:
            self._following = True
        if wizard.stage is not self._stage and isinstance(self.focused, Button):
            self.set_focus(self._steps)
        self._stage = wizard.stage
        if not self._following:
            return
        if wizard.stage is Stage.PREVIEW:
            step = first_open(plan, progress)
        elif wizard.busy:
            step = running_step(plan, progress)
        else:
            step = failed_step(plan, progress)
        if step is None:
            return
        rows = self._steps.rows
        place = next((i for i, row in enumerate(rows) if row.key == step.id), None)
        if place is not None and place != self._steps.cursor:
            with self._steps.prevent(RowList.Moved):
                self._steps.move_to(place)
            # What stands above it belongs to it: the part's title, the step before.
            self._steps.top = max(0, min(self._steps.top, place - 2))

    def _show_step(self) -> None:
        wizard, row = self._wizard, self._steps.current
        listing = self._step
        if wizard is None or wizard.plan is None:
            return
        if row is None or row.step is None:
            self._shown_step = ("", False)
            order = say(row.order) if row is not None and row.order is not None else ""
            text = t("All of this is done before the next part begins.")
            lines = wrap((ink(f"{order}. {text}" if order else text, Tone.MUTED),), 60)
            listing.show(tuple(enumerate(lines if row is not None else ())))
            return
        stands = wizard.progress.of(row.step.id)
        active = stands.status in ACTIVE and bool(stands.output)
        lines = step_lines(
            row.step,
            stands,
            max(20, listing.size.width - 3),
            now=self.session.feed.now(),
            ticked=row.step.id in wizard.ticked,
        )
        if self._shown_step != (row.step.id, active):
            self._shown_step = (row.step.id, active)
            listing.show(())
            listing.cursor = listing.top = 0
            listing.following = active
        listing.show(tuple(enumerate(lines)))

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        """The operator looks at another step: show that one, and stay there."""
        if event.listing.id == "steps":
            self._following = False
            self._show_step()

    # Keys

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Show the step on the whole screen."""
        if event.listing.id == "steps":
            self.view_whole()

    def view_whole(self) -> None:
        """Show the step on the whole screen, or the list again."""
        whole = not self.has_class("-whole")
        self.set_class(whole, "-whole")
        self.set_focus(self._step if whole else self._steps)
        self.call_after_refresh(self.on_screen_resume)

    def back(self) -> None:
        """First back from the whole step, then as everywhere."""
        if self.has_class("-whole"):
            self.view_whole()
        else:
            super().back()

    def follow(self) -> None:
        """Follow the step that runs, or stay."""
        self._following = not self._following
        self.on_screen_resume()

    def tick(self) -> None:
        """Allow the file under the cursor to be replaced, or not."""
        wizard, row = self._wizard, self._steps.current
        if wizard is None or row is None or row.step is None or wizard.stage is not Stage.PREVIEW:
            return
        if not asks_tick(row.step, wizard.progress.of(row.step.id)):
            self.console_app.tell(t("This step replaces no file of somebody else's."))
            return
        wizard.ticked ^= {row.step.id}
        self.on_screen_resume()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button says."""
        event.stop()
        if not self.is_active:
            return  # pressed twice at once: the first one's question stands above
        desk = self.console_app.desk
        match event.button.id:
            case "run" | "retry":
                self.action_command("plan.run")
            case "stop":
                self.action_command("plan.stop")
            case "roll-back":
                self.action_command("plan.roll-back")
            case "save":
                self.save_runbook()
            case "back":
                desk.questions_again()
            case "again":
                desk.start_over()
            case "close":
                self.console_app.go("changes")

    def reading_targets(self) -> tuple[str, ...]:
        """The hosts of the plan."""
        wizard = self._wizard
        return wizard.plan.hosts if wizard is not None and wizard.plan is not None else ()

    def chosen_changed(self) -> None:
        """The plan stays with the cluster that it was made for."""

    def leave(self) -> None:
        """Go back to the questions, to the list, or ask where it runs."""
        wizard, desk = self._wizard, self.console_app.desk
        if wizard is not None and wizard.stage is Stage.PREVIEW:
            desk.questions_again()
        else:
            desk.leave_screen()
