"""A machine's interfaces and addresses, and who is told when they change."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_interface

from .net import LOOPBACK, Address, AddressChange, Change, Nic


class Links:
    """The interfaces of one machine: loopback, and the one that has the cable."""

    def __init__(self, mac: str, interface: str) -> None:
        self.loopback = Nic(LOOPBACK, 1, "00:00:00:00:00:00", mtu=65536)
        self.nic = Nic(interface, 2, mac)
        self.addresses: list[Address] = []
        self._watchers: list[Callable[[Change], None]] = []
        for text in ("127.0.0.1/8", "::1/128"):
            self.add_address(text, LOOPBACK, scope="host")
        self._link_local()

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
        self,
        text: str,
        interface: str,
        *,
        label: str | None = None,
        scope: str | None = None,
        flags: tuple[str, ...] = (),
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
            flags=("secondary",) if is_v4 and inside else () if is_v4 else flags,
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

    def source_for(self, destination: str) -> str:
        """Return the address that packets to ``destination`` come from, ``""``: no route."""
        for own in self.addresses:
            if own.covers(destination) and "secondary" not in own.flags:
                return own.address
        return ""

    def _link_local(self) -> None:
        """Give the interface its link-local address (EUI-64, RFC 4291, appendix A)."""
        parts = [int(part, 16) for part in self.nic.mac.split(":")]
        parts = [parts[0] ^ 2, *parts[1:3], 0xFF, 0xFE, *parts[3:]]
        groups = [f"{high:02x}{low:02x}" for high, low in zip(parts[::2], parts[1::2], strict=True)]
        self.add_address(f"fe80::{':'.join(groups)}/64", self.nic.name)

    def _tell(self, change: Change) -> None:
        for watcher in list(self._watchers):
            watcher(change)
