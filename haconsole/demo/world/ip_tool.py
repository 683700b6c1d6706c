"""``ip`` (iproute2 6.1): addresses, links, neighbours, routes, groups, and the monitor."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

from haconsole.demo.system.invocation import Invocation, Program

from . import ip_routes
from .net import (
    LOOPBACK,
    Address,
    AddressChange,
    Change,
    LinkChange,
    Neighbour,
    NeighbourChange,
    Nic,
)
from .routes import RouteError
from .stack import GROUP, Stack

_OBJECTS = ("address", "link", "neighbour", "route", "maddress", "monitor")
_ALIASES = {"neighbor": "neighbour", "neigh": "neighbour", "addr": "address"}
_VERBS = ("show", "list", "add", "replace", "delete", "set", "flush", "get", "change")
_LIFETIME = "valid_lft forever preferred_lft forever"


class _Call:
    """The words of one call: options, object, verb, the rest."""

    def __init__(self, args: list[str]) -> None:
        self.json = self.one = self.stamp = self.brief = False
        self.family = ""
        rest = list(args)
        while rest and rest[0].startswith("-"):
            word = rest.pop(0)
            match word:
                case "-j" | "-json":
                    self.json = True
                case "-o" | "-oneline":
                    self.one = True
                case "-ts" | "-tshort":
                    self.stamp = True
                case "-t" | "-timestamp":
                    self.stamp = True
                case "-br" | "-brief":
                    self.brief = True
                case "-4" | "-6":
                    self.family = word[1]
                case _:
                    pass
        name = rest.pop(0) if rest else ""
        name = _ALIASES.get(name, name)
        self.thing = next((o for o in _OBJECTS if name and o.startswith(name)), "")
        if name == "m":
            self.thing = "monitor"
        self.verb = "show"
        if rest and self.thing != "monitor":
            verb = "delete" if rest[0] == "del" else rest[0]
            found = next((v for v in _VERBS if v.startswith(verb)), None)
            if found:
                self.verb = "show" if found == "list" else found
                rest.pop(0)
        self.rest = rest

    def value(self, *keys: str) -> str:
        """Return the word after a keyword."""
        for key in keys:
            if key in self.rest[:-1]:
                return self.rest[self.rest.index(key) + 1]
        return ""

    @property
    def device(self) -> str:
        """The interface that is meant, ``""`` for all."""
        named = self.value("dev")
        if named or not self.rest:
            return named
        first = self.rest[0]
        if self.thing == "route" or "." in first or ":" in first:
            return ""
        return "" if first in ("to", "up", "scope", "nud", "dev", "permanent") else first


def ip(stack: Stack) -> Program:
    """Return the program for a machine with this network."""

    async def run(call: Invocation) -> int:
        words = _Call(call.args)
        if words.thing == "":
            named = f'Object "{call.args[-1]}" is unknown, try "ip help".' if call.args else ""
            await call.stderr.write(f"{named or 'Usage: ip [ OPTIONS ] OBJECT {{ COMMAND }}'}\n")
            return 1 if named else 255
        if words.thing == "monitor":
            return await _monitor(call, stack, words)
        if words.verb in ("show", "get"):
            return await _show(call, stack, words)
        problem = "RTNETLINK answers: Operation not permitted"
        if call.uid == 0:
            problem = _change(stack, words) or ""
        if problem:
            await call.stderr.write(f"{problem}\n")
        return 0 if not problem else 1 if problem.startswith("Cannot") else 2

    return run


async def _show(call: Invocation, stack: Stack, words: _Call) -> int:
    device = words.device
    if device and stack.nic_named(device) is None:
        await call.stderr.write(f'Device "{device}" does not exist.\n')
        return 1
    match words.thing:
        case "address":
            text = _addresses(stack, words, device)
        case "link":
            text = _links(stack, words, device)
        case "neighbour":
            text = _neighbours(stack, words)
        case "route":
            return await _show_routes(call, stack, words)
        case _:
            text = _groups(stack, device)
    await call.stdout.write(text)
    return 0


def _flags(nic: Nic) -> list[str]:
    if nic.name == LOOPBACK:
        return ["LOOPBACK", "UP", "LOWER_UP"]
    flags = ["BROADCAST", "MULTICAST"]
    if nic.up:
        flags += ["UP"] + (["LOWER_UP"] if nic.carrier else [])
        if not nic.carrier:
            flags.insert(0, "NO-CARRIER")
    return flags


def _operstate(nic: Nic) -> str:
    if nic.name == LOOPBACK:
        return "UNKNOWN"
    return "UP" if nic.running else "DOWN"


def _header(nic: Nic, *, mode: bool) -> str:
    shown = f"{nic.name}@if{nic.index + 1}" if nic.name != LOOPBACK else nic.name
    mode_ = " mode DEFAULT" if mode else ""
    return (
        f"{nic.index}: {shown}: <{','.join(_flags(nic))}> mtu {nic.mtu} qdisc noqueue "
        f"state {_operstate(nic)}{mode_} group default qlen 1000"
    )


def _mac_line(nic: Nic) -> str:
    if nic.name == LOOPBACK:
        return f"link/loopback {nic.mac} brd 00:00:00:00:00:00"
    return f"link/ether {nic.mac} brd ff:ff:ff:ff:ff:ff link-netnsid 0"


def _words_of(own: Address) -> str:
    """``inet 10.0.0.10/24 brd 10.0.0.255 scope global eth0``."""
    family = "inet6" if own.is_ipv6 else "inet"
    brd = f" brd {own.broadcast}" if own.broadcast else ""
    flags = "".join(f" {flag}" for flag in own.flags)
    return f"{family} {own.address}/{own.prefix}{brd} scope {own.scope}{flags} {own.label or ''}"


def _chosen(stack: Stack, words: _Call, device: str) -> Iterator[Address]:
    wanted = words.value("to")
    for own in stack.addresses:
        if device and own.interface != device:
            continue
        if words.family and (words.family == "6") is not own.is_ipv6:
            continue
        if wanted and not _within(own.address, wanted):
            continue
        if words.value("scope") not in ("", own.scope):
            continue
        yield own


def _within(address: str, net: str) -> bool:
    network = ip_network(net, strict=False)
    return network.version == ip_address(address).version and ip_address(address) in network


def _addresses(stack: Stack, words: _Call, device: str) -> str:
    chosen = list(_chosen(stack, words, device))
    nics = [nic for nic in stack.nics if not device or nic.name == device]
    if words.json:
        return json.dumps([_json(nic, [a for a in chosen if a.interface == nic.name])
                           for nic in nics], separators=(",", ":")) + "\n"  # fmt: skip
    lines: list[str] = []
    for nic in nics:
        here = [own for own in chosen if own.interface == nic.name]
        if words.brief:
            shown = f"{nic.name}@if{nic.index + 1}" if nic.name != LOOPBACK else nic.name
            texts = " ".join(f"{own.address}/{own.prefix}" for own in here)
            lines.append(f"{shown:<16} {_operstate(nic):<14} {texts} ")
            continue
        if words.one:
            lines += [
                f"{nic.index}: {nic.name}    {_words_of(own)}\\       {_LIFETIME}" for own in here
            ]
            continue
        if (words.value("to") or words.family) and not here:
            continue
        lines += [_header(nic, mode=False), f"    {_mac_line(nic)}"]
        for own in here:
            lines += [f"    {_words_of(own)}", f"       {_LIFETIME}"]
    return "".join(f"{line}\n" for line in lines)


def _json(nic: Nic, addresses: list[Address] | None) -> dict[str, object]:
    entry: dict[str, object] = {
        "ifindex": nic.index, "ifname": nic.name, "flags": _flags(nic), "mtu": nic.mtu,
        "qdisc": "noqueue", "operstate": _operstate(nic), "group": "default", "txqlen": 1000,
        "link_type": "loopback" if nic.name == LOOPBACK else "ether", "address": nic.mac,
        "broadcast": "00:00:00:00:00:00" if nic.name == LOOPBACK else "ff:ff:ff:ff:ff:ff",
    }  # fmt: skip
    if addresses is None:
        return entry
    infos = []
    for own in addresses:
        info: dict[str, object] = {
            "family": "inet6" if own.is_ipv6 else "inet",
            "local": own.address,
            "prefixlen": own.prefix,
        }
        if own.broadcast:
            info["broadcast"] = own.broadcast
        info["scope"] = own.scope
        info |= dict.fromkeys(own.flags, True)
        if own.label:
            info["label"] = own.label
        infos.append({**info, "valid_life_time": 4294967295, "preferred_life_time": 4294967295})
    return {**entry, "addr_info": infos}


def _links(stack: Stack, words: _Call, device: str) -> str:
    nics = [nic for nic in stack.nics if not device or nic.name == device]
    if words.json:
        return json.dumps([_json(nic, None) for nic in nics], separators=(",", ":")) + "\n"
    parts = []
    for nic in nics:
        if words.brief:
            shown = f"{nic.name}@if{nic.index + 1}" if nic.name != LOOPBACK else nic.name
            flags = ",".join(_flags(nic))
            parts.append(f"{shown:<16} {_operstate(nic):<14} {nic.mac} <{flags}> \n")
            continue
        joint = "\\    " if words.one else "\n    "
        parts.append(f"{_header(nic, mode=True)}{joint}{_mac_line(nic)}\n")
    return "".join(parts)


def _neighbour_words(entry: Neighbour, now: float) -> str:
    mac = f" lladdr {entry.mac}" if entry.mac else ""
    return f"{entry.address} dev {entry.interface}{mac} {entry.state(now)}"


def _neighbours(stack: Stack, words: _Call) -> str:
    wanted = words.value("to") or (words.rest[0] if words.rest and "." in words.rest[0] else "")
    found = [n for n in stack.neighbours.values() if not wanted or _within(n.address, wanted)]
    if words.json:
        entries = [
            {"dst": n.address, "dev": n.interface, **({"lladdr": n.mac} if n.mac else {}),
             "state": [n.state(stack.now)]}
            for n in found
        ]  # fmt: skip
        return json.dumps(entries, separators=(",", ":")) + "\n"
    return "".join(f"{_neighbour_words(n, stack.now)} \n" for n in found)


async def _show_routes(call: Invocation, stack: Stack, words: _Call) -> int:
    six = words.family == "6"
    try:
        if words.verb == "get":
            text = ip_routes.get(stack, words.rest)
        else:
            text = ip_routes.show(stack, words.rest, six=six, as_json=words.json)
    except RouteError as error:
        await call.stderr.write(f"{error}\n")
        return 2
    await call.stdout.write(text)
    return 0


def _groups(stack: Stack, device: str) -> str:
    lines = []
    for nic in stack.nics:
        if device and nic.name != device:
            continue
        lines.append(f"{nic.index}:\t{nic.name}")
        if nic.name != LOOPBACK and stack.vrrp_listeners:
            lines.append(f"\tinet  {GROUP}")
        lines.append("\tinet  224.0.0.1")
    return "".join(f"{line}\n" for line in lines)


def _change(stack: Stack, words: _Call) -> str | None:
    """Do what a call asks for; returns what ip says when it fails."""
    device = words.value("dev") or (words.rest[0] if words.thing == "link" and words.rest else "")
    if words.thing in ("address", "link") and stack.nic_named(device) is None:
        return f'Cannot find device "{device}"'
    if words.thing == "link" and words.verb == "set":
        if "up" in words.rest or "down" in words.rest:
            stack.set_up(device, up="up" in words.rest)
        return None
    if words.thing == "route":
        try:
            ip_routes.change(stack, words.verb, words.rest, six=words.family == "6")
        except RouteError as error:
            return str(error)
        return None
    if words.thing == "neighbour":
        return _change_neighbour(stack, words, device)
    return _change_address(stack, words, device)


def _change_neighbour(stack: Stack, words: _Call, device: str) -> str | None:
    if words.verb == "flush":
        stack.neighbours.clear()
        return None
    if not words.rest:
        return "Device and destination are required arguments."
    address = words.rest[0]
    if words.verb in ("add", "replace", "change"):
        if stack.nic_named(device) is None:
            return f'Cannot find device "{device}"'
        confirmed = None if words.value("nud") == "stale" else stack.now
        stack.tell_neighbour(Neighbour(address, device, words.value("lladdr"), confirmed))
    elif stack.neighbours.pop(address, None) is None:
        return "RTNETLINK answers: No such file or directory"
    return None


def _change_address(stack: Stack, words: _Call, device: str) -> str | None:
    if not words.rest:
        return 'Not enough information: "local" argument is required.'
    text = words.value("local") or words.rest[0]
    try:
        if words.verb in ("add", "replace", "change"):
            new = text if "/" in text else f"{text}/{128 if ':' in text else 32}"
            flags = ("nodad",) if "nodad" in words.rest else ()
            added = stack.add_address(new, device, label=words.value("label") or None, flags=flags)
            return None if added or words.verb != "add" else "RTNETLINK answers: File exists"
        if not stack.del_address(text, device):
            return "RTNETLINK answers: Cannot assign requested address"
    except ValueError:
        return f'Error: any valid prefix is expected rather than "{text}".'
    return None


async def _monitor(call: Invocation, stack: Stack, words: _Call) -> int:
    """Print changes as they come, until nobody reads any more."""
    things = {_ALIASES.get(word, word) for word in words.rest} or {"address", "link", "neighbour"}
    labelled = "all" in things
    things |= {"address", "link", "neighbour"} if labelled else set()
    fresh: asyncio.Queue[str] = asyncio.Queue(4096)

    def take(change: Change) -> None:
        text = _event(stack, change, things, labelled=labelled, one=words.one)
        if text and not fresh.full():
            stamp = ""
            if words.stamp:
                now = datetime.fromtimestamp(call.machine.clock(), UTC)
                stamp = f"[{now:%Y-%m-%dT%H:%M:%S.%f}] "
            fresh.put_nowait(stamp + text)

    end = stack.watch(take)
    try:
        while True:
            lines = [await fresh.get()]
            while not fresh.empty():
                lines.append(fresh.get_nowait())
            await call.stdout.write("".join(f"{line}\n" for line in lines))
    finally:
        end()


def _event(stack: Stack, change: Change, things: set[str], *, labelled: bool, one: bool) -> str:
    joint = "\\       " if one else "\n       "
    if isinstance(change, AddressChange) and "address" in things:
        nic = stack.nic_named(change.address.interface)
        deleted = "" if change.added else "Deleted "
        head = "[ADDR]" if labelled else ""
        index = nic.index if nic else 0
        words = _words_of(change.address)
        return f"{head}{deleted}{index}: {change.address.interface}    {words}{joint}{_LIFETIME}"
    if isinstance(change, LinkChange) and "link" in things:
        head = "[LINK]" if labelled else ""
        link = "\\    " if one else "\n    "
        return f"{head}{_header(change.nic, mode=False)}{link}{_mac_line(change.nic)}"
    if isinstance(change, NeighbourChange) and "neighbour" in things:
        head = "[NEIGH]" if labelled else ""
        return f"{head}{_neighbour_words(change.neighbour, stack.now)} "
    return ""
