"""Two LBs own the VIP, both with a daemon that lives, and nothing says why yet."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ...verdict import Level
from ..case import Case
from ..disagreeing import impact, is_split
from ..finding import ActiveCheck, Finding, Fix, Rule
from ..looking import alive, claimants, frozen, owning, settled


def _find(case: Case) -> Iterator[Finding]:
    for vip in case.vips:
        if not is_split(case, vip) or not settled(case):
            continue
        owners = [node for node in claimants(case, vip) if alive(node) is not False]
        if any(map(frozen, owners)):
            continue
        yield Finding(
            cause="split-brain",
            title=note(
                "Split brain: {hosts} both own {vip}",
                hosts=" and ".join(node.name for node in owners),
                vip=vip.address,
            ),
            severity=Level.CRITICAL,
            confidence=0.9,
            nodes=tuple(node.name for node in owners),
            vip=vip.address,
            evidence=tuple(owning(node, vip) for node in owners),
            impact=impact(case, vip),
            fix=Fix(
                note("Find the cause below first, then recover."),
                "recover-split-brain",
                {"vip": vip.address},
            ),
            wants=(ActiveCheck.WIRE, ActiveCheck.COUNTERS),
        )


RULE = Rule(
    "split-brain",
    note("Two LBs own the VIP at the same time; said alone only where the cause is not found."),
    _find,
    explains=frozenset({"stale-arp", "flapping"}),
)
