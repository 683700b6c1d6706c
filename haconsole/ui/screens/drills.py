"""Failover drills: which there are for this pair, what each would do, how it came out last."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from haconsole.ui.drilldesk import DrillDesk
from haconsole.ui.drilling import Offer
from haconsole.ui.presentation.drilllist import (
    about_lines,
    access_lines,
    offer_line,
    offer_text,
    widest_target,
)
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.ink import Ink, Line, Tone
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.listing import Listing
from haconsole.ui.widgets.rows import RowList
from haconsole.words import t


class DrillsScreen(ConsoleScreen):
    """A list of drills. Enter prepares one; nothing is touched by that."""

    mode: ClassVar[str] = "drills"
    CSS = """
    #offers { margin-top: 1; }
    #about-drill { border-top: solid $border; }
    """

    @property
    def tail(self) -> str:
        """The screen's name."""
        return t("failover drills")

    @property
    def _desk(self) -> DrillDesk:
        return self.console_app.desk.drills

    def body(self) -> ComposeResult:
        """What can be drilled here, the list, what the one under the cursor would do."""
        yield Panel(id="access")
        yield RowList[Offer](
            self._line, key_of=lambda offer: offer.key, text_of=offer_text, id="offers"
        )
        yield Panel(id="about-drill")

    @property
    def _list(self) -> RowList[Offer]:
        return self.query_one("#offers", RowList)

    def on_mount(self) -> None:
        """Begin in the list."""
        self.set_focus(self._list)

    def _line(self, offer: Offer) -> Line:
        hosts = widest_target(self._desk.offers)
        return offer_line(offer, self.size.width - 1, self.session.feed.now(), hosts=hosts)

    def on_screen_resume(self) -> None:
        """Have the pair read when the list is opened."""
        self._desk.read()
        super().on_screen_resume()

    def show(self, glance: Glance) -> None:
        """Paint the list."""
        cluster, desk = self.session.cluster, self._desk
        access = access_lines(
            cluster.name if cluster is not None else None,
            writable=glance.writable,
            door=desk.has_hosts,
            recording=self.session.replay is not None,
            reading=desk.reading,
            problem=desk.problem,
            width=self.size.width,
        )
        self.query_one("#access", Panel).show(access)
        offers = desk.offers if cluster is not None and cluster is desk.offered else ()
        nothing: Line = ()
        if self.search:
            offers = tuple(one for one in offers if self.search.matches(offer_text(one)))
            nothing = (Ink(f" {t('No drill matches.')}", Tone.MUTED),)
        self._list.show(offers, nothing=nothing)
        self._say_about()

    def _say_about(self) -> None:
        cluster = self.session.cluster
        name = cluster.name if cluster is not None else ""
        room = 7 if self.size.height < 30 else 12
        lines = about_lines(self._list.current, name, self.size.width, room)
        self.query_one("#about-drill", Panel).show(lines)

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        """Say what the drill under the cursor would do."""
        self._say_about()

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Prepare it."""
        offer = self._list.current
        if offer is not None:
            self._desk.open(offer)

    def chosen_changed(self) -> None:
        """Another cluster: have it read."""
        self._desk.read()
        super().chosen_changed()

    def reread(self) -> None:
        """Read the pair again."""
        self._desk.read(anew=True)
        self.console_app.paint()
