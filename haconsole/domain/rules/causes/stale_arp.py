"""Third hosts send the VIP's traffic to an LB that does not own it (keepalived #160, #1884)."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ...verdict import Level
from ..case import Case, NodeCase
from ..finding import ActiveCheck, Evidence, Finding, Fix, Rule
from ..looking import alive, holds, moved_at, seen, settle_s

#: keepalived's second set of gratuitous ARPs comes 5 s after the first (keepalived.conf(5),
#: vrrp_garp_master_delay); only then is a wrong entry one that stays.
_SECOND_SET_S = 6.0
_DEAD = frozenset({"FAILED", "INCOMPLETE", "NONE"})


def _find(case: Case) -> Iterator[Finding]:
    at = moved_at(case)
    over = at + settle_s(case) + _SECOND_SET_S if case.live and at is not None else 0.0
    if case.at < over:
        return
    for vip in case.vips:
        owners = [node for node in case.lbs if holds(node, vip)]
        unseen = [node for node in case.lbs if holds(node, vip) is None and node.up]
        if len(owners) != 1 or unseen or alive(owners[0]) is False:
            continue
        wrong = list(_wrong(case, vip.address, owners[0], over))
        if not wrong:
            continue
        answer = case.answers.get(vip.address)
        fails = answer is not None and not answer.value.ok
        yield Finding(
            cause="stale-arp",
            title=note(
                "{witness} sends traffic for {vip} to a host that does not own it",
                witness=", ".join(one.node or "" for one in wrong),
                vip=vip.address,
            ),
            severity=Level.CRITICAL if fails else Level.WARNING,
            confidence=0.9 if fails else 0.8,
            nodes=(owners[0].name, *(one.node or "" for one in wrong)),
            vip=vip.address,
            evidence=(
                *wrong,
                seen(owners[0], owners[0].addresses,
                     note("{host} owns {vip}", host=owners[0].name, vip=vip.address)),
            ),
            impact=note("Clients behind {witness} reach nobody until their entry expires.",
                        witness=", ".join(one.node or "" for one in wrong)),
            fix=Fix(
                note(
                    "Announce the VIP from its owner (arping -U); for good: "
                    "vrrp_garp_master_refresh 60."
                ),
                "recover-stale-arp",
                {"vip": vip.address},
            ),
            ruled_out=(note("one LB alone owns {vip}", vip=vip.address),),
            wants=() if fails else (ActiveCheck.ARP,),
        )  # fmt: skip


def _wrong(case: Case, vip: str, owner: NodeCase, over: float) -> Iterator[Evidence]:
    """Yield entries that were read when every gratuitous ARP of the last move was out."""
    macs = {one.mac for one in (owner.interfaces.value if owner.interfaces else ()) if one.mac}
    if not macs:
        return
    for node in (*case.webs, *case.jumps):
        if node.neighbours and (node.neighbours.at or over) < over:
            continue
        for entry in node.neighbours.value if node.neighbours else ():
            if entry.address != vip or not entry.mac or entry.state in _DEAD:
                continue
            # A VIP's own MAC (VRRP virtual MAC, RFC 5798, 7.3) belongs to whoever owns it.
            if entry.mac in macs or entry.mac.startswith("00:00:5e:00:01:"):
                continue
            said = note(
                "{host}: {vip} is at {mac} ({state})",
                host=node.name,
                vip=vip,
                mac=entry.mac,
                state=entry.state,
            )
            yield seen(node, node.neighbours, said)


RULE = Rule(
    "stale-arp",
    note("Third hosts send the VIP's traffic to a host that does not own it."),
    _find,
    explains=frozenset({"vip-no-answer"}),
)
