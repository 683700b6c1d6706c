"""Files that this tool wrote were changed since by somebody else."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ...verdict import Level
from ..case import Case
from ..finding import Finding, Fix, Rule
from ..looking import seen


def _find(case: Case) -> Iterator[Finding]:
    for node in case.nodes:
        drift = node.drift.value if node.drift else ()
        if not drift:
            continue
        yield Finding(
            cause="drift",
            title=note("{path} on {host} is not as this tool left it",
                       path=drift[0].path, host=node.name)
            if len(drift) == 1
            else note("{count} files on {host} are not as this tool left them",
                      count=len(drift), host=node.name),
            severity=Level.WARNING,
            confidence=0.95,
            nodes=(node.name,),
            evidence=tuple(
                seen(node, node.drift, note("{path} is gone", path=one.path) if one.gone
                     else note("{path} was changed", path=one.path))
                for one in drift
            ),
            impact=note("What was agreed on is no longer what runs."),
            fix=Fix(note("Look at the differences: keep them, or put the earlier version back."),
                    "restore", {"host": node.name, "file": drift[0].path}),
        )  # fmt: skip


RULE = Rule("drift", note("A file that this tool wrote was changed by somebody else."), _find)
