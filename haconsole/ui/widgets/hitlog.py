"""The hit log: a stream of hits in columns, coloured by status."""

from __future__ import annotations

from haconsole.domain.hits import Hit
from haconsole.domain.model import Cluster
from haconsole.domain.state import Severity
from haconsole.ui.presentation.glance import Glance, backend_label, backend_names
from haconsole.ui.presentation.hits import (
    HitColumns,
    hit_header,
    hit_line,
    hit_text,
    mode_line,
    source_text,
)
from haconsole.ui.presentation.ink import Line, Tone, cells, ink
from haconsole.ui.presentation.search import Query, hit_filter
from haconsole.ui.session import Session
from haconsole.ui.widgets.stream import StreamView
from haconsole.words import t


class HitLog(StreamView[Hit]):
    """Shows the hits of one cluster at a time."""

    def __init__(self, session: Session, *, titles: bool, id: str | None = None) -> None:  # noqa: A002
        super().__init__(self._hit_line, hit_text, id=id)
        self._session = session
        self._titles = titles
        self._columns = HitColumns.for_width(80)
        self._names: dict[str, str] = {}
        self._shown: tuple[object, ...] = ()
        self._watched = False

    def _hit_line(self, hit: Hit) -> Line:
        return hit_line(hit, self._columns, self._names)

    def show(self, glance: Glance, cluster: Cluster, query: Query, *, faults_only: bool) -> None:
        """Show a cluster's hits, as far as they pass."""
        longest = max(cells(host.name) for host in cluster.hosts)
        self._columns = HitColumns.for_width(self.size.width - 1, longest)
        self._names = backend_names(glance.state, cluster)
        self._watched = glance.hits_seen_at(cluster) == glance.now
        wanted = (cluster.name, query, faults_only, self._session.anew)
        if wanted != self._shown:
            self._shown = wanted
            self._attach_filtered(cluster, query, faults_only=faults_only)
        text, found = source_text(glance, cluster)
        if found and (query or faults_only):
            nothing = t("No hit matches.")
        else:
            nothing = t("No hit yet, {source}.", source=text) if found else text
        tone = Tone.MUTED if found else Tone.WARNING
        header = hit_header(self._columns) if self._titles else None
        self.dress(header, (ink(f" {nothing}", tone),))
        self.repaint_changed()

    def _attach_filtered(self, cluster: Cluster, query: Query, *, faults_only: bool) -> None:
        names = self._names
        words = hit_filter(query, lambda backend: backend_label(backend, names))
        book = self._session.hits[cluster.name]
        if faults_only:
            self.attach(book, lambda hit: hit.is_error and words(hit))
        else:
            self.attach(book, words if query else None)

    def mode_line(self, query: Query) -> Line:
        """Return how the log moves, and the filter in force."""
        held = self.paused or not self.following
        return mode_line(
            following=self.following,
            paused=self.paused,
            waiting=self.waiting if held else 0,
            filtered=query.text,
            watched=self._watched,
        )

    def jump_failed(self, severities: tuple[Severity, ...], step: int) -> bool:
        """Jump to a failed hit; where warnings count, to one with a status of 400 and above."""
        least = 400 if Severity.WARNING in severities else 500
        return self.jump(lambda hit: hit.status >= least or hit.is_error, step)
