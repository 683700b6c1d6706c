"""nftables: firewalld's ruleset in nft's syntax, and tables that were added by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .net import Fate, Packet
from .zone import SERVICES, Zone, in_net

_HOOK = re.compile(
    r"type (?P<type>\w+) hook (?P<hook>\w+) priority (?P<priority>[-\w +]+);"
    r"(?: policy (?P<policy>\w+);)?"
)
_FAMILIES = ("ip", "ip6", "inet", "arp", "bridge", "netdev")
_COUNTER = re.compile(r"\bcounter(?: packets \d+ bytes \d+)? ?")
_V6_MARTIANS = (
    "ip6 daddr { ::/96, ::ffff:0.0.0.0/96, 2002::/24, 2002:a00::/24, 2002:7f00::/24, "
    "2002:a9fe::/32, 2002:ac10::/28, 2002:c0a8::/32, 2002:e000::/19 } "
    "reject with icmpv6 addr-unreachable"
)


@dataclass(slots=True)
class Chain:
    """A chain; ``hook`` and what belongs to it only where it is a base chain."""

    name: str
    head: str = ""
    rules: list[str] = field(default_factory=list)

    @property
    def hook(self) -> str:
        """``input``, ``output``, …, or ``""``."""
        match = _HOOK.search(self.head)
        return match["hook"] if match else ""

    @property
    def drops(self) -> bool:
        """Whether its policy is to drop."""
        match = _HOOK.search(self.head)
        return bool(match and match["policy"] == "drop")


@dataclass(slots=True)
class Table:
    """A table that somebody added."""

    family: str
    name: str
    chains: dict[str, Chain] = field(default_factory=dict)

    def text(self) -> str:
        """Return it as ``nft list`` prints it."""
        return _table(f"{self.family} {self.name}", list(self.chains.values()))

    def judge(self, hook: str, packet: Packet) -> Fate:
        """Judge a packet at a hook."""
        for chain in self.chains.values():
            if chain.hook == hook and (fate := self._walk(chain, packet, 0)) is not Fate.ACCEPT:
                return fate
        return Fate.ACCEPT

    def _walk(self, chain: Chain, packet: Packet, depth: int) -> Fate:
        for rule in chain.rules:
            if not _matches(rule, packet):
                continue
            verdict = re.search(r"\b(accept|drop|reject|return|jump|goto)\b ?(\S*)", rule)
            if verdict is None:
                continue
            if verdict[1] in ("jump", "goto"):
                target = self.chains.get(verdict[2])
                if target is not None and depth < 16:
                    fate = self._walk(target, packet, depth + 1)
                    if fate is not Fate.ACCEPT:
                        return fate
                continue
            return {"drop": Fate.DROP, "reject": Fate.REJECT}.get(verdict[1], Fate.ACCEPT)
        return Fate.DROP if chain.drops else Fate.ACCEPT


def _matches(rule: str, packet: Packet) -> bool:
    text = _COUNTER.sub("", rule)
    for pattern, holds in _CONDITIONS:
        for match in re.finditer(pattern, text):
            values = [v.strip().strip('"') for v in match["set"].strip("{} ").split(",")]
            found = any(holds(value, packet) for value in values)
            if found is bool(match["no"]):
                return False
    return True


def _protocol(value: str, packet: Packet) -> bool:
    return {"112": "vrrp", "6": "tcp", "1": "icmp"}.get(value, value) == packet.protocol.value


_SET = r"(?P<no>!= )?(?P<set>\{[^}]*\}|\S+)"
_CONDITIONS = (
    (rf"\b(?:ip protocol|meta l4proto) {_SET}", _protocol),
    (rf"\bip saddr {_SET}", lambda v, p: in_net(p.source, v)),
    (rf"\bip daddr {_SET}", lambda v, p: in_net(p.destination, v)),
    (rf"\b(?:i|o)if(?:name)? {_SET}", lambda v, p: v in (p.interface, f"{p.interface}")),
    (rf"\btcp dport {_SET}", lambda v, p: p.protocol.value == "tcp" and v == str(p.port)),
    (rf"\budp dport {_SET}", lambda v, p: p.protocol.value == "udp" and v == str(p.port)),
    # To the connection tracking every packet that is judged here is new.
    (rf"\bct state {_SET}", lambda v, _: v in ("new", "untracked")),
)


def zone_ruleset(zone: Zone) -> str:
    """Return the ruleset that firewalld (1.3) makes of its only zone."""
    deny, allow = _zone_rules(zone)
    name, chains = zone.name, list[Chain]()
    for kind, point in (("mangle", "PREROUTING"), ("nat", "PREROUTING")):
        short = "PRE"
        hook = "mangle" if kind == "mangle" else "dstnat"
        chains += [
            _base(f"{kind}_{point}", f"filter hook prerouting priority {hook} + 10"
                  if kind == "mangle" else f"nat hook prerouting priority {hook} + 10",
                  [f"jump {kind}_{point}_ZONES"]),
            Chain(f"{kind}_{point}_ZONES", rules=[f"goto {kind}_{short}_{name}"]),
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
        Chain("filter_INPUT_ZONES", rules=[f"goto filter_IN_{name}"]),
        Chain("filter_FORWARD_ZONES", rules=[f"goto filter_FWD_{name}"]),
        *_pair("filter_INPUT_POLICIES"),
        *_pair("filter_FORWARD_POLICIES"),
        *_pair("filter_OUTPUT_POLICIES"),
        *_parts(f"filter_IN_{name}", "filter_INPUT_POLICIES", deny, allow, [
            *_TARGETS.get(zone.target, _TARGETS["default"])]),
        *_parts(f"filter_FWD_{name}", "filter_FORWARD_POLICIES", last=[
            "reject with icmpx admin-prohibited"]),
    ]  # fmt: skip
    return _table("inet firewalld", chains)


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
    return Chain(name, f"type {head}; policy accept;", rules)


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
        Chain(name, rules=rules),
        *(Chain(f"{name}_{part}", rules=content.get(part, [])) for part in order),
    ]


def _table(name: str, chains: list[Chain]) -> str:
    blocks = []
    for chain in chains:
        lines = [line for line in (chain.head, *chain.rules) if line]
        body = "".join(f"\t\t{line}\n" for line in lines)
        blocks.append(f"\tchain {chain.name} {{\n{body}\t}}\n")
    return f"table {name} {{\n" + "\n".join(blocks) + "}\n"


class Tables:
    """The tables that somebody added beside firewalld's."""

    def __init__(self) -> None:
        self.tables: dict[tuple[str, str], Table] = {}

    def run(self, statement: str) -> str | None:
        """Run one statement of nft; returns nft's words when it fails."""
        words = statement.split()
        if words[:2] == ["flush", "ruleset"]:
            self.tables.clear()
            return None
        if len(words) < 3:
            return "syntax error, unexpected end of file"
        verb, kind, rest = words[0], words[1], words[2:]
        family = rest.pop(0) if rest[0] in _FAMILIES else "ip"
        if not rest:
            return "syntax error, unexpected end of file"
        key = (family, rest[0])
        table = self.tables.get(key)
        if kind == "table" and verb in ("add", "create"):
            self.tables[key] = table or Table(*key)
        elif table is None:
            return "Could not process rule: No such file or directory"
        elif kind == "table" and verb == "delete":
            del self.tables[key]
        else:
            return self._in_table(table, verb, kind, rest[1:])
        return None

    @staticmethod
    def _in_table(table: Table, verb: str, kind: str, rest: list[str]) -> str | None:
        if verb == "flush" and kind == "table":
            for chain in table.chains.values():
                chain.rules.clear()
            return None
        if not rest:
            return "syntax error, unexpected end of file"
        name, text = rest[0], " ".join(rest[1:])
        if kind == "chain" and verb in ("add", "create"):
            head = _HOOK.search(text)
            shown = ""
            if head:
                priority = "filter" if head["priority"].strip() == "0" else head["priority"].strip()
                policy = head["policy"] or "accept"
                shown = f"type {head['type']} hook {head['hook']} priority {priority}; "
                shown += f"policy {policy};"
            table.chains.setdefault(name, Chain(name)).head = shown
            return None
        if name not in table.chains:
            return "Could not process rule: No such file or directory"
        if kind == "chain":
            table.chains.pop(name) if verb == "delete" else table.chains[name].rules.clear()
            return None
        rule = re.sub(r"\b(ip protocol|meta l4proto) 112\b", r"\1 vrrp", text)
        rules = table.chains[name].rules
        rules.insert(0, rule) if verb == "insert" else rules.append(rule)
        return None

    def judge(self, hook: str, packet: Packet) -> Fate:
        """Judge a packet at a hook, by every table."""
        for table in self.tables.values():
            if (fate := table.judge(hook, packet)) is not Fate.ACCEPT:
                return fate
        return Fate.ACCEPT

    def text(self) -> str:
        """Return them as ``nft list ruleset`` prints them."""
        return "".join(table.text() for table in self.tables.values())
