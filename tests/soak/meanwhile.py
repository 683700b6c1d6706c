"""What is true while something planned goes on, so that a finding which says it is not false.

Everything else that a diagnosis says in a soak is false: nothing is broken in one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from haconsole.domain.rules.finding import Finding
from haconsole.domain.verdict import Level


class Kind(StrEnum):
    """A kind of planned move."""

    RESTART = "keepalived restart"
    RELOAD = "keepalived reload"
    AWAY = "keepalived stop, start"
    NGINX = "nginx reload"
    REBOOT_LB = "reboot of an LB"
    REBOOT_WEB = "reboot of a web node"
    SWITCHOVER = "drill switchover"


@dataclass(frozen=True)
class Truth:
    """A cause that may be told of the host that is moved, at most so badly.

    ``after_s``: how long after the move's end it may still stand: a reading comes every 8.5 s,
    sooner where the journal tells of a change.
    """

    cause: str
    level: Level
    after_s: float


_STOPPED = Truth("keepalived-stopped", Level.WARNING, 3.0)
#: Move → what is true of its host meanwhile. What is not here is false, at any level.
TRUE: Mapping[Kind, tuple[Truth, ...]] = {
    # A second or two of an orderly restart are no state that anybody has to be told of.
    Kind.RESTART: (),
    Kind.RELOAD: (),
    # Somebody stopped it: the pair has one LB less. The other one owns the VIP, alone.
    Kind.AWAY: (_STOPPED,),
    Kind.NGINX: (),
    # A host that went down in order is expected back (``unreachable.leaving``).
    Kind.REBOOT_LB: (),
    Kind.REBOOT_WEB: (),
    # Two LBs whose priorities were exchanged are as healthy as before.
    Kind.SWITCHOVER: (),
}


@dataclass
class Move:
    """One planned move. Times: epoch seconds. ``said``: how it went, where that is a story."""

    kind: Kind
    host: str
    began: float = field(default_factory=time.time)
    ended: float | None = None
    said: str = ""

    def allows(self, one: Finding, at: float) -> bool:
        """Whether a finding at ``at`` tells what this move makes true."""
        return any(self._makes(truth, one, at) for truth in TRUE[self.kind])

    def _makes(self, truth: Truth, one: Finding, at: float) -> bool:
        over = self.ended is not None and at > self.ended + truth.after_s
        same = one.cause == truth.cause and one.nodes == (self.host,)
        return same and self.began <= at and not over and one.severity.rank <= truth.level.rank

    def __str__(self) -> str:
        """Return it for the log."""
        return f"{self.kind} on {self.host}" + (f" ({self.said})" if self.said else "")
