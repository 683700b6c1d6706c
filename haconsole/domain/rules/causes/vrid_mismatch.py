"""The LBs of a pair have different VRIDs: neither counts nor logs what it hears."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ..case import Case
from ..disagreeing import SPLITS, impact, owner_first, same_again, same_elsewhere, severity, values
from ..finding import Evidence, Finding, Rule
from ..looking import Side, pairs, seen


def _find(case: Case) -> Iterator[Finding]:
    for vip, one, other in pairs(case):
        if one.vrid is None or other.vrid is None or one.vrid == other.vrid:
            continue
        first, second = owner_first(one, other)
        yield Finding(
            cause="vrid-mismatch",
            title=note(
                "{one} has VRID {vrid} and {other} has {another}: they do not take each other "
                "for a pair",
                one=one.name,
                vrid=one.vrid,
                other=other.name,
                another=other.vrid,
            ),
            severity=severity(case, vip),
            confidence=0.97,
            nodes=(one.name, other.name),
            vip=vip.address,
            evidence=(
                *values(one, other, "virtual_router_id", lambda s: s.vrid, lambda live: live.vrid),
                *_silent(one),
                *_silent(other),
            ),
            impact=impact(case, vip),
            fix=same_again(
                note(
                    "Give {second} the VRID of {first}, {vrid}.",
                    first=first.name,
                    second=second.name,
                    vrid=first.vrid or 0,
                ),
                vip,
                first,
            ),
            ruled_out=same_elsewhere(one, other, "vrid"),
        )


def _silent(side: Side) -> Iterator[Evidence]:
    for counters in side.node.stats.value if side.node.stats else ():
        if counters.advert_rcvd == 0:
            said = note(
                "{host}: no advert was counted as received; one with another VRID is dropped "
                "without a word",
                host=side.name,
            )
            yield seen(side.node, side.node.stats, said)


RULE = Rule(
    "vrid-mismatch",
    note("The LBs have different virtual router ids, so they are no pair to each other."),
    _find,
    explains=SPLITS | {"multicast-lost", "adverts-rejected"},
)
