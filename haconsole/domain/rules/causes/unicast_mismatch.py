"""Unicast is configured on one LB only, or the peers' addresses do not mirror each other."""

from __future__ import annotations

from collections.abc import Iterator

from ...facts import Address
from ...notes import Note, note
from ..case import Case
from ..disagreeing import SPLITS, impact, same_elsewhere, severity
from ..finding import Evidence, Finding, Fix, Rule
from ..looking import Side, lately, logged, pairs, says, seen

_WORDS = ("cast packet", "not a unicast peer", "bind unicast_src")


def _find(case: Case) -> Iterator[Finding]:
    for vip, one, other in pairs(case):
        wrong = [*_wrong(one, other), *_wrong(other, one)]
        lines = [
            logged(side.node, found[-1])
            for side in (one, other)
            if (found := lately(case, side.node, says(*_WORDS)))
        ]
        known = one.conf is not None and other.conf is not None
        if not wrong and (known or not lines):
            continue
        yield Finding(
            cause="unicast-mismatch",
            title=note(
                "The unicast peers of {one} and {other} do not mirror each other",
                one=one.name,
                other=other.name,
            ),
            severity=severity(case, vip),
            confidence=0.95 if wrong else 0.85,
            nodes=(one.name, other.name),
            vip=vip.address,
            evidence=(*wrong, *lines),
            impact=impact(case, vip),
            fix=Fix(
                note("Let each name its own address as unicast_src_ip and the other's as peer."),
                "configure-pair",
                {"adverts": "unicast"},
            ),
            ruled_out=same_elsewhere(one, other, "unicast"),
        )


def _wrong(one: Side, other: Side) -> Iterator[Evidence]:
    """Yield what is wrong on ``one``'s side."""
    if one.conf is None or other.conf is None:
        return

    def evidence(said: Note) -> Evidence:
        return seen(one.node, one.node.conf, said)

    if one.conf.unicast_peers and not other.conf.unicast_peers:
        yield evidence(
            note(
                "{host} sends to single peers, {other} to everybody (multicast)",
                host=one.name,
                other=other.name,
            )
        )
        return
    source = other.conf.unicast_source
    theirs = {source} if source else {a.address for a in _own(other)} | {other.node.address}
    if one.conf.unicast_peers and theirs and not theirs & set(one.conf.unicast_peers):
        yield evidence(
            note(
                "{host} sends to {peers}, and none of these is an address of {other}",
                host=one.name,
                peers=", ".join(one.conf.unicast_peers),
                other=other.name,
            )
        )
    own = {address.address for address in _own(one)}
    if one.conf.unicast_source and own and one.conf.unicast_source not in own:
        yield evidence(
            note(
                "{host} should send from {source}, which it does not have",
                host=one.name,
                source=one.conf.unicast_source,
            )
        )


def _own(side: Side) -> tuple[Address, ...]:
    return side.node.addresses.value if side.node.addresses else ()


RULE = Rule(
    "unicast-mismatch",
    note("Unicast is configured on one LB only, or towards the wrong addresses."),
    _find,
    explains=SPLITS | {"adverts-rejected", "multicast-lost"},
)
