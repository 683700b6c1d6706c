"""What the network is made of: addresses, interfaces, neighbours, packets, and what changes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address, ip_network

LOOPBACK = "lo"
#: Seconds that an entry of the neighbour table counts as confirmed (``base_reachable_time``).
REACHABLE_S = 30.0


@dataclass(frozen=True, slots=True)
class Address:
    """An address on an interface, as the kernel lists it."""

    address: str
    prefix: int
    interface: str
    label: str | None = None
    scope: str = "global"
    broadcast: str | None = None
    flags: tuple[str, ...] = ()

    @property
    def is_ipv6(self) -> bool:
        """Whether it is an IPv6 address."""
        return ":" in self.address

    def covers(self, other: str) -> bool:
        """Whether ``other`` is on the network that this address is in."""
        if (":" in other) is not self.is_ipv6:
            return False
        return ip_address(other) in ip_network(f"{self.address}/{self.prefix}", strict=False)


@dataclass(slots=True)
class Nic:
    """An interface. ``up``: switched on; ``carrier``: the cable is in."""

    name: str
    index: int
    mac: str
    up: bool = True
    carrier: bool = True
    mtu: int = 1500

    @property
    def running(self) -> bool:
        """Whether frames can come and go."""
        return self.up and self.carrier


@dataclass(slots=True)
class Neighbour:
    """An entry of the neighbour table. ``confirmed_at``: seconds; ``None``: never was."""

    address: str
    interface: str
    mac: str | None
    confirmed_at: float | None
    #: Since when frames to it are lost, seconds; after a while it is asked for anew.
    doubted_at: float | None = None

    def state(self, now: float) -> str:
        """``REACHABLE``, ``STALE`` or ``FAILED`` (Linux: ``net/neighbour.h``)."""
        if self.mac is None:
            return "FAILED"
        if self.confirmed_at is not None and now - self.confirmed_at < REACHABLE_S:
            return "REACHABLE"
        return "STALE"


class Protocol(Enum):
    """What a packet carries."""

    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"
    VRRP = "vrrp"


@dataclass(frozen=True, slots=True)
class Packet:
    """What a filter looks at. ``port``: the destination's, 0 where there is none.

    ``established``: the connection tracking has seen packets the other way.
    """

    protocol: Protocol
    source: str
    destination: str
    interface: str
    port: int = 0
    established: bool = False


class Fate(Enum):
    """What a filter does with a packet."""

    ACCEPT = "accept"
    REJECT = "reject"
    DROP = "drop"


class Filter:
    """A packet filter; this one lets everything through."""

    def incoming(self, packet: Packet) -> Fate:
        """Judge a packet that comes in."""
        return Fate.ACCEPT

    def outgoing(self, packet: Packet) -> Fate:
        """Judge a packet that goes out."""
        return Fate.ACCEPT


@dataclass(frozen=True, slots=True)
class AddressChange:
    """An address came (``added``) or went."""

    address: Address
    added: bool


@dataclass(frozen=True, slots=True)
class LinkChange:
    """An interface was switched on or off, or its cable moved."""

    nic: Nic


@dataclass(frozen=True, slots=True)
class NeighbourChange:
    """An entry of the neighbour table is new or different."""

    neighbour: Neighbour


Change = AddressChange | LinkChange | NeighbourChange
