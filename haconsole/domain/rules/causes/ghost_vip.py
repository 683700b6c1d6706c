"""An address that a keepalived left behind: it is gone, the VIP is not (keepalived #2361).

Where the daemon was killed, its death is why the address is there: the title says both, the
evidence shows both, and ``keepalived-crashed`` is not found beside it. The ghost is the cause all
the same: it is what clients suffer from, and where the way back begins (the address goes, then
the daemon starts cleanly); to start the daemon alone is what a crash without a ghost wants.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Vip
from ...notes import note
from ...verdict import Level
from ..case import Case, NodeCase
from ..dead import crashed, is_dead, signs
from ..disagreeing import SPLITS
from ..finding import Finding, Fix, Rule
from ..looking import booting, holds, seen


def _find(case: Case) -> Iterator[Finding]:
    for vip in case.vips:
        for node in case.lbs:
            if holds(node, vip) and is_dead(case, node) and not booting(node):
                yield _finding(case, vip, node)


def _finding(case: Case, vip: Vip, node: NodeCase) -> Finding:
    others = [lb.name for lb in case.lbs if lb is not node and holds(lb, vip)]
    where = {"host": node.name, "vip": vip.address}
    title = (
        note(
            "keepalived on {host} has died and left {vip} behind: the host still holds it", **where
        )
        if crashed(node)
        else note("{host} still holds {vip}, although no keepalived runs there", **where)
    )
    impact = (
        note(
            "Both {host} and {other} answer for {vip}: clients reach the one or the other by "
            "chance.",
            other=", ".join(others),
            **where,
        )
        if others
        else note(
            "Clients reach {host}, and nothing watches over it: it would not fail over.",
            host=node.name,
        )
    )
    return Finding(
        cause="ghost-vip",
        title=title,
        severity=Level.CRITICAL,
        confidence=0.97,
        nodes=(node.name,),
        vip=vip.address,
        evidence=(
            seen(node, node.addresses, note("{host} holds {vip}", **where)),
            *signs(node),
        ),
        impact=impact,
        fix=Fix(
            note(
                "Take the address off {host} (ip address del), then start keepalived there "
                "cleanly.",
                host=node.name,
            ),
            "recover-ghost-vip",
            {"vip": vip.address},
        ),
        ruled_out=(note("no split brain of two daemons: only one side has a daemon"),),
    )


RULE = Rule(
    "ghost-vip",
    note("An LB holds the VIP although its keepalived is dead: SIGKILL leaves it behind."),
    _find,
    explains=SPLITS | {"keepalived-stopped", "keepalived-crashed"},
)
