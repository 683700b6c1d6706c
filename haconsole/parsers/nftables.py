"""``nft list ruleset`` as chains, judged for a VRRP packet (IPv4) that comes in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .packetfilter import VRRP_NAMES, Chain, Packet, Rule, Verb, all_of, any_of

_MAX_LINE = 8000
#: Lines that one rule may stretch over (long sets are wrapped).
_MAX_WRAP = 200
_TABLE = re.compile(r"table (\S+) (\S+) \{")
_CHAIN = re.compile(r"chain (\S+) \{")
_HOOK = re.compile(r"type filter hook (\S+) .*?priority [^;]+;(?: policy (\w+);)?")
_QUOTED = re.compile(r'(comment|prefix) "(?:[^"\\]|\\.)*"')
_NOISE = re.compile(
    r"counter packets \d+ bytes \d+|\bcounter\b|\blog(?: level \S+| group \d+| flags \S+)*"
    r"|\bcomment\b|\bprefix\b|\breject with .*$|\bxt \S+ \"[^\"]*\""
)
_VERDICT = re.compile(r"\b(accept|drop|reject|return|continue|queue|jump (\S+)|goto (\S+))\s*$")
_VMAP = re.compile(r"^(?P<key>.*?)\s+vmap \{(?P<pairs>.*)\}\s*$")
_SET = r"(?P<not>!= )?(?P<set>\{[^}]*\}|@\S+|\S+)"
_VERBS = {
    "accept": Verb.ACCEPT,
    "drop": Verb.DROP,
    "reject": Verb.DROP,
    "return": Verb.RETURN,
    "continue": Verb.PASS,
    "queue": Verb.ACCEPT,
}
#: Hooks that an incoming packet for this host passes.
_HOOKS = frozenset({"ingress", "prerouting", "input"})
_FAMILIES = frozenset({"ip", "inet", "netdev"})

Judge = Callable[[str, Packet], "bool | None"]


@dataclass(slots=True)
class Table:
    """A table, its chains by name; ``hooked`` are the base chains on the packet's way."""

    family: str
    name: str
    chains: dict[str, Chain] = field(default_factory=dict)
    hooked: list[Chain] = field(default_factory=list)


def parse_nftables(text: str, packet: Packet) -> list[Table]:
    """Read a ruleset; tables of other families (``ip6``, ``arp``) are left out. Never raises."""
    tables: list[Table] = []
    table: Table | None = None
    chain: Chain | None = None
    other = 0
    for line in _logical_lines(text):
        if opened := _TABLE.match(line):
            table = Table(opened[1], opened[2])
            if table.family in _FAMILIES:
                tables.append(table)
            chain, other = None, 0
        elif other:
            other += line.count("{") - line.count("}")
        elif chain is None and (named := _CHAIN.match(line)) and table:
            chain = table.chains.setdefault(named[1], Chain(named[1]))
        elif line == "}":
            chain = None
        elif chain is None:
            other = max(0, line.count("{") - line.count("}"))
        elif hook := _HOOK.match(line):
            chain.base = True
            chain.policy = Verb.DROP if hook[2] == "drop" else Verb.ACCEPT
            if table and hook[1] in _HOOKS:
                table.hooked.append(chain)
        elif not line.startswith("type "):
            chain.rules.extend(_rules(line, packet))
    return tables


def _logical_lines(text: str) -> Iterator[str]:
    """Yield lines; a rule whose set is wrapped over several is one line."""
    pending, wrapped = "", 0
    for raw in text.splitlines():
        line = f"{pending} {raw[:_MAX_LINE].strip()}".strip()[:_MAX_LINE]
        if not line or line.startswith("#"):
            continue
        opens = line.count("{") - line.count("}")
        block = line.endswith("{") and not re.search(r"(?:==|!=|vmap|\w) \{$", line[:-1] + " {")
        if opens > 0 and not block and not _opens_block(line) and wrapped < _MAX_WRAP:
            pending, wrapped = line, wrapped + 1
            continue
        pending, wrapped = "", 0
        yield line


