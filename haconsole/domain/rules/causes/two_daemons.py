"""Two keepalived run on one host (a stale pid file, one by hand: keepalived #1715)."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ...verdict import Level
from ..case import Case
from ..disagreeing import SPLITS
from ..finding import Finding, Fix, Rule
from ..looking import seen


def _find(case: Case) -> Iterator[Finding]:
    for node in case.lbs:
        found = node.processes.value if node.processes else ()
        pids = {one.pid for one in found}
        parents = [one for one in found if one.parent not in pids]
        if len(parents) < 2:
            continue
        said = note(
            "{host}: {count} keepalived run apart from each other (process ids {pids})",
            host=node.name,
            count=len(parents),
            pids=", ".join(str(one.pid) for one in parents),
        )
        yield Finding(
            cause="two-daemons",
            title=note("Two keepalived run on {host}", host=node.name),
            severity=Level.CRITICAL,
            confidence=0.93,
            nodes=(node.name,),
            evidence=(seen(node, node.processes, said),),
            impact=note("They work against each other: the VIP comes and goes."),
            fix=Fix(note("End the one that systemd did not start (systemctl status keepalived).")),
        )


RULE = Rule(
    "two-daemons",
    note("Two keepalived run on one host."),
    _find,
    explains=SPLITS | {"vip-missing"},
)
