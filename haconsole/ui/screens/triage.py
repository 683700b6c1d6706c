"""Triage: what is wrong, why, how sure that is, what shows it, what mends it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from haconsole.ui.commands.base import Scope, registry
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.ink import Ink, Line, Tone, cells
from haconsole.ui.presentation.triage import (
    closer_lines,
    finding_line,
    head_lines,
    row_text,
    summary_line,
)
from haconsole.ui.presentation.triagedetail import Piece, detail_pieces, finding_text
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.screens.whole import WholeScreen
from haconsole.ui.session import Session
from haconsole.ui.triaging import Chart, Row
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.listing import Listing
from haconsole.ui.widgets.rows import RowList
from haconsole.words import t


class TriageScreen(ConsoleScreen):
    """Findings, worst first, and all about the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [*registry.bindings(Scope.TRIAGE)]
    mode: ClassVar[str] = "triage"
    CSS = """
    #summary { margin-top: 1; }
    #detail { border-top: solid $border; }
    #closer { background: $surface; }
    TriageScreen.-tight #summary { margin-top: 0; }
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        #: The finding that the operator looks at; it stays while others come and go.
        self._chosen: tuple[object, ...] | None = None
        self._detailed: tuple[object, ...] | None = None
        self._names = 0
        #: Rows of the list: it grows with the findings, and shrinks when the screen is left.
        self._height = 1

    @property
    def tail(self) -> str:
        """The screen's name."""
        return t("triage")

    def body(self) -> ComposeResult:
        """The verdict, the findings, the one under the cursor, what a closer look takes."""
        yield Panel(id="verdict")
        yield Panel(id="summary")
        yield RowList[Row](self._line, key_of=lambda row: row.key, text_of=row_text, id="findings")
        yield RowList[Piece](
            lambda piece: piece.line,
            key_of=lambda piece: piece.key,
            text_of=lambda piece: piece.text,
            id="detail",
        )
        yield Panel(id="closer")

    @property
    def _list(self) -> RowList[Row]:
        return self.query_one("#findings", RowList)

    @property
    def _detail(self) -> RowList[Piece]:
        return self.query_one("#detail", RowList)

    def on_mount(self) -> None:
        """Begin in the findings."""
        self.set_focus(self._list)

    def on_screen_resume(self) -> None:
        """Have the pair judged when the screen is opened."""
        self._height = 1
        self.console_app.desk.triage.tick()
        super().on_screen_resume()

    def _line(self, row: Row) -> Line:
        return finding_line(row, self.size.width - 1, cluster=self._names)

    def show(self, glance: Glance) -> None:
        """Paint all parts; the cursor stays at its finding."""
        width, height = self.size.width, self.size.height
        desk = self.console_app.desk.triage
        if desk.opened:
            desk.opened, self._chosen = False, None
        chart = desk.chart()
        tight = height < 30
        self.set_class(tight, "-tight")
        head = head_lines(glance, self.session.cluster, width, 2 if tight else 4)
        self.query_one("#verdict", Panel).show(head)
        self.query_one("#summary", Panel).show([summary_line(chart, glance.now, width)])
        self.query_one("#closer", Panel).show(closer_lines(chart, glance.now, width))
        self._show_findings(chart, 3 if tight else max(5, height // 6))
        self._show_detail(glance, chart)

    def _show_findings(self, chart: Chart, height: int) -> None:
        rows = chart.rows
        if self.search:
            rows = tuple(row for row in rows if self.search.matches(row_text(row)))
        clusters = self.session.feed.site.clusters
        several = self.session.cluster is None and len(clusters) > 1
        self._names = min(16, max(cells(one.name) for one in clusters)) if several else 0
        nothing: Line = ()
        if self.search:
            nothing = (Ink(f" {t('No finding matches.')}", Tone.MUTED),)
        listing = self._list
        self._height = min(height, max(self._height, len(chart.rows)))
        listing.styles.height = self._height
        listing.show(rows, nothing=nothing)
        keys = [row.key for row in rows]
        if self._chosen in keys:
            listing.cursor = keys.index(self._chosen)
        elif self._chosen is None:
            # Until every cluster was judged, a worse one may still come on top.
            listing.cursor = 0
        listing.clamp()
        listing.repaint_changed()
        if self._chosen not in keys and chart.whole and listing.current is not None:
            self._chosen = listing.current.key

    def _show_detail(self, glance: Glance, chart: Chart) -> None:
        row, detail = self._list.current, self._detail
        key = row.key if row is not None else None
        cluster = self.session.cluster
        if row is not None:
            site = self.session.feed.site
            cluster = next(one for one in site.clusters if one.name == row.cluster)
        if key != self._detailed:
            self._detailed = key
            detail.cursor = detail.top = 0
            detail.show(())
        air = self.size.height >= 36
        detail.show(detail_pieces(glance, chart, row, cluster, self.size.width - 1, air=air))

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        """Show the finding under the cursor."""
        if event.listing is self._list and self._list.current is not None:
            self._chosen = self._list.current.key
            self.console_app.desk.triage.opened = False
            self.paint(self.session.glance())

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """From a finding to what is known of it; there, show the line whole."""
        if event.listing is self._list:
            self.set_focus(self._detail)
        else:
            self.view_whole()

    def leave(self) -> None:
        """From the detail to the list, from there home."""
        if self.focused is self._detail:
            self.set_focus(self._list)
        else:
            super().leave()

    def chosen_changed(self) -> None:
        """Another cluster: have it judged."""
        self.console_app.desk.triage.tick()
        super().chosen_changed()

    def _told(self, row: Row) -> str:
        return finding_text(row, several=len(self.session.feed.site.clusters) > 1)

    def copy(self) -> None:
        """Copy a finding whole; in its detail, the command under the cursor."""
        row = self._list.current
        if self.listing is self._list and row is not None:
            self.copy_text(self._told(row))
        else:
            super().copy()

    def view_whole(self) -> None:
        """Show a finding whole; in its detail, what the line is part of."""
        row, piece = self._list.current, self._detail.current
        if self.listing is self._list and row is not None:
            self.app.push_screen(WholeScreen(self._told(row)))
        elif self.listing is self._detail and piece is not None:
            self.app.push_screen(WholeScreen(piece.whole or piece.text))
        else:
            super().view_whole()

    def mend(self) -> None:
        """Open what mends the finding under the cursor."""
        row = self._list.current
        if row is None:
            self.console_app.tell(t("There is nothing to mend."))
        else:
            self.console_app.desk.triage.fix(row)
