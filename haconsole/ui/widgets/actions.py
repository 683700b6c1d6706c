"""A row of buttons, of which those are on show that make sense now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Button

#: Id, label, whether it can be pressed.
Offer = tuple[str, str, bool]


class Actions(Horizontal):
    """The ways on from here. None of them is ever pressed by one key from elsewhere."""

    DEFAULT_CSS = """
    Actions { height: 1; padding: 0 1; background: $surface; }
    Actions Button {
        height: 1; min-width: 8; width: auto; border: none; margin-right: 2; padding: 0 1;
        background: $panel; color: $foreground;
    }
    Actions Button:focus { background: $warning; color: $background; text-style: bold; }
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
            button = Button("", id=name, compact=True)
            button.display = False
            yield button

    def offer(self, offers: Sequence[Offer]) -> None:
        """Show some buttons; the focus leaves one that goes away."""
        labels = {name: (label, able) for name, label, able in offers}
        for button in self.query(Button):
            label, able = labels.get(button.id or "", ("", False))
            if str(button.label) != label:
                button.label = label
            button.disabled = not able
            shown = bool(label)
            if button.display != shown:
                button.display = shown
