"""One row of a list, whole: over the screen that it stands in."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from haconsole.ui.presentation.ink import Ink, Line, Tone, ink, wrap
from haconsole.ui.widgets.canvas import Panel
from haconsole.words import t


class WholeScreen(ModalScreen[None]):
    """Shows a text in as many lines as it takes; any of the usual keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q,v", "close", "close")]
    CSS = """
    WholeScreen { align: center bottom; background: $background 40%; }
    WholeScreen VerticalScroll {
        width: 100%; height: auto; max-height: 80%;
        border: solid $primary; background: $surface; padding: 0 1;
    }
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """The text, scrolling where it is longer than the screen."""
        with VerticalScroll():
            yield Panel()

    def on_screen_resume(self) -> None:
        """Show the text."""
        self.on_resize()

    def on_resize(self) -> None:
        """Wrap the text to the room there is."""
        width = max(10, self.app.size.width - 5)
        lines: list[Line] = []
        for row in self._text.splitlines():
            lines += wrap((ink(row),), width)
        lines.append((Ink(t("Esc closes"), Tone.MUTED),))
        for panel in self.query(Panel):
            panel.show(lines)

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)
