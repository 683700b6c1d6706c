"""Timeline: what changed on all nodes, on the console's clock."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from haconsole.domain.state import Moment, Severity
from haconsole.ui.commands.base import Scope, registry
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.hits import mode_line
from haconsole.ui.presentation.ink import Ink, Line, Tone, cells
from haconsole.ui.presentation.timeline import (
    clocks_line,
    days_line,
    moment_line,
    moment_text,
    timeline_header,
)
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.session import Session
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.listing import Listing
from haconsole.ui.widgets.rows import RowList
from haconsole.words import t

_FAULTS = (Severity.WARNING, Severity.ERROR)


class TimelineScreen(ConsoleScreen):
    """All nodes merged; of one cluster when one is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [*registry.bindings(Scope.TIMELINE, Scope.LOG)]
    mode = "timeline"
    CSS = """
    #moments-head { margin-top: 1; }
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._glance = session.glance()
        self._own_time = False
        self._names = 8
        self._paused: tuple[Moment, ...] | None = None
        #: The time line, cluster and filter that the rows on show were made of, and the rows.
        self._made_of: tuple[object, ...] = ()
        self._rows: tuple[Moment, ...] = ()

    @property
    def tail(self) -> str:
        """The screen's name."""
        return t("timeline")

    def body(self) -> ComposeResult:
        """The clocks, then the moments."""
        yield Panel(id="clocks")
        yield Panel(id="moments-head")
        yield RowList[Moment](self._line, key_of=id, text_of=moment_text, id="moments")

    @property
    def _list(self) -> RowList[Moment]:
        return self.query_one("#moments", RowList)

    def on_mount(self) -> None:
        """Begin at the newest moment."""
        self._list.following = True
        self.set_focus(self._list)

    def _line(self, moment: Moment) -> Line:
        return moment_line(self._glance, moment, self._names, own_time=self._own_time)

    def show(self, glance: Glance) -> None:
        """Paint clocks and moments."""
        self._glance = glance
        width = self.size.width
        site = glance.state.site
        hosts = self.session.cluster.hosts + site.jumps if self.session.cluster else site.every_host
        names = tuple(host.name for host in hosts)
        self._names = max(5, min(16, max(cells(name) for name in names)))
        rows = self._passing(glance, frozenset(names))
        listing = self._list
        self.query_one("#clocks", Panel).show([clocks_line(glance, names, width)])
        waiting = 0 if self._paused is None else len(glance.state.timeline) - len(self._paused)
        mode = mode_line(
            following=listing.following,
            paused=self._paused is not None,
            waiting=max(0, waiting),
            filtered=self.search.text,
        )
        self.query_one("#moments-head", Panel).show([days_line(glance, len(rows), width, mode)])
        filtered = self.search or self.faults_only
        nothing = t("No moment matches.") if filtered else t("Nothing has changed yet.")
        listing.show(
            rows,
            header=timeline_header(self._names, own_time=self._own_time),
            nothing=(Ink(f" {nothing}", Tone.MUTED),),
        )

    def _passing(self, glance: Glance, names: frozenset[str]) -> tuple[Moment, ...]:
        line = glance.state.timeline if self._paused is None else self._paused
        made_of = (line, names, self.search, self.faults_only)
        if (
            len(self._made_of) == 4
            and self._made_of[0] is line
            and self._made_of[1:] == made_of[1:]
        ):
            return self._rows
        rows = [item for item in line if not item.host or item.host in names]
        if self.faults_only:
            rows = [item for item in rows if item.severity in _FAULTS]
        if self.search:
            rows = [item for item in rows if self.search.matches(moment_text(item))]
        self._made_of, self._rows = made_of, tuple(rows)
        return self._rows

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Open the node that the moment is about."""
        moment = self._list.current
        if moment is not None and moment.host:
            self.console_app.open_node(moment.host)

    def follow(self) -> None:
        """Follow the newest, or stay."""
        self._paused = None
        self._list.follow()
        self.on_screen_resume()

    def pause(self) -> None:
        """Let nothing new in, or everything."""
        self._paused = None if self._paused is not None else self.session.feed.state.timeline
        self.on_screen_resume()

    def jump(self, severities: tuple[Severity, ...], step: int) -> None:
        """Jump to the next moment that is so bad."""
        if not self._list.jump(lambda moment: moment.severity in severities, step):
            self.console_app.tell(t("No further one in this time line."))
        self.on_screen_resume()

    def toggle_own_time(self) -> None:
        """Show or hide the nodes' own stamps."""
        self._own_time = not self._own_time
        self.on_screen_resume()
