"""How a run stands: what a screen, a report and the engine itself read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from haconsole.domain.notes import Note


class StepStatus(StrEnum):
    """How a step stands."""

    WAITING = "waiting"
    CHECKING = "checking"
    #: It was so already; nothing was done.
    SATISFIED = "satisfied"
    #: A check found that it is to be done (after a survey, before the run).
    PENDING = "pending"
    RUNNING = "running"
    #: The link was lost under it; the doing goes on on the node, and is found again.
    LINK_LOST = "link lost"
    VERIFYING = "verifying"
    DONE = "done"
    FAILED = "failed"
    #: Not begun, because one before it failed or the run was stopped.
    SKIPPED = "skipped"
    UNDOING = "undoing"
    UNDONE = "undone"
    #: Its check cannot tell before earlier steps are done.
    UNTOLD = "untold"

    @property
    def over(self) -> bool:
        """Whether nothing more happens to it in this run."""
        return self in _OVER

    @property
    def good(self) -> bool:
        """Whether what the step wants is so."""
        return self in (StepStatus.SATISFIED, StepStatus.DONE)


_OVER = frozenset(
    {
        StepStatus.SATISFIED,
        StepStatus.DONE,
        StepStatus.FAILED,
        StepStatus.SKIPPED,
        StepStatus.UNDONE,
    }
)


@dataclass(frozen=True, slots=True)
class StepProgress:
    """A step's standing. ``since``: console's clock; ``seconds``: how long the doing took.

    ``problem`` is the sentence of a failure; ``output`` the newest lines it printed (cleaned).
    """

    status: StepStatus = StepStatus.WAITING
    since: float = 0.0
    began: float | None = None
    seconds: float | None = None
    problem: Note | None = None
    output: tuple[str, ...] = ()


class RunStatus(StrEnum):
    """How a whole run stands."""

    READY = "ready"
    SURVEYING = "surveying"
    RUNNING = "running"
    STOPPING = "stopping"
    #: Every step is as it should be.
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    ROLLING_BACK = "rolling back"
    ROLLED_BACK = "rolled back"


@dataclass(frozen=True, slots=True)
class RunProgress:
    """A snapshot of a run. ``problem``: why it could not begin or go on, apart from any step.

    ``warnings``: what has to be known of it though it goes on, beside those of its plan.
    """

    status: RunStatus = RunStatus.READY
    steps: Mapping[str, StepProgress] = field(default_factory=lambda: MappingProxyType({}))
    began: float | None = None
    ended: float | None = None
    problem: Note | None = None
    warnings: tuple[Note, ...] = ()

    def of(self, step_id: str) -> StepProgress:
        """Return a step's standing."""
        return self.steps.get(step_id, StepProgress())

    def count(self, *statuses: StepStatus) -> int:
        """How many steps stand so."""
        return sum(step.status in statuses for step in self.steps.values())
