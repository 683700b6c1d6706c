"""keepalived does not start, because it refuses its configuration."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ..case import Case
from ..dead import is_dead, refused_config, signs
from ..finding import Finding, Fix, Rule
from .keepalived_stopped import outage
from .wrong_interface import about_interface


def _find(case: Case) -> Iterator[Finding]:
    for node in case.lbs:
        lines = refused_config(node)
        if not is_dead(case, node) or not lines or any(map(about_interface, lines)):
            continue
        yield Finding(
            cause="config-error",
            title=note("keepalived on {host} refuses its configuration", host=node.name),
            severity=outage(case, node),
            confidence=0.93,
            nodes=(node.name,),
            evidence=(*lines, *signs(node)),
            impact=note("{host} does not take part: if the other LB fails, nobody takes over.",
                        host=node.name),
            fix=Fix(
                note("Correct the line that its log names (keepalived -t says the same)."),
                "configure-pair",
            ),
        )  # fmt: skip


RULE = Rule(
    "config-error",
    note("keepalived does not start, because it refuses its configuration."),
    _find,
    explains=frozenset({"no-owner", "vip-no-answer", "keepalived-stopped", "keepalived-crashed"}),
)
