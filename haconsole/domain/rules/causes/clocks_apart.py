"""The nodes' clocks are apart: their logs cannot be laid side by side."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ...verdict import Level
from ..case import Case
from ..finding import Finding, Fix, Rule
from ..looking import seen

#: Seconds by which clocks may differ before that misleads whoever reads two logs.
APART_S = 1.0


def _find(case: Case) -> Iterator[Finding]:
    known = [node for node in (*case.lbs, *case.webs) if node.clock]
    if len(known) < 2:
        return
    ordered = sorted(known, key=lambda node: node.clock.value.offset_s if node.clock else 0.0)
    slow, fast = ordered[0], ordered[-1]
    if slow.clock is None or fast.clock is None:
        return
    apart = fast.clock.value.offset_s - slow.clock.value.offset_s
    unsure = fast.clock.value.error_s + slow.clock.value.error_s
    if apart - unsure < APART_S:
        return
    yield Finding(
        cause="clocks-apart",
        title=note("The clocks of {slow} and {fast} are {apart} s apart",
                   slow=slow.name, fast=fast.name, apart=f"{apart:.1f}"),
        severity=Level.WARNING,
        confidence=0.95,
        nodes=(slow.name, fast.name),
        evidence=tuple(
            seen(node, node.clock, note("{host}: {offset} s against this machine", host=node.name,
                                        offset=f"{node.clock.value.offset_s:+.2f}"))
            for node in (slow, fast) if node.clock
        ),
        impact=note("Clients notice nothing; logs of the two tell a wrong order of events."),
        fix=Fix(note("Let chrony or systemd-timesyncd keep the time on every node.")),
    )  # fmt: skip


RULE = Rule("clocks-apart", note("The nodes' clocks are more than a second apart."), _find)
