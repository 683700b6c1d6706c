"""A zone of firewalld: what it lets in, its file, its words, and how it judges a packet."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from typing import Any
from xml.etree import ElementTree as Xml

from .net import Fate, Packet, Protocol

#: ``/usr/lib/firewalld/services``: the ports of the services that a pair has.
SERVICES = {
    "ssh": ("tcp", 22),
    "http": ("tcp", 80),
    "https": ("tcp", 443),
    "dhcpv6-client": ("udp", 546),
    "vrrp": ("vrrp", 0),
}
_NUMBERS = {"112": "vrrp", "1": "icmp", "6": "tcp", "17": "udp"}
_VALUE = re.compile(r'([a-z-]+(?: [a-z]+)?)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class RichRule:
    """A rich rule (firewalld.richlanguage(5)), as far as the model understands it."""

    text: str
    verb: str
    protocol: str | None = None
    source: str | None = None
    inverted: bool = False
    family: str | None = None
    port: tuple[int, str] | None = None

    @classmethod
    def parse(cls, text: str) -> RichRule:
        """Read a rule; ``ValueError`` with firewalld's words when it is none."""
        bare = re.sub(r'"[^"]*"', '""', text)
        verb = re.search(r"\b(accept|drop|reject)\b", bare)
        if not text.startswith("rule ") or verb is None:
            raise ValueError(f"INVALID_RULE: unknown element {text.rsplit(' ', maxsplit=1)[-1]}")
        plain = text.removeprefix("rule ").replace(" NOT ", " ")
        values = {key.strip(): value for key, value in _VALUE.findall(plain)}
        port = None
        if "port port" in values and "protocol" in values:
            port = (int(values["port port"]), values["protocol"])
        if "service name" in values:
            protocol, number = SERVICES[values["service name"]]
            port = (number, protocol)
        named = values.get("protocol value")
        return cls(
            text=text,
            verb=verb[1],
            protocol=_NUMBERS.get(named, named) if named else None,
            source=values.get("source address"),
            inverted="source NOT" in text,
            family=values.get("family"),
            port=port,
        )

    def matches(self, packet: Packet) -> bool:
        """Whether the rule is about this packet."""
        if self.protocol is not None and packet.protocol.value != self.protocol:
            return False
        if self.port is not None and (packet.port, packet.protocol.value) != self.port:
            return False
        if self.family is not None and (self.family == "ipv6") is not (":" in packet.source):
            return False
        return self.source is None or in_net(packet.source, self.source) is not self.inverted


