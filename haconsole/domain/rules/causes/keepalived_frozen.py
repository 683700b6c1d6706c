"""keepalived exists and does nothing: stopped by a signal, or a debugger (SIGSTOP)."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ...verdict import Level
from ..case import Case
from ..disagreeing import SPLITS
from ..finding import Finding, Fix, Rule
from ..looking import frozen, holds, seen


def _find(case: Case) -> Iterator[Finding]:
    for node in case.lbs:
        if not frozen(node):
            continue
        held = [vip for vip in case.vips if holds(node, vip)]
        taken = [vip for vip in held if any(holds(lb, vip) for lb in case.lbs if lb is not node)]
        evidence = [
            seen(node, node.daemon, note("{host}: keepalived's processes are stopped (state T)",
                                         host=node.name)),
            *(seen(node, node.addresses, note("{host} still holds {vip}", host=node.name,
                                              vip=vip.address)) for vip in held),
        ]  # fmt: skip
        impact = note("{host} would not take the VIP if the other LB failed.", host=node.name)
        if taken:
            impact = note(
                "{host} keeps {vip} although the other LB has it: clients reach the one or the "
                "other by chance.",
                host=node.name,
                vip=taken[0].address,
            )
        elif held:
            impact = note("{host} serves, and nobody watches over it.", host=node.name)
        yield Finding(
            cause="keepalived-frozen",
            title=note("keepalived on {host} is frozen: it runs and answers nothing",
                       host=node.name),
            severity=Level.CRITICAL if held else Level.WARNING,
            confidence=0.97,
            nodes=(node.name,),
            vip=held[0].address if held else None,
            evidence=tuple(evidence),
            impact=impact,
            fix=Fix(
                note("Find out who stopped it, then restart keepalived on {host}.",
                     host=node.name),
                "recover-split-brain" if taken else "recover-no-owner",
                {"vip": vips[0].address} if (vips := taken or held or case.vips) else {},
            ),
            ruled_out=(note("it did not crash: its processes are there"),),
        )  # fmt: skip


RULE = Rule(
    "keepalived-frozen",
    note("keepalived is stopped by a signal: its processes are there and do nothing."),
    _find,
    explains=SPLITS
    | {"multicast-lost", "check-failing", "keepalived-stopped", "ghost-vip", "host-starved"},
)
