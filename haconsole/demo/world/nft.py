"""nftables: tables with their chains and rules, how they judge a packet, how nft prints them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from .net import Fate, Packet, Protocol
from .zone import in_net

_HOOK = re.compile(
    r"type (?P<type>\w+) hook (?P<hook>\w+) priority (?P<priority>[-\w +]+);"
    r"(?: policy (?P<policy>\w+);)?"
)
_COUNTER = re.compile(r"\bcounter(?: packets (\d+) bytes (\d+))? ?")
_COMMENT = re.compile(r' ?\bcomment "[^"]*"')
#: What a packet of VRRP with one address is long, header and all, and a SYN.
_BYTES = {Protocol.VRRP: 40}
_DEPTH = 16


@dataclass(slots=True)
class Rule:
    """A rule as nft prints it; ``handle`` is its number in its table."""

    words: str
    handle: int = 0
    packets: int = 0
    size: int = 0

    @property
    def text(self) -> str:
        """Return it with its counter as it stands."""
        count = f"counter packets {self.packets} bytes {self.size} "
        return _COUNTER.sub(lambda _: count, self.words, count=1).rstrip()

    @property
    def bare(self) -> str:
        """Return it without counter and comment: what it looks for and does."""
        return _COUNTER.sub("", _COMMENT.sub("", self.words))

    def count(self, packet: Packet) -> None:
        """Count a packet that it matches."""
        self.packets += 1
        self.size += _BYTES.get(packet.protocol, 60)


@dataclass(slots=True)
class Chain:
    """A chain; ``hook`` and what belongs to it only where it is a base chain."""

    name: str
    head: str = ""
    rules: list[Rule] = field(default_factory=list)
    handle: int = 0

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

    def text(self, *, handles: bool = False) -> str:
        """Return it as ``nft list`` prints it in its table."""
        rules = [
            f"{rule.text} # handle {rule.handle}" if handles else rule.text for rule in self.rules
        ]
        body = "".join(f"\t\t{line}\n" for line in (self.head, *rules) if line)
        mark = f" # handle {self.handle}" if handles else ""
        return f"\tchain {self.name} {{{mark}\n{body}\t}}\n"


@dataclass(slots=True)
class Table:
    """A table. ``last``: the newest handle that was given out in it."""

    family: str
    name: str
    chains: dict[str, Chain] = field(default_factory=dict)
    handle: int = 0
    last: int = 0

    def text(self, only: str = "", *, handles: bool = False) -> str:
        """Return it as ``nft list`` prints it; ``only``: one of its chains."""
        chains = [chain for chain in self.chains.values() if only in ("", chain.name)]
        mark = f" # handle {self.handle}" if handles else ""
        body = "\n".join(chain.text(handles=handles) for chain in chains)
        return f"table {self.family} {self.name} {{{mark}\n{body}}}\n"

    def next_handle(self) -> int:
        """Return a number for what is new in it."""
        self.last += 1
        return self.last

    def sees(self, packet: Packet) -> bool:
        """Whether packets of this kind come by: by the family."""
        six = ":" in packet.source
        return self.family in ("inet", "ip6" if six else "ip")

    def judge(self, hook: str, packet: Packet) -> Fate:
        """Judge a packet at a hook."""
        for chain in self.chains.values() if self.sees(packet) else ():
            if chain.hook == hook and (fate := self._walk(chain, packet, 0)) is not Fate.ACCEPT:
                return fate
        return Fate.ACCEPT

    def _walk(self, chain: Chain, packet: Packet, depth: int) -> Fate:
        for rule in chain.rules:
            text = rule.bare
            if not _matches(text, packet):
                continue
            rule.count(packet)
            verdict = re.search(r"\b(accept|drop|reject|return|jump|goto)\b ?(\S*)", text)
            if verdict is None:
                continue
            if verdict[1] in ("jump", "goto"):
                target = self.chains.get(verdict[2])
                if target is not None and depth < _DEPTH:
                    fate = self._walk(target, packet, depth + 1)
                    if fate is not Fate.ACCEPT:
                        return fate
                continue
            return {"drop": Fate.DROP, "reject": Fate.REJECT}.get(verdict[1], Fate.ACCEPT)
        return Fate.DROP if chain.drops else Fate.ACCEPT


def _matches(text: str, packet: Packet) -> bool:
    for pattern, holds in _CONDITIONS:
        for match in re.finditer(pattern, text):
            values = [v.strip().strip('"') for v in match["set"].strip("{} ").split(",")]
            found = any(holds(value, packet) for value in values)
            if found is bool(match["no"]):
                return False
    return True


def _protocol(value: str, packet: Packet) -> bool:
    return {"112": "vrrp", "6": "tcp", "1": "icmp"}.get(value, value) == packet.protocol.value


def _protocol_6(value: str, packet: Packet) -> bool:
    return ":" in packet.source and _protocol(value, packet)


def _family(value: str, packet: Packet) -> bool:
    return (value == "ipv6") is (":" in packet.source)


def _kind(value: str, packet: Packet) -> bool:
    return (value == "multicast") is packet.destination.startswith(("224.", "ff02:"))


def _state(value: str, packet: Packet) -> bool:
    return value == ("established" if packet.established else "new") or (
        value == "untracked" and not packet.established
    )


_SET = r"(?P<no>!= )?(?P<set>\{[^}]*\}|\S+)"
_CONDITIONS: tuple[tuple[str, Callable[[str, Packet], bool]], ...] = (
    (rf"\b(?:ip protocol|meta l4proto) {_SET}", _protocol),
    (rf"\bip6 nexthdr {_SET}", _protocol_6),
    (rf"\bmeta nfproto {_SET}", _family),
    (rf"\b(?:meta )?pkttype {_SET}", _kind),
    (rf"\bip saddr {_SET}", lambda v, p: in_net(p.source, v)),
    (rf"\bip daddr {_SET}", lambda v, p: in_net(p.destination, v)),
    (rf"\bip6 [sd]addr {_SET}", lambda v, p: ":" in p.source and in_net(p.source, v)),
    (rf"\b(?:i|o)if(?:name)? {_SET}", lambda v, p: v in (p.interface, f"{p.interface}")),
    (rf"\btcp dport {_SET}", lambda v, p: p.protocol.value == "tcp" and v == str(p.port)),
    (rf"\budp dport {_SET}", lambda v, p: p.protocol.value == "udp" and v == str(p.port)),
    (rf"\bct state {_SET}", _state),
)
