"""``ip route`` (iproute2 6.1)."""

from __future__ import annotations

import json
from ipaddress import ip_address, ip_network

from .routes import Route, RouteError, parse
from .stack import Stack

_FILTERS = ("dev", "proto", "protocol", "scope", "table", "type", "via", "metric")
_SETS = ("root", "match", "exact")


def show(stack: Stack, words: list[str], *, six: bool, as_json: bool) -> str:
    """Return what ``ip route show`` prints; ``words``: what follows."""
    wanted, target = _filters(words)
    device = wanted.get("dev", "")
    routes = [route for route in stack.routes.all(six=six) if _fits(route, wanted, target)]
    if as_json:
        return json.dumps([_json(route) for route in routes], separators=(",", ":")) + "\n"
    lines = []
    for route in routes:
        nic = stack.nic_named(route.device)
        down = nic is not None and not nic.carrier
        lines.append(route.text(device=not device, linkdown=down))
    if wanted.get("table") in ("all", "local"):
        lines = lines if wanted["table"] == "all" else []
        lines += _local(stack, device, six=six)
    return "".join(f"{line}\n" for line in lines)


def get(stack: Stack, words: list[str]) -> str:
    """Return what ``ip route get`` prints; ``RouteError`` where there is no way."""
    target = str(ip_address(next(word for word in words if word != "to")))
    if stack.owns(target):
        return f"local {target} dev lo src {target} uid 0 \n    cache <local> \n"
    best: tuple[int, Route] | None = None
    for route in stack.routes.all(six=":" in target):
        net = ip_network("0.0.0.0/0" if route.target == "default" else route.target)
        if route.target == "default" or ip_address(target) in net:
            best = max(best or (-1, route), (net.prefixlen, route), key=lambda found: found[0])
    if best is None:
        raise RouteError("RTNETLINK answers: Network is unreachable")
    route = best[1]
    source = route.source or stack.source_for(target) or stack.first_ipv4(route.device)
    via = f"via {route.gateway} " if route.gateway else ""
    return f"{target} {via}dev {route.device} src {source} uid 0 \n    cache \n"


def change(stack: Stack, verb: str, words: list[str], *, six: bool) -> None:
    """Add, replace, delete or flush; ``RouteError`` with what ip says."""
    routes = stack.routes
    if verb == "flush":
        wanted, _ = _filters(words)
        routes.flush(wanted.get("dev", ""))
        return
    if not words:
        raise RouteError("RTNETLINK answers: No such device")
    if verb == "delete":
        wanted, target = _filters(words)
        family = six or ":" in (target or "")
        metric = int(wanted.get("metric", 0))
        routes.remove(target or "default", six=family, metric=metric, device=wanted.get("dev", ""))
        return
    routes.add(parse(words, routes, six=six), replace=verb in ("replace", "change"))


def _filters(words: list[str]) -> tuple[dict[str, str], str | None]:
    wanted: dict[str, str] = {}
    target = None
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word in _FILTERS and rest:
            wanted["proto" if word == "protocol" else word] = rest.pop(0)
        elif word not in (*_SETS, "to", "onlink", "unicast"):
            target = word
    return wanted, target


def _fits(route: Route, wanted: dict[str, str], target: str | None) -> bool:
    if target not in (None, route.target):
        return False
    checks = {"dev": route.device, "proto": route.proto, "scope": route.scope or "global",
              "via": route.gateway}  # fmt: skip
    return all(wanted.get(key, value) == value for key, value in checks.items())


def _local(stack: Stack, device: str, *, six: bool) -> list[str]:
    lines = []
    for own in stack.addresses:
        if own.is_ipv6 is not six or device not in ("", own.interface):
            continue
        dev = "" if device else f" dev {own.interface}"
        if six:
            lines.append(f"local {own.address}{dev} table local proto kernel metric 0 pref medium")
            continue
        tail = f"src {own.address} "
        lines.append(f"local {own.address}{dev} table local proto kernel scope host {tail}")
        if own.broadcast:
            lines.append(
                f"broadcast {own.broadcast}{dev} table local proto kernel scope link {tail}"
            )
    return lines


def _json(route: Route) -> dict[str, object]:
    entry: dict[str, object] = {"dst": route.target}
    if route.gateway:
        entry["gateway"] = route.gateway
    entry["dev"] = route.device
    if route.proto != "boot":
        entry["protocol"] = route.proto
    if route.scope and not route.six:
        entry["scope"] = route.scope
    if route.source:
        entry["prefsrc"] = route.source
    if route.metric:
        entry["metric"] = route.metric
    return {**entry, "flags": ["onlink"] if route.onlink else []}
