"""The network between the LBs loses adverts (IGMP snooping, ESXi #1440, Hyper-V #893)."""

from __future__ import annotations

from collections.abc import Iterator

from ...facts import VrrpFirewall
from ...notes import note
from ...verdict import Level
from ..case import Case, NodeCase
from ..disagreeing import SPLITS, impact, is_split
from ..finding import ActiveCheck, Evidence, Finding, Fix, Rule
from ..hearing import hears, refusals, same_settings, speaks
from ..looking import frozen, seen, settled


def _find(case: Case) -> Iterator[Finding]:
    for vip in case.vips:
        if not is_split(case, vip) or not settled(case) or any(map(frozen, case.lbs)):
            continue
        if any(refusals(case, node) for node in case.lbs) or not same_settings(case, vip):
            continue
        firewalls = [node.firewall.value.vrrp for node in case.lbs if node.firewall]
        allowed = len(firewalls) == len(case.lbs) and VrrpFirewall.BLOCKED not in firewalls
        lost = [
            (sender, to)
            for sender in case.lbs
            for to in case.lbs
            if sender is not to and speaks(case, sender) and hears(case, to) is False
        ]
        if not lost and (not allowed or any(hears(case, node) for node in case.lbs)):
            continue
        yield Finding(
            cause="multicast-lost",
            title=note("The network between the LBs loses their adverts"),
            severity=Level.CRITICAL,
            confidence=0.93 if lost else 0.6,
            nodes=tuple(node.name for node in case.lbs),
            vip=vip.address,
            evidence=(
                *(one for sender, to in lost for one in _captured(sender, to)),
                *(_lets_in(node) for node in case.lbs if node.firewall),
            ),
            impact=impact(case, vip),
            fix=Fix(
                note(
                    "Let the switches carry multicast to 224.0.0.18 (IGMP snooping with a querier, "
                    "no filter for forged MACs), or configure unicast peers."
                ),
                "configure-pair",
                {"adverts": "unicast"},
            ),
            ruled_out=(
                note("the settings of the pair are equal, and no advert was refused"),
                *((note("no firewall on the LBs drops VRRP"),) if allowed else ()),
            ),
            wants=() if lost else (ActiveCheck.WIRE,),
        )


def _captured(sender: NodeCase, to: NodeCase) -> Iterator[Evidence]:
    yield seen(sender, sender.wire, note("{host} sends adverts", host=sender.name))
    yield seen(
        to,
        to.wire,
        note("nothing of {sender} comes to {host}", sender=sender.name, host=to.name),
    )


def _lets_in(node: NodeCase) -> Evidence:
    return seen(node, node.firewall, note("{host}: the firewall lets VRRP in", host=node.name))


RULE = Rule(
    "multicast-lost",
    note("The switch, hypervisor or cloud between the LBs loses their adverts."),
    _find,
    explains=SPLITS,
)
