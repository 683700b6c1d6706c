"""A local firewall drops VRRP that comes in (keepalived #821, #465)."""

from __future__ import annotations

from collections.abc import Iterator

from ...daemon import LogKind
from ...facts import VrrpFirewall
from ...notes import Note, note
from ...verdict import Level
from ..case import Case, NodeCase
from ..disagreeing import SPLITS, impact, is_split
from ..finding import ActiveCheck, Evidence, Finding, Fix, Rule
from ..hearing import deaf, hears, refusals, same_settings
from ..looking import alive, claimants, frozen, lately, owning, seen, settled

_FIX = note(
    "Let VRRP in on every LB, now and after a reboot (firewalld: a permanent rich rule for "
    "the protocol vrrp, then reload). Do not switch the firewall off."
)


def _fix(case: Case) -> Fix:
    """The rule alone where nothing is split yet; else one owner first, then the rule."""
    split = next((vip for vip in case.vips if is_split(case, vip)), None)
    if split is None:
        return Fix(_FIX, "allow-vrrp")
    return Fix(_FIX, "recover-split-brain", {"vip": split.address})


def _find(case: Case) -> Iterator[Finding]:
    blocked = tuple(
        node for node in case.lbs if node.firewall and node.firewall.value.vrrp is _BLOCKED
    )
    if blocked:
        yield _read(case, blocked)
        return
    if any(node.firewall is not None for node in case.lbs):
        yield from _hidden(case)
        return
    yield from _suspected(case)


_BLOCKED = VrrpFirewall.BLOCKED
_UNSENT = frozenset({LogKind.SEND_FAILED})


def _read(case: Case, blocked: tuple[NodeCase, ...]) -> Finding:
    """The rules were read, and drop it."""
    split = next((vip for vip in case.vips if is_split(case, vip)), None)
    vip = split or (case.vips[0] if case.vips else None)
    names = ", ".join(node.name for node in blocked)
    return Finding(
        cause="firewall-blocks-vrrp",
        title=note("The firewall drops VRRP that comes in on {hosts}", hosts=names),
        severity=Level.CRITICAL if split else Level.WARNING,
        confidence=0.98 if split else 0.95,
        nodes=tuple(node.name for node in blocked),
        vip=vip.address if vip else None,
        evidence=(*(_rule(node) for node in blocked), *_counted(case)),
        impact=impact(case, vip) if vip else note("The LBs do not hear each other."),
        fix=_fix(case),
        ruled_out=_ruled_out(case),
    )


def _rule(node: NodeCase) -> Evidence:
    value = node.firewall.value if node.firewall else None
    said = note(
        "{host}: {kind} drops protocol 112 ({rule})",
        host=node.name,
        kind=value.kind if value else "",
        rule=(value.detail if value else "") or "policy",
    )
    return seen(node, node.firewall, said)


def _hidden(case: Case) -> Iterator[Finding]:
    """The rules look fine, yet what is on the wire does not reach the daemon."""
    for node in case.lbs:
        if hears(case, node) is True and deaf(node) and not refusals(case, node):
            yield Finding(
                cause="firewall-blocks-vrrp",
                title=note("Adverts reach {host} and its keepalived does not get them",
                           host=node.name),
                severity=Level.CRITICAL,
                confidence=0.75,
                nodes=(node.name,),
                evidence=(
                    seen(node, node.wire, note("{host}: adverts of the peer are on the wire",
                                               host=node.name)),
                    seen(node, node.stats, note("{host}: the counter of received adverts stands",
                                                host=node.name)),
                ),
                impact=note("The LBs do not hear each other."),
                fix=_fix(case),
                ruled_out=(note("the network carries the adverts: they were captured"),),
            )  # fmt: skip


def _suspected(case: Case) -> Iterator[Finding]:
    """Nobody read a firewall: two owners that agree in everything and hear nothing."""
    for vip in case.vips:
        owners = claimants(case, vip)
        if not is_split(case, vip) or any(frozen(node) for node in owners) or not settled(case):
            continue
        if any(refusals(case, node) for node in case.lbs) or not same_settings(case, vip):
            continue
        if any(hears(case, node) is False for node in case.lbs):
            continue
        if any(lately(case, node, lambda fact: fact.kind in _UNSENT) for node in case.lbs):
            continue
        counted = tuple(_counted(case))
        yield Finding(
            cause="firewall-blocks-vrrp",
            title=note(
                "{hosts} both own {vip}, agree in every setting and hear nothing of each other: "
                "a firewall drops VRRP, or the network loses it",
                hosts=", ".join(node.name for node in owners),
                vip=vip.address,
            ),
            severity=Level.CRITICAL,
            confidence=0.65 if counted else 0.5,
            nodes=tuple(node.name for node in owners),
            vip=vip.address,
            evidence=(*(owning(node, vip) for node in owners), *counted),
            impact=impact(case, vip),
            fix=_fix(case),
            ruled_out=_ruled_out(case),
            wants=(ActiveCheck.WIRE, ActiveCheck.COUNTERS),
        )


def _counted(case: Case) -> Iterator[Evidence]:
    for node in case.lbs:
        for counters in node.stats.value if node.stats else ():
            if counters.advert_sent and not counters.errors and alive(node) is not False:
                said = note(
                    "{host}: sent {sent} adverts, received {received}, refused none",
                    host=node.name,
                    sent=counters.advert_sent,
                    received=counters.advert_rcvd,
                )
                yield seen(node, node.stats, said)


def _ruled_out(case: Case) -> tuple[Note, ...]:
    found = []
    if not any(refusals(case, node) for node in case.lbs):
        found.append(note("no advert was refused: the settings of the pair do not clash"))
    if not any(frozen(node) for node in case.lbs):
        found.append(note("no keepalived is frozen"))
    return tuple(found)


RULE = Rule(
    "firewall-blocks-vrrp",
    note("A firewall on an LB drops the peer's adverts (IP protocol 112)."),
    _find,
    explains=SPLITS | {"multicast-lost", "adverts-rejected"},
)
