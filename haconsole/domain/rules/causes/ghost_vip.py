"""An address that a keepalived left behind: it is gone, the VIP is not (keepalived #2361)."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ...verdict import Level
from ..case import Case
from ..dead import crashed, is_dead, signs
from ..disagreeing import SPLITS
from ..finding import Finding, Fix, Rule
from ..looking import booting, holds, seen


def _find(case: Case) -> Iterator[Finding]:
    for vip in case.vips:
        for node in case.lbs:
            if not holds(node, vip) or not is_dead(case, node) or booting(node):
                continue
            others = [lb.name for lb in case.lbs if lb is not node and holds(lb, vip)]
            killed = crashed(node)
            yield Finding(
                cause="ghost-vip",
                title=note(
                    "{host} still holds {vip}, left behind by a keepalived that was killed",
                    host=node.name,
                    vip=vip.address,
                )
                if killed
                else note(
                    "{host} still holds {vip}, although no keepalived runs there",
                    host=node.name,
                    vip=vip.address,
                ),
                severity=Level.CRITICAL,
                confidence=0.97,
                nodes=(node.name,),
                vip=vip.address,
                evidence=(
                    seen(node, node.addresses, note("{host} holds {vip}", host=node.name,
                                                    vip=vip.address)),
                    *signs(node),
                ),
                impact=note(
                    "Both {host} and {other} answer for {vip}: clients reach the one or the other "
                    "by chance.",
                    host=node.name,
                    other=", ".join(others),
                    vip=vip.address,
                )
                if others
                else note(
                    "Clients reach {host}, and nothing watches over it: it would not fail over.",
                    host=node.name,
                ),
                fix=Fix(
                    note(
                        "Take the address off {host} (ip address del), then start keepalived "
                        "there cleanly.",
                        host=node.name,
                    ),
                    "recover-ghost-vip",
                ),
                ruled_out=(
                    note("no split brain of two daemons: only one side has a daemon"),
                ),
            )  # fmt: skip


RULE = Rule(
    "ghost-vip",
    note("An LB holds the VIP although its keepalived is dead: SIGKILL leaves it behind."),
    _find,
    explains=SPLITS | {"keepalived-stopped", "keepalived-crashed"},
)