@dataclass(frozen=True, slots=True)
class Zone:
    """What one zone lets in. ``ports``: (number, protocol)."""

    name: str = "public"
    services: tuple[str, ...] = ("dhcpv6-client", "ssh")
    ports: tuple[tuple[int, str], ...] = ()
    protocols: tuple[str, ...] = ()
    rich_rules: tuple[RichRule, ...] = ()
    interfaces: tuple[str, ...] = ()
    target: str = "default"
    forward: bool = True

    def judge(self, packet: Packet) -> Fate:
        """Judge what comes in, in firewalld's order: deny, allow, ICMP, the target."""
        for rule in self.rich_rules:
            if rule.verb != "accept" and rule.matches(packet):
                return Fate.DROP if rule.verb == "drop" else Fate.REJECT
        protocol = packet.protocol.value
        if any(SERVICES.get(name) == (protocol, packet.port) for name in self.services):
            return Fate.ACCEPT
        if (packet.port, protocol) in self.ports or protocol in map(_named, self.protocols):
            return Fate.ACCEPT
        if any(rule.verb == "accept" and rule.matches(packet) for rule in self.rich_rules):
            return Fate.ACCEPT
        if packet.protocol is Protocol.ICMP or self.target == "ACCEPT":
            return Fate.ACCEPT
        return Fate.DROP if self.target == "DROP" else Fate.REJECT

    def with_(self, kind: str, value: str) -> Zone | None:
        """Return the zone with one entry more; ``None`` when it has it already.

        ``ValueError`` with firewalld's words when the value is none.
        """
        entry = self._entry(kind, value)
        entries = getattr(self, kind)
        if entry in entries:
            return None
        added = (*entries, entry)
        rest = added if kind == "rich_rules" else sorted(added)
        changed: dict[str, Any] = {kind: tuple(rest)}
        return replace(self, **changed)

    def without(self, kind: str, value: str) -> Zone | None:
        """Return the zone with one entry less; ``None`` when it has no such."""
        entry = self._entry(kind, value)
        entries = getattr(self, kind)
        if entry not in entries:
            return None
        changed: dict[str, Any] = {kind: tuple(e for e in entries if e != entry)}
        return replace(self, **changed)

    def has(self, kind: str, value: str) -> bool:
        """Whether an entry is there."""
        return self._entry(kind, value) in getattr(self, kind)

    @staticmethod
    def _entry(kind: str, value: str) -> object:
        match kind:
            case "services":
                if value not in SERVICES:
                    raise ValueError(f"INVALID_SERVICE: {value}")
                return value
            case "ports":
                number, _, protocol = value.partition("/")
                if not number.isdigit() or protocol not in ("tcp", "udp"):
                    raise ValueError(f"INVALID_PORT: {value}")
                return int(number), protocol
            case "rich_rules":
                return RichRule.parse(value)
            case _:
                return value

    def listing(self, *, active: bool) -> str:
        """Return what ``firewall-cmd --list-all`` prints."""
        ports = " ".join(f"{number}/{protocol}" for number, protocol in self.ports)
        lines = [
            self.name + (" (active)" if active else ""),
            f"  target: {self.target}",
            "  icmp-block-inversion: no",
            f"  interfaces: {' '.join(self.interfaces)}",
            "  sources: ",
            f"  services: {' '.join(self.services)}",
            f"  ports: {ports}",
            f"  protocols: {' '.join(self.protocols)}",
            f"  forward: {'yes' if self.forward else 'no'}",
            "  masquerade: no",
            "  forward-ports: ",
            "  source-ports: ",
            "  icmp-blocks: ",
            "  rich rules: ",
            *(f"\t{rule.text}" for rule in self.rich_rules),
        ]
        return "\n".join(lines) + "\n"

    def to_xml(self) -> str:
        """Return the zone's file (firewalld.zone(5))."""
        lines = ['<?xml version="1.0" encoding="utf-8"?>', "<zone>", "  <short>Public</short>"]
        lines += [f'  <service name="{name}"/>' for name in self.services]
        lines += [f'  <port port="{number}" protocol="{p}"/>' for number, p in self.ports]
        lines += [f'  <protocol value="{name}"/>' for name in self.protocols]
        for rule in self.rich_rules:
            family = f' family="{rule.family}"' if rule.family else ""
            lines.append(f"  <rule{family}>")
            if rule.source:
                lines.append(f'    <source address="{rule.source}"/>')
            if rule.protocol:
                lines.append(f'    <protocol value="{rule.protocol}"/>')
            if rule.port:
                lines.append(f'    <port port="{rule.port[0]}" protocol="{rule.port[1]}"/>')
            lines += [f"    <{rule.verb}/>", "  </rule>"]
        if self.forward:
            lines.append("  <forward/>")
        return "\n".join([*lines, "</zone>", ""])

    @classmethod
    def from_xml(cls, text: str, interfaces: tuple[str, ...] = ()) -> Zone:
        """Read a zone's file; ``ValueError`` when it is none."""
        try:
            root = Xml.fromstring(text)  # noqa: S314 - the file is our own model's
        except Xml.ParseError as error:
            raise ValueError(f"INVALID_ZONE: {error}") from None
        ports = [(int(e.get("port", "0")), e.get("protocol", "")) for e in root.findall("port")]
        return cls(
            services=tuple(sorted(e.get("name", "") for e in root.findall("service"))),
            ports=tuple(ports),
            protocols=tuple(e.get("value", "") for e in root.findall("protocol")),
            rich_rules=tuple(_rule_of(element) for element in root.findall("rule")),
            interfaces=interfaces,
            target=root.get("target", "default"),
            forward=root.find("forward") is not None,
        )


def in_net(address: str, net: str) -> bool:
    """Whether an address is in a network; ``False`` when either is none."""
    try:
        return ip_address(address) in ip_network(net, strict=False)
    except ValueError:
        return False


def _named(protocol: str) -> str:
    return _NUMBERS.get(protocol, protocol)


def _rule_of(element: Xml.Element) -> RichRule:
    parts = ["rule"]
    if family := element.get("family"):
        parts.append(f'family="{family}"')
    verb = "accept"
    for child in element:
        if child.tag in ("accept", "drop", "reject"):
            verb = child.tag
            continue
        invert = " NOT" if child.get("invert") in ("true", "yes", "True") else ""
        words = [f'{key}="{value}"' for key, value in child.attrib.items() if key != "invert"]
        parts.append(f"{child.tag}{invert} {' '.join(words)}")
    return RichRule.parse(" ".join([*parts, verb]))
