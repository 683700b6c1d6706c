"""Commands that move in lists and logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from haconsole.domain.state import Severity

from .base import Command, Scope, registry

if TYPE_CHECKING:
    from haconsole.ui.screens.base import ConsoleScreen

_WARNINGS = (Severity.WARNING, Severity.ERROR)
_ERRORS = (Severity.ERROR,)


class _Move(Command):
    scope = Scope.LIST
    in_palette = False

    @staticmethod
    def by(room: int, count: int) -> int:
        """Return how many rows to move, of a list that shows ``room`` of ``count``."""
        raise NotImplementedError

    def run(self, screen: ConsoleScreen) -> None:
        """Move the cursor of the list that has the focus."""
        listing = screen.listing
        if listing is not None:
            listing.move(self.by(listing.room, listing.count))


@registry.add
class Down(_Move):
    """Move down a row."""

    id = "move.down"
    keys = ("j", "down")
    name = "down"

    @staticmethod
    def by(room: int, count: int) -> int:
        """One."""
        return 1


@registry.add
class Up(_Move):
    """Move up a row."""

    id = "move.up"
    keys = ("k", "up")
    name = "up"

    @staticmethod
    def by(room: int, count: int) -> int:
        """One back."""
        return -1


@registry.add
class PageDown(_Move):
    """Move down a page."""

    id = "move.page-down"
    keys = ("pagedown", "ctrl+d")
    key_shown = "PgDn"
    name = "page down"

    @staticmethod
    def by(room: int, count: int) -> int:
        """A page."""
        return max(1, room - 1)


@registry.add
class PageUp(_Move):
    """Move up a page."""

    id = "move.page-up"
    keys = ("pageup", "ctrl+u")
    key_shown = "PgUp"
    name = "page up"

    @staticmethod
    def by(room: int, count: int) -> int:
        """A page back."""
        return -max(1, room - 1)


@registry.add
class Top(_Move):
    """Go to the first row."""

    id = "move.top"
    keys = ("g", "home")
    name = "first"

    @staticmethod
    def by(room: int, count: int) -> int:
        """All the way back."""
        return -count


@registry.add
class Bottom(_Move):
    """Go to the last row."""

    id = "move.bottom"
    keys = ("G", "end")
    name = "last"

    @staticmethod
    def by(room: int, count: int) -> int:
        """All the way."""
        return count


@registry.add
class Choose(Command):
    """Open what is under the cursor."""

    id = "choose"
    keys = ("enter",)
    key_shown = "Enter"
    name = "open"
    scope = Scope.LIST
    in_palette = False

    def run(self, screen: ConsoleScreen) -> None:
        """Choose the row."""
        if screen.listing is not None:
            screen.listing.choose()


@registry.add
class Whole(Command):
    """Show the row under the cursor whole, however long it is."""

    id = "whole"
    keys = ("v",)
    name = "view whole"
    scope = Scope.LIST

    def run(self, screen: ConsoleScreen) -> None:
        """Open it over the screen."""
        screen.view_whole()


@registry.add
class Follow(Command):
    """Follow the end of the log, or stay where you are."""

    id = "log.follow"
    keys = ("f",)
    name = "follow"
    scope = Scope.LOG

    def run(self, screen: ConsoleScreen) -> None:
        """Turn it on or off."""
        screen.follow()


@registry.add
class Pause(Command):
    """Pause the log: new lines are counted and wait; or let them in again."""

    id = "log.pause"
    keys = ("p",)
    name = "pause"
    scope = Scope.LOG

    def run(self, screen: ConsoleScreen) -> None:
        """Turn it on or off."""
        screen.pause()


class _Jump(Command):
    scope = Scope.LOG
    severities: tuple[Severity, ...] = _ERRORS
    step: int = 1

    def run(self, screen: ConsoleScreen) -> None:
        """Move the cursor there, or say that there is none."""
        screen.jump(self.severities, self.step)


@registry.add
class NextError(_Jump):
    """Jump to the next error."""

    id = "jump.error"
    keys = ("e",)
    name = "next error"


@registry.add
class PreviousError(_Jump):
    """Jump to the previous error."""

    id = "jump.error-back"
    keys = ("E",)
    name = "previous error"
    step = -1


@registry.add
class NextWarning(_Jump):
    """Jump to the next warning or error."""

    id = "jump.warning"
    keys = ("w",)
    name = "next warning"
    severities = _WARNINGS


@registry.add
class PreviousWarning(_Jump):
    """Jump to the previous warning or error."""

    id = "jump.warning-back"
    keys = ("W",)
    name = "previous warning"
    severities = _WARNINGS
    step = -1


@registry.add
class Mark(Command):
    """Mark the node under the cursor, or take its mark away; refresh and copy act on the marks."""

    id = "mark"
    keys = ("space",)
    key_shown = "Space"
    name = "mark"
    scope = Scope.HOME

    def run(self, screen: ConsoleScreen) -> None:
        """Mark it and go on to the next."""
        screen.mark()


@registry.add
class NextPart(Command):
    """Show the next tab of the node: overview, journal, keepalived.conf, nginx.conf."""

    id = "node.next-tab"
    keys = ("tab", "right", "l")
    key_shown = "Tab"
    name = "next tab"
    scope = Scope.NODE

    def run(self, screen: ConsoleScreen) -> None:
        """Turn to it."""
        screen.step_tab(1)


@registry.add
class PreviousPart(Command):
    """Show the previous tab of the node."""

    id = "node.previous-tab"
    keys = ("shift+tab", "left", "h")
    key_shown = "S-Tab"
    name = "previous tab"
    scope = Scope.NODE

    def run(self, screen: ConsoleScreen) -> None:
        """Turn to it."""
        screen.step_tab(-1)


@registry.add
class NextNode(Command):
    """Show the next node of the cluster."""

    id = "node.next"
    keys = ("n",)
    name = "next node"
    scope = Scope.NODE

    def run(self, screen: ConsoleScreen) -> None:
        """Choose it."""
        screen.session.step_node(1)
        screen.chosen_changed()


@registry.add
class PreviousNode(Command):
    """Show the previous node of the cluster."""

    id = "node.previous"
    keys = ("N",)
    name = "previous node"
    scope = Scope.NODE

    def run(self, screen: ConsoleScreen) -> None:
        """Choose it."""
        screen.session.step_node(-1)
        screen.chosen_changed()


@registry.add
class OpenFile(Command):
    """Read another file of this node: type its path."""

    id = "node.file"
    keys = ("o",)
    name = "open a file"
    scope = Scope.NODE

    def run(self, screen: ConsoleScreen) -> None:
        """Ask for the path."""
        screen.ask_file()


@registry.add
class OwnTime(Command):
    """Show the nodes' own time stamps beside the common clock, or hide them."""

    id = "timeline.own-time"
    keys = ("t",)
    name = "nodes' clocks"
    scope = Scope.TIMELINE

    def run(self, screen: ConsoleScreen) -> None:
        """Turn it on or off."""
        screen.toggle_own_time()
