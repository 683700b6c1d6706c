"""keepalived does not run: somebody stopped it, or it was never started."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ...verdict import KEEPALIVED, Level
from ..case import Case, NodeCase
from ..dead import crashed, is_dead, refused_config, signs, way_back
from ..finding import Finding, Fix, Rule
from ..looking import alive, booting


def outage(case: Case, node: NodeCase) -> Level:
    """Return how bad it is that this daemon is gone: nobody left, or one less."""
    others = [alive(lb) for lb in case.lbs if lb is not node]
    return Level.WARNING if any(one is not False for one in others) else Level.CRITICAL


def _find(case: Case) -> Iterator[Finding]:
    for node in case.lbs:
        if not is_dead(case, node) or booting(node) or crashed(node) or refused_config(node):
            continue
        unit = node.unit(KEEPALIVED)
        missing = unit is not None and not unit.installed
        title = (
            note("keepalived is not installed on {host}", host=node.name)
            if missing
            else note("keepalived on {host} is stopped", host=node.name)
        )
        level = outage(case, node)
        alone = note("The other LB serves alone: if it fails, nobody takes over.")
        nobody = note("No LB owns the VIP: clients reach nobody.")
        yield Finding(
            cause="keepalived-missing" if missing else "keepalived-stopped",
            title=title,
            severity=level,
            confidence=0.96 if node.daemon else 0.85,
            nodes=(node.name,),
            evidence=tuple(signs(node)),
            impact=alone if level is Level.WARNING else nobody,
            fix=Fix(
                note("Install keepalived on {host}.", host=node.name),
                "install-keepalived",
                {"hosts": node.name},
            )
            if missing
            else way_back(
                case,
                node,
                note(
                    "Start it: systemctl start keepalived on {host}; see first why it was stopped.",
                    host=node.name,
                ),
                nobody=level is Level.CRITICAL,
            ),
            ruled_out=(note("it did not crash: its end was an orderly one"),),
        )


_EXPLAINS = frozenset(
    {"no-owner", "vip-no-answer", "both-backup", "flapping", "vip-missing", "check-failing"}
    | {"stale-arp", "host-starved"}
)
RULES = (
    Rule(
        "keepalived-stopped",
        note("keepalived was stopped in order, and not started again."),
        lambda case: (one for one in _find(case) if one.cause == "keepalived-stopped"),
        explains=_EXPLAINS,
    ),
    Rule(
        "keepalived-missing",
        note("keepalived is not installed on an LB."),
        lambda case: (one for one in _find(case) if one.cause == "keepalived-missing"),
        explains=_EXPLAINS | {"not-enabled"},
    ),
)
