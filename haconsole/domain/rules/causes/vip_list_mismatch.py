"""The LBs' lists of VIPs differ (refused up to 2.3.2, taken and logged from 2.3.3)."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ..case import Case, NodeCase
from ..disagreeing import SPLITS, impact, owner_first, same_again, same_elsewhere, severity, values
from ..finding import Evidence, Finding, Rule
from ..looking import Side, lately, logged, pairs, says, seen

_WORDS = ("ip number count", "VIPs but received", "ip address associated with VRID")


def _find(case: Case) -> Iterator[Finding]:
    for vip, one, other in pairs(case):
        known = one.vips is not None and other.vips is not None
        if known and one.vips == other.vips:
            continue
        told = [*_told(case, one.node), *_told(case, other.node)]
        if not known and not told:
            continue
        first, second = owner_first(one, other)
        yield Finding(
            cause="vip-list-mismatch",
            title=note(
                "{one} and {other} do not list the same VIPs", one=one.name, other=other.name
            ),
            severity=severity(case, vip),
            confidence=0.96 if known else 0.88,
            nodes=(one.name, other.name),
            vip=vip.address,
            evidence=(*values(one, other, "virtual_ipaddress", _list, _in_dump), *told),
            impact=impact(case, vip),
            fix=same_again(
                note(
                    "Give both the same list: {second} should have what {first} has.",
                    first=first.name,
                    second=second.name,
                ),
                vip,
                first,
            ),
            ruled_out=same_elsewhere(one, other, "vips"),
        )


def _list(side: Side) -> str:
    return ", ".join(sorted(side.vips or ()))


def _in_dump(live: object) -> object:
    return getattr(live, "vips", None) or None


def _told(case: Case, node: NodeCase) -> Iterator[Evidence]:
    lines = lately(case, node, says(*_WORDS))
    if lines:
        yield logged(node, lines[-1])
    for counters in node.stats.value if node.stats else ():
        if counters.addr_list_err:
            said = note(
                "{host}: {count} adverts had another list of addresses",
                host=node.name,
                count=counters.addr_list_err,
            )
            yield seen(node, node.stats, said)


RULE = Rule(
    "vip-list-mismatch",
    note("The LBs do not list the same VIPs; before 2.3.3 each refuses the other's adverts."),
    _find,
    explains=SPLITS | {"adverts-rejected", "multicast-lost"},
)
