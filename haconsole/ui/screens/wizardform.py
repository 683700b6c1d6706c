"""The questions of a wizard: what is offered, what it means, what is wrong, as one types."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import DescendantFocus
from textual.widgets import Button

from haconsole.procedures.errors import AnswerError, ProcedureError
from haconsole.telling import say
from haconsole.ui.commands.base import Scope, registry
from haconsole.ui.presentation.form import (
    help_lines,
    steps_line,
)
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.ink import Ink, Line, Tone, ink, spread, wrap
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.session import Session
from haconsole.ui.widgets.actions import Actions
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.fields import Answered, AnyField, ChoiceField, LineField
from haconsole.ui.widgets.formbody import FormBody
from haconsole.ui.wizard import Stage, Wizard
from haconsole.words import t, tn

_HELP_ROWS = 5


class FormScreen(ConsoleScreen):
    """Draws whatever form the wizard at hand has."""

    BINDINGS: ClassVar[list[BindingType]] = [*registry.bindings(Scope.FORM)]
    mode: ClassVar[str] = "form"
    tab = "changes"
    CSS = """
    FormScreen.-tall FormBody { margin-top: 1; }
    #help { height: 6; border-top: solid $border; background: $surface; }
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._made_of: tuple[object, ...] = ()

    @property
    def _wizard(self) -> Wizard | None:
        return self.console_app.desk.wizard

    @property
    def tail(self) -> str:
        """The procedure's name."""
        return self._wizard.entry.name if self._wizard is not None else ""

    def body(self) -> ComposeResult:
        """Where we are, the fields, help for the one with the focus, the ways on."""
        yield Panel(id="stage")
        yield FormBody()
        yield Panel(id="help")
        yield Actions(("cancel", "preview"), id="actions")

    # What is on show

    def show(self, glance: Glance) -> None:
        """Paint the stage, and the form when it is there."""
        wizard = self._wizard
        if wizard is None:
            return
        self.set_class(self.size.height >= 30, "-tall")
        made_of = (id(wizard.form), self.size.width, wizard.problem, wizard.stage is Stage.READING)
        if made_of != self._made_of:
            self._made_of = made_of

            async def build() -> None:
                await self._build(wizard)

            # Not the coroutine itself: a worker that is never begun would leave it behind.
            work: Callable[[], Awaitable[None]] = build
            self.run_worker(work, group="build", exclusive=True)
        self.query_one("#stage", Panel).show(self._stage_lines(wizard))
        asking = wizard.form is not None and wizard.stage is Stage.ASKING
        offers = [("cancel", t("Cancel"), True)]
        if asking:
            offers.append(("preview", t("Preview"), True))
        hints = [("^N", t("preview")), ("↑ ↓", t("questions")), ("^R", t("offered answer"))]
        self.query_one("#actions", Actions).offer(offers, hints if asking else ())
        self._judge()

    def _stage_lines(self, wizard: Wizard) -> list[Line]:
        title = say(wizard.form.title if wizard.form is not None else wizard.entry.title)
        head = (
            *steps_line(0, writable=self.session.feed.writable),
            Ink("   "),
            ink(title, Tone.STRONG),
        )
        return [spread(head, self._count_line(wizard), self.size.width)]

    @staticmethod
    def _count_line(wizard: Wizard) -> Line:
        """Say how many answers are refused, wherever the focus is."""
        fields = wizard.form.fields if wizard.form is not None else ()
        wrong = sum(wizard.wrong(one) is not None for one in fields)
        wrong += sum(item.refuses for item in wizard.objections)
        if not wrong:
            return ()
        text = tn("{count} answer is refused", "{count} answers are refused", wrong)
        return (Ink(f"✖ {text} ", Tone.CRITICAL),)

    async def _build(self, wizard: Wizard) -> None:
        """Lay the form out for this width."""
        focused = self._field.one.key if self._field is not None else ""
        body = self._body
        if wizard.form is None or wizard.stage is Stage.READING:
            await body.say(self._waiting(wizard))
            return
        await body.lay_out(wizard, wizard.form, self.size.width - 1)
        self._judge()
        wanted = body.field_of(focused) or body.first
        self.set_focus(wanted if wanted is not None else self.query_one("#preview"))

    def _waiting(self, wizard: Wizard) -> list[Line]:
        width = self.size.width - 2
        if wizard.problem:
            text = t("This cannot be planned now: {why}", why=wizard.problem)
            again = t("r tries again, Esc goes back.")
            return [(), *wrap((Ink(" "), ink(text, Tone.CRITICAL)), width, hang=1), (),
                    (Ink(f" {again}", Tone.MUTED),)]  # fmt: skip
        names = ", ".join(host.name for host in wizard.cluster.hosts)
        text = t("Reading {hosts}: what is installed, which files there are.", hosts=names)
        if wizard.entry.repositories:
            text += t(" Package managers are asked what they offer: that can take a while.")
        return [(), *wrap((Ink(" "), ink(text, Tone.INFO)), width, hang=1)]

    # Answers

    @property
    def _body(self) -> FormBody:
        return self.query_one(FormBody)

    @property
    def _field(self) -> AnyField | None:
        focused = self.focused
        return focused if isinstance(focused, LineField | ChoiceField) else None

    def on_answered(self, event: Answered) -> None:
        """Take an answer; enter goes to the next question."""
        event.stop()
        if self._wizard is None or self._wizard.stage is not Stage.ASKING:
            return
        if self._wizard.answers.get(event.key) != event.value:
            self._wizard.answer(event.key, event.value)
            self._judge()
        if event.done:
            self.next_field(1)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Explain the field that has the focus."""
        self._judge()

    def _judge(self) -> None:
        """Show which questions are asked, what is wrong, and help."""
        wizard = self._wizard
        if wizard is None or wizard.form is None or not self.is_mounted:
            return
        self._body.judge(wizard)
        field = self._field
        one = field.one if field is not None else None
        value = wizard.answers.get(one.key, "") if one is not None else ""
        wrong = wizard.wrong(one) if one is not None else None
        lines = help_lines(one, value, wrong, wizard.objections, self.size.width, _HELP_ROWS)
        self.query_one("#help", Panel).show(lines)
        self.query_one("#stage", Panel).show(self._stage_lines(wizard))

    # Keys

    def next_field(self, by: int) -> None:
        """Go to the next row's field in the same column; past the last one, to the button."""
        beside = self._body.beside(self._field, by)
        if beside is not None:
            self.set_focus(beside)
        elif by > 0:
            self.set_focus(self.query_one("#preview"))

    def offered_again(self) -> None:
        """Put the offered answer back into the field with the focus."""
        if self._field is not None:
            self._field.set_value(self._field.one.default)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Go on to the preview, or back."""
        event.stop()
        if event.button.id == "preview":
            self.preview()
        else:
            self.leave()

    def preview(self) -> None:
        """Make the plan; an answer that is refused gets the focus."""
        wizard = self._wizard
        if wizard is None or wizard.stage is not Stage.ASKING:
            return
        try:
            self.console_app.desk.preview()
        except AnswerError as error:
            self.console_app.tell(str(error), loud=True)
            found = self._body.field_of(error.key)
            if found is not None:
                self.set_focus(found)
        except ProcedureError as error:
            self.console_app.tell(str(error), loud=True)

    def open_filter(self) -> None:
        """There is nothing to filter."""

    def reread(self) -> None:
        """Read the hosts again; what was answered stays."""
        self.console_app.desk.read_again()

    def chosen_changed(self) -> None:
        """The wizard stays with the cluster that it was begun on."""

    def leave(self) -> None:
        """Return to the list; what was answered is kept until another change is begun."""
        self.console_app.go("changes")
