"""What is read on a host: addresses, services, neighbours, the firewall, an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Address:
    """An address on an interface, as the kernel holds it (``ip address``).

    ``flags``: iproute2's words (``tentative``, ``dadfailed``, ``secondary``, …). They change
    while the address stays, so they are no part of its identity.
    """

    address: str
    prefix: int
    interface: str
    flags: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface (``ip link``). ``up`` needs both the admin state and the carrier."""

    name: str
    mac: str | None
    up: bool


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An entry of the neighbour table (``ip neigh``): whose MAC this host sends an address to."""

    address: str
    mac: str | None
    state: str
    interface: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A service as its manager sees it (``systemctl show``).

    ``active`` is systemd's ActiveState (active, inactive, failed, activating, …) and
    ``enabled`` its UnitFileState; ``installed`` is false where no such unit exists.
    ``since`` is seconds since the epoch on the node's clock.
    """

    name: str
    installed: bool
    active: str
    sub: str = ""
    enabled: str = ""
    main_pid: int | None = None
    since: float | None = None
    result: str = ""

    @property
    def running(self) -> bool:
        """Whether the service does its work now."""
        return self.active in ("active", "reloading")


class VrrpFirewall(StrEnum):
    """What the node's firewall does to IP protocol 112 that comes in."""

    ALLOWED = "allowed"
    BLOCKED = "blocked"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Firewall:
    """The firewall in use and its way with VRRP. ``kind``: firewalld, nftables, iptables, none."""

    kind: str
    vrrp: VrrpFirewall
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """One-minute load average, and the number of processors it is shared by."""

    one_minute: float
    processors: int


@dataclass(frozen=True, slots=True)
class Clock:
    """How far the node's clock is ahead of the console's.

    The true offset lies within ``offset_s`` ± ``error_s`` seconds (half the round trip).
    """

    offset_s: float
    error_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP request to a VIP: what came back, how long it took in seconds, asked from where.

    ``status`` is ``None`` when no HTTP answer came; ``problem`` then says why.
    """

    status: int | None
    seconds: float
    asked_from: str
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether a client would call this served: an answer below 500."""
        return self.status is not None and self.status < 500


@dataclass(frozen=True, slots=True)
class JournalLine:
    """A cleaned line of a unit's journal. ``node_at``: epoch seconds on the node's clock.

    ``understood``: another event already tells what the line means. ``identifier``: who wrote
    it (``systemd``, ``Keepalived_vrrp``, …); empty when that is not known.
    """

    unit: str
    node_at: float
    priority: int
    text: str
    understood: bool = False
    identifier: str = ""
