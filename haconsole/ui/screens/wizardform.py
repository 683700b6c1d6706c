"""The questions of a wizard: what is offered, what it means, what is wrong, as one types."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.events import DescendantFocus
from textual.widget import Widget
from textual.widgets import Button

from haconsole.procedures.errors import AnswerError, ProcedureError
from haconsole.ui.commands.base import Scope, registry
from haconsole.ui.presentation.form import (
    FormGroup,
    FormRow,
    column_width,
    form_groups,
    help_lines,
    label_width,
    steps_line,
    tag_of,
)
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.ink import Ink, Line, Tone, fit, ink, spread, wrap
from haconsole.ui.presentation.units import say
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.session import Session
from haconsole.ui.widgets.actions import Actions
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.fields import Answered, AnyField, ChoiceField, LineField, field_for
from haconsole.ui.wizard import Stage, Wizard
from haconsole.words import t, tn

_HELP_ROWS = 5


class _Row(Horizontal):
    """A label, its fields, and what is to be said of them."""

    def __init__(self, row: FormRow, labels: int, widths: int | None) -> None:
        super().__init__(classes="form-row")
        self.row = row
        self._labels, self._widths = labels, widths

    def compose(self) -> ComposeResult:
        """Label, fields, tag."""
        label = Panel(classes="label")
        label.styles.width = self._labels + 2
        label.show([(ink(f" {fit(self.row.label, self._labels)} "),)])
        yield label
        for one in self.row.fields:
            place: Widget = field_for(one, "") if one is not None else Panel()
            if self._widths is not None:
                place.styles.width = self._widths
            yield place
        tag = Panel(classes="tag")
        tag.styles.width = 10
        yield tag


class FormScreen(ConsoleScreen):
    """Draws whatever form the wizard at hand has."""

    BINDINGS: ClassVar[list[BindingType]] = [*registry.bindings(Scope.FORM)]
    mode: ClassVar[str] = "form"
    tab = "changes"
    CSS = """
    #fields { height: 1fr; scrollbar-size-vertical: 1; }
    FormScreen.-tall #fields { margin-top: 1; }
    .form-row, .form-hosts { height: 1; }
    .form-row .label { height: 1; }
    .form-row LineField, .form-row ChoiceField, .form-row Panel { margin-right: 1; }
    .form-row .label, .form-row .tag { margin: 0; }
    .form-hosts { margin-top: 1; }
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
        yield VerticalScroll(id="fields", can_focus=False)
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
        focused = self._field.one.key if self._field is not None else None
        place = self.query_one("#fields", VerticalScroll)
        await place.remove_children()
        if wizard.form is None or wizard.stage is Stage.READING:
            note = Panel()
            await place.mount(note)
            note.show(self._waiting(wizard))
            return
        parts: list[Widget] = []
        for group in form_groups(wizard.form, self.size.width - 1):
            parts += self._group(wizard, group)
        await place.mount(*parts)
        for field in self._fields:
            field.set_value(wizard.answers[field.one.key])
        self._judge()
        wanted = next((f for f in self._fields if f.one.key == focused), None) or self._first
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

    def _group(self, wizard: Wizard, group: FormGroup) -> list[Widget]:
        if wizard.form is None:
            return []
        labels = label_width(wizard.form, self.size.width - 1)
        widths: int | None = None
        parts: list[Widget] = []
        if group.hosts:
            widths = column_width(labels, len(group.hosts), self.size.width - 11)
            head = Panel(classes="form-hosts")
            title = Ink(f" {fit(t('EACH HOST'), labels)} ", Tone.HEAD)
            names = (Ink(fit(f" {host}", widths + 1), Tone.STRONG) for host in group.hosts)
            head.show([(title, *names)])
            parts.append(head)
        return parts + [_Row(row, labels, widths) for row in group.rows]

    # Answers

    @property
    def _fields(self) -> list[AnyField]:
        found = self.query("LineField, ChoiceField")
        return [one for one in found if isinstance(one, LineField | ChoiceField)]

    @property
    def _field(self) -> AnyField | None:
        focused = self.focused
        return focused if isinstance(focused, LineField | ChoiceField) else None

    @property
    def _first(self) -> AnyField | None:
        return next((field for field in self._fields if field.display), None)

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
        for row in self.query(_Row):
            self._judge_row(wizard, row)
        field = self._field
        one = field.one if field is not None else None
        value = wizard.answers.get(one.key, "") if one is not None else ""
        wrong = wizard.wrong(one) if one is not None else None
        lines = help_lines(one, value, wrong, wizard.objections, self.size.width, _HELP_ROWS)
        self.query_one("#help", Panel).show(lines)
        self.query_one("#stage", Panel).show(self._stage_lines(wizard))

    @staticmethod
    def _judge_row(wizard: Wizard, row: _Row) -> None:
        shown = [one for one in row.row.fields if one is not None and wizard.shown(one)]
        row.display = bool(shown)
        for field in row.query("LineField, ChoiceField"):
            if isinstance(field, LineField | ChoiceField):
                field.visible = field.one in shown
                field.disabled = field.one not in shown
                field.set_class(wizard.is_default(field.one), "-default")
                field.set_class(wizard.wrong(field.one) is not None, "-wrong")
        text, tone = tag_of(
            asked=bool(shown),
            wrong=any(wizard.wrong(one) is not None for one in shown),
            default=all(wizard.is_default(one) for one in shown),
        )
        for tag in row.query(".tag").results(Panel):
            tag.show([(Ink(text, tone),)])

    # Keys

    def next_field(self, by: int) -> None:
        """Go to the next row's field in the same column; past the last one, to the button."""
        rows = [row for row in self.query(_Row) if row.display]
        field = self._field
        at = next((i for i, row in enumerate(rows) if field in row.children), None)
        if at is None:
            self.set_focus(self._first if by > 0 else self._last_of(rows))
            return
        column = self._in(rows[at]).index(field) if field in self._in(rows[at]) else 0
        if not 0 <= at + by < len(rows):
            self.set_focus(self.query_one("#preview") if by > 0 else field)
            return
        beside = self._in(rows[at + by])
        self.set_focus(beside[min(column, len(beside) - 1)])

    @staticmethod
    def _in(row: _Row) -> list[AnyField | None]:
        return [
            child
            for child in row.children
            if isinstance(child, LineField | ChoiceField) and not child.disabled
        ]

    def _last_of(self, rows: list[_Row]) -> AnyField | None:
        beside = self._in(rows[-1]) if rows else []
        return beside[0] if beside else None

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
            self._focus_key(error.key)
        except ProcedureError as error:
            self.console_app.tell(str(error), loud=True)

    def _focus_key(self, keys: str) -> None:
        wanted = [key.strip() for key in keys.split(",")]
        found = next((f for f in self._fields if f.one.key in wanted and not f.disabled), None)
        if found is not None:
            self.set_focus(found)

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
