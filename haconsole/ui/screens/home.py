"""Home: is it serving, who owns each VIP, what is wrong, which backend answers."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from haconsole.domain.model import Cluster, Host
from haconsole.domain.state import Severity
from haconsole.ui.commands.base import Scope, registry
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.head import cluster_tabs, verdict_lines
from haconsole.ui.presentation.hits import home_head
from haconsole.ui.presentation.layout import home_layout
from haconsole.ui.presentation.search import Query
from haconsole.ui.presentation.timeline import latest_lines
from haconsole.ui.presentation.topology import topology_lines
from haconsole.ui.presentation.triagehome import cause_lines
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.session import Session
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.hitlog import HitLog
from haconsole.ui.widgets.listing import Listing
from haconsole.ui.widgets.nodetable import ClusterList, NodeTable
from haconsole.words import t


class HomeScreen(ConsoleScreen):
    """The screen that answers without a key pressed."""

    BINDINGS: ClassVar[list[BindingType]] = [*registry.bindings(Scope.HOME, Scope.LOG)]
    mode = "home"
    CSS = """
    #picture, #clusters { height: auto; margin-top: 1; }
    #nodes { height: 5; margin-top: 1; }
    #hits-head { margin-top: 1; }
    HomeScreen.-tight #picture, HomeScreen.-tight #clusters { margin-top: 0; }
    HomeScreen.-tight #nodes, HomeScreen.-tight #hits-head { margin-top: 0; }
    HomeScreen.-all #moments { margin-top: 1; }
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        #: The filter is about the list that had the focus when it was opened.
        self._filters_hits = False

    def body(self) -> ComposeResult:
        """The plan that runs, tabs, verdict, picture, nodes, hits, what changed last."""
        yield Panel(id="plan")
        yield Panel(id="tabs")
        yield Panel(id="verdict")
        yield Panel(id="picture")
        yield ClusterList(self.session, id="clusters")
        yield NodeTable(self.session, id="nodes")
        yield Panel(id="hits-head")
        yield HitLog(self.session, titles=False, id="hits")
        yield Panel(id="moments")

    def on_mount(self) -> None:
        """Begin in the table of nodes."""
        self.set_focus(self._table)

    @property
    def _table(self) -> NodeTable:
        return self.query_one("#nodes", NodeTable)

    @property
    def _hits(self) -> HitLog:
        return self.query_one("#hits", HitLog)

    @property
    def tail(self) -> str:
        """What the lists are narrowed to."""
        parts = [t("faults only")] if self.faults_only else []
        if self.search and not self._filters_hits:
            parts.append(f"/{self.search.text}")
        return " ".join(parts)

    @property
    def _hit_query(self) -> Query:
        return self.search if self._filters_hits else Query()

    def open_filter(self) -> None:
        """Filter the nodes, or the hits when they have the focus."""
        hits = self.focused is self._hits
        if hits is not self._filters_hits:
            self._filters_hits = hits
            self.search = Query()
        super().open_filter()

    def show(self, glance: Glance) -> None:
        """Paint all parts, after sharing the rows among them."""
        cluster = self.session.cluster
        # The bar of a replay takes a row.
        width = self.size.width
        height = self.size.height - (self.session.replay is not None)
        hosts = self._shown_hosts(glance)
        plan = self.console_app.desk.home_line(width, glance.now)
        tabs = cluster_tabs(glance, cluster, width)
        told = frozenset(trouble.host for trouble in glance.troubles(cluster))
        cause = cause_lines(self.console_app.desk.triage.cause(cluster, told), width)
        verdict = verdict_lines(glance, cluster, width, room=max(2, height // 4), cause=cause)
        if cluster is None:
            picture = len(glance.state.site.clusters)
        else:
            picture = max(2, len(cluster.lbs), len(cluster.webs), len(cluster.vips))
        layout = home_layout(
            height,
            tabs=bool(tabs),
            plan=plan is not None,
            verdict=len(verdict),
            picture=picture,
            # Not as many as pass the filter: nothing below moves while it is typed.
            nodes=len(self.session.hosts),
        )
        self.set_class(not layout.air, "-tight")
        self.set_class(cluster is None, "-all")
        self.query_one("#plan", Panel).show([plan] if plan is not None else [])
        self.query_one("#tabs", Panel).show([tabs] if tabs else [])
        self.query_one("#verdict", Panel).show(verdict)
        if cluster is None:
            self._show_clusters(glance, layout.picture)
        else:
            self._show_cluster(glance, cluster, layout.picture)
        table = self._table
        table.styles.height = "1fr" if cluster is None else layout.nodes
        narrowed = bool(self.faults_only or (self.search and not self._filters_hits))
        table.show_hosts(glance, hosts, narrowed=narrowed)
        names = frozenset(host.name for host in self.session.hosts)
        if cluster is None:
            names = frozenset(host.name for host in glance.state.site.every_host)
        else:
            names |= {jump.name for jump in glance.state.site.jumps}
        self.query_one("#moments", Panel).show(latest_lines(glance, names, width, layout.moments))

    def _shown_hosts(self, glance: Glance) -> tuple[Host, ...]:
        hosts = self.session.hosts
        if self.faults_only:
            hosts = tuple(host for host in hosts if glance.faulty(host.name))
        if self.search and not self._filters_hits:
            hosts = tuple(h for h in hosts if self.search.matches(f"{h.name} {h.role} {h.address}"))
        return hosts

    def _show_clusters(self, glance: Glance, rows: int) -> None:
        self.query_one("#picture").display = False
        for name in ("#hits-head", "#hits"):
            self.query_one(name).display = False
        clusters = self.query_one("#clusters", ClusterList)
        clusters.display = True
        count = clusters.show_clusters(glance, faults_only=self.faults_only)
        clusters.styles.height = max(1, min(count, rows + 2))

    def _show_cluster(self, glance: Glance, cluster: Cluster, rows: int) -> None:
        width = self.size.width
        self.query_one("#clusters").display = False
        picture = self.query_one("#picture", Panel)
        picture.display = True
        picture.show(topology_lines(glance, cluster, width, rows=rows))
        for name in ("#hits-head", "#hits"):
            self.query_one(name).display = True
        log = self._hits
        log.show(glance, cluster, self._hit_query, faults_only=self.faults_only)
        head = home_head(glance, cluster, width, log.mode_line(self._hit_query))
        self.query_one("#hits-head", Panel).show([head])

    def flush(self) -> None:
        """Take new hits in."""
        if self.session.cluster is not None:
            self._hits.flush()

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Open the node, or the cluster."""
        if event.listing.id == "nodes" and (host := self._table.current) is not None:
            self.console_app.open_node(host.name)
        elif event.listing.id == "clusters":
            chosen = self.query_one("#clusters", ClusterList).current
            if chosen is not None:
                self.session.cluster = chosen
                self.chosen_changed()
        elif event.listing.id == "hits":
            self.console_app.go("hits")

    def open_node(self) -> None:
        """Open the node under the cursor."""
        host = self._table.current
        self.console_app.open_node((host or self.session.node).name)

    def chosen_changed(self) -> None:
        """Another cluster: the keys act on its nodes."""
        super().chosen_changed()
        self.set_focus(self._table)

    def shell_host(self) -> str:
        """Return the node under the cursor."""
        return (self._table.current or self.session.node).name

    def reading_targets(self) -> tuple[str, ...]:
        """The marked nodes."""
        return tuple(sorted(self.session.marked))

    def mark(self) -> None:
        """Mark the node under the cursor and go on to the next."""
        host = self._table.current
        if host is not None:
            self.session.toggle_mark(host.name)
            self._table.move(1)

    def copy(self) -> None:
        """Copy the marked nodes' rows, or the row under the cursor."""
        if self.session.marked and self.focused is self._table:
            site = self.session.feed.site
            rows = [self._table.text(site.host(name)) for name in sorted(self.session.marked)]
            self.copy_text("\n".join(rows))
        else:
            super().copy()

    def follow(self) -> None:
        """Follow the hits."""
        self._hits.follow()
        self.on_screen_resume()

    def pause(self) -> None:
        """Pause the hits."""
        self._hits.pause()
        self.on_screen_resume()

    def jump(self, severities: tuple[Severity, ...], step: int) -> None:
        """Jump to the next failed hit."""
        self.set_focus(self._hits)
        if not self._hits.jump_failed(severities, step):
            self.console_app.tell(t("No further one in this log."))
        self.on_screen_resume()
