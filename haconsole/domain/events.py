"""What the monitor learns. ``reduce`` folds these into a ``State``; nothing else changes it.

Every event carries ``at``: epoch seconds on the console's clock when it was learnt.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from .daemon import Daemon, LogFact
from .facts import (
    Address,
    Answer,
    Clock,
    Firewall,
    Interface,
    JournalLine,
    Load,
    Neighbour,
    Unit,
)
from .hits import Hit
from .notes import Note


class LinkStatus(StrEnum):
    """How we stand with a host's sshd."""

    IDLE = "idle"
    CONNECTING = "connecting"
    UP = "up"
    LOST = "lost"
    #: A jump host on the way is not up: nothing is known of the host itself.
    JUMP_LOST = "jump-lost"
    #: The host answered and we must not or cannot enter: its key changed, or we were refused.
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something was learnt about ``host`` at ``at`` (epoch seconds, console's clock)."""

    at: float
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChanged(Event):
    """The link's status. ``retry_at``: when the next try is due, on the console's clock."""

    status: LinkStatus
    detail: Note | None = None
    retry_at: float | None = None
    rtt_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressesRead(Event):
    """All addresses of a host."""

    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChanged(Event):
    """The kernel said that an address came or went; ``node_at`` is its stamp (node's clock)."""

    address: Address
    added: bool
    node_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfacesRead(Event):
    """All interfaces of a host."""

    interfaces: tuple[Interface, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighboursRead(Event):
    """The neighbour table of a host, as far as VIPs are concerned."""

    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsRead(Event):
    """The services that matter on this host."""

    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonRead(Event):
    """keepalived, from a dump or its absence."""

    daemon: Daemon


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonLogged(Event):
    """keepalived wrote a line that means something; ``live`` as in :class:`JournalRead`."""

    fact: LogFact
    node_at: float
    live: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRead(Event):
    """Lines of the units' journals, cleaned; ``live`` is false for lines older than the link."""

    lines: tuple[JournalLine, ...]
    live: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallRead(Event):
    """The firewall's way with VRRP."""

    firewall: Firewall


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRead(Event):
    """The load of a host."""

    load: Load


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRead(Event):
    """The offset of a host's clock."""

    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSeen(Event):
    """A request to a VIP was tried. ``host`` is where from (a jump host, or ``""``: here).

    ``answer`` is ``None`` where no request can be made: nowhere that we can ask from is near.
    """

    vip: str
    answer: Answer | None


class Fact(StrEnum):
    """The readings of a host, by the name of their field in ``HostState``."""

    ADDRESSES = "addresses"
    INTERFACES = "interfaces"
    NEIGHBOURS = "neighbours"
    UNITS = "units"
    DAEMON = "daemon"
    FIREWALL = "firewall"
    LOAD = "load"
    CLOCK = "clock"
    JOURNAL = "journal"
    HITS = "hits"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingFailed(Event):
    """A reading could not be taken; ``problem`` is the cleaned sentence that says why."""

    fact: Fact
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HitLogFound(Event):
    """Where this host's hits come from. ``upstream``: whether lines name the backend."""

    path: str
    upstream: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HitsSeen(Event):
    """A batch of requests. ``dropped``: lines that the bounded buffer lost since the last one."""

    hits: tuple[Hit, ...] = field(repr=False)
    dropped: int = 0
    unparsed: int = 0
