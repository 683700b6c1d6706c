"""What a drill's run has done so far: its stage, and when the fault was made and undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from haconsole.domain.notes import Note, note
from haconsole.domain.outage_series import Injection
from haconsole.domain.state import Severity
from haconsole.domain.vrrp_prediction import Scenario
from haconsole.procedures.drill.ask import ABOUT
from haconsole.procedures.drill.plan import (
    arm_steps,
    break_steps,
    due_at,
    stamps,
    undo_steps,
)
from haconsole.procedures.drill.standing import Row, Stage
from haconsole.procedures.drill.strip import Strip
from haconsole.procedures.plan import Plan, Step
from haconsole.procedures.progress import RunProgress, StepStatus

#: (host, its stamp) → (console's clock, by how much that may be off).
Place = Callable[[str, float], tuple[float, float]]
_WORKS = (StepStatus.RUNNING, StepStatus.CHECKING, StepStatus.VERIFYING)


@dataclass
class Marks:
    """Reads the marks that the steps print. All moments are on the console's clock.

    ``broken``, ``undone``: around making and undoing the fault, on all hosts together;
    ``last_undone``: around the last host's. ``dues``: when which node undoes it by itself.
    """

    plan: Plan
    scenario: Scenario
    stage: Stage = Stage.ARMING
    broken: Injection | None = None
    undone: Injection | None = None
    last_undone: Injection | None = None
    dues: dict[str, float] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._arms = arm_steps(self.plan)
        self._breaks = break_steps(self.plan)
        self._undoes = undo_steps(self.plan)
        undoing = next((p for p in self.plan.phases if self._undoes[0] in p.steps), None)
        #: The undo's phase has looks, too, that wait for a node to be there again.
        self._back = [s for s in undoing.steps if s not in self._undoes] if undoing else []
        self._told: set[str] = set()

    def read(self, progress: RunProgress, place: Place) -> None:
        """Take a snapshot of the run."""
        self._armed(progress, place)
        broken = list(self._stamped(self._breaks, progress, place, "broken"))
        if broken:
            self.broken = _around([one for _, one in broken])
            for step, one in broken:
                if self._first(f"broken {step.id}"):
                    said = note("fault: {what}", what=note(ABOUT[self.scenario].fault,
                                                           host=step.host))  # fmt: skip
                    self.rows.append(_row(one, step.host, said, Severity.ERROR))
        undone = list(self._stamped(self._undoes, progress, place, "undone"))
        for step, one in undone:
            self.dues.pop(step.host, None)
            if self._first(f"undone {step.id}"):
                said = note("undone ({who})", who=_by(progress.of(step.id).output))
                self.rows.append(_row(one, step.host, said, Severity.GOOD))
        if undone and len(undone) == len(self._undoes):
            self.undone = _around([one for _, one in undone])
            self.last_undone = max((one for _, one in undone), key=lambda one: one.before)
        self.stage = self._stage(progress)

    def client_rows(self, strip: Strip, offset_s: float) -> Iterator[Row]:
        """Yield what clients felt, as far as that is known by now."""
        if self.broken is None:
            return
        for begin, end in (*strip.earlier, (strip.outage_from, strip.outage_to)):
            if begin is not None:
                said = note("clients: no answer")
                yield Row(begin - offset_s, "", said, Severity.ERROR)
            if end is not None:
                said = note("clients: answered again")
                yield Row(end - offset_s, "", said, Severity.GOOD)

    def _first(self, what: str) -> bool:
        new = what not in self._told
        self._told.add(what)
        return new

    def _armed(self, progress: RunProgress, place: Place) -> None:
        for step in self._arms:
            stands = progress.of(step.id)
            due = due_at(stands)
            if due is None or not self._first(f"armed {step.id}"):
                continue
            at, error_s = place(step.host, due)
            self.dues[step.host] = at
            said = note("the undo is armed: the node calls it by itself")
            self.rows.append(Row(stands.since, step.host, said, Severity.INFO, error_s))

    def _stamped(
        self, steps: Sequence[Step], progress: RunProgress, place: Place, what: str
    ) -> Iterator[tuple[Step, Injection]]:
        for step in steps:
            found = stamps(progress.of(step.id), what)
            if found is not None:
                before, error_s = place(step.host, found.before)
                after, _ = place(step.host, found.after)
                yield step, Injection(before - error_s, after + error_s)

    def _stage(self, progress: RunProgress) -> Stage:
        def statuses(steps: Sequence[Step]) -> set[StepStatus]:
            return {progress.of(step.id).status for step in steps}

        undoing, breaking, back = map(statuses, (self._undoes, self._breaks, self._back))
        if all(one.good for one in undoing):
            return Stage.SETTLING
        if StepStatus.LINK_LOST in undoing | breaking | back or back & {*_WORKS}:
            return Stage.WAITING
        if undoing & {*_WORKS, StepStatus.DONE, StepStatus.FAILED}:
            return Stage.UNDOING
        if all(one is StepStatus.DONE for one in breaking):
            return Stage.OBSERVING
        if breaking & {*_WORKS, StepStatus.DONE, StepStatus.FAILED}:
            return Stage.BREAKING
        return Stage.ARMING


def _around(injections: Sequence[Injection]) -> Injection:
    return Injection(min(one.before for one in injections), max(one.after for one in injections))


def _row(one: Injection, host: str, said: Note, severity: Severity) -> Row:
    middle = (one.before + one.after) / 2
    return Row(middle, host, said, severity, (one.after - one.before) / 2)


def _by(output: Sequence[str]) -> str:
    """Return who undid it, as the undo prints it."""
    told = [line.partition(" ")[2] for line in output if line.startswith("@undone-by ")]
    return told[-1] if told else "console"
