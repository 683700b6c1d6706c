"""``vrrp_strict`` drops what is sent to the VIP (keepalived #474, #2046)."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ...verdict import Level
from ..case import Case
from ..finding import Finding, Fix, Rule
from ..looking import claimants, seen, serves, sides


def _find(case: Case) -> Iterator[Finding]:
    for vip in case.vips:
        answer = case.answers.get(vip.address)
        if answer is None or answer.value.status is not None:
            continue
        owners = {node.name for node in claimants(case, vip)}
        for side in sides(case, vip):
            conf = side.node.conf
            strict = conf and (conf.value.vrrp_strict or (side.conf and side.conf.strict))
            if not strict or side.name not in owners or serves(side.node) is False:
                continue
            yield Finding(
                cause="vrrp-strict",
                title=note("vrrp_strict on {host} drops what clients send to {vip}",
                           host=side.name, vip=vip.address),
                severity=Level.CRITICAL,
                confidence=0.75,
                nodes=(side.name,),
                vip=vip.address,
                evidence=(seen(side.node, conf, note("{host}: vrrp_strict", host=side.name)),),
                impact=note("Clients of {vip} get no answer.", vip=vip.address),
                fix=Fix(note("Take vrrp_strict out, or add accept to the instance."),
                        "configure-pair"),
                ruled_out=(note("{host} owns the VIP", host=side.name),),
            )  # fmt: skip


RULE = Rule(
    "vrrp-strict",
    note("vrrp_strict drops what clients send to the VIP."),
    _find,
    explains=frozenset({"vip-no-answer"}),
)
