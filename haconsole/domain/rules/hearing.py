"""Whether LBs hear each other: what is on the wire, what the counters say, what was refused."""

from __future__ import annotations

from ..daemon import LogKind
from ..model import Vip
from .case import Case, NodeCase
from .looking import Side, lately, sides

_REFUSED = frozenset({LogKind.MISMATCH, LogKind.REJECTED})


def own_addresses(node: NodeCase, case: Case) -> frozenset[str]:
    """Return the addresses from which a node's adverts may come (its VIPs left out)."""
    vips = {vip.address for vip in case.vips}
    known = {one.address for one in node.addresses.value} if node.addresses else set()
    sources = (
        {one.unicast_source for one in node.conf.value.instances if one.unicast_source}
        if node.conf
        else set()
    )
    return frozenset((known | {node.address} | sources) - vips - {""})


def hears(case: Case, node: NodeCase) -> bool | None:
    """Whether a peer's adverts come to the node's interface; ``None``: nobody looked."""
    if node.wire is None:
        return None
    peers = {a for lb in case.lbs if lb is not node for a in own_addresses(lb, case)}
    return any(advert.source in peers for advert in node.wire.value.adverts)


def speaks(case: Case, node: NodeCase) -> bool | None:
    """Whether the node's own adverts were seen on its own interface; ``None``: nobody looked."""
    if node.wire is None:
        return None
    own = own_addresses(node, case)
    return any(advert.source in own for advert in node.wire.value.adverts)


def deaf(node: NodeCase) -> bool:
    """Whether the counter of received adverts stood still between two readings."""
    if node.stats is None or node.stats_before is None:
        return False
    before = {one.instance: one.advert_rcvd for one in node.stats_before.value}
    return all(one.advert_rcvd <= before.get(one.instance, 0) for one in node.stats.value)


def refusals(case: Case, node: NodeCase) -> bool:
    """Whether the node refused adverts, as its counters or its log of late tell."""
    counted = any(one.errors for one in node.stats.value) if node.stats else False
    return counted or bool(lately(case, node, lambda fact: fact.kind in _REFUSED))


def same_settings(case: Case, vip: Vip) -> bool:
    """Whether nothing is known in which the sides of a VIP differ."""
    found = sides(case, vip)
    return all(_agree(found[0], other) for other in found[1:])


def _agree(one: Side, other: Side) -> bool:
    known: list[tuple[object, object]] = [
        (one.vrid, other.vrid),
        (one.vrrp_version, other.vrrp_version),
        (one.vips, other.vips),
        (one.auth_type, other.auth_type),
    ]
    if one.vrrp_version != 3:
        known.append((one.advert_int_s, other.advert_int_s))
    if one.conf and other.conf:
        known.append((one.conf.auth_fingerprint, other.conf.auth_fingerprint))
        known.append((bool(one.conf.unicast_peers), bool(other.conf.unicast_peers)))
        return all(a == b for a, b in known if a is not None or b is not None)
    return all(a == b for a, b in known if a is not None and b is not None)
