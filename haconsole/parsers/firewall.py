"""What a node's firewall does to VRRP that comes in: firewalld, nftables or iptables.

The kernel's rules decide where they could be read; firewalld's own words explain them, and
stand in where the rules need rights that we do not have.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from haconsole.domain.facts import Firewall, VrrpFirewall

from .errors import ParseError
from .iptables import parse_iptables
from .nftables import parse_nftables
from .packetfilter import VRRP_NAMES, Outcome, Packet, Verb, all_of, walk

_MAX_LINE = 2000
_DETAIL = 200
_FINAL = (Verb.ACCEPT, Verb.DROP)
_DIRECT = re.compile(r"^ipv4 filter INPUT(?:_direct)? -?\d+ (.+)$", re.MULTILINE)
_VALUE = re.compile(r'([a-z-]+(?: (?:value|address|name))?)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Zone:
    """``firewall-cmd --list-all``: a zone of firewalld, its settings by name."""

    name: str
    active: bool
    settings: dict[str, str] = field(default_factory=dict)
    rich_rules: tuple[str, ...] = ()

    @property
    def interfaces(self) -> tuple[str, ...]:
        """The interfaces bound to the zone."""
        return tuple(self.settings.get("interfaces", "").split())


def parse_zone(text: str) -> Zone:
    """Read ``firewall-cmd --list-all``; ``ParseError`` when it is no zone."""
    name, settings, rich_rules = "", {}, []
    for raw in text.splitlines():
        line = raw[:_MAX_LINE].rstrip()
        if line and not line[0].isspace() and not name:
            name = line
        elif line.strip().startswith("rule "):
            rich_rules.append(line.strip())
        elif name and ":" in line:
            key, _, value = line.strip().partition(":")
            settings[key] = value.strip()
            if key == "rich rules" and value.strip():
                rich_rules.append(value.strip())
    if not name or "services" not in settings:
        raise ParseError("The output of firewall-cmd --list-all holds no zone.")
    active = "(" in name and "active" in name
    return Zone(name.partition(" ")[0], active, settings, tuple(rich_rules))


def zone_outcome(zone: Zone, packet: Packet) -> Outcome:
    """Judge a zone: rich rules that deny, then those that allow, protocols, the target.

    firewalld.richlanguage(5): by priority first; at the same priority log, deny, allow.
    """
    judged = [_rich_rule(rule, packet) for rule in zone.rich_rules]
    for _, accepts, rule in sorted(rule for rule in judged if rule is not None):
        return Outcome(accepts, rule)
    for protocol in zone.settings.get("protocols", "").split():
        if protocol in VRRP_NAMES:
            return Outcome(True, f"protocols: {protocol}")
    target = zone.settings.get("target", "default")
    return Outcome(target == "ACCEPT", f"zone {zone.name}, target: {target}")


def _rich_rule(rule: str, packet: Packet) -> tuple[int, bool, str] | None:
    """Return (priority, whether it accepts, the rule) if it decides on VRRP; deny sorts first."""
    verb = re.search(r"\b(accept|drop|reject)\b(?! value)", re.sub(r'"[^"]*"', '""', rule))
    if verb is None:
        return None
    values = {key.strip(): value for key, value in _VALUE.findall(rule)}
    if values.get("family", "ipv4") != "ipv4":
        return None
    protocol = values.get("protocol value")
    other = re.search(r"\b(service|port|icmp-type|icmp-block|forward-port|source-port) ", rule)
    if (protocol is None and other) or (protocol is not None and protocol not in VRRP_NAMES):
        return None
    matches: list[bool | None] = []
    if source := values.get("source address"):
        inside = packet.from_net(source)
        matches.append(not inside if "source NOT" in rule and inside is not None else inside)
    if destination := values.get("destination address"):
        matches.append(packet.to_net(destination))
    met = all_of(matches)
    if met is False or (met is None and protocol is None):
        return None
    priority = values.get("priority", "0")
    number = int(priority) if re.fullmatch(r"-?\d{1,5}", priority) else 0
    return number, verb[1] == "accept", rule


def parse_firewall(
    *,
    firewalld: str = "",
    zone: str = "",
    direct: str = "",
    nft: str = "",
    iptables: str = "",
    interface: str = "",
    peers: Sequence[str] = (),
) -> Firewall:
    """Judge what happens to a peer's adverts.

    ``firewalld``: ``firewall-cmd --state`` (``running`` or else); ``zone``: ``firewall-cmd
    --list-all`` of the interface's zone; ``direct``: ``firewall-cmd --direct --get-all-rules``;
    ``nft``: ``nft list ruleset``; ``iptables``: ``iptables -S``. What could not be read is empty.
    ``interface``: where VRRP runs; ``peers``: the other LBs' addresses there.

    With nothing at all the verdict is OFF, so the caller has to know that a reading failed.
    Raises ``ParseError`` when firewalld runs and neither the kernel's rules nor the zone say
    what it does. Judged is VRRP over IPv4.
    """
    packet = Packet(interface, tuple(peers))
    kernel = _nftables(nft, packet) or _iptables(iptables, packet)
    if firewalld.strip().startswith("running"):
        if kernel is None:
            return _firewalld(zone, direct, packet)
        try:
            explained = _firewalld(zone, direct, packet)
        except ParseError:
            explained = kernel
        same = kernel.vrrp is explained.vrrp
        return Firewall("firewalld", kernel.vrrp, explained.detail if same else kernel.detail)
    return kernel or Firewall("none", VrrpFirewall.OFF)


def _firewalld(zone: str, direct: str, packet: Packet) -> Firewall:
    for line in _DIRECT.findall(direct[:100_000]):
        rules = parse_iptables(f"-A INPUT {line}", packet)["INPUT"].rules
        for rule in rules:
            if rule.names_vrrp and rule.matches is not False and rule.verb in _FINAL:
                return _firewall("firewalld", Outcome(rule.verb is Verb.ACCEPT, line))
    return _firewall("firewalld", zone_outcome(parse_zone(zone), packet))


def _nftables(text: str, packet: Packet) -> Firewall | None:
    """Return what the ruleset does; ``None`` when nothing in it filters what comes in."""
    decided: Outcome | None = None
    for table in parse_nftables(text, packet):
        for chain in table.hooked:
            if not chain.rules and chain.policy is Verb.ACCEPT:
                continue
            outcome = walk(table.chains, chain)
            if not outcome.accepted:
                rule = outcome.rule or f"{table.family} {table.name} {chain.name}: policy drop"
                return _firewall("nftables", Outcome(False, rule))
            if decided is None or outcome.rule:
                decided = outcome
    return _firewall("nftables", decided) if decided else None


def _iptables(text: str, packet: Packet) -> Firewall | None:
    chains = parse_iptables(text, packet)
    start = chains.get("INPUT")
    if start is None or (not start.rules and start.policy is Verb.ACCEPT):
        return None
    outcome = walk(chains, start)
    rule = outcome.rule or ("" if outcome.accepted else "-P INPUT DROP")
    return _firewall("iptables", Outcome(outcome.accepted, rule))


def _firewall(kind: str, outcome: Outcome) -> Firewall:
    verdict = VrrpFirewall.ALLOWED if outcome.accepted else VrrpFirewall.BLOCKED
    return Firewall(kind, verdict, outcome.rule[:_DETAIL])
