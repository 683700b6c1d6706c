"""What is wrong with a pair now that was not wrong before a drill."""

from __future__ import annotations

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note
from haconsole.domain.verdict import judge
from haconsole.monitor.feed import Feed


class Troubles:
    """Remembers what is wrong with a cluster when it is made; compared by their sentences."""

    def __init__(self, feed: Feed, cluster: Cluster) -> None:
        self._feed = feed
        self._cluster = cluster
        self._hosts = {host.name for host in cluster.hosts}
        self._before = self._now()

    def worse(self) -> tuple[Note, ...]:
        """Return what is wrong now and was not then."""
        return tuple(one for text, one in self._now().items() if text not in self._before)

    def _now(self) -> dict[str, Note]:
        verdict = judge(self._feed.state, self._feed.now())
        return {
            str(one.note): one.note
            for one in verdict.troubles
            if one.host in self._hosts or (one.host is None and one.cluster == self._cluster.name)
        }
