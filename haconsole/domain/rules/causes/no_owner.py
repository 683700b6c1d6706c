"""No LB owns the VIP, and nothing says why yet."""

from __future__ import annotations

from collections.abc import Iterator

from ...daemon import VrrpState
from ...notes import note
from ...verdict import Level
from ..case import Case
from ..finding import ActiveCheck, Finding, Fix, Rule
from ..looking import booting, claims, seen, settled, sides


def _find(case: Case) -> Iterator[Finding]:
    for vip in case.vips:
        if not case.lbs or any(claims(node, vip) is not False for node in case.lbs):
            continue
        if not settled(case) or any(map(booting, case.lbs)):
            continue
        found = sides(case, vip)
        backup = len(found) > 1 and all(side.state is VrrpState.BACKUP for side in found)
        yield Finding(
            cause="both-backup" if backup else "no-owner",
            title=note(
                "Every LB is BACKUP: nobody owns {vip}", vip=vip.address
            )
            if backup
            else note("No LB owns {vip}", vip=vip.address),
            severity=Level.CRITICAL,
            confidence=0.9,
            nodes=tuple(node.name for node in case.lbs),
            vip=vip.address,
            evidence=(
                *(
                    seen(node, node.addresses, note("{host} does not hold {vip}", host=node.name,
                                                    vip=vip.address))
                    for node in case.lbs
                ),
                *(
                    seen(side.node, side.node.daemon, note("{host}: keepalived is {state}",
                                                           host=side.name, state=side.state))
                    for side in found
                    if side.state
                ),
            ),
            impact=note("Clients of {vip} reach nobody.", vip=vip.address),
            fix=Fix(note("Restart keepalived on the LB that should own it."), "recover-no-owner",
                    {"vip": vip.address}),
            wants=(ActiveCheck.WIRE,) if backup else (),
        )  # fmt: skip


_EXPLAINS = frozenset({"vip-no-answer", "stale-arp"})
RULES = (
    Rule(
        "both-backup",
        note("Every LB is BACKUP: each hears something that it takes for a master."),
        lambda case: (one for one in _find(case) if one.cause == "both-backup"),
        explains=_EXPLAINS | {"no-owner"},
    ),
    Rule(
        "no-owner",
        note("No LB owns the VIP; said alone only where the cause is not found."),
        lambda case: (one for one in _find(case) if one.cause == "no-owner"),
        explains=_EXPLAINS,
    ),
)
