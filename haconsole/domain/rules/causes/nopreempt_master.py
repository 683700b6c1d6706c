"""``nopreempt`` beside ``state MASTER``: keepalived ignores it and preempts anyway."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ...verdict import Level
from ..case import Case
from ..finding import Finding, Fix, Rule
from ..looking import seen


def _find(case: Case) -> Iterator[Finding]:
    for node in case.lbs:
        for one in node.conf.value.instances if node.conf else ():
            if not one.nopreempt or one.state != "MASTER":
                continue
            said = note("{host}, line {line}: {instance} has nopreempt and state MASTER",
                        host=node.name, line=one.line, instance=one.name)  # fmt: skip
            yield Finding(
                cause="nopreempt-with-master",
                title=note("{host} takes the VIP back although it has nopreempt", host=node.name),
                severity=Level.WARNING,
                confidence=0.95,
                nodes=(node.name,),
                evidence=(seen(node, node.conf, said),),
                impact=note("When {host} returns, clients are interrupted a second time.",
                            host=node.name),
                fix=Fix(note("Let every LB begin as BACKUP."), "configure-pair",
                        {f"state.{node.name}": "BACKUP"}),
            )  # fmt: skip


RULE = Rule(
    "nopreempt-with-master",
    note("nopreempt does nothing on an LB that begins as MASTER."),
    _find,
)
