"""What the screens need of drills, and where they come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note
from haconsole.domain.vrrp_prediction import Prediction, Scenario
from haconsole.monitor.feed import Feed
from haconsole.procedures.drill.ask import Ask
from haconsole.procedures.drill.standing import DrillProgress, Kind
from haconsole.procedures.plan import Plan
from haconsole.transport.door import Door


class Drilling(Protocol):
    """A drill (``procedures.drill.session.Drill``)."""

    @property
    def progress(self) -> DrillProgress:
        """How it stands."""
        ...

    @property
    def plan(self) -> Plan | None:
        """What is executed, once it is known."""
        ...

    def subscribe(self, listener: Callable[[DrillProgress], None]) -> Callable[[], None]:
        """Call ``listener`` on each change; returns what ends that."""
        ...

    async def prepare(self) -> DrillProgress:
        """Read, predict, look for what speaks against it; changes nothing."""
        ...

    async def execute(self) -> DrillProgress:
        """Do it."""
        ...

    def undo_now(self) -> None:
        """Observe no longer: undo the fault."""
        ...


@dataclass(frozen=True, slots=True)
class Last:
    """How the same drill came out last. Times in seconds; ``upper_s`` ``None``: not seen."""

    at: float
    kind: Kind
    healthy: bool
    lower_s: float = 0.0
    upper_s: float | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A drill that can be had. ``target``: who is hit; empty: nobody can be told yet.

    ``prediction`` ``None``: it is not known yet, or ``problem`` says why there is none.
    """

    scenario: Scenario
    vip: str
    target: str = ""
    prediction: Prediction | None = None
    problem: Note | None = None
    last: Last | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from the others."""
        return (self.scenario.value, self.vip, self.target)


class Range(Protocol):
    """Where drills are had."""

    async def offers(self, door: Door, feed: Feed, cluster: Cluster) -> Sequence[Offer]:
        """Read the pair and return what can be drilled, each with its prediction."""
        ...

    def drill(self, door: Door, feed: Feed, cluster: Cluster, ask: Ask) -> Drilling:
        """Return a drill that was not begun."""
        ...