def _opens_block(line: str) -> bool:
    return bool(
        re.match(r"(?:table|chain|set|map|flowtable|counter|quota|limit|ct|secmark)\b", line)
    )


def _rules(line: str, packet: Packet) -> Iterator[Rule]:
    """Yield what a line does; a verdict map is one rule for each of its entries."""
    text = _NOISE.sub("", _QUOTED.sub("", line))
    if "reject with" in line:
        text = f"{text} reject"
    text = " ".join(text.split())
    if vmap := _VMAP.match(text):
        for pair in vmap["pairs"].split(","):
            key, colon, verdict = pair.rpartition(" : ")
            if colon and (found := _VERDICT.search(verdict)):
                yield _rule(f"{vmap['key']} {key.strip()}", found, line, packet)
        return
    found = _VERDICT.search(text)
    if found:
        yield _rule(text[: found.start()].strip(), found, line, packet)


def _rule(condition: str, verdict: re.Match[str], line: str, packet: Packet) -> Rule:
    word = verdict[1].split()[0]
    verb = {"jump": Verb.JUMP, "goto": Verb.GOTO}.get(word) or _VERBS[word]
    matches, names_vrrp = _judge(condition, packet)
    return Rule(matches, verb, verdict[2] or verdict[3] or "", names_vrrp, line.strip())


def _judge(condition: str, packet: Packet) -> tuple[bool | None, bool]:
    """Return whether a rule's conditions hold, and whether they name VRRP."""
    matches: list[bool | None] = []
    names_vrrp = False
    rest = condition
    while rest:
        for pattern, judge in _CONDITIONS:
            if found := pattern.match(rest):
                values = _values(found["set"])
                match = any_of([judge(value, packet) for value in values])
                if match is not None and found["not"]:
                    match = not match
                names_vrrp |= judge is _protocol and match is True and bool(VRRP_NAMES & {*values})
                matches.append(match)
                rest = rest[found.end() :].lstrip()
                break
        else:
            return all_of([*matches, None]), names_vrrp
    return all_of(matches), names_vrrp


def _values(text: str) -> list[str]:
    """``{ tcp, 112 }``, ``new,untracked``, ``"eth0"`` → the values."""
    return [part.strip().strip('"') for part in text.strip("{} ").split(",")][:1000]


def _protocol(value: str, packet: Packet) -> bool | None:
    return None if value.startswith("@") else value in VRRP_NAMES


def _interface(value: str, packet: Packet) -> bool | None:
    return None if value.startswith("@") else packet.on(value)


def _source(value: str, packet: Packet) -> bool | None:
    return packet.from_net(value)


def _destination(value: str, packet: Packet) -> bool | None:
    return packet.to_net(value)


def _state(value: str, packet: Packet) -> bool | None:
    # Nobody answers an advert: to the connection tracking each one is new.
    return value in ("new", "untracked")


def _ipv4(value: str, packet: Packet) -> bool | None:
    return value in ("ipv4", "ip")


def _multicast(value: str, packet: Packet) -> bool | None:
    return value == "multicast"


def _never(value: str, packet: Packet) -> bool | None:
    return False


_CONDITIONS: tuple[tuple[re.Pattern[str], Judge], ...] = tuple(
    (re.compile(rf"{head} {_SET}"), judge)
    for head, judge in (
        (r"(?:meta l4proto|ip protocol)", _protocol),
        (r"(?:meta )?(?:iifname|iif)", _interface),
        (r"ip saddr", _source),
        (r"ip daddr", _destination),
        (r"ct state", _state),
        (r"ct status", _never),
        (r"meta (?:nfproto|protocol)", _ipv4),
        (r"(?:meta )?pkttype", _multicast),
        (r"ip6 \w+", _never),
        (r"(?:tcp|udp|udplite|sctp|dccp|icmp|icmpv6|igmp|esp|ah|comp) [\w-]+", _never),
    )
)
