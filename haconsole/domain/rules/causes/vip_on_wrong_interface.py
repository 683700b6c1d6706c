"""The VIP is on another interface than it should be."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ...verdict import Level
from ..case import Case
from ..finding import Finding, Fix, Rule
from ..looking import Side, seen, settled, sides


def _find(case: Case) -> Iterator[Finding]:
    for vip in case.vips:
        for side in sides(case, vip):
            node = side.node
            wanted = _wanted(side, vip.address, vip.interface)
            held = [a for a in (node.addresses.value if node.addresses else ())
                    if a.address == vip.address]  # fmt: skip
            wrong = [a for a in held if wanted and a.interface.partition("@")[0] != wanted]
            if not wrong or wrong[0].interface.startswith("vrrp") or not settled(case):
                continue
            yield Finding(
                cause="vip-on-wrong-interface",
                title=note(
                    "{vip} is on {interface} of {host}, and should be on {wanted}",
                    vip=vip.address,
                    interface=wrong[0].interface,
                    host=node.name,
                    wanted=wanted or "",
                ),
                severity=Level.CRITICAL,
                confidence=0.85,
                nodes=(node.name,),
                vip=vip.address,
                evidence=(
                    seen(node, node.addresses, note("{host}: {vip} on {interface}", host=node.name,
                                                    vip=vip.address,
                                                    interface=wrong[0].interface)),
                ),
                impact=note("Clients in the VIP's network do not find it."),
                fix=Fix(
                    note("Name the right interface for the VIP on {host}.", host=node.name),
                    "configure-pair",
                    {f"interface.{node.name}": wanted or ""},
                ),
            )  # fmt: skip


def _wanted(side: Side, address: str, inventory: str | None) -> str | None:
    """Return where a side's file, else its instance, else the inventory wants the VIP."""
    if side.conf:
        own = next((v for v in side.conf.vips if v.address == address and v.interface), None)
        if own:
            return own.interface
    return inventory or side.interface


RULE = Rule(
    "vip-on-wrong-interface",
    note("The VIP is on another interface than it should be."),
    _find,
    explains=frozenset({"vip-no-answer", "stale-arp"}),
)
