"""What detectors on the nodes say, as evidence of findings about who owns a VIP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..notes import note
from .case import Case, NodeCase
from .finding import Evidence, Finding
from .pieces import Detected
from .registry import BY_CAUSE

#: A detector's word → the causes that it is a sign of, where they do not explain one themselves.
_SIGNS = {
    "two-owners": frozenset({"split-brain", "ghost-vip"}),
    "no-owner": frozenset({"no-owner", "both-backup"}),
}
#: What a third host's detector saw too is as sure as it gets, of what is only seen.
_SURE = 0.97


def witnessed(case: Case, one: Finding) -> Finding:
    """Return a finding with what detectors saw of it themselves."""
    shown: list[Evidence] = []
    sure = one.confidence
    about = {one.cause} | BY_CAUSE[one.cause].explains
    for node, seen in _all(case):
        signs = _SIGNS.get(seen.verdict, frozenset())
        if not signs & about or one.vip not in (None, seen.vip):
            continue
        shown.append(_shown(node, seen))
        if seen.third and one.cause in signs:
            sure = max(sure, _SURE)
    if not shown:
        return one
    return replace(one, evidence=(*one.evidence, *shown), confidence=sure)


def _all(case: Case) -> Iterator[tuple[NodeCase, Detected]]:
    vips = {vip.address for vip in case.vips}
    for node in case.nodes:
        for seen in node.detected.value if node.detected else ():
            if seen.vip in vips:
                yield node, seen


def _shown(node: NodeCase, seen: Detected) -> Evidence:
    said = (
        note("the detector on {host} hears nobody answer for {vip}", host=node.name, vip=seen.vip)
        if seen.verdict == "no-owner"
        else note(
            "the detector on {host} hears {owners} answer for {vip}",
            host=node.name,
            owners=" and ".join(f"{mac} ({host or '?'})" for mac, host in seen.owners),
            vip=seen.vip,
        )
    )
    at, by = (node.detected.at, node.detected.shown_by) if node.detected else (None, "")
    return Evidence(said, node.name, at, by)
