"""Dialogs before something is changed, stopped or left. The focus stands on what does nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input

from haconsole.ui.presentation.ink import Ink, Line, Tone, ink, wrap
from haconsole.ui.screens.questions import Question
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.line import StillInput
from haconsole.words import t


class ConfirmScreen(Question[bool]):
    """Asks once more. ``name``: what has to be typed before "yes" can be pressed.

    ``typing``: the sentence that asks for it, with ``{name}``.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "decline", "no"),
        Binding("left,right", "app.focus_next", "other answer"),
    ]

    def __init__(
        self,
        lines: Sequence[tuple[str, Tone]],
        yes: str,
        no: str,
        *,
        name: str = "",
        typing: str = "Type the cluster's name to go on: {name}",
    ) -> None:
        super().__init__()
        self._lines = tuple(lines)
        self._yes, self._no, self._name, self._typing = yes, no, name, typing

    def compose(self) -> ComposeResult:
        """What would be done, the name to type, the two answers."""
        with Vertical(classes="question"):
            yield Panel(id="text")
            if self._name:
                yield StillInput(id="name", compact=True, placeholder=self._name)
            with Horizontal():
                yield Button(self._no, id="no", compact=True)
                yield Button(self._yes, id="yes", compact=True, disabled=bool(self._name))

    def words(self, width: int) -> list[Line]:
        """Say what would be done."""
        lines: list[Line] = []
        for text, tone in self._lines:
            lines += wrap((ink(text, tone),), width, hang=2 if text[:1] in "▲✖+" else 0) or [()]
        if self._name:
            typed = t(self._typing, name=self._name)
            lines += [(), *wrap((Ink(typed, Tone.STRONG),), width)]
        return lines

    def on_mount(self) -> None:
        """Begin on what does nothing."""
        self.query_one("#no").focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Only the right name opens the way."""
        self.query_one("#yes", Button).disabled = event.value.strip() != self._name

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the line goes to the answer; it does not give it."""
        yes = self.query_one("#yes", Button)
        if not yes.disabled:
            yes.focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")

    def action_decline(self) -> None:
        """Do nothing."""
        self.dismiss(False)
