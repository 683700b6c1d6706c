"""The ruleset that firewalld (1.3) makes of its only zone, as ``nft list`` prints it."""

from __future__ import annotations

from .nft import Chain, Rule, Table
from .zone import SERVICES, Zone

_V6_MARTIANS = (
    "ip6 daddr { ::/96, ::ffff:0.0.0.0/96, 2002::/24, 2002:a00::/24, 2002:7f00::/24, "
    "2002:a9fe::/32, 2002:ac10::/28, 2002:c0a8::/32, 2002:e000::/19 } "
    "reject with icmpv6 addr-unreachable"
)


def zone_ruleset(zone: Zone) -> str:
    """Return the ruleset of a zone."""
    return zone_table(zone).text()


def zone_table(zone: Zone) -> Table:
    """Return the table that firewalld fills."""
    deny, allow = _zone_rules(zone)
    name, chains = zone.name, list[Chain]()
    for kind, point in (("mangle", "PREROUTING"), ("nat", "PREROUTING")):
        short = "PRE"
        hook = "mangle" if kind == "mangle" else "dstnat"
        chains += [
            _base(f"{kind}_{point}", f"filter hook prerouting priority {hook} + 10"
                  if kind == "mangle" else f"nat hook prerouting priority {hook} + 10",
                  [f"jump {kind}_{point}_ZONES"]),
            _chain(f"{kind}_{point}_ZONES", [f"goto {kind}_{short}_{name}"]),
            *_pair(f"{kind}_{point}_POLICIES"),
            *_parts(f"{kind}_{short}_{name}", f"{kind}_{point}_POLICIES"),
        ]  # fmt: skip
    chains += [
        _base("filter_INPUT", "filter hook input priority filter + 10", [
            "ct state { established, related } accept", "ct status dnat accept",
            'iifname "lo" accept', "ct state invalid drop", "jump filter_INPUT_ZONES",
            "reject with icmpx admin-prohibited"]),
        _base("filter_FORWARD", "filter hook forward priority filter + 10", [
            "ct state { established, related } accept", "ct status dnat accept",
            'iifname "lo" accept', "ct state invalid drop", _V6_MARTIANS,
            "jump filter_FORWARD_ZONES", "reject with icmpx admin-prohibited"]),
        _base("filter_OUTPUT", "filter hook output priority filter + 10", [
            "ct state { established, related } accept", 'oifname "lo" accept', _V6_MARTIANS,
            "jump filter_OUTPUT_POLICIES_pre", "jump filter_OUTPUT_POLICIES_post"]),
        _chain("filter_INPUT_ZONES", [f"goto filter_IN_{name}"]),
        _chain("filter_FORWARD_ZONES", [f"goto filter_FWD_{name}"]),
        *_pair("filter_INPUT_POLICIES"),
        *_pair("filter_FORWARD_POLICIES"),
        *_pair("filter_OUTPUT_POLICIES"),
        *_parts(f"filter_IN_{name}", "filter_INPUT_POLICIES", deny, allow, [
            *_TARGETS.get(zone.target, _TARGETS["default"])]),
        *_parts(f"filter_FWD_{name}", "filter_FORWARD_POLICIES", last=[
            "reject with icmpx admin-prohibited"]),
    ]  # fmt: skip
    return Table("inet", "firewalld", {chain.name: chain for chain in chains})


_TARGETS = {
    "default": ("meta l4proto { icmp, ipv6-icmp } accept", "reject with icmpx admin-prohibited"),
    "ACCEPT": ("accept",),
    "DROP": ("drop",),
    "%%REJECT%%": ("reject with icmpx admin-prohibited",),
}


def _zone_rules(zone: Zone) -> tuple[list[str], list[str]]:
    """Return the rules that deny, and those that allow."""
    deny: list[str] = []
    allow: list[str] = []
    for service in zone.services:
        protocol, port = SERVICES[service]
        if service == "dhcpv6-client":
            allow.append("ip6 daddr fe80::/64 udp dport 546 accept")
        elif port:
            allow.append(f"{protocol} dport {port} accept")
        else:
            allow.append(f"meta l4proto {protocol} accept")
    allow += [f"{protocol} dport {port} accept" for port, protocol in zone.ports]
    allow += [f"meta l4proto {protocol} accept" for protocol in zone.protocols]
    for rule in zone.rich_rules:
        parts = []
        if rule.source:
            family = "ip6" if ":" in rule.source else "ip"
            parts.append(f"{family} saddr {'!= ' if rule.inverted else ''}{rule.source}")
        elif rule.family:
            parts.append(f"meta nfproto {rule.family}")
        if rule.protocol:
            parts.append(f"meta l4proto {rule.protocol}")
        if rule.port:
            parts.append(f"{rule.port[1]} dport {rule.port[0]}")
        verb = "reject with icmpx admin-prohibited" if rule.verb == "reject" else rule.verb
        (allow if rule.verb == "accept" else deny).append(" ".join([*parts, verb]))
    return deny, allow


def _base(name: str, head: str, rules: list[str]) -> Chain:
    return _chain(name, rules, f"type {head}; policy accept;")


def _pair(name: str) -> list[Chain]:
    return [Chain(f"{name}_pre"), Chain(f"{name}_post")]


def _parts(
    name: str,
    policies: str,
    deny: list[str] | None = None,
    allow: list[str] | None = None,
    last: list[str] | None = None,
) -> list[Chain]:
    """Return a zone's chain and the five that it goes through."""
    order = ("pre", "log", "deny", "allow", "post")
    jumps = [f"jump {name}_{part}" for part in order]
    rules = [f"jump {policies}_pre", *jumps, f"jump {policies}_post", *(last or [])]
    content = {"deny": deny or [], "allow": allow or []}
    return [
        _chain(name, rules),
        *(_chain(f"{name}_{part}", content.get(part, [])) for part in order),
    ]


def _chain(name: str, rules: list[str], head: str = "") -> Chain:
    return Chain(name, head, [Rule(rule) for rule in rules])
