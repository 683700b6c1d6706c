"""The one immutable state of a session: what is known of every host, VIP and hit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from .daemon import Daemon
from .events import LinkStatus
from .facts import Address, Answer, Clock, Firewall, Interface, JournalLine, Load, Neighbour, Unit
from .hits import HitSums
from .model import Site
from .notes import Note
from .readings import Reading

T = TypeVar("T")

#: Readings that a stream or the reconciling reading (≤ 10 s) keeps young are stale past this.
MAX_AGE_S = 20.0
#: Journal lines that are kept for each host.
JOURNAL_LIMIT = 300
#: Moments that the time line keeps.
TIMELINE_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class LinkState:
    """How we stand with a host. ``since`` and ``retry_at``: console's clock.

    ``tried``: a try has failed since it was last up; until then ``detail`` says what is waited for.
    """

    status: LinkStatus = LinkStatus.IDLE
    since: float = 0.0
    detail: Note | None = None
    retry_at: float | None = None
    rtt_s: float | None = None
    tried: bool = False


@dataclass(frozen=True, slots=True)
class HostState:
    """Everything known of one host, each reading with its age."""

    link: LinkState = LinkState()
    addresses: Reading[tuple[Address, ...]] = Reading()
    interfaces: Reading[tuple[Interface, ...]] = Reading()
    neighbours: Reading[tuple[Neighbour, ...]] = Reading()
    units: Reading[tuple[Unit, ...]] = Reading()
    daemon: Reading[Daemon] = Reading()
    firewall: Reading[Firewall] = Reading()
    load: Reading[Load] = Reading()
    clock: Reading[Clock] = Reading()
    #: The journal's value says whether the stream is live.
    journal: Reading[bool] = Reading()
    #: The newest lines of the journals, oldest first.
    journal_tail: tuple[JournalLine, ...] = ()
    #: The hit log's value is its path.
    hits: Reading[str] = Reading()
    hits_upstream: bool = False

    def unit(self, name: str) -> Unit | None:
        """Return the newest reading of a unit, however old; ``None`` when it was never read."""
        return next((u for u in self.units.value or () if u.name == name), None)

    def current(self, reading: Reading[T], now: float) -> T | None:
        """Return a reading's value while it speaks for the present.

        It does when the link is up, the value is younger than ``MAX_AGE_S`` and was taken over
        this link, not before an interruption.
        """
        if self.link.status is not LinkStatus.UP or reading.at is None:
            return None
        return reading.fresh(now, MAX_AGE_S) if reading.at >= self.link.since else None

    @property
    def offset_s(self) -> float:
        """Seconds that the node's clock is ahead of the console's; 0 while it is not known."""
        return self.clock.value.offset_s if self.clock.value else 0.0

    @property
    def age_at(self) -> float | None:
        """When the newest of the readings that say how the host is was taken."""
        taken = [r.at for r in (self.addresses, self.units, self.load) if r.at is not None]
        return max(taken, default=None)


class Severity(StrEnum):
    """How much a moment matters."""

    INFO = "info"
    GOOD = "good"
    WARNING = "warning"
    ERROR = "error"


class MomentKind(StrEnum):
    """What a moment of the time line is about."""

    VIP = "vip"
    VRRP = "vrrp"
    SERVICE = "service"
    CHECK = "check"
    LINK = "link"
    ANSWER = "answer"
    JOURNAL = "journal"


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that changed. ``at``: console's clock, the node's offset already taken off."""

    at: float
    host: str
    kind: MomentKind
    severity: Severity
    note: Note
    #: The node's own stamp, where it had one.
    node_at: float | None = None
    #: How often it was told in a row, and when last (console's clock).
    count: int = 1
    last_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Ownership:
    """Which LBs' kernels hold a VIP, and since when (console's clock).

    ``exact``: the change was seen or the daemon told when; else it has been so *at least* since.
    """

    owners: tuple[str, ...]
    since: float
    exact: bool = False
    #: When a change of owners was noticed; ``None`` while the first ones are still the owners.
    changed_at: float | None = None
    #: Whether all LBs could be seen when this was noted.
    complete: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """What is known, as a fold over events. ``at`` is the time of the newest event."""

    site: Site
    hosts: Mapping[str, HostState]
    answers: Mapping[str, Reading[Answer]] = field(default_factory=lambda: MappingProxyType({}))
    #: VIP address → who owned it since when.
    ownership: Mapping[str, Ownership] = field(default_factory=lambda: MappingProxyType({}))
    #: Cluster name → its hit log's sums.
    hits: Mapping[str, HitSums] = field(default_factory=lambda: MappingProxyType({}))
    timeline: tuple[Moment, ...] = ()
    timeline_dropped: int = 0
    at: float = 0.0

    @classmethod
    def begin(cls, site: Site, at: float) -> State:
        """Return the state of a session that knows nothing yet."""
        hosts = {host.name: HostState(link=LinkState(since=at)) for host in site.every_host}
        sums = {cluster.name: HitSums() for cluster in site.clusters}
        return cls(site, MappingProxyType(hosts), hits=MappingProxyType(sums), at=at)

    def host(self, name: str) -> HostState:
        """Return what is known of a host."""
        return self.hosts[name]
