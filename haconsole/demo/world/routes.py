"""The routes of a machine: those that the kernel makes of addresses, and those that were added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from .links import Links
from .net import LOOPBACK

#: Linux: the metric of an IPv6 route that does not say any, and of the kernel's own.
_METRIC_6, _METRIC_KERNEL_6 = 1024, 256


class RouteError(Exception):
    """The kernel refuses; the text is what ip prints."""


@dataclass(frozen=True, slots=True)
class Route:
    """A route. ``target``: ``default`` or a network; ``scope`` and ``proto`` as ip prints them."""

    target: str
    device: str
    gateway: str = ""
    six: bool = False
    proto: str = "boot"
    scope: str = ""
    metric: int = 0
    source: str = ""
    onlink: bool = False

    @property
    def key(self) -> tuple[str, bool, int]:
        """What there can be only one of."""
        return self.target, self.six, self.metric

    def text(self, *, device: bool = True, linkdown: bool = False) -> str:
        """Return it as ``ip route`` prints it; without the device where that was asked for."""
        parts = [self.target]
        parts += [f"via {self.gateway}"] if self.gateway else []
        parts += [f"dev {self.device}"] if device else []
        parts += [f"proto {self.proto}"] if self.proto != "boot" else []
        parts += [f"scope {self.scope}"] if self.scope and not self.six else []
        parts += [f"src {self.source}"] if self.source else []
        parts += [f"metric {self.metric}"] if self.metric else []
        parts += ["linkdown"] if linkdown else []
        parts += ["onlink"] if self.onlink else []
        return " ".join(parts) + (" pref medium" if self.six else " ")


class Routes:
    """The main table of one machine."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._added: list[Route] = []

    def all(self, *, six: bool = False) -> list[Route]:
        """Return the routes of a family, in the kernel's order."""
        found = [*self._kernel(six), *(route for route in self._added if route.six is six)]
        return sorted(found, key=lambda route: _order(route, last=six))

    def add(self, route: Route, *, replace: bool = False) -> None:
        """Add a route; ``RouteError`` as the kernel refuses one."""
        nic = self._links.nic_named(route.device)
        if nic is None or not nic.up:
            raise RouteError("Error: Device for nexthop is not up.")
        near = any(
            own.interface == route.device and own.covers(route.gateway)
            for own in self._links.addresses
            if route.gateway
        )
        if route.gateway and not near and not route.onlink:
            raise RouteError("Error: Nexthop has invalid gateway.")
        same = [other for other in self.all(six=route.six) if other.key == route.key]
        if same and not replace:
            raise RouteError("RTNETLINK answers: File exists")
        self._added = [other for other in self._added if other.key != route.key]
        if not any(other.proto == "kernel" for other in same):
            self._added.append(route)

    def remove(self, target: str, *, six: bool, metric: int = 0, device: str = "") -> None:
        """Remove a route; ``RouteError`` where there is no such."""
        for route in self._added:
            fits = not metric or route.metric == metric
            if (route.target, route.six) == (target, six) and fits:
                if device and route.device != device:
                    continue
                self._added.remove(route)
                return
        raise RouteError("RTNETLINK answers: No such process")

    def device_of(self, gateway: str) -> str:
        """Return the interface behind which a gateway is, ``""``: none."""
        for own in self._links.addresses:
            if own.covers(gateway):
                return own.interface
        return ""

    def gone_down(self, device: str) -> None:
        """An interface was switched off: what was added for it is lost."""
        self._added = [route for route in self._added if route.device != device]

    def flush(self, device: str) -> None:
        """Remove what was added, for one interface or (``""``) for all."""
        self._added = [route for route in self._added if device not in ("", route.device)]

    def _kernel(self, six: bool) -> Iterator[Route]:
        for own in self._links.addresses:
            nic = self._links.nic_named(own.interface)
            if own.interface == LOOPBACK or own.is_ipv6 is not six or nic is None or not nic.up:
                continue
            net = str(ip_network(f"{own.address}/{own.prefix}", strict=False))
            if six:
                yield Route(net, own.interface, six=True, proto="kernel", metric=_METRIC_KERNEL_6)
            elif own.prefix < 32:
                yield Route(net, own.interface, proto="kernel", scope="link", source=own.address)


def _order(route: Route, *, last: bool) -> tuple[bool, int, int]:
    if route.target == "default":
        return last, 0, route.metric
    net = ip_network(route.target)
    return False, int(net.network_address), route.metric


def parse(words: list[str], routes: Routes, *, six: bool) -> Route:
    """Read what follows ``ip route add``; ``RouteError`` where it is no route."""
    rest = [word for word in words if word != "unicast"]
    target = rest.pop(0) if rest and rest[0] not in _KEYS else "default"
    values: dict[str, str] = {}
    onlink = False
    while rest:
        word = rest.pop(0)
        if word in ("onlink", "linkdown", "dead"):
            onlink = onlink or word == "onlink"
        elif word in _KEYS and rest:
            values[word] = rest.pop(0)
        else:
            raise RouteError(f'Error: either "to" is duplicate, or "{word}" is a garbage.')
    gateway = values.get("via", "")
    six = six or ":" in target or ":" in gateway
    metric = int(values.get("metric", _METRIC_6 if six else 0))
    device = values.get("dev") or (routes.device_of(gateway) if gateway else "")
    if gateway and not device:
        raise RouteError("Error: Nexthop has invalid gateway.")
    if not device:
        raise RouteError("RTNETLINK answers: No such device")
    scope = values.get("scope", "" if gateway else "link")
    return Route(
        _net(target, six=six), device, gateway, six, values.get("proto", "boot"), scope, metric,
        values.get("src", ""), onlink,
    )  # fmt: skip


_KEYS = ("via", "dev", "proto", "scope", "metric", "src", "table", "pref", "mtu", "advmss",
         "expires", "hoplimit")  # fmt: skip


def _net(target: str, *, six: bool) -> str:
    if target in ("default", "0.0.0.0/0", "::/0"):
        return "default"
    try:
        if "/" not in target:
            return str(ip_address(target))
        return str(ip_network(target, strict=True))
    except ValueError:
        family = "inet6" if six else "inet"
        raise RouteError(f'Error: {family} prefix is expected rather than "{target}".') from None
