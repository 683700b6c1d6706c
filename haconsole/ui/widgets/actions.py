"""A row of buttons, of which those are on show that make sense now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Button

from haconsole.ui.presentation.ink import Ink, Tone, cells
from haconsole.ui.widgets.canvas import Panel

#: Id, label, whether it can be pressed.
Offer = tuple[str, str, bool]


class _Plain(Button):
    """A button that takes every press.

    Textual's own shows itself pressed for 0.2 s, and lets go of presses meanwhile: who was told
    why it cannot be, mended it and pressed again that soon would be ignored without a word.
    """

    def __init__(self, name: str) -> None:
        super().__init__("", id=name, compact=True)
        self.active_effect_duration = 0.0


class Actions(Horizontal):
    """The ways on from here. None of them is ever pressed by one key from elsewhere."""

    DEFAULT_CSS = """
    Actions { height: 1; padding: 0 1; background: $surface; }
    Actions Button {
        height: 1; min-width: 8; width: auto; border: none; margin-right: 2; padding: 0 1;
        background: $panel; color: $foreground;
    }
    Actions Button:focus {
        background: $warning; color: $background; text-style: bold !important;
    }
    Actions Button:disabled { color: $foreground 50%; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.focus_previous", "other button", show=False),
        Binding("right", "app.focus_next", "other button", show=False),
    ]

    def __init__(self, names: Sequence[str], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._names = tuple(names)

    def compose(self) -> ComposeResult:
        """Every button there can be."""
        for name in self._names:
            button = _Plain(name)
            button.display = False
            yield button
        yield Panel(classes="hint")

    def offer(self, offers: Sequence[Offer], hints: Sequence[tuple[str, str]] = ()) -> None:
        """Show some buttons, and beside them what keys do here, as far as there is room."""
        labels = {name: (label, able) for name, label, able in offers}
        for button in self.query(Button):
            label, able = labels.get(button.id or "", ("", False))
            if str(button.label) != label:
                button.label = label
            button.disabled = not able
            shown = bool(label)
            if button.display != shown:
                button.display = shown
        self._hint(offers, hints)

    def _hint(self, offers: Sequence[Offer], hints: Sequence[tuple[str, str]]) -> None:
        taken = sum(max(8, cells(label) + 4) + 2 for _, label, _ in offers)
        room = self.app.size.width - 4 - taken
        parts: list[Ink] = []
        for key, name in hints:
            size = cells(key) + cells(name) + 3
            if size > room:
                break
            room -= size
            parts += [Ink(key, Tone.KEY), Ink(f" {name}  ", Tone.MUTED)]
        self.query_one(".hint", Panel).show([tuple(parts)])
