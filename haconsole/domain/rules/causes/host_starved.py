"""The daemon got no processor in time (keepalived #2066, #2238, #1955), or the VM stood still."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ...daemon import LogKind
from ...notes import note
from ...verdict import Level
from ..case import Case
from ..finding import Finding, Fix, Rule
from ..looking import alive, lately, logged

#: One burst is a pause (a frozen daemon that woke, a snapshot); starving goes on.
_APART_S = 10.0
_TIMES = 3


def _find(case: Case) -> Iterator[Finding]:
    for node in case.lbs:
        lines = lately(case, node, lambda fact: fact.kind is LogKind.LATE, within_s=600.0)
        if alive(node) is False or _bursts([at for at, _ in lines]) < _TIMES:
            continue
        yield Finding(
            cause="host-starved",
            title=note(
                "keepalived on {host} does not run in time: the host is starved, or stood still",
                host=node.name,
            ),
            severity=Level.WARNING,
            confidence=0.8,
            nodes=(node.name,),
            evidence=tuple(logged(node, line) for line in lines[-2:]),
            impact=note("Its adverts come late: the VIP moves although nothing is broken."),
            fix=Fix(
                note(
                    "Give keepalived its place: vrrp_rt_priority, vrrp_no_swap or "
                    "max_auto_priority; and the host more processor (steal in vmstat)."
                )
            ),
        )


def _bursts(times: list[float]) -> int:
    """Return how many bursts of lines there are, apart by some seconds each."""
    ends = [at for at, after in pairwise(times) if after - at > _APART_S]
    return len(ends) + bool(times)


RULE = Rule(
    "host-starved",
    note("keepalived gets no processor in time, or its machine stood still."),
    _find,
    explains=frozenset({"flapping"}),
)
