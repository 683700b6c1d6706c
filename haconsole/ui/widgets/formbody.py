"""The fields of a form in their rows, and the ways between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget

from haconsole.procedures.form import Form
from haconsole.ui.presentation.form import (
    FormGroup,
    FormRow,
    column_width,
    form_groups,
    label_width,
    tag_of,
)
from haconsole.ui.presentation.ink import Ink, Line, Tone, fit, ink
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.fields import AnyField, ChoiceField, LineField, field_for
from haconsole.ui.wizard import Wizard
from haconsole.words import t

_TAG = 10


class FieldRow(Horizontal):
    """A label, its fields, and what is to be said of them."""

    DEFAULT_CSS = """
    FieldRow { height: 1; }
    FieldRow .label { height: 1; }
    FieldRow LineField, FieldRow ChoiceField, FieldRow .none { margin-right: 1; }
    """

    def __init__(self, row: FormRow, labels: int, widths: int | None) -> None:
        super().__init__()
        self.row = row
        self._labels, self._widths = labels, widths

    def compose(self) -> ComposeResult:
        """Label, fields, tag."""
        label = Panel(classes="label")
        label.styles.width = self._labels + 2
        label.show([(ink(f" {fit(self.row.label, self._labels)} "),)])
        yield label
        for one in self.row.fields:
            place: Widget = field_for(one, "") if one is not None else Panel(classes="none")
            if self._widths is not None:
                place.styles.width = self._widths
            yield place
        tag = Panel(classes="tag")
        tag.styles.width = _TAG
        yield tag

    @property
    def fields(self) -> list[AnyField]:
        """Every field."""
        return [c for c in self.children if isinstance(c, LineField | ChoiceField)]

    @property
    def asked(self) -> list[AnyField]:
        """The fields that make sense now."""
        return [field for field in self.fields if not field.disabled]

    def judge(self, wizard: Wizard) -> None:
        """Show which questions are asked, and whether their answers are wrong or the default."""
        shown = [one for one in self.row.fields if one is not None and wizard.shown(one)]
        self.display = bool(shown)
        for field in self.fields:
            field.visible = field.one in shown
            field.disabled = field.one not in shown
            field.set_class(wizard.is_default(field.one), "-default")
            field.set_class(wizard.wrong(field.one) is not None, "-wrong")
        text, tone = tag_of(
            asked=bool(shown),
            wrong=any(wizard.wrong(one) is not None for one in shown),
            default=all(wizard.is_default(one) for one in shown),
        )
        for tag in self.query(".tag").results(Panel):
            tag.show([(Ink(text, tone),)])


class FormBody(VerticalScroll, can_focus=False):
    """Lays a form out, for the width there is; scrolls to the field with the focus."""

    DEFAULT_CSS: ClassVar[str] = """
    FormBody { height: 1fr; scrollbar-size-vertical: 1; }
    FormBody > .hosts { height: 1; margin-top: 1; }
    """

    async def say(self, lines: Sequence[Line]) -> None:
        """Show lines where there are no fields."""
        await self.remove_children()
        panel = Panel()
        await self.mount(panel)
        panel.show(lines)

    async def lay_out(self, wizard: Wizard, form: Form, width: int) -> None:
        """Show a form with the answers so far."""
        await self.remove_children()
        parts: list[Widget] = []
        for group in form_groups(form, width):
            parts += self._group(group, label_width(form, width), width)
        await self.mount(*parts)
        for field in self.fields:
            field.set_value(wizard.answers[field.one.key])

    @staticmethod
    def _group(group: FormGroup, labels: int, width: int) -> list[Widget]:
        if not group.hosts:
            return [FieldRow(row, labels, None) for row in group.rows]
        widths = column_width(labels, len(group.hosts), width - _TAG)
        head = Panel(classes="hosts")
        title = Ink(f" {fit(t('EACH HOST'), labels)} ", Tone.HEAD)
        names = (Ink(fit(f" {host}", widths + 1), Tone.STRONG) for host in group.hosts)
        head.show([(title, *names)])
        return [head, *(FieldRow(row, labels, widths) for row in group.rows)]

    @property
    def fields(self) -> list[AnyField]:
        """Every field, in order."""
        return [field for row in self.query(FieldRow) for field in row.fields]

    @property
    def first(self) -> AnyField | None:
        """The first question that is asked."""
        return next((field for field in self.fields if not field.disabled), None)

    def field_of(self, keys: str) -> AnyField | None:
        """Return the first asked field of some keys, with commas between them."""
        wanted = [key.strip() for key in keys.split(",")]
        return next((f for f in self.fields if f.one.key in wanted and not f.disabled), None)

    def judge(self, wizard: Wizard) -> None:
        """Show which questions are asked, and how their answers are."""
        for row in self.query(FieldRow):
            row.judge(wizard)

    def beside(self, field: AnyField | None, by: int) -> AnyField | None:
        """Return the field ``by`` rows on, in the same column; ``None`` past the ends."""
        rows = [row for row in self.query(FieldRow) if row.display and row.asked]
        at = next((i for i, row in enumerate(rows) if field in row.asked), None)
        if at is None:
            return self.first if by > 0 else rows[-1].asked[0] if rows else None
        if field is None or not 0 <= at + by < len(rows):
            return None
        there = rows[at + by].asked
        return there[min(rows[at].asked.index(field), len(there) - 1)]
