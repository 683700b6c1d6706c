"""iproute2's output: addresses, links, neighbours, and the live lines of ``ip monitor``.

The text of ``ip -o`` is the first dialect, because CentOS 7's iproute2 (4.11) has no ``-j``;
JSON (``ip -j``, iproute2 ≥ 4.13) and the many-line text without ``-o`` are read as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from itertools import pairwise

from haconsole.domain.facts import Address, Interface, Neighbour

from . import jsontext
from .errors import ParseError

#: Characters of a line that are looked at; no honest line of iproute2 comes near.
_MAX_LINE = 4096
_STAMP = re.compile(r"\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)\] ?")
_LABEL = re.compile(r"\[(?:ADDR|LINK|NEIGH)\]")
_HEADER = re.compile(r"\d+: ([^\s:@]+)(?:@[^\s:]+)?: <([^>]*)>")
_KEYED = frozenset({"brd", "peer", "any", "scope", "metric", "proto", "flags"})
_FLAGS = frozenset(
    {
        "secondary",
        "temporary",
        "dynamic",
        "deprecated",
        "tentative",
        "dadfailed",
        "noprefixroute",
        "mngtmpaddr",
        "optimistic",
        "nodad",
        "autojoin",
        "stable-privacy",
        "home",
        "permanent",
    }
)
_NEIGHBOUR_STATES = frozenset(
    ("INCOMPLETE", "REACHABLE", "STALE", "DELAY", "PROBE", "FAILED", "NOARP", "PERMANENT", "NONE")
)
_MAC = re.compile(r"[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5,19}\Z")


@dataclass(frozen=True, slots=True)
class AddressLine:
    """An address that came (``added``) or went, from ``ip -ts -o monitor address``.

    ``stamp``: the text between the brackets, ``2026-11-22T08:15:54.578552``, or ``None`` when
    the line has none. iproute2 takes it when it *prints* (a few hundred µs after the kernel's
    event) and in the local time of its process: start it with ``TZ=UTC0``.
    """

    added: bool
    address: Address
    stamp: str | None = None


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A link that changed, or went (``present`` is false), from ``ip -ts -o monitor link``."""

    present: bool
    interface: Interface
    stamp: str | None = None


@dataclass(frozen=True, slots=True)
class NeighbourLine:
    """A neighbour that changed, or went, from ``ip -ts -o monitor neigh``."""

    present: bool
    neighbour: Neighbour
    stamp: str | None = None


def stamp_epoch(stamp: str, utc_offset_s: float = 0.0) -> float | None:
    """Return the epoch seconds of a monitor's stamp, ``None`` if it is no such stamp.

    ``utc_offset_s``: how far the printing process's local time was ahead of UTC, in seconds.
    """
    try:
        return datetime.fromisoformat(stamp).replace(tzinfo=UTC).timestamp() - utc_offset_s
    except (ValueError, OverflowError):
        return None


def parse_monitor_line(line: str) -> AddressLine | LinkLine | NeighbourLine | None:
    """Understand a line of ``ip [-ts] -o monitor address|link|neigh|all``.

    Returns ``None`` for lines about anything else (routes, ``valid_lft`` continuation lines of
    a monitor without ``-o``); never raises.
    """
    rest, stamp = line[:_MAX_LINE].strip(), None
    if match := _STAMP.match(rest):
        stamp, rest = match[1], rest[match.end() :]
    if match := _LABEL.match(rest):
        rest = rest[match.end() :]
    present = not rest.startswith("Deleted ")
    rest = rest.removeprefix("Deleted ")
    if address := _one_line_address(rest):
        return AddressLine(present, address, stamp)
    if interface := _interface(rest):
        return LinkLine(present, interface, stamp)
    if neighbour := _neighbour(rest):
        return NeighbourLine(present, neighbour, stamp)
    return None


def parse_address_line(line: str) -> AddressLine | None:
    """Understand a line of ``ip [-ts] -o monitor address``; ``None`` for anything else."""
    parsed = parse_monitor_line(line)
    return parsed if isinstance(parsed, AddressLine) else None


def parse_addresses(text: str) -> tuple[Address, ...]:
    """Read ``ip [-o|-j] address``, told apart by its first character.

    An empty text is an empty list. Raises ``ParseError`` when there is text and no line of it
    is an address or a link.
    """
    if text.lstrip()[:1] == "[":
        return tuple(_json_addresses(text))
    found: list[Address] = []
    understood = False
    interface: str | None = None
    for line in text.splitlines():
        cut = line[:_MAX_LINE].strip()
        if header := _HEADER.match(cut):
            interface, understood = header[1], True
        else:
            address = _one_line_address(cut)
            if address is None and interface:
                address = _address(cut.split(), interface)
            if address:
                found.append(address)
    if not found and not understood and text.strip():
        raise ParseError("The output of ip address holds no address.")
    return tuple(found)


