"""Which findings tell a cause, and not only once more what the verdict says."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..verdict import Level
from .finding import Finding

#: What the verdict on a VIP says in as many words.
_OF_THE_VIP = frozenset(
    {
        "both-backup",
        "ghost-vip",
        "jump-lost",
        "no-owner",
        "split-brain",
        "stale-arp",
        "vip-no-answer",
    }
)
#: What a trouble of a host says in as many words.
_OF_A_HOST = frozenset(
    {
        "backend-dead",
        "check-failing",
        "entry-refused",
        "keepalived-frozen",
        "keepalived-stopped",
        "link-down",
        "nginx-dead",
        "sshd-gone",
    }
)


def beyond_verdict(
    findings: Iterable[Finding], told: Collection[str | None], *, sure: float
) -> Finding | None:
    """Return the first finding, where it tells a cause and is at least so ``sure`` (0–1).

    Findings are worst first; a later one would not be what the verdict is about. ``told``: hosts
    whose troubles are told anyway.
    """
    first = next(iter(findings), None)
    if first is None or first.confidence < sure or first.cause in _OF_THE_VIP:
        return None
    if first.cause in _OF_A_HOST and not set(told).isdisjoint(first.nodes):
        return None
    return first if first.severity in (Level.WARNING, Level.CRITICAL) else None
