"""The firewall lets VRRP in now, but its saved rules do not: the next reboot splits the pair."""

from __future__ import annotations

from collections.abc import Iterator

from ...facts import VrrpFirewall
from ...notes import note
from ...verdict import Level
from ..case import Case
from ..finding import Finding, Fix, Rule
from ..looking import seen


def _find(case: Case) -> Iterator[Finding]:
    for node in case.lbs:
        now, later = node.firewall, node.firewall_at_boot
        if now is None or later is None or now.value.vrrp is VrrpFirewall.BLOCKED:
            continue
        if later.value.vrrp is not VrrpFirewall.BLOCKED:
            continue
        yield Finding(
            cause="firewall-not-permanent",
            title=note(
                "The firewall of {host} lets VRRP in now, and will not after a reload or reboot",
                host=node.name,
            ),
            severity=Level.WARNING,
            confidence=0.92,
            nodes=(node.name,),
            evidence=(
                seen(node, now, note("{host}: VRRP comes in now", host=node.name)),
                seen(
                    node,
                    later,
                    note(
                        "{host}: the saved rules drop it ({rule})",
                        host=node.name,
                        rule=later.value.detail or "policy",
                    ),
                ),
            ),
            impact=note("Nobody notices until {host} reboots: then both LBs own the VIP.",
                        host=node.name),
            fix=Fix(note("Write the rule to the saved ones too."), "allow-vrrp"),
        )  # fmt: skip


RULE = Rule(
    "firewall-not-permanent",
    note("The firewall lets VRRP in now, but not after a reboot."),
    _find,
)
