"""keepalived or nginx would not come back after a reboot."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ...verdict import KEEPALIVED, NGINX, Level
from ..case import Case, NodeCase
from ..finding import Finding, Fix, Rule
from ..looking import seen

_AT_BOOT = frozenset(
    ("enabled", "enabled-runtime", "static", "indirect", "alias", "generated", "linked", "")
)


def _find(case: Case) -> Iterator[Finding]:
    for node in (*case.lbs, *case.webs):
        for name in (KEEPALIVED, NGINX):
            unit = node.unit(name)
            if unit is None or not unit.installed or not unit.running:
                continue
            if unit.enabled in _AT_BOOT:
                continue
            word = name.removesuffix(".service")
            said = note("{host}: {unit} is {state} at boot", host=node.name, unit=word,
                        state=unit.enabled)  # fmt: skip
            yield Finding(
                cause="not-enabled",
                title=note("{unit} on {host} does not start at boot", unit=word, host=node.name),
                severity=Level.WARNING,
                confidence=0.95,
                nodes=(node.name,),
                evidence=(seen(node, node.units, said),),
                impact=note("After a reboot {host} does not come back by itself.", host=node.name),
                fix=_fix(node, word),
            )


def _fix(node: NodeCase, word: str) -> Fix:
    said = note("systemctl enable {unit} on {host}.", unit=word, host=node.name)
    if word != "keepalived":
        return Fix(said)
    return Fix(said, "bring-back", {"host": node.name})


RULE = Rule("not-enabled", note("keepalived or nginx does not start at boot."), _find)
