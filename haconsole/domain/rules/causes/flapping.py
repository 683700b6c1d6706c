"""The VIP moves again and again without anybody stopping or starting a daemon."""

from __future__ import annotations

from collections.abc import Iterator

from ...daemon import LogFact, LogKind, VrrpState
from ...notes import note
from ...verdict import Level
from ..case import Case, NodeCase, log_of
from ..finding import Evidence, Finding, Fix, Rule
from ..looking import logged

#: More often than a person changes something, and as often as a check that comes and goes does
#: (fall 2, rise 2 and an interval of 2 s make a round of some 12 s).
_WITHIN_S = 60.0
_TIMES = 4
#: A move this soon after a daemon's start, reload or end is that event's, not flapping.
_OF_AN_ORDER_S = 20.0
_ORDERS = frozenset({LogKind.STARTED, LogKind.STOPPED, LogKind.KILLED})


def _is_an_order(fact: LogFact) -> bool:
    return fact.kind in _ORDERS or "Reloading" in fact.text


def _find(case: Case) -> Iterator[Finding]:
    orders = [at for node in case.lbs for at, fact in log_of(node) if _is_an_order(fact)]
    moves: list[tuple[float, NodeCase, Evidence]] = []
    for node in case.lbs:
        own = [
            (at, node, logged(node, (at, fact)))
            for at, fact in log_of(node)
            if fact.kind is LogKind.TRANSITION
            and fact.state is VrrpState.MASTER
            and case.at - _WITHIN_S <= at <= case.at
            and not any(0.0 <= at - order <= _OF_AN_ORDER_S for order in orders)
        ]
        if len(own) >= _TIMES:
            moves += own
    if not moves:
        return
    moves.sort(key=lambda one: one[0])
    yield Finding(
        cause="flapping",
        title=note(
            "The VIP changed its owner {count} times in {seconds} s, and nobody touched keepalived",
            count=len(moves),
            seconds=round(case.at - moves[0][0]),
        ),
        severity=Level.CRITICAL,
        confidence=0.85,
        nodes=tuple(dict.fromkeys(node.name for _, node, _ in moves)),
        evidence=tuple(one for _, _, one in moves[-4:]),
        impact=note("Connections break with every move."),
        fix=Fix(
            note(
                "See what moves it: a check that fails now and then (raise fall and rise), or "
                "adverts that get lost."
            ),
            "configure-pair",
        ),
    )


RULE = Rule(
    "flapping",
    note("The VIP moves again and again without anybody touching keepalived."),
    _find,
)
