"""keepalived died: killed by a signal, out of memory, or ended with an error."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ...verdict import Level
from ..case import Case
from ..dead import crashed, is_dead, refused_config, signs, way_back
from ..finding import Finding, Rule
from ..looking import holds
from .keepalived_stopped import outage


def _find(case: Case) -> Iterator[Finding]:
    for node in case.lbs:
        if not is_dead(case, node) or not crashed(node) or refused_config(node):
            continue
        if any(holds(node, vip) for vip in case.vips):
            continue  # the address that it left behind is the finding
        level = outage(case, node)
        yield Finding(
            cause="keepalived-crashed",
            title=note("keepalived on {host} has died", host=node.name),
            severity=level,
            confidence=0.95,
            nodes=(node.name,),
            evidence=tuple(signs(node)),
            impact=note("The other LB serves alone: if it fails, nobody takes over.")
            if level is Level.WARNING
            else note("No LB owns the VIP: clients reach nobody."),
            fix=way_back(
                case,
                node,
                note("Start it again on {host}, and read the journal for why.", host=node.name),
                nobody=level is Level.CRITICAL,
            ),
            ruled_out=(note("it was not stopped in order: its service failed"),),
        )


RULE = Rule(
    "keepalived-crashed",
    note("keepalived died: killed, out of memory, or ended with an error."),
    _find,
    explains=frozenset({"no-owner", "vip-no-answer", "both-backup", "flapping", "stale-arp"}),
)
