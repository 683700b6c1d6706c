"""Help: the keys, the marks, the words."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from haconsole.ui.commands.base import Scope, registry
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.helptext import help_lines
from haconsole.ui.presentation.ink import Ink, Line, Tone, plain
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.widgets.rows import RowList
from haconsole.words import t

_TITLES = {
    Scope.EVERYWHERE: "ON EVERY SCREEN",
    Scope.LIST: "IN LISTS",
    Scope.LOG: "IN LOGS AND TIME LINE",
    Scope.HOME: "ON THE HOME SCREEN",
    Scope.NODE: "ON THE NODE SCREEN",
    Scope.HITS: "ON THE HITS SCREEN",
    Scope.TIMELINE: "ON THE TIME LINE",
    Scope.TRIAGE: "ON THE TRIAGE SCREEN",
    Scope.FORM: "IN THE QUESTIONS OF A CHANGE",
    Scope.PLAN: "ON A PLAN",
    Scope.DRILL: "ON A DRILL",
    Scope.REPLAY: "IN A REPLAY",
    Scope.TERMINAL: "IN A SHELL",
    Scope.LESSON: "IN A LESSON",
    Scope.EXAM: "IN AN EXAM",
}


class HelpScreen(ConsoleScreen):
    """A list that is read, not acted on."""

    mode: ClassVar[str] = "help"
    CSS = """
    #text { margin-top: 1; }
    """

    @property
    def tail(self) -> str:
        """The screen's name."""
        return t("help")

    def body(self) -> ComposeResult:
        """One list."""
        yield RowList[Line](lambda line: line, id="text")

    def on_mount(self) -> None:
        """Begin at the top."""
        self.set_focus(self.query_one("#text"))

    def show(self, glance: Glance) -> None:
        """Paint the help for the commands of this session."""
        groups = (
            (t(title), registry.available((scope,), writable=glance.writable))
            for scope, title in _TITLES.items()
        )
        lines = help_lines(groups, self.size.width - 1)
        if self.search:
            lines = [line for line in lines if self.search.matches(plain(line))]
        nothing: Line = (Ink(f" {t('No line matches.')}", Tone.MUTED),)
        self.query_one("#text", RowList).show(tuple(lines), nothing=nothing)
