"""A local firewall keeps keepalived from sending its adverts (keepalived #205)."""

from __future__ import annotations

from collections.abc import Iterator

from ...daemon import LogFact, LogKind
from ...notes import note
from ...verdict import Level
from ..case import Case
from ..disagreeing import SPLITS, is_split
from ..finding import Finding, Fix, Rule
from ..looking import alive, lately, logged

#: Some adverts' time: who cannot send says so with each.
_GOES_ON_S = 10.0


def _fails(fact: LogFact) -> bool:
    return fact.kind is LogKind.SEND_FAILED


def _find(case: Case) -> Iterator[Finding]:
    for node in case.lbs:
        lines = lately(case, node, _fails, within_s=120.0)
        if not lines or alive(node) is False:
            continue
        refused = "not permitted" in lines[-1][1].text
        split = any(is_split(case, vip) for vip in case.vips)
        # A firewall that is reloaded refuses for a moment: one line is no fault.
        goes_on = len(lately(case, node, _fails, within_s=_GOES_ON_S)) > 1
        if not split and not goes_on:
            continue
        yield Finding(
            cause="firewall-blocks-sending",
            title=note("keepalived on {host} cannot send its adverts", host=node.name),
            severity=Level.CRITICAL if split else Level.WARNING,
            confidence=0.92 if refused else 0.7,
            nodes=(node.name,),
            evidence=(logged(node, lines[-1]),),
            impact=note("The peer believes {host} dead and takes the VIP too.", host=node.name),
            fix=Fix(
                note("Let protocol 112 out in the firewall of {host}.", host=node.name),
                "allow-vrrp",
            ),
        )


RULE = Rule(
    "firewall-blocks-sending",
    note("A firewall keeps keepalived from sending adverts (protocol 112 out)."),
    _find,
    explains=SPLITS | {"multicast-lost"},
)
