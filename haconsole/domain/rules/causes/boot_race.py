"""A booting LB took the VIP before it could hear its peer (keepalived #1143, #2209)."""

from __future__ import annotations

from collections.abc import Iterator

from ...daemon import LogKind
from ...notes import note
from ...verdict import Level
from ..case import Case, NodeCase, log_of
from ..finding import Finding, Fix, Rule
from ..looking import logged

_AFTER_BOOT_S = 60.0
#: Two that hear one another agree within an advert or two; what comes later is another event.
_RACE_S = 15.0
_MOVES = frozenset({LogKind.TRANSITION, LogKind.STARTED, LogKind.STOPPED, LogKind.KILLED})


def _find(case: Case) -> Iterator[Finding]:
    for node in case.lbs:
        if node.uptime_s is None or node.uptime_s.value > 3600.0:
            continue
        boot = case.at - node.uptime_s.value
        lines = [line for line in log_of(node) if boot <= line[0] <= boot + 2 * _AFTER_BOOT_S]
        timeouts = [line for line in lines if line[1].kind is LogKind.TIMEOUT]
        if not timeouts or timeouts[0][0] > boot + _AFTER_BOOT_S:
            continue
        began = timeouts[0][0]
        yielded = [
            line
            for line in lines
            if line[1].kind is LogKind.HIGHER_PRIORITY and began <= line[0] <= began + _RACE_S
        ]
        if not yielded:
            continue
        ended = yielded[-1][0]
        peers = [peer for peer in case.lbs if peer is not node]
        if not all(_was_there(case, peer, began - _AFTER_BOOT_S) for peer in peers):
            continue
        moved = any(
            fact.kind in _MOVES and began - _AFTER_BOOT_S <= at <= ended
            for peer in peers
            for at, fact in log_of(peer)
        )
        if moved:
            continue  # the peer was away itself, so the VIP was to be taken
        yield Finding(
            cause="boot-race",
            title=note("{host} took the VIP while booting, before it heard the other LB",
                       host=node.name),
            severity=Level.WARNING,
            confidence=0.7,
            nodes=(node.name,),
            evidence=(logged(node, timeouts[0]), logged(node, yielded[0])),
            impact=note("Every reboot makes two owners for some seconds."),
            fix=Fix(note("Set vrrp_startup_delay in global_defs of {host} (keepalived 2.0.16 or "
                         "later).", host=node.name)),
        )  # fmt: skip


def _was_there(case: Case, peer: NodeCase, since: float) -> bool:
    """Whether a peer's log tells of all that happened to it since then: it runs since before."""
    if not peer.up or peer.log is None:
        return False
    # Of the boot before nobody reads the log.
    return peer.uptime_s is None or case.at - peer.uptime_s.value < since


RULE = Rule("boot-race", note("An LB took the VIP while booting, before it heard its peer."), _find)
