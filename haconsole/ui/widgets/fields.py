"""One-line fields of a form: a line to type in, and a choice that arrows turn."""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from haconsole.procedures.form import Field
from haconsole.ui.presentation.form import choices_of
from haconsole.ui.presentation.ink import Ink, Line, Tone, cells, clean, fit
from haconsole.ui.widgets.canvas import Canvas
from haconsole.ui.widgets.line import StillInput


class Answered(Message):
    """An answer changed (``done``: enter was pressed on it)."""

    def __init__(self, key: str, value: str, *, done: bool = False) -> None:
        super().__init__()
        self.key = key
        self.value = value
        self.done = done


class LineField(StillInput):
    """An answer that is typed; masked where it is a secret."""

    DEFAULT_CSS = """
    LineField, LineField:focus {
        width: 1fr; max-width: 60; height: 1; border: none; padding: 0 1;
        background: $panel; color: $foreground;
    }
    LineField.-default { color: $foreground 70%; }
    LineField.-wrong { color: $error; }
    LineField:focus { background: $block-cursor-background; }
    """

    def __init__(self, one: Field, value: str) -> None:
        super().__init__(clean(value), password=one.secret, select_on_focus=False)
        self.one = one

    def set_value(self, value: str) -> None:
        """Put an answer in, as if it had been typed."""
        self.value = clean(value)
        self.cursor_position = len(self.value)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Pass on what is typed."""
        event.stop()
        self.post_message(Answered(self.one.key, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Pass on that it is finished."""
        event.stop()
        self.post_message(Answered(self.one.key, event.value, done=True))


class ChoiceField(Canvas, can_focus=True):
    """An answer out of a few."""

    DEFAULT_CSS = """
    ChoiceField { width: 1fr; max-width: 60; height: 1; padding: 0 1; background: $panel; }
    ChoiceField:focus { background: $block-cursor-background; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space,l", "turn(1)", "next answer", show=False),
        Binding("left,h", "turn(-1)", "answer before", show=False),
        Binding("enter", "done", "next question", show=False),
    ]

    def __init__(self, one: Field, value: str) -> None:
        super().__init__()
        self.one = one
        self._choices = choices_of(one)
        self._value = value

    def set_value(self, value: str) -> None:
        """Choose an answer."""
        self._value = value
        self.refresh()
        self.post_message(Answered(self.one.key, value))

    def action_turn(self, by: int) -> None:
        """Choose the next answer."""
        values = [value for value, _ in self._choices]
        if values:
            at = values.index(self._value) if self._value in values else -max(by, 0)
            self.set_value(values[(at + by) % len(values)])

    def action_done(self) -> None:
        """Go on."""
        self.post_message(Answered(self.one.key, self._value, done=True))

    def on_focus(self) -> None:
        """Show the arrows."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the arrows."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """A click on the left half goes back, on the right half on."""
        self.action_turn(-1 if event.x < self.size.width // 2 else 1)

    def line_at(self, y: int) -> Line:
        """Return the answer between its arrows."""
        words = dict(self._choices)
        text = clean(words.get(self._value, self._value))
        tone = Tone.MUTED if self.has_class("-default") else Tone.TEXT
        if self.has_class("-wrong"):
            tone = Tone.CRITICAL
        room = max(0, self.size.width - 4)
        shown = fit(text, min(room, cells(text)))
        arrow = Tone.KEY if self.has_focus else Tone.LINE
        return (Ink("◀ ", arrow), Ink(shown, Tone.STRONG if self.has_focus else tone),
                Ink(" ▶", arrow))  # fmt: skip


#: Either of them.
AnyField: TypeAlias = LineField | ChoiceField


def field_for(one: Field, value: str) -> AnyField:
    """Return the widget that asks a question."""
    return ChoiceField(one, value) if choices_of(one) else LineField(one, value)
