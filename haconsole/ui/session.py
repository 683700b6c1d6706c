"""What all screens of a running console share: the feed, its books, and what was chosen."""

from __future__ import annotations

from collections.abc import Sequence

from haconsole.domain.events import (
    AddressChanged,
    DaemonLogged,
    Event,
    HitsSeen,
    JournalRead,
    LinkChanged,
)
from haconsole.domain.facts import JournalLine
from haconsole.domain.hits import Hit
from haconsole.domain.model import Cluster, Host
from haconsole.domain.state import MomentKind, State
from haconsole.journal.recording import Recorder
from haconsole.journal.replay import Replay
from haconsole.monitor.faults import FaultMaker
from haconsole.monitor.feed import Feed
from haconsole.ui.books import Book
from haconsole.ui.presentation.glance import Glance

#: Hits that can be scrolled through, for each cluster; journal lines, for each host.
HITS_KEPT = 10_000
JOURNAL_KEPT = 2_000
#: What is painted at once: it says who owns a VIP, or whether we can see at all.
_AT_ONCE = (LinkChanged, AddressChanged, DaemonLogged)


class Session:
    """A feed, the lines that streamed by, and the operator's choices."""

    def __init__(
        self, feed: Feed, faults: FaultMaker | None = None, recorder: Recorder | None = None
    ) -> None:
        self.feed = feed
        #: The feed, where it is a recording.
        self.replay = feed if isinstance(feed, Replay) else None
        #: What writes this session down.
        self.recorder = recorder
        #: How often the lines that streamed by were begun anew.
        self.anew = 0
        #: What breaks the cluster on purpose, where it is there to be broken.
        self.faults = faults
        site = feed.site
        self.hits = {cluster.name: Book[Hit](HITS_KEPT) for cluster in site.clusters}
        self.journals = {host.name: Book[JournalLine](JOURNAL_KEPT) for host in site.every_host}
        for name, known in feed.state.hosts.items():
            self.journals[name].extend(known.journal_tail)
        #: The cluster on show; ``None``: all of them.
        self.cluster: Cluster | None = site.clusters[0] if len(site.clusters) == 1 else None
        self.node: Host = site.hosts[0] if site.hosts else site.every_host[0]
        self.marked: set[str] = set()
        #: Why the watching ended, when it did.
        self.failure: str | None = None
        self._last_state: State = feed.state
        if self.replay is not None:
            self.hear_anew(self.replay.heard)

    def hear_anew(self, events: Sequence[Event]) -> None:
        """Begin the books anew with ``events``: a recording was taken back."""
        site = self.feed.site
        self.hits = {cluster.name: Book[Hit](HITS_KEPT) for cluster in site.clusters}
        self.journals = {host.name: Book[JournalLine](JOURNAL_KEPT) for host in site.every_host}
        self.anew += 1
        self.take(events, self.feed.state)

    def take(self, events: Sequence[Event], state: State) -> bool:
        """Keep the lines among ``events``; return whether something must be painted at once."""
        urgent = False
        for event in events:
            if isinstance(event, HitsSeen):
                cluster = state.site.cluster_of(event.host)
                if cluster is not None:
                    self.hits[cluster.name].extend(event.hits)
            elif isinstance(event, JournalRead):
                if event.host in self.journals:
                    self.journals[event.host].extend(event.lines)
            elif isinstance(event, _AT_ONCE):
                urgent = True
        before, self._last_state = self._last_state, state
        return urgent or self._told(before, state)

    @staticmethod
    def _told(before: State, state: State) -> bool:
        """Whether the time line has something new that changes the verdict."""
        if before.timeline is state.timeline or not state.timeline:
            return False
        return state.timeline[-1].kind is not MomentKind.JOURNAL

    def glance(self) -> Glance:
        """Judge the newest state at the feed's time."""
        return Glance.take(
            self.feed.state, self.feed.now(), writable=self.feed.writable, failure=self.failure
        )

    @property
    def hits_cluster(self) -> Cluster:
        """The cluster whose hits are on show: the chosen one, or the first."""
        return self.cluster or self.feed.site.clusters[0]

    @property
    def hosts(self) -> tuple[Host, ...]:
        """The hosts of the chosen cluster, or of all."""
        return self.cluster.hosts if self.cluster else self.feed.site.hosts

    def step_cluster(self, by: int) -> None:
        """Choose the next cluster (all of them is one of the choices)."""
        choices: list[Cluster | None] = [*self.feed.site.clusters]
        if len(choices) > 1:
            choices.insert(0, None)
        self.cluster = choices[(choices.index(self.cluster) + by) % len(choices)]

    def step_node(self, by: int) -> None:
        """Choose the next node."""
        hosts = self.hosts if self.node in self.hosts else self.feed.site.every_host
        self.node = hosts[(hosts.index(self.node) + by) % len(hosts)]

    def toggle_mark(self, name: str) -> None:
        """Mark a node, or take its mark away."""
        self.marked ^= {name}
