"""Commands for shells on nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from haconsole.ui.presentation.ink import clean
from haconsole.ui.terminal.keys import ESCAPE, ESCAPE_SHOWN
from haconsole.words import t

from .base import Command, Row, Scope, registry

if TYPE_CHECKING:
    from haconsole.ui.screens.base import ConsoleScreen


@registry.add
class OpenShell(Command):
    """A shell on a node, inside the console: root's where sudo asks for no password."""

    id = "shell"
    name = "shell"
    dangerous = True

    @classmethod
    def rows(cls, screen: ConsoleScreen) -> Sequence[Row]:
        """One row for each host."""
        return [
            (clean(t("shell {name}", name=host.name)), cls.description(), host.name)
            for host in screen.session.feed.site.every_host
        ]

    def run(self, screen: ConsoleScreen) -> None:
        """Show it."""
        if self.argument:
            screen.console_app.desk.terminals.open(self.argument)


@registry.add
class CloseShell(Command):
    """Hang up on a node: its shell ends, and what runs in it."""

    id = "shell.close"
    name = "close shell"
    dangerous = True

    @classmethod
    def rows(cls, screen: ConsoleScreen) -> Sequence[Row]:
        """One row for each shell that is open."""
        return [
            (clean(t("close the shell on {name}", name=host)), cls.description(), host)
            for host in screen.console_app.desk.terminals.running
        ]

    def run(self, screen: ConsoleScreen) -> None:
        """Hang up."""
        screen.console_app.desk.terminals.close(self.argument)


class _ShellHere(Command):
    """Destroys nothing by itself, so it may have a key; a read-only session is told why not."""

    keys = ("t",)
    name = "shell"
    in_palette = False

    def run(self, screen: ConsoleScreen) -> None:
        """Show it."""
        screen.console_app.desk.terminals.open(screen.shell_host())


@registry.add
class NodeShell(_ShellHere):
    """A shell on this node, inside the console; Ctrl+] comes back, and it stays open."""

    id = "node.shell"
    scope = Scope.NODE


@registry.add
class HomeShell(_ShellHere):
    """A shell on the node under the cursor; Ctrl+] comes back, and it stays open."""

    id = "home.shell"
    scope = Scope.HOME


@registry.add
class LeaveShell(Command):
    """Come back to the console; the shell stays open. Every other key goes to the node."""

    id = "shell.leave"
    keys = (ESCAPE,)
    key_shown = ESCAPE_SHOWN
    name = "back to the console"
    scope = Scope.TERMINAL
    in_bar = True
    in_palette = False

    def run(self, screen: ConsoleScreen) -> None:
        """Go back."""
        screen.console_app.desk.terminals.leave()


class _Scroll(Command):
    scope = Scope.TERMINAL
    in_palette = False
    pages: int = 1

    def run(self, screen: ConsoleScreen) -> None:
        """Move the view."""
        screen.scroll_shell(self.pages)


@registry.add
class ScrollBack(_Scroll):
    """See what scrolled away; typing returns to the newest line."""

    id = "shell.scroll-back"
    keys = ("shift+pageup",)
    key_shown = "Shift+PgUp"
    name = "scroll back"
    in_bar = True


@registry.add
class ScrollForth(_Scroll):
    """Return towards the newest line."""

    id = "shell.scroll-forth"
    keys = ("shift+pagedown",)
    key_shown = "Shift+PgDn"
    name = "scroll forth"
    pages = -1
