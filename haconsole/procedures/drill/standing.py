"""How a drill stands: what its screen, its report and the command line read.

All times are epoch seconds of the console's clock unless a name says otherwise; what was stamped
by a node or by the probe is brought there first, with ``error_s`` for what that may be off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from haconsole.domain.drill_verdict import Kind, Verdict
from haconsole.domain.notes import Note
from haconsole.domain.outage import Measurement
from haconsole.domain.outage_series import OwnerEvent
from haconsole.domain.state import Severity
from haconsole.domain.vrrp_prediction import Prediction
from haconsole.procedures.drill.ask import Ask
from haconsole.procedures.progress import RunProgress

__all__ = [
    "Beat",
    "DrillProgress",
    "Kind",
    "NodeView",
    "ProbeView",
    "Refusal",
    "Row",
    "Stage",
    "Verdict",
]


class Stage(StrEnum):
    """Where a drill is."""

    #: Reading the pair, predicting, looking for what speaks against it.
    PREFLIGHT = "preflight"
    #: All is known; nothing was touched.
    READY = "ready"
    REFUSED = "refused"
    #: The nodes are given the undo, and the probe shows that the VIP answers.
    ARMING = "arming"
    BREAKING = "breaking"
    #: The fault is there; clients are watched.
    OBSERVING = "observing"
    #: A node is cut off, and undoes the fault by itself.
    WAITING = "waiting"
    UNDOING = "undoing"
    #: Undone; the pair is watched until it is as before.
    SETTLING = "settling"
    DONE = "done"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """Whether nothing more happens."""
        return self in (Stage.REFUSED, Stage.DONE, Stage.FAILED)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What speaks against a drill. ``forcible``: ``--force`` may go over it."""

    name: str
    note: Note
    forcible: bool = True


@dataclass(frozen=True, slots=True)
class Beat:
    """The probe's answers of one slot of time, for the strip. ``at``: the slot's begin."""

    at: float
    good: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class ProbeView:
    """The probe as it goes. ``answering``: whether the newest judged request was good.

    ``place``: where it runs, in words. ``beats`` are the newest slots of ``slot_s`` seconds,
    oldest first; ``stalled_s``: the longest that the keep-alive stream waited for an answer.
    """

    place: Note | None = None
    rate_hz: float = 0.0
    sent: int = 0
    failed: int = 0
    lag_s: float = 0.0
    answering: bool | None = None
    slot_s: float = 0.1
    beats: tuple[Beat, ...] = ()
    stalled_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the drill's time line. ``error_s``: by how much ``at`` may be off."""

    at: float
    host: str
    note: Note
    severity: Severity = Severity.INFO
    error_s: float = 0.0


@dataclass(frozen=True, slots=True)
class NodeView:
    """A node in the drill: who it is and how it stands. ``None``: not known now.

    ``undo_due_at``: when the node undoes the fault by itself; ``None``: nothing is armed there.
    """

    host: str
    link_up: bool
    owns: bool | None = None
    keepalived: Note | None = None
    nginx: Note | None = None
    undo_due_at: float | None = None


@dataclass(frozen=True, slots=True)
class DrillProgress:
    """A snapshot of one drill. ``fault_at``: (before, after) the fault was made.

    ``outage_from``: since when requests failed, and ``outage_to`` when they were answered again;
    both are the newest outage's, and only estimates until ``measurement`` is there.
    """

    ask: Ask
    stage: Stage = Stage.PREFLIGHT
    since: float = 0.0
    prediction: Prediction | None = None
    refusals: tuple[Refusal, ...] = ()
    run: RunProgress = field(default_factory=RunProgress)
    probe: ProbeView = field(default_factory=ProbeView)
    nodes: Mapping[str, NodeView] = field(default_factory=lambda: MappingProxyType({}))
    rows: tuple[Row, ...] = ()
    fault_at: tuple[float, float] | None = None
    undone_at: float | None = None
    outage_from: float | None = None
    outage_to: float | None = None
    measurement: Measurement | None = None
    #: What clients felt when the fault was undone and the VIP went back.
    return_measurement: Measurement | None = None
    verdict: Verdict | None = None
    problem: Note | None = None
    #: Which kernels took the VIP or gave it up, oldest first, on the console's clock. Before the
    #: first of them it was with the prediction's owner.
    owned: tuple[OwnerEvent, ...] = ()
    #: Where the report was written, once it was; empty: nowhere.
    report: str = ""
