"""A machine's kernel as far as the network goes: addresses, ARP, filter, who listens where."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Protocol as Interface

from .adverts import Advert
from .links import Links
from .net import (
    AddressChange,
    Fate,
    Filter,
    LinkChange,
    Neighbour,
    NeighbourChange,
    Packet,
    Protocol,
)
from .routes import Routes
from .wire import LATENCY_S, Wire

GROUP = "224.0.0.18"
#: Linux: three ARP requests, a second apart (``mcast_solicit``, ``retrans_time``).
_ARP_TRIES, _ARP_PAUSE_S = 3, 1.02
#: Linux: after how long a lost SYN is sent again, six times (``tcp_syn_retries``).
_SYN_PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
#: ``delay_first_probe_time`` and three unicast probes: then a dead neighbour is asked for anew.
_DOUBT_S = 8.0
#: ``nf_conntrack_generic_timeout``.
_TRACKED_S = 600.0


class Service(Interface):
    """What listens on a port."""

    def listens_on(self, address: str) -> bool:
        """Whether it takes connections to this address of its machine."""


class Stack(Links):
    """One machine on the wire. Its one cable is in ``eth0``."""

    def __init__(self, name: str, wire: Wire, *, mac: str, interface: str = "eth0") -> None:
        super().__init__(mac, interface)
        self.name = name
        self.wire = wire
        self.powered = True
        self.neighbours: dict[str, Neighbour] = {}
        self.routes = Routes(self)
        self.filter = Filter()
        self.services: dict[int, Service] = {}
        self.vrrp_listeners: list[Callable[[Advert], None]] = []
        #: Hear every VRRP packet that comes or goes: advert, and whether it came.
        self.taps: list[Callable[[Advert, bool], None]] = []
        #: When something of VRRP was last sent to whom: what the connection tracking goes by.
        self._tracked: dict[str, float] = {}
        self._boot_addresses = tuple(self.addresses)
        wire.attach(self)

    @property
    def now(self) -> float:
        """The wire's time, seconds."""
        return self.wire.timers.time()

    @property
    def online(self) -> bool:
        """Whether frames can come and go."""
        return self.powered and self.nic.running

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
            self.routes.gone_down(name)
        elif nic is self.nic:
            self._link_local()
        self._tell(LinkChange(nic))
        self.wire.changed()

    def power(self, *, on: bool) -> None:
        """The machine is switched off, or on again with what its configuration gives it."""
        self.powered = on
        if not on:
            self.addresses = list(self._boot_addresses)
            self.routes.flush("")
            self.neighbours.clear()
            self.services.clear()
            self.nic.up = True
            self._tracked.clear()
        self.wire.changed()

    def configured(self) -> None:
        """Take the addresses as they are now for those that every boot gives it."""
        self._boot_addresses = tuple(self.addresses)

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

    def tell_neighbour(self, entry: Neighbour) -> None:
        """Put an entry into the table, as an administrator does (``ip neighbour replace``)."""
        self.neighbours[entry.address] = entry
        self._tell(NeighbourChange(entry))

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
        """Return who takes a packet; lost ones are sent again, as TCP does with its SYN."""
        if self.owns(address):
            return self
        for pause in _SYN_PAUSES_S:
            packet = self._outgoing(address, protocol, port)
            entry = await self._asked(address)
            await asyncio.sleep(2 * LATENCY_S)
            target = self.wire.with_mac(entry.mac or "")
            if target is None or not self.wire.connected(self, target) or not target.owns(address):
                entry.doubted_at = entry.doubted_at or self.now
                await asyncio.sleep(pause)
                continue
            entry.confirmed_at, entry.doubted_at = self.now, None
            fate = target.filter.incoming(replace(packet, interface=target.nic.name))
            if fate is Fate.ACCEPT:
                return target
            if fate is Fate.REJECT:
                # firewalld answers with ICMP administratively prohibited.
                raise OSError(errno.EHOSTUNREACH, "No route to host")
            await asyncio.sleep(pause)
        raise OSError(errno.ETIMEDOUT, "Connection timed out")

    def _outgoing(self, address: str, protocol: Protocol, port: int) -> Packet:
        source = self.source_for(address)
        if not source or not self.nic.up:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        packet = Packet(protocol, source, address, self.nic.name, port)
        if self.filter.outgoing(packet) is not Fate.ACCEPT:
            raise OSError(errno.EPERM, "Operation not permitted")
        return packet

    async def _asked(self, address: str) -> Neighbour:
        """Return who has an address, asking three times, a second apart."""
        for _ in range(_ARP_TRIES):
            entry = self.resolve(address)
            if entry is not None:
                return entry
            await asyncio.sleep(_ARP_PAUSE_S)
        raise OSError(errno.EHOSTUNREACH, "No route to host")

    def send_advert(self, advert: Advert, peers: tuple[str, ...] = ()) -> str | None:
        """Put a VRRP advert on the wire; returns the kernel's words when it cannot."""
        if not self.nic.up:
            return "Network is down"
        refused = None
        for target in peers or (GROUP,):
            packet = Packet(Protocol.VRRP, advert.source, target, self.nic.name)
            if self.filter.outgoing(packet) is not Fate.ACCEPT:
                refused = "Operation not permitted"
                continue
            self._tracked[target] = self.now
            for tap in self.taps:
                tap(advert, False)
            for stack in self.wire.hearers(self) if self.online else ():
                if not peers or stack.owns(target):
                    self.wire.deliver(partial(stack.hear_advert, advert, target))
        return refused

    def hear_advert(self, advert: Advert, target: str = GROUP) -> None:
        """A VRRP advert arrived at the interface, for the group or for one of our addresses."""
        for tap in self.taps:
            tap(advert, True)
        # Nobody answers from the group's address; a peer that we sent to ourselves answers us.
        ours = self._tracked.get(advert.source)
        known = ours is not None and target != GROUP and self.now - ours < _TRACKED_S
        packet = Packet(Protocol.VRRP, advert.source, target, self.nic.name, established=known)
        if self.filter.incoming(packet) is Fate.ACCEPT:
            for listener in list(self.vrrp_listeners):
                listener(advert)
