"""What every screen of the console has: a title, a body, a filter line, a key bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Resize

from haconsole.ui.commands import (
    changes,
    drills,
    everywhere,
    faults,
    lessons,
    lists,
    replay,
    terminal,
    triage,
)
from haconsole.ui.commands.base import SCREEN_SCOPES, Command, Scope, registry
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.head import title_line
from haconsole.ui.presentation.ink import ELLIPSIS, clean
from haconsole.ui.presentation.keybar import Entry, keybar_line
from haconsole.ui.screens.filtering import Filtering
from haconsole.ui.screens.whole import WholeScreen
from haconsole.ui.session import Session
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.filterbar import FilterBar
from haconsole.ui.widgets.listing import Listing
from haconsole.ui.widgets.replaybar import ReplayBar
from haconsole.words import t

if TYPE_CHECKING:
    from haconsole.ui.app import ConsoleApp

__all__ = [
    "ConsoleScreen",
    "changes",
    "drills",
    "everywhere",
    "faults",
    "lessons",
    "lists",
    "replay",
    "terminal",
    "triage",
]


class ConsoleScreen(Filtering):
    """A screen that is painted from a glance. Its keys come from the register of commands."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *registry.bindings(Scope.EVERYWHERE, Scope.LIST, Scope.REPLAY)
    ]
    #: The name of the mode that this screen is the ground of.
    mode: ClassVar[str] = ""
    #: The mode whose key the key bar marks as "here"; its own, if none is named.
    tab: ClassVar[str] = ""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    @property
    def console_app(self) -> ConsoleApp:
        """The app, by its own type."""
        return cast("ConsoleApp", self.app)

    def compose(self) -> ComposeResult:
        """Title, body, the bar of a replay, filter line, key bar."""
        yield Panel(id="title")
        yield from self.body()
        if self.session.replay is not None:
            yield ReplayBar(self.session.replay)
        yield FilterBar()
        yield Panel(id="keybar")

    def body(self) -> ComposeResult:
        """What stands between title and key bar."""
        raise NotImplementedError

    def show(self, glance: Glance) -> None:
        """Paint the body."""
        raise NotImplementedError

    def paint(self, glance: Glance) -> None:
        """Paint everything that is not as it should be."""
        if not self.is_mounted:
            return
        width = self.size.width
        title = title_line(glance, self.session.cluster, width, tail=self.tail)
        self.query_one("#title", Panel).show([title])
        self.query_one("#keybar", Panel).show([keybar_line(self._entries(), width)])
        for bar in self.query(ReplayBar):
            bar.show_position(width)
        self.show(glance)

    def _entries(self) -> list[Entry]:
        writable = self.session.feed.writable
        scopes = SCREEN_SCOPES[self.mode]
        commands = [c for c in registry.available(scopes, writable=writable) if c.in_bar]
        names = {c.id: t(c.name) for c in commands}
        if not self.console_app.desk.lessons.to_be_had:
            commands = [c for c in commands if c.id != "go.lessons"]
        elif self.size.width < 92:
            # Eight screens on a small terminal: what can be shorter is.
            names |= {"go.timeline": t("time"), "palette": ""}
        return [
            (
                c.shown(),
                names[c.id],
                f"screen.command({c.id!r})",
                c.id == f"go.{self.tab or self.mode}",
            )
            for c in commands
        ]

    def on_screen_resume(self) -> None:
        """Paint what changed while another screen was on show."""
        self.flush()
        self.paint(self.session.glance())

    def on_resize(self, event: Resize) -> None:
        """Paint for the new size."""
        self.call_after_refresh(self.on_screen_resume)

    def action_command(self, command_id: str, argument: str = "") -> None:
        """Run a command by its id; ``argument``: which of its rows, where it has several."""
        command = registry.get(command_id)
        if command is not None and self.may(command):
            command(argument).run(self)

    def may(self, command: type[Command]) -> bool:
        """Whether a command is to be had in this session."""
        return self.session.feed.writable or not command.dangerous

    def reread(self) -> None:
        """Take full readings of what is on show."""
        self.console_app.refresh_readings(self.reading_targets())

    @property
    def listing(self) -> Listing | None:
        """The list that keys act on: the one with the focus, or the first."""
        if isinstance(self.focused, Listing):
            return self.focused
        return next((item for item in self.query(Listing) if item.display), None)

    def filter_changed(self) -> None:
        """Filter or faults-only changed: show what passes."""
        self.on_screen_resume()

    def leave(self) -> None:
        """Return to the home screen."""
        if self.mode != "home":
            self.console_app.go("home")

    def chosen_changed(self) -> None:
        """Another cluster or node was chosen."""
        self.on_screen_resume()

    def open_node(self) -> None:
        """Show the node screen."""
        self.console_app.go("node")

    def _row_text(self) -> str | None:
        listing = self.listing
        if listing is None or not 0 <= listing.cursor < listing.count:
            self.console_app.tell(t("There is no row under the cursor."))
            return None
        return listing.row_text(listing.cursor)

    def view_whole(self) -> None:
        """Show the row under the cursor whole."""
        text = self._row_text()
        if text is not None:
            self.app.push_screen(WholeScreen(text))

    def copy(self) -> None:
        """Copy the row under the cursor."""
        text = self._row_text()
        if text is not None:
            self.copy_text(text)

    def copy_text(self, text: str) -> None:
        """Hand a text to the terminal's clipboard (OSC 52) and say so."""
        text = "\n".join(clean(line) for line in text.splitlines())
        self.app.copy_to_clipboard(text)
        first = text.splitlines()[0] if text else ""
        short = first if len(first) <= 60 else first[:59] + ELLIPSIS
        self.console_app.tell(t("Copied: {text}", text=short))
