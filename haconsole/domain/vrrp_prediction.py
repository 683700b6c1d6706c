"""What a drill is expected to show: the words for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .notes import Note
from .vrrp_terms import NO_TIME, Span


class Scenario(StrEnum):
    """What is done in a drill."""

    STOP = "stop"
    CRASH = "crash"
    FREEZE = "freeze"
    NGINX_STOP = "nginx-stop"
    NGINX_BROKEN = "nginx-broken"
    CHECK_FAIL = "check-fail"
    PARTITION = "partition"
    LINK_DOWN = "link-down"
    BACKEND_DOWN = "backend-down"
    REBOOT = "reboot"
    FAILBACK = "failback"
    SWITCHOVER = "switchover"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What should happen. Spans carry their bounds in seconds and the terms they are sums of.

    ``takes_over``: the LB that gets the VIP, ``None`` when none does; ``takeover``: from the fault
    until its kernel has it. ``outage``: what new connections feel because of the fault; ``None``:
    it lasts until the fault is undone. ``two_owners``: two kernels hold the VIP from the takeover
    until the fault is undone. ``fails_back``: the VIP returns to ``owner`` when the fault is
    undone, after ``failback`` (counted from the undoing, for a reboot from keepalived's start);
    ``failback_outage``: what clients feel then. ``undo_first``: the LB to undo it on first.
    ``why_not``: why nobody takes over, where somebody should; ``notes``: what else to know.
    """

    scenario: Scenario
    target: str
    owner: str | None
    takes_over: str | None = None
    takeover: Span | None = None
    outage: Span | None = NO_TIME
    two_owners: bool = False
    fails_back: bool = False
    failback: Span | None = None
    failback_outage: Span = NO_TIME
    undo_first: str | None = None
    why_not: tuple[Note, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def min_s(self) -> float | None:
        """The shortest outage, seconds; ``None``: it lasts until the fault is undone."""
        return None if self.outage is None else self.outage.min_s

    @property
    def max_s(self) -> float | None:
        """The longest outage, seconds; ``None``: it lasts until the fault is undone."""
        return None if self.outage is None else self.outage.max_s

    @property
    def fails_over(self) -> bool:
        """Whether somebody takes over."""
        return self.takes_over is not None
