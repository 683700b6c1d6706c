"""Home: is it serving, who owns each VIP, what is wrong, which backend answers."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from haconsole.domain.model import Cluster, Host
from haconsole.domain.state import Severity
from haconsole.ui.commands.base import Scope, registry
from haconsole.ui.presentation.clusters import cluster_line
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.head import cluster_tabs, verdict_lines
from haconsole.ui.presentation.hits import home_head
from haconsole.ui.presentation.ink import Ink, Line, Tone, cells, plain
from haconsole.ui.presentation.layout import home_layout
from haconsole.ui.presentation.nodes import Column, columns_for, header_line, node_line
from haconsole.ui.presentation.search import Query
from haconsole.ui.presentation.timeline import latest_lines
from haconsole.ui.presentation.topology import topology_lines
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.session import Session
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.hitlog import HitLog
from haconsole.ui.widgets.listing import Listing
from haconsole.ui.widgets.rows import RowList
from haconsole.words import t


class HomeScreen(ConsoleScreen):
    """The screen that answers without a key pressed."""

    BINDINGS: ClassVar[list[BindingType]] = [*registry.bindings(Scope.HOME, Scope.LOG)]
    mode = "home"
    CSS = """
    #picture, #clusters { height: auto; margin-top: 1; }
    #nodes { height: 5; margin-top: 1; }
    #hits-head { margin-top: 1; }
    .-tight #picture, .-tight #clusters, .-tight #nodes, .-tight #hits-head { margin-top: 0; }
    .-all #moments { margin-top: 1; }
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._glance = session.glance()
        self._columns: list[Column] = []
        #: The filter is about the list that had the focus when it was opened.
        self._filters_hits = False

    def body(self) -> ComposeResult:
        """Tabs of clusters, verdict, picture, nodes, hits, what changed last."""
        yield Panel(id="tabs")
        yield Panel(id="verdict")
        yield Panel(id="picture")
        yield RowList[Cluster](self._cluster_line, key_of=lambda item: item.name, id="clusters")
        yield RowList[Host](
            self._node_line, key_of=lambda item: item.name, text_of=self._node_text, id="nodes"
        )
        yield Panel(id="hits-head")
        yield HitLog(self.session, titles=False, id="hits")
        yield Panel(id="moments")

    def on_mount(self) -> None:
        """Begin in the table of nodes."""
        self.set_focus(self._table)

    @property
    def _table(self) -> RowList[Host]:
        return self.query_one("#nodes", RowList)

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

    def _cluster_line(self, cluster: Cluster) -> Line:
        names = max(cells(item.name) for item in self.session.feed.site.clusters)
        return cluster_line(self._glance, cluster, self.size.width - 1, min(names, 20))

    def _node_line(self, host: Host) -> Line:
        marked = host.name in self.session.marked
        return node_line(self._glance, host, self._columns, marked=marked)

    def _node_text(self, host: Host) -> str:
        columns = columns_for(200, 24)
        return " ".join(plain(node_line(self._glance, host, columns)).split())

    def show(self, glance: Glance) -> None:
        """Paint all parts, after sharing the rows among them."""
        self._glance = glance
        cluster = self.session.cluster
        width, height = self.size.width, self.size.height
        hosts = self._shown_hosts(glance)
        tabs = cluster_tabs(glance, cluster, width)
        verdict = verdict_lines(glance, cluster, width, room=max(2, height // 4))
        sizes = glance.state.site.clusters if cluster is None else (*cluster.webs, *cluster.lbs[:1])
        layout = home_layout(
            height,
            tabs=bool(tabs),
            verdict=len(verdict),
            picture=len(sizes),
            # Not as many as pass the filter: nothing below moves while it is typed.
            nodes=len(self.session.hosts),
        )
        self.set_class(not layout.air, "-tight")
        self.set_class(cluster is None, "-all")
        self.query_one("#tabs", Panel).show([tabs] if tabs else [])
        self.query_one("#verdict", Panel).show(verdict)
        if cluster is None:
            self._show_clusters(layout.picture)
        else:
            self._show_cluster(glance, cluster, layout.picture)
        self._show_nodes(hosts, layout.nodes)
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

    def _show_nodes(self, hosts: tuple[Host, ...], rows: int) -> None:
        every = self.session.hosts
        names = max((cells(host.name) for host in every), default=8)
        everything = self.session.cluster is None
        self._columns = columns_for(self.size.width - 1, names, cluster=everything)
        table = self._table
        table.styles.height = "1fr" if everything else rows
        nothing = t("No node matches.") if self.search or self.faults_only else t("No nodes.")
        table.show(
            hosts,
            header=header_line(self._columns),
            nothing=(Ink(f" {nothing}", Tone.MUTED),),
        )

    def _show_clusters(self, rows: int) -> None:
        self.query_one("#picture").display = False
        for name in ("#hits-head", "#hits"):
            self.query_one(name).display = False
        clusters = self.query_one("#clusters", RowList)
        clusters.display = True
        shown = self.session.feed.site.clusters
        if self.faults_only:
            shown = tuple(item for item in shown if self._glance.level(item) != "OK")
        clusters.styles.height = max(1, min(len(shown), rows + 2))
        clusters.show(shown)

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
            chosen = self.query_one("#clusters", RowList).current
            if isinstance(chosen, Cluster):
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
            rows = [self._node_text(site.host(name)) for name in sorted(self.session.marked)]
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
