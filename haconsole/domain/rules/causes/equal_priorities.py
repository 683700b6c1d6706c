"""Both LBs have the same priority: addresses decide, or who was first (keepalived #754, #1884)."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ...verdict import Level
from ..case import Case
from ..disagreeing import owner_first, values
from ..finding import Finding, Fix, Rule
from ..looking import lately, logged, pairs, says

_WORDS = ("equal priority", "same priority", "but higher IP")


def _find(case: Case) -> Iterator[Finding]:
    for vip, one, other in pairs(case):
        if one.priority is None or one.priority != other.priority:
            continue
        lines = [
            logged(side.node, found[-1])
            for side in (one, other)
            if (found := lately(case, side.node, says(*_WORDS)))
        ]
        first, second = owner_first(one, other)
        yield Finding(
            cause="equal-priorities",
            title=note(
                "{one} and {other} have the same priority {priority}",
                one=one.name,
                other=other.name,
                priority=one.priority,
            ),
            severity=Level.WARNING,
            confidence=0.95,
            nodes=(one.name, other.name),
            vip=vip.address,
            evidence=(
                *values(
                    one, other, "priority", lambda s: s.priority, lambda live: live.base_priority
                ),
                *lines,
            ),
            impact=note(
                "Who owns {vip} is decided by who started first, or by addresses: after a "
                "restart of both, two owners for a moment.",
                vip=vip.address,
            ),
            fix=Fix(
                note("Give {second} a lower priority.", second=second.name),
                "fix-mismatch",
                {"vip": vip.address, "model": first.name, "settings": "priority"},
            ),
        )


RULE = Rule(
    "equal-priorities",
    note("Both LBs have the same priority, so chance decides who owns the VIP."),
    _find,
)
