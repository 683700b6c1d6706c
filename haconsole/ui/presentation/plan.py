"""A plan as rows: what will be done where, in which order, and how each step stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from haconsole.domain.notes import Note, note
from haconsole.procedures.plan import Phase, Plan, Step
from haconsole.procedures.progress import RunProgress, StepProgress, StepStatus
from haconsole.telling import say
from haconsole.words import t

from . import marks
from .ink import Ink, Line, Tone, cells, fit, ink, spread, width_of
from .units import duration, took

#: Glyph, word and tone of a step that stands so. A step that only looks has words of its own.
STATUS: dict[StepStatus, tuple[str, str, Tone]] = {
    StepStatus.WAITING: ("·", "waiting", Tone.MUTED),
    StepStatus.CHECKING: ("·", "checking", Tone.INFO),
    StepStatus.SATISFIED: (marks.YES, "so already", Tone.OK),
    StepStatus.PENDING: ("+", "to change", Tone.ACCENT),
    StepStatus.UNTOLD: (marks.UNKNOWN, "told later", Tone.UNKNOWN),
    StepStatus.RUNNING: ("▶", "running", Tone.INFO),
    StepStatus.LINK_LOST: (marks.UNKNOWN, "link lost", Tone.UNKNOWN),
    StepStatus.VERIFYING: ("▶", "verifying", Tone.INFO),
    StepStatus.DONE: (marks.GOOD, "done", Tone.OK),
    StepStatus.FAILED: (marks.BAD, "failed", Tone.CRITICAL),
    StepStatus.SKIPPED: ("–", "not begun", Tone.MUTED),
    StepStatus.UNDOING: ("◀", "undoing", Tone.INFO),
    StepStatus.UNDONE: ("◀", "undone", Tone.TEXT),
}
#: Words of steps that only look.
_LOOKS: dict[StepStatus, tuple[str, str, Tone]] = {
    StepStatus.WAITING: (marks.IDLE, "looks only", Tone.TEXT),
    StepStatus.PENDING: (marks.IDLE, "looks only", Tone.TEXT),
    StepStatus.RUNNING: ("▶", "looking", Tone.INFO),
    StepStatus.VERIFYING: ("▶", "looking", Tone.INFO),
    StepStatus.DONE: (marks.GOOD, "seen", Tone.OK),
}
#: A step that stands so is under way.
ACTIVE = frozenset(
    {
        StepStatus.CHECKING,
        StepStatus.RUNNING,
        StepStatus.LINK_LOST,
        StepStatus.VERIFYING,
        StepStatus.UNDOING,
    }
)
#: How long a step took is worth a word then.
_TOOK = frozenset({StepStatus.DONE, StepStatus.FAILED, StepStatus.UNDONE})
_WORD = 10


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A row of the list: a phase's title (``number`` 0), or a step with its number from 1."""

    key: str
    title: Note
    step: Step | None = None
    number: int = 0
    #: How the lanes of a phase go, where it has several.
    order: Note | None = None


def plan_rows(plan: Plan) -> tuple[PlanRow, ...]:
    """Return the rows of a plan; a plan of one phase has no titles of phases."""
    return tuple(_rows(plan))


def _rows(plan: Plan) -> Iterator[PlanRow]:
    number = 0
    for index, phase in enumerate(plan.phases, 1):
        if len(plan.phases) > 1:
            yield PlanRow(f"phase {index}", phase.title, order=_order(phase))
        for step in phase.steps:
            number += 1
            yield PlanRow(step.id, step.title, step, number)


def _order(phase: Phase) -> Note | None:
    if len(phase.lanes) < 2:
        return None
    return note("at the same time") if phase.parallel else note("one after another")


def status_of(step: Step, progress: StepProgress) -> tuple[str, str, Tone]:
    """Return glyph, word and tone of how a step stands."""
    known = STATUS[progress.status]
    if not step.mutating:
        known = _LOOKS.get(progress.status, known)
    return known[0], t(known[1]), known[2]


def row_line(
    row: PlanRow,
    progress: RunProgress,
    width: int,
    *,
    hosts: int,
    ticked: Collection[str] = (),
    now: float = 0.0,
) -> Line:
    """Return a row of the list; ``hosts``: the cells of the longest host name."""
    if row.step is None:
        how = f"  {say(row.order)}" if row.order is not None else ""
        return (ink(f" {say(row.title)}", Tone.HEAD), Ink(how, Tone.MUTED))
    step, stands = row.step, progress.of(row.step.id)
    glyph, word, tone = status_of(step, stands)
    quiet = Tone.MUTED if stands.status is StepStatus.SATISFIED else Tone.TEXT
    left: Line = (
        Ink(f"{row.number:>3} ", Tone.MUTED),
        Ink(f"{glyph} {fit(word, _WORD)} ", tone),
        Ink(f"{fit(step.host, hosts)}  ", quiet),
    )
    right = _right(step, stands, ticked, now)
    room = width - width_of(left) - width_of(right) - (2 if right else 0)
    return spread((*left, Ink(fit(say(step.title), max(0, room)), quiet)), right, width)


def _right(step: Step, stands: StepProgress, ticked: Collection[str], now: float) -> Line:
    """Return what stands at the end of a step's row: an unticked file, or how long it takes."""
    if asks_tick(step, stands):
        if step.id in ticked:
            return (Ink(t("[x] replace"), Tone.WARNING),)
        return (Ink(t("[ ] not ours"), Tone.WARNING),)
    if stands.status in ACTIVE and stands.began is not None:
        spent = duration(now - stands.began)
        return (Ink(f"{spent} / {duration(step.expected_s)}", Tone.INFO),)
    if stands.seconds is not None and stands.status in _TOOK:
        return (Ink(took(stands.seconds), Tone.MUTED),)
    if step.expected_s >= 10 and not stands.status.over:
        return (Ink(t("about {span}", span=duration(step.expected_s)), Tone.MUTED),)
    return ()


def asks_tick(step: Step, stands: StepProgress) -> bool:
    """Whether a step will replace a file that this tool did not write: it takes a word."""
    foreign = step.file is not None and step.file.foreign and step.file.changes
    return foreign and stands.status in (
        StepStatus.WAITING,
        StepStatus.CHECKING,
        StepStatus.PENDING,
        StepStatus.UNTOLD,
    )


def row_text(row: PlanRow, progress: RunProgress) -> str:
    """Return a row as plain text, to be copied or searched."""
    if row.step is None:
        return say(row.title)
    _, word, _ = status_of(row.step, progress.of(row.step.id))
    return f"{row.number}. {row.step.host}: {say(row.title)} ({word})"


def longest_host(plan: Plan) -> int:
    """Return the cells that the plan's host names take, at most 16."""
    return max(4, min(16, max((cells(host) for host in plan.hosts), default=4)))


def running_step(plan: Plan, progress: RunProgress) -> Step | None:
    """Return the step under way (the first, where several are); ``None``: none is."""
    return next((s for s in plan.steps if progress.of(s.id).status in ACTIVE), None)


def first_open(plan: Plan, progress: RunProgress) -> Step | None:
    """Return the first step that is not so already: where a preview begins to be read."""
    return next((s for s in plan.steps if not progress.of(s.id).status.good), None)


def failed_step(plan: Plan, progress: RunProgress) -> Step | None:
    """Return the first step that failed."""
    steps = plan.steps
    return next((s for s in steps if progress.of(s.id).status is StepStatus.FAILED), None)
