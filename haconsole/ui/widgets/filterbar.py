"""The line that opens under ``/`` (or under a question for a path)."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label

from haconsole.ui.widgets.line import StillInput
from haconsole.words import t


class FilterBar(Horizontal):
    """A line to type in; hidden until it is asked for."""

    DEFAULT_CSS = """
    FilterBar { height: 1; display: none; background: $panel; }
    FilterBar.-open { display: block; }
    FilterBar Label { width: auto; padding: 0 1; color: $accent; }
    FilterBar Input, FilterBar Input:focus {
        width: 1fr; height: 1; border: none; padding: 0; background: $panel;
    }
    """

    class Changed(Message):
        """The text changed; ``done``: enter was pressed."""

        def __init__(self, purpose: str, text: str, *, done: bool) -> None:
            super().__init__()
            self.purpose = purpose
            self.text = text
            self.done = done

    def __init__(self) -> None:
        super().__init__()
        self.purpose = "filter"

    def compose(self) -> ComposeResult:
        """A label and the line."""
        yield Label("/", markup=False)
        yield StillInput(select_on_focus=False)

    @property
    def is_open(self) -> bool:
        """Whether it is on show."""
        return self.has_class("-open")

    def open(self, purpose: str, label: str, text: str) -> None:
        """Show it with a text, and take the focus."""
        self.purpose = purpose
        self.query_one(Label).update(label)
        line = self.query_one(Input)
        with line.prevent(Input.Changed):
            line.value = text
        line.placeholder = t("words, !word; Enter keeps it, Esc drops it") if label == "/" else ""
        line.cursor_position = len(text)
        self.add_class("-open")
        line.focus()

    def close(self) -> None:
        """Hide it."""
        self.remove_class("-open")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Pass on what is typed while it is typed."""
        event.stop()
        self.post_message(self.Changed(self.purpose, event.value, done=False))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Pass on that it is finished."""
        event.stop()
        self.post_message(self.Changed(self.purpose, event.value, done=True))
