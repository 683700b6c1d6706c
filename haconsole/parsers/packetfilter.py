"""What a packet filter does to a VRRP packet that comes in, whatever the filter's language.

Rules come from :mod:`nftables` and :mod:`iptables`; here they are walked as the kernel walks
them. A condition that cannot be judged from the rules alone (a set by name, a mark) is "unknown":
such a rule counts only when it names VRRP itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address, ip_network

#: VRRP over IPv4 goes here (RFC 5798, 5.1.1.2), unless peers are configured as unicast.
MULTICAST = "224.0.0.18"
#: IP protocol number and its name in /etc/protocols.
VRRP_NAMES = frozenset({"112", "vrrp"})
#: Rules walked before giving up: a filter that jumps in circles ends too.
_MAX_STEPS = 100_000
_MAX_DEPTH = 32


class Verb(StrEnum):
    """What a rule does with a packet that it matches."""

    ACCEPT = "accept"
    DROP = "drop"
    JUMP = "jump"
    GOTO = "goto"
    RETURN = "return"
    PASS = "pass"  # noqa: S105 - a verb


@dataclass(frozen=True, slots=True)
class Packet:
    """A VRRP advert as it comes in. Empty ``interface`` or ``sources``: not known."""

    interface: str = ""
    sources: tuple[str, ...] = ()

    def from_net(self, net: str) -> bool | None:
        """Whether it comes from ``net``; ``None`` when that cannot be told."""
        try:
            network = ip_network(net, strict=False)
            return any(ip_address(source) in network for source in self.sources) or (
                None if not self.sources else False
            )
        except ValueError:
            return None

    def to_net(self, net: str) -> bool | None:
        """Whether the multicast group is in ``net``; unicast adverts are not considered."""
        try:
            return ip_address(MULTICAST) in ip_network(net, strict=False)
        except ValueError:
            return None

    def on(self, interface: str) -> bool | None:
        """Whether it comes in on ``interface`` (``eth*`` and ``eth+`` are prefixes)."""
        if not self.interface:
            return False if interface == "lo" else None
        if interface[-1:] in ("*", "+"):
            return self.interface.startswith(interface[:-1])
        return interface == self.interface


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, already judged for one packet. ``names_vrrp``: it says protocol 112 itself."""

    matches: bool | None
    verb: Verb
    target: str = ""
    names_vrrp: bool = False
    text: str = ""


@dataclass(slots=True)
class Chain:
    """A chain; ``policy`` is what happens at the end of a base chain."""

    name: str
    rules: list[Rule] = field(default_factory=list)
    policy: Verb = Verb.ACCEPT
    base: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happens to the packet, and the rule that decided (empty: a policy did)."""

    accepted: bool
    rule: str = ""


def all_of(matches: Sequence[bool | None]) -> bool | None:
    """Three-valued "and": false beats unknown beats true."""
    if False in matches:
        return False
    return None if None in matches else True


def any_of(matches: Sequence[bool | None]) -> bool | None:
    """Three-valued "or": true beats unknown beats false; of nothing it is false."""
    if True in matches:
        return True
    return None if None in matches else False


def walk(chains: Mapping[str, Chain], start: Chain) -> Outcome:
    """Return what ``start`` and the chains that it jumps to do to the packet."""
    stack: list[tuple[Chain, int]] = [(start, 0)]
    for _ in range(_MAX_STEPS):
        if not stack:
            break
        chain, index = stack.pop()
        if index >= len(chain.rules):
            continue
        rule = chain.rules[index]
        if rule.matches is False or (rule.matches is None and not _counts(rule)):
            stack.append((chain, index + 1))
            continue
        match rule.verb:
            case Verb.ACCEPT:
                return Outcome(True, rule.text)
            case Verb.DROP:
                return Outcome(False, rule.text)
            case Verb.JUMP | Verb.GOTO if rule.target in chains and len(stack) < _MAX_DEPTH:
                if rule.verb is Verb.JUMP:
                    stack.append((chain, index + 1))
                stack.append((chains[rule.target], 0))
            case Verb.RETURN:
                continue
            case _:
                stack.append((chain, index + 1))
    return Outcome(start.policy is Verb.ACCEPT)


def _counts(rule: Rule) -> bool:
    """Whether a rule that matches perhaps is taken as one that does."""
    return rule.names_vrrp or rule.verb in (Verb.JUMP, Verb.GOTO)
