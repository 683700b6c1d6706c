"""A shell on a node, on the whole screen."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from haconsole.ui.commands.base import Scope, registry
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.keybar import Entry
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.terminal.shell import Stage
from haconsole.ui.widgets.terminal import TerminalPane
from haconsole.words import t


class TerminalScreen(ConsoleScreen):
    """The shell that was opened last."""

    BINDINGS: ClassVar[list[BindingType]] = [*registry.bindings(Scope.TERMINAL)]
    mode = "terminal"

    @property
    def tail(self) -> str:
        """Whose shell it is, and on which node."""
        shell = self._pane.shell
        host = self.console_app.desk.terminals.host
        if shell is None or shell.stage is Stage.WAITING:
            return host
        if shell.stage is Stage.OPENING:
            return t("{host}: opening a shell…", host=host)
        if shell.stage is Stage.ENDED:
            return t("{host}: the shell has ended", host=host)
        if shell.root:
            return t("{host}: a shell of root", host=host)
        return t("{host}: a shell of {user}", host=host, user=shell.user)

    def body(self) -> ComposeResult:
        """Nothing but the shell."""
        yield TerminalPane(id="shell")

    @property
    def _pane(self) -> TerminalPane:
        return self.query_one("#shell", TerminalPane)

    def show(self, glance: Glance) -> None:
        """Show the shell that is wanted, with the focus on it."""
        host = self.console_app.desk.terminals.host
        if self._pane.host != host:
            self._pane.show_host(host)
        if self.focused is not self._pane:
            self.set_focus(self._pane)

    def on_screen_resume(self) -> None:
        """Give the shell the size of this screen again."""
        super().on_screen_resume()
        self._pane.sync()

    def on_terminal_pane_escaped(self) -> None:
        """Go back to where it was opened."""
        self.console_app.desk.terminals.leave()

    def leave(self) -> None:
        """Go back to where it was opened."""
        self.console_app.desk.terminals.leave()

    def scroll_shell(self, pages: int) -> None:
        """Scroll the shell by pages."""
        self._pane.scroll_back(pages * max(1, self._pane.size.height - 1))

    def _entries(self) -> list[Entry]:
        return [
            (command.shown(), t(command.name), f"screen.command({command.id!r})", False)
            for command in registry
            if command.scope is Scope.TERMINAL and command.in_bar
        ]
