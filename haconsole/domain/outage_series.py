"""What a probe writes down: samples of a service, and who owned the address meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

#: The probe's time-out: longer ones turn failures into late answers by the SYN's second try.
TIMEOUT_S = 0.5


class Failure(StrEnum):
    """Why a sample counts as failed."""

    TIMEOUT = "timeout"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    RESET = "reset"
    #: An HTTP status of 500 or more.
    STATUS = "5xx"
    #: It was answered well, but later than the time-out.
    SLOW = "slow"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Sample:
    """One request of an open-loop probe: a fresh connection, whatever became of those before.

    Times are seconds of one monotonic clock, the probe's. ``due_at``: when it should have been
    sent, ``None`` when the probe does not say. ``answered_at``: when its answer or its failure was
    known. ``node``: the LB that answered, ``backend``: the web node, where the answer tells.
    ``connected``: whether there was a connection before it failed; ``None``: not known.
    """

    sent_at: float
    answered_at: float | None = None
    failure: Failure | None = None
    backend: str = ""
    node: str = ""
    due_at: float | None = None
    connected: bool | None = None

    @property
    def unheard(self) -> bool:
        """Whether it failed on its way there: nothing was in flight back."""
        if self.failure in (Failure.REFUSED, Failure.UNREACHABLE):
            return True
        return self.failure is not None and self.connected is False

    def judged(self, timeout_s: float = TIMEOUT_S) -> Failure | None:
        """Return why it failed; an answer later than ``timeout_s`` is ``SLOW``, none a time-out."""
        if self.failure is not None:
            return self.failure
        if self.answered_at is None:
            return Failure.TIMEOUT
        late = self.answered_at - self.sent_at > timeout_s
        return Failure.SLOW if late else None


@dataclass(frozen=True, slots=True)
class OwnerEvent:
    """A kernel took the address or gave it up, on the probe's clock.

    ``error_s``: by how much ``at`` may be off, because the node's clock is another one.
    """

    at: float
    node: str
    owns: bool
    error_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Injection:
    """When the fault was made: after ``before`` and before ``after``, on the probe's clock."""

    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Owned:
    """Who held the address over a while, seconds.

    ``two_s``: two or more kernels; ``none_s``: nobody; ``error_s``: by how much each may be off.
    """

    two_s: float = 0.0
    none_s: float = 0.0
    error_s: float = 0.0


def owned(
    events: Sequence[OwnerEvent], initial: Sequence[str], since: float, until: float
) -> Owned:
    """Add up from ``since`` to ``until`` how long how many kernels held the address."""
    owners = set(initial)
    two = none = 0.0
    at = since
    error_s = 0.0
    for event in (*sorted(events, key=lambda one: one.at), OwnerEvent(until, "", owns=False)):
        upto = min(max(event.at, since), until)
        two += upto - at if len(owners) > 1 else 0.0
        none += upto - at if not owners else 0.0
        at = upto
        if event.node:
            (owners.add if event.owns else owners.discard)(event.node)
            error_s = max(error_s, event.error_s)
    return Owned(two, none, 2 * error_s if two or none else error_s)


def owners_at(events: Sequence[OwnerEvent], initial: Sequence[str], at: float) -> frozenset[str]:
    """Return which kernels held the address at a moment."""
    owners = set(initial)
    for event in sorted(events, key=lambda one: one.at):
        if event.at > at:
            break
        (owners.add if event.owns else owners.discard)(event.node)
    return frozenset(owners)
