"""The table of nodes, and the list of clusters."""

from __future__ import annotations

from haconsole.domain.model import Cluster, Host
from haconsole.ui.presentation.clusters import cluster_line
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.ink import Ink, Line, Tone, cells, plain
from haconsole.ui.presentation.nodes import Column, columns_for, header_line, node_line
from haconsole.ui.session import Session
from haconsole.ui.widgets.rows import RowList
from haconsole.words import t


class NodeTable(RowList[Host]):
    """A row a host; only those on show are ever made."""

    def __init__(self, session: Session, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(self._line, key_of=lambda host: host.name, text_of=self.text, id=id)
        self._session = session
        self._glance = session.glance()
        self._columns: list[Column] = []

    def _line(self, host: Host) -> Line:
        marked = host.name in self._session.marked
        return node_line(self._glance, host, self._columns, marked=marked)

    def text(self, host: Host) -> str:
        """Return a host's row as plain text, with all columns."""
        return " ".join(plain(node_line(self._glance, host, columns_for(200, 24))).split())

    def show_hosts(self, glance: Glance, hosts: tuple[Host, ...], *, narrowed: bool) -> None:
        """Show hosts; ``narrowed``: a filter left some out."""
        self._glance = glance
        every = self._session.hosts
        names = max((cells(host.name) for host in every), default=8)
        room = self.app.size.width - 1
        self._columns = columns_for(room, names, cluster=self._session.cluster is None)
        nothing = t("No node matches.") if narrowed else t("No nodes.")
        self.show(
            hosts,
            header=header_line(self._columns),
            nothing=(Ink(f" {nothing}", Tone.MUTED),),
        )


class ClusterList(RowList[Cluster]):
    """A row a cluster."""

    def __init__(self, session: Session, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(self._line, key_of=lambda cluster: cluster.name, id=id)
        self._glance = session.glance()

    def _line(self, cluster: Cluster) -> Line:
        names = max(cells(item.name) for item in self._glance.state.site.clusters)
        return cluster_line(self._glance, cluster, self.app.size.width - 1, min(names, 20))

    def show_clusters(self, glance: Glance, *, faults_only: bool) -> int:
        """Show all clusters, or those in trouble; return how many."""
        self._glance = glance
        shown = glance.state.site.clusters
        if faults_only:
            shown = tuple(item for item in shown if glance.level(item) != "OK")
        self.show(shown)
        return len(shown)
