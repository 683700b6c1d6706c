"""A check says no, and nothing else says why."""

from __future__ import annotations

from collections.abc import Iterator

from ...daemon import CheckStatus
from ...notes import note
from ...verdict import Level
from ..case import Case
from ..finding import ActiveCheck, Finding, Fix, Rule
from ..looking import booting, frozen, lately, logged, seen


def _find(case: Case) -> Iterator[Finding]:
    for node in case.lbs:
        daemon = node.daemon.value if node.daemon else None
        bad = [c for c in (daemon.checks if daemon else ()) if c.status is CheckStatus.BAD]
        if not bad or frozen(node) or booting(node):
            continue
        names = ", ".join(check.name for check in bad)
        lines = lately(case, node, lambda f: "exited with status" in f.text)
        yield Finding(
            cause="check-failing",
            title=note("The check {checks} fails on {host}", checks=names, host=node.name),
            severity=Level.WARNING,
            confidence=0.85,
            nodes=(node.name,),
            evidence=(
                *(seen(node, node.daemon, note("{host}: {check} is BAD", host=node.name,
                                               check=check.name)) for check in bad),
                *(logged(node, line) for line in lines[-1:]),
            ),
            impact=note("{host} leaves the VIP to the other LB.", host=node.name),
            fix=Fix(note("Run the script by hand on {host}: it says why.", host=node.name)),
            wants=(ActiveCheck.REQUESTS,),
        )  # fmt: skip


RULE = Rule(
    "check-failing",
    note("A check fails; said alone only where the cause is not found."),
    _find,
)
