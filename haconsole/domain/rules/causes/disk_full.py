"""A file system is full: logs, dumps and changes fail."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ...verdict import Level
from ..case import Case
from ..finding import Finding, Fix, Rule
from ..looking import seen

FULL = 0.97
_LITTLE_KIB = 10 * 1024


def _find(case: Case) -> Iterator[Finding]:
    for node in case.nodes:
        full = [
            one for one in (node.disks.value if node.disks else ())
            if one.used >= FULL or (one.free_kib is not None and one.free_kib < _LITTLE_KIB)
        ]  # fmt: skip
        if not full:
            continue
        yield Finding(
            cause="disk-full",
            title=note("{mount} on {host} is full", mount=full[0].mount, host=node.name),
            severity=Level.WARNING,
            confidence=0.95,
            nodes=(node.name,),
            evidence=tuple(
                seen(node, node.disks, note("{mount}: {percent} % of its {what} used",
                                            mount=one.mount, percent=round(one.used * 100),
                                            what=note("inodes") if one.inodes else note("space")))
                for one in full
            ),
            impact=note("nginx cannot buffer, logs stop, and no change can be written."),
            fix=Fix(note("Make room on {host}: old logs first.", host=node.name)),
        )  # fmt: skip


RULE = Rule("disk-full", note("A file system of a node is full."), _find)