def parse_interfaces(text: str) -> tuple[Interface, ...]:
    """Read ``ip [-o|-j] link`` (or ``address`` without ``-o``).

    Raises ``ParseError`` when there is text and no line of it is a link.
    """
    if text.lstrip()[:1] == "[":
        return tuple(_json_interfaces(text))
    found: list[Interface] = []
    for line in text.splitlines():
        cut = line[:_MAX_LINE].strip()
        if interface := _interface(cut):
            found.append(interface)
        elif found and found[-1].mac is None and cut.startswith("link/"):
            found[-1] = replace(found[-1], mac=_mac(cut.split()[1:2]))
    if not found and text.strip():
        raise ParseError("The output of ip link holds no interface.")
    return tuple(found)


def parse_neighbours(text: str) -> tuple[Neighbour, ...]:
    """Read ``ip [-j] neigh``. Raises ``ParseError`` when there is text and nothing in it fits."""
    if text.lstrip()[:1] == "[":
        return tuple(_json_neighbours(text))
    lines = text.splitlines()
    found = tuple(n for line in lines if (n := _neighbour(line[:_MAX_LINE].strip())))
    if not found and text.strip():
        raise ParseError("The output of ip neigh holds no neighbour.")
    return found


def _one_line_address(line: str) -> Address | None:
    r"""``3: eth0    inet 10.0.0.10/24 brd … scope global eth0\       valid_lft …``."""
    words = line.split("\\", 1)[0].split()
    if len(words) < 4 or not words[0].endswith(":") or not words[0][:-1].isdigit():
        return None
    return _address(words[2:], words[1])


def _address(words: list[str], interface: str) -> Address | None:
    """``inet 10.9.0.1 peer 10.9.0.2/32 scope global eth0``: the prefix may stand at the peer."""
    if len(words) < 2 or words[0] not in ("inet", "inet6"):
        return None
    text, _, prefix = words[1].partition("/")
    keyed: dict[str, str] = {}
    flags: list[str] = []
    index = 2
    while index < len(words):
        if words[index] in _KEYED and index + 1 < len(words):
            keyed[words[index]] = words[index + 1]
            index += 1
        elif words[index] in _FLAGS:
            flags.append(words[index])
        index += 1
    prefix = prefix or keyed.get("peer", "").partition("/")[2]
    return _make_address(text, int(prefix) if _short_digits(prefix) else None, interface, flags)


def _make_address(
    text: str, prefix: int | None, interface: str, flags: list[str]
) -> Address | None:
    try:
        value = ip_address(text)
    except ValueError:
        return None
    if prefix is None or not 0 <= prefix <= value.max_prefixlen:
        prefix = value.max_prefixlen
    return Address(str(value), prefix, interface, tuple(flags))


def _short_digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3


def _interface(line: str) -> Interface | None:
    header = _HEADER.match(line)
    if header is None:
        return None
    words = line[header.end() :].split()
    link = next((at for at, word in enumerate(words) if word.lstrip("\\").startswith("link/")), -2)
    return Interface(header[1], _mac(words[link + 1 : link + 2]), _up(header[2].split(",")))


def _up(flags: list[str]) -> bool:
    return "UP" in flags and "LOWER_UP" in flags and "NO-CARRIER" not in flags


def _mac(words: list[str]) -> str | None:
    """Return the MAC; the loopback's, all zero, is none."""
    mac = words[0].rstrip("\\").lower() if words else ""
    return mac if _MAC.match(mac) and mac.strip("0:") else None


def _neighbour(line: str) -> Neighbour | None:
    """``10.0.0.11 dev eth0 lladdr 02:00:00:00:00:01 router REACHABLE``."""
    words = line.split()
    if len(words) < 3 or words[1] not in ("dev", "lladdr") or words[-1] not in _NEIGHBOUR_STATES:
        return None
    keyed = dict(pairwise(words))
    try:
        address = str(ip_address(words[0]))
    except ValueError:
        return None
    return Neighbour(address, _mac([keyed.get("lladdr", "")]), words[-1], keyed.get("dev"))


def _json_addresses(text: str) -> Iterator[Address]:
    for link in jsontext.objects(jsontext.load(text, "ip -j address")):
        name = jsontext.text_of(link, "ifname")
        for entry in jsontext.objects(link.get("addr_info")):
            flags = [flag for flag in entry if entry[flag] is True and flag in _FLAGS]
            address = _make_address(
                jsontext.text_of(entry, "local") or "",
                jsontext.int_of(entry, "prefixlen"),
                name or "",
                flags,
            )
            if name and address:
                yield address


def _json_interfaces(text: str) -> Iterator[Interface]:
    for link in jsontext.objects(jsontext.load(text, "ip -j link")):
        name, flags = jsontext.text_of(link, "ifname"), link.get("flags")
        if name:
            up = _up([str(f) for f in flags]) if isinstance(flags, list) else False
            yield Interface(name, _mac([jsontext.text_of(link, "address") or ""]), up)


def _json_neighbours(text: str) -> Iterator[Neighbour]:
    for entry in jsontext.objects(jsontext.load(text, "ip -j neigh")):
        states = entry.get("state")
        state = str(states[0]) if isinstance(states, list) and states else "NONE"
        try:
            address = str(ip_address(jsontext.text_of(entry, "dst") or ""))
        except ValueError:
            continue
        mac = _mac([jsontext.text_of(entry, "lladdr") or ""])
        yield Neighbour(address, mac, state, jsontext.text_of(entry, "dev"))
