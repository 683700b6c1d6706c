"""MASTER without the VIP: something else took the address away (keepalived #1385, #2564)."""

from __future__ import annotations

from collections.abc import Iterator

from ...daemon import VrrpState
from ...notes import note
from ...verdict import Level
from ..case import Case, NodeCase
from ..finding import Finding, Fix, Rule
from ..looking import frozen, holds, seen, settled, sides

#: Readings of one moment begin this close together, seconds.
_TOGETHER_S = 1.0
#: After a login it takes a moment until all is read; a reboot takes a while.
_SEEN_S, _BACK_S = 10.0, 180.0


def _find(case: Case) -> Iterator[Finding]:
    for vip in case.vips:
        for side in sides(case, vip):
            node = side.node
            listed = side.vips is not None and vip.address in side.vips
            if side.state is not VrrpState.MASTER or not listed or holds(node, vip) is not False:
                continue
            if not settled(case) or frozen(node) or _of_two_times(case, node):
                continue
            if _may_have_gone(case, node):
                continue
            yield Finding(
                cause="vip-missing",
                title=note(
                    "keepalived on {host} is MASTER, but {vip} is not on the host",
                    host=node.name,
                    vip=vip.address,
                ),
                severity=Level.CRITICAL,
                confidence=0.88,
                nodes=(node.name,),
                vip=vip.address,
                evidence=(
                    seen(node, node.daemon, note("{host}: keepalived is MASTER", host=node.name)),
                    seen(node, node.addresses, note("{host} does not hold {vip}", host=node.name,
                                                    vip=vip.address)),
                ),
                impact=note("Clients of {vip} reach nobody, and no LB will take over.",
                            vip=vip.address),
                fix=Fix(
                    note(
                        "Restart keepalived on {host}; keep what manages its network "
                        "(NetworkManager, networkd, cloud-init) from touching this interface.",
                        host=node.name,
                    ),
                    "recover-no-owner",
                    {"vip": vip.address},
                ),
            )  # fmt: skip


def _of_two_times(case: Case, node: NodeCase) -> bool:
    """Whether daemon and kernel were not asked together: it may have moved in between."""
    daemon, addresses = node.daemon, node.addresses
    if not case.live or not daemon or not addresses or daemon.at is None or addresses.at is None:
        return False
    return abs(daemon.at - addresses.at) > _TOGETHER_S


def _may_have_gone(case: Case, node: NodeCase) -> bool:
    """Whether another LB comes back now, or may be: then it takes the VIP before it is seen."""
    for lb in case.lbs:
        gone_s = case.at - lb.link_since
        if lb is not node and lb.link is not None and gone_s < (_SEEN_S if lb.up else _BACK_S):
            return True
    return False


RULE = Rule(
    "vip-missing",
    note("keepalived is MASTER without the VIP: something else took the address away."),
    _find,
    explains=frozenset({"no-owner", "vip-no-answer", "stale-arp"}),
)
