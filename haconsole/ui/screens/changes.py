"""Changes: the procedures there are, and the one at hand."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from haconsole.procedures.catalogue import ENTRIES, Entry
from haconsole.ui.presentation.changes import about_lines, access_lines, entry_line, entry_text
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.ink import Ink, Line, Tone
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.listing import Listing
from haconsole.ui.widgets.rows import RowList
from haconsole.words import t


class ChangesScreen(ConsoleScreen):
    """A list of wizards. Enter begins one, or goes on with the one that was begun."""

    mode: ClassVar[str] = "changes"
    CSS = """
    #access, #entries, #about { margin-top: 1; }
    """

    @property
    def tail(self) -> str:
        """The screen's name."""
        return t("build and change")

    def body(self) -> ComposeResult:
        """What can be changed here, the list, what the one under the cursor is for."""
        yield Panel(id="access")
        yield RowList[Entry](
            self._line, key_of=lambda entry: entry.name, text_of=entry_text, id="entries"
        )
        yield Panel(id="about")

    @property
    def _list(self) -> RowList[Entry]:
        return self.query_one("#entries", RowList)

    def on_mount(self) -> None:
        """Begin in the list."""
        self.set_focus(self._list)

    def _line(self, entry: Entry) -> Line:
        return entry_line(entry, self.console_app.desk.wizard, self.size.width - 1)

    def show(self, glance: Glance) -> None:
        """Paint the list."""
        width, desk, cluster = self.size.width, self.console_app.desk, self.session.cluster
        access = access_lines(
            cluster.name if cluster is not None else None,
            writable=glance.writable,
            door=desk.door is not None,
            recording=self.session.replay is not None,
            width=width,
        )
        self.query_one("#access", Panel).show(access)
        entries = tuple(ENTRIES.values())
        if self.search:
            entries = tuple(item for item in entries if self.search.matches(entry_text(item)))
        nothing = (Ink(f" {t('No procedure matches.')}", Tone.MUTED),)
        self._list.show(entries, nothing=nothing)
        self._say_about()

    def _say_about(self) -> None:
        self.query_one("#about", Panel).show(about_lines(self._list.current, self.size.width))

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        """Say what the procedure under the cursor is for."""
        self._say_about()

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Begin it, or go on with it."""
        entry = self._list.current
        if entry is not None:
            self.console_app.desk.open(entry)
