"""Dialogs that only the operator can answer; nothing is ever preselected that trusts or sends."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input

from haconsole.telling import say
from haconsole.transport.prompts import HostKeyQuestion, SecretQuestion
from haconsole.ui.presentation.ink import BLANK, Ink, Line, Tone, ink, wrap
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.line import StillInput
from haconsole.words import t

_CSS = """
SecretScreen, TrustScreen, ConfirmScreen { align: center middle; background: $background 60%; }
.question {
    width: 70; max-width: 96%; height: auto; max-height: 96%;
    border: solid $warning; background: $surface; padding: 0 1;
}
.question Input { height: 1; border: none; padding: 0 1; margin: 1 0; background: $panel; }
.question Horizontal { height: 1; margin-top: 1; align-horizontal: right; }
.question Button {
    height: 1; min-width: 12; border: none; margin-left: 2;
    background: $panel; color: $foreground;
}
.question Button:focus { background: $warning; color: $background; text-style: bold; }
"""
_WIDEST = 66
T = TypeVar("T")


class Question(ModalScreen[T]):
    """A dialog whose words are wrapped to the room there is."""

    CSS = _CSS

    def words(self, width: int) -> list[Line]:
        """Return the question, in lines of ``width``."""
        raise NotImplementedError

    def on_screen_resume(self) -> None:
        """Say the words."""
        self.on_resize()

    def on_resize(self) -> None:
        """Wrap the words anew."""
        room = self.app.size.width * 96 // 100 - 4
        for panel in self.query(Panel):
            panel.show(self.words(min(_WIDEST, room)))


class SecretScreen(Question[str | None]):
    """Asks for a secret. What is typed is masked, kept nowhere here, and gone with the dialog."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "decline", "cancel")]

    def __init__(self, question: SecretQuestion) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question, the line to type in, the two ways out."""
        with Vertical(classes="question"):
            yield Panel(id="text")
            yield StillInput(password=not self._question.echo, id="answer")
            with Horizontal():
                yield Button(t("Cancel"), id="cancel", compact=True)
                yield Button(t("Answer"), id="send", compact=True)

    def words(self, width: int) -> list[Line]:
        """Say whose secret, which, and what becomes of it."""
        lines: list[Line] = [
            *wrap(
                (
                    Ink(t("A secret is needed for "), Tone.MUTED),
                    ink(self._question.host, Tone.STRONG),
                ),
                width,
            ),
            *wrap((ink(say(self._question.text)),), width),
        ]
        if self._question.attempt > 1:
            wrong = t("That was not accepted. This is attempt {n}.", n=self._question.attempt)
            lines.append((Ink(wrong, Tone.WARNING),))
        kept = t("It is kept in memory only, for this session.")
        return lines + wrap((Ink(kept, Tone.MUTED),), width)

    def on_mount(self) -> None:
        """Begin in the line to type in."""
        self.query_one("#answer").focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer."""
        self.dismiss(event.value)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer, or decline."""
        if event.button.id == "send":
            self.dismiss(self.query_one("#answer", Input).value)
        else:
            self.dismiss(None)

    def action_decline(self) -> None:
        """Give no answer."""
        self.dismiss(None)


class TrustScreen(Question[bool]):
    """Asks whether a host key is the right one. The focus stands on "No"."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "decline", "no"),
        Binding("left,right", "app.focus_next", "other answer"),
    ]

    def __init__(self, question: HostKeyQuestion) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The key, and the two answers."""
        with Vertical(classes="question"):
            yield Panel(id="text")
            with Horizontal():
                yield Button(t("No"), id="no", compact=True)
                yield Button(t("Trust this key"), id="yes", compact=True)

    def words(self, width: int) -> list[Line]:
        """Say whose key it is, and how to tell whether it is the right one."""
        asked = self._question
        where = f"{asked.address}:{asked.port}"
        whose = (
            Ink(t("The key of "), Tone.MUTED),
            ink(asked.host, Tone.STRONG),
            ink(f" ({where})", Tone.MUTED),
            Ink(t(" is not known yet."), Tone.MUTED),
        )
        return [
            *wrap(whose, width),
            BLANK,
            (ink(f"{asked.algorithm}  ", Tone.MUTED),),
            *wrap((ink(asked.fingerprint, Tone.ACCENT),), width),
            BLANK,
            *wrap(
                (
                    Ink(
                        t(
                            "Compare it with the fingerprint that the host's owner gave you "
                            "(ssh-keygen -lf on the host). Trusting adds it to known_hosts."
                        )
                    ),
                ),
                width,
            ),
        ]

    def on_mount(self) -> None:
        """Begin on "No"."""
        self.query_one("#no").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")

    def action_decline(self) -> None:
        """Do not trust."""
        self.dismiss(False)
