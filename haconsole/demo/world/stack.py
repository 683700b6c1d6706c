"""A machine's kernel as far as the network goes: addresses, ARP, filter, who listens where."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from ipaddress import ip_address, ip_interface
from typing import Protocol as Interface

from .adverts import Advert
from .net import (
    LOOPBACK,
    Address,
    AddressChange,
    Change,
    Fate,
    Filter,
    LinkChange,
    Neighbour,
    NeighbourChange,
    Nic,
    Packet,
    Protocol,
)
from .wire import LATENCY_S, Wire

GROUP = "224.0.0.18"
#: Linux: three ARP requests, a second apart; and how long a lost SYN is repeated.
_ARP_GIVES_UP_S = 3.06
_SYN_GIVES_UP_S = 130.0
#: ``delay_first_probe_time`` and three unicast probes: then a dead neighbour is asked for anew.
_DOUBT_S = 8.0


class Service(Interface):
    """What listens on a port."""

    def listens_on(self, address: str) -> bool:
        """Whether it takes connections to this address of its machine."""


class Stack:
    """One machine on the wire. Its one cable is in ``eth0``."""

    def __init__(self, name: str, wire: Wire, *, mac: str, interface: str = "eth0") -> None:
        self.name = name
        self.wire = wire
        self.loopback = Nic(LOOPBACK, 1, "00:00:00:00:00:00", mtu=65536)
        self.nic = Nic(interface, 2, mac)
        self.powered = True
        self.addresses: list[Address] = []
        self.neighbours: dict[str, Neighbour] = {}
        self.filter = Filter()
        self.services: dict[int, Service] = {}
        self.vrrp_listeners: list[Callable[[Advert], None]] = []
        #: Hear every VRRP packet that comes or goes: advert, and whether it came.
        self.taps: list[Callable[[Advert, bool], None]] = []
        self._watchers: list[Callable[[Change], None]] = []
        for text in ("127.0.0.1/8", "::1/128"):
            self.add_address(text, LOOPBACK, scope="host")
        self._link_local()
        wire.attach(self)

    @property
    def now(self) -> float:
        """The wire's time, seconds."""
        return self.wire.timers.time()

    @property
    def online(self) -> bool:
        """Whether frames can come and go."""
        return self.powered and self.nic.running

    @property
    def nics(self) -> tuple[Nic, ...]:
        """The interfaces, by index."""
        return (self.loopback, self.nic)

    def nic_named(self, name: str) -> Nic | None:
        """Return an interface, or ``None``."""
        return next((nic for nic in self.nics if nic.name == name), None)

    def watch(self, watcher: Callable[[Change], None]) -> Callable[[], None]:
        """Call back with every change; returns what ends that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def owns(self, address: str) -> bool:
        """Whether the address is one of this machine's, on whatever interface."""
        if address.startswith("127."):
            return True
        return any(own.address == address for own in self.addresses)

    def first_ipv4(self, interface: str) -> str:
        """Return an interface's first IPv4 address, or ``""``."""
        for own in self.addresses:
            if own.interface == interface and not own.is_ipv6:
                return own.address
        return ""

    def add_address(
        self, text: str, interface: str, *, label: str | None = None, scope: str | None = None
    ) -> bool:
        """Add ``10.0.0.10/24``; ``False`` when it is there already."""
        parsed = ip_interface(text)
        address, prefix = str(parsed.ip), parsed.network.prefixlen
        if any(a.address == address and a.prefix == prefix for a in self.addresses):
            return False
        is_v4 = parsed.version == 4
        wide = is_v4 and prefix < 31 and interface != LOOPBACK
        # inet_insert_ifa: another address of a network that is there is secondary.
        inside = any(
            a.interface == interface and a.prefix == prefix and a.covers(address)
            for a in self.addresses
            if not a.is_ipv6
        )
        added = Address(
            address,
            prefix,
            interface,
            label=label or (interface if is_v4 else None),
            scope=scope or ("link" if parsed.ip.is_link_local else "global"),
            broadcast=str(parsed.network.broadcast_address) if wide and scope is None else None,
            flags=("secondary",) if is_v4 and inside else (),
        )
        self.addresses.append(added)
        self.addresses.sort(key=lambda a: (a.interface != LOOPBACK, a.interface, a.is_ipv6))
        self._tell(AddressChange(added, True))
        return True

    def del_address(self, text: str, interface: str | None = None) -> bool:
        """Remove an address, with or without its prefix; ``False`` when it is not there."""
        address, _, prefix = text.partition("/")
        wanted = str(ip_address(address))
        for own in self.addresses:
            if own.address != wanted or (interface and own.interface != interface):
                continue
            if not prefix or int(prefix) == own.prefix:
                self.addresses.remove(own)
                self._tell(AddressChange(own, False))
                return True
        return False

    def set_up(self, name: str, *, up: bool) -> None:
        """Switch an interface on or off (``ip link set``). IPv6 addresses go with it."""
        nic = self.nic_named(name)
        if nic is None or nic.up is up:
            return
        nic.up = up
        if not up:
            for own in [a for a in self.addresses if a.is_ipv6 and a.interface == name]:
                self.addresses.remove(own)
                self._tell(AddressChange(own, False))
            self.neighbours.clear()
        elif nic is self.nic:
            self._link_local()
        self._tell(LinkChange(nic))
        self.wire.changed()

    def set_carrier(self, *, present: bool) -> None:
        """The cable was pulled or plugged in."""
        if self.nic.carrier is not present:
            self.nic.carrier = present
            if not present:
                self.neighbours.clear()
            self._tell(LinkChange(self.nic))

    def announce(self, address: str) -> None:
        """Send a gratuitous ARP: who has the address in its table learns our MAC."""
        if not self.online:
            return
        for stack in self.wire.hearers(self):
            self.wire.deliver(partial(stack.learn, address, self.nic.mac))

    def learn(self, address: str, mac: str) -> None:
        """Hear an unasked ARP; only entries that exist are changed (``arp_accept`` 0)."""
        known = self.neighbours.get(address)
        if known is not None and known.mac != mac:
            self.neighbours[address] = Neighbour(address, known.interface, mac, None)
            self._tell(NeighbourChange(self.neighbours[address]))

    def resolve(self, address: str) -> Neighbour | None:
        """Return who has an address: from the table, else by asking; ``None``: nobody says so.

        Where two own the address, the answer that comes first counts.
        """
        known = self.neighbours.get(address)
        if known is not None and known.mac is not None:
            doubt = known.doubted_at
            if doubt is None or self.now - doubt < _DOUBT_S:
                return known
        for stack in self.wire.hearers(self):
            if stack.owns(address) and self.wire.carries(stack, self):
                entry = Neighbour(address, self.nic.name, stack.nic.mac, self.now)
                self.neighbours[address] = entry
                self._tell(NeighbourChange(entry))
                # Who is asked learns who asked.
                mine = self.source_for(address)
                if mine and mine not in stack.neighbours:
                    stack.neighbours[mine] = Neighbour(mine, stack.nic.name, self.nic.mac, self.now)
                return entry
        self.neighbours[address] = Neighbour(address, self.nic.name, None, None)
        return None

    def source_for(self, destination: str) -> str:
        """Return the address that packets to ``destination`` come from, ``""``: no route."""
        for own in self.addresses:
            if own.covers(destination) and "secondary" not in own.flags:
                return own.address
        return ""

    async def reach(self, address: str, port: int) -> tuple[Stack, Service]:
        """Open a TCP connection; returns who took it. Raises ``OSError`` as connect(2) does.

        Takes as long as a kernel does: a host that does not answer costs seconds.
        """
        target = await self._path(address, Protocol.TCP, port)
        service = target.services.get(port)
        if service is None or not service.listens_on(address):
            raise OSError(errno.ECONNREFUSED, "Connection refused")
        return target, service

    async def ping(self, address: str) -> float:
        """Return how long an echo took, seconds; ``OSError`` or no end as with :meth:`reach`."""
        began = self.now
        await self._path(address, Protocol.ICMP, 0)
        return self.now - began

    async def _path(self, address: str, protocol: Protocol, port: int) -> Stack:
        if self.owns(address):
            return self
        source = self.source_for(address)
        if not source or not self.nic.up:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        packet = Packet(protocol, source, address, self.nic.name, port)
        if self.filter.outgoing(packet) is not Fate.ACCEPT:
            raise OSError(errno.EPERM, "Operation not permitted")
        entry = self.resolve(address)
        if entry is None or entry.mac is None:
            await asyncio.sleep(_ARP_GIVES_UP_S)
            raise OSError(errno.EHOSTUNREACH, "No route to host")
        await asyncio.sleep(2 * LATENCY_S)
        target = self.wire.with_mac(entry.mac)
        if target is None or not self.wire.connected(self, target) or not target.owns(address):
            entry.doubted_at = entry.doubted_at or self.now
            await asyncio.sleep(_SYN_GIVES_UP_S)
            raise OSError(errno.ETIMEDOUT, "Connection timed out")
        entry.confirmed_at, entry.doubted_at = self.now, None
        fate = target.filter.incoming(replace(packet, interface=target.nic.name))
        if fate is Fate.DROP:
            await asyncio.sleep(_SYN_GIVES_UP_S)
            raise OSError(errno.ETIMEDOUT, "Connection timed out")
        if fate is Fate.REJECT:
            # firewalld answers with ICMP administratively prohibited.
            raise OSError(errno.EHOSTUNREACH, "No route to host")
        return target

    def send_advert(self, advert: Advert, peers: tuple[str, ...] = ()) -> str | None:
        """Put a VRRP advert on the wire; returns the kernel's words when it cannot."""
        if not self.nic.up:
            return "Network is down"
        packet = Packet(Protocol.VRRP, advert.source, GROUP, self.nic.name)
        if self.filter.outgoing(packet) is not Fate.ACCEPT:
            return "Operation not permitted"
        for tap in self.taps:
            tap(advert, False)
        if not self.online:
            return None
        for stack in self.wire.hearers(self):
            if not peers or any(stack.owns(peer) for peer in peers):
                self.wire.deliver(partial(stack.hear_advert, advert))
        return None

    def hear_advert(self, advert: Advert) -> None:
        """A VRRP advert arrived at the interface."""
        for tap in self.taps:
            tap(advert, True)
        packet = Packet(Protocol.VRRP, advert.source, GROUP, self.nic.name)
        if self.filter.incoming(packet) is Fate.ACCEPT:
            for listener in list(self.vrrp_listeners):
                listener(advert)

    def _link_local(self) -> None:
        """Give the interface its link-local address (EUI-64, RFC 4291, appendix A)."""
        parts = [int(part, 16) for part in self.nic.mac.split(":")]
        parts = [parts[0] ^ 2, *parts[1:3], 0xFF, 0xFE, *parts[3:]]
        groups = [f"{high:02x}{low:02x}" for high, low in zip(parts[::2], parts[1::2], strict=True)]
        self.add_address(f"fe80::{':'.join(groups)}/64", self.nic.name)

    def _tell(self, change: Change) -> None:
        for watcher in list(self._watchers):
            watcher(change)
