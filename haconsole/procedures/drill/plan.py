"""A drill as a plan: looks, the undo armed, the fault, the undo, the proof that nothing is left.

The engine runs it like any other; between its phases whoever runs it watches (``HOLD_…``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from haconsole.domain.notes import Note, note
from haconsole.domain.vrrp_prediction import Prediction
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.drill import node_side
from haconsole.procedures.drill.ask import ABOUT, LEAST_LIMIT_S, MOST_LIMIT_S, Ask
from haconsole.procedures.drill.faults.fault import Fault
from haconsole.procedures.drill.faults.registry import faults_for
from haconsole.procedures.drill.faults.scene import Scene
from haconsole.procedures.drill.faults.shell import runs
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.plan import Lane, Phase, Plan, Step
from haconsole.procedures.progress import StepProgress
from haconsole.procedures.steps.looks import look
from haconsole.transport.commands import Command
from haconsole.words import t

#: What is awaited before the fault, before the undo, and before all is cleared away.
HOLD_BASELINE, HOLD_OBSERVE, HOLD_SETTLE = "baseline", "observe", "settle"
#: Seconds that services and the VIP may take to be as before.
_SETTLE_S = 20.0
_STAMP = re.compile(r"@(broken|undone)-(from|to) (\d{1,12}(?:\.\d{1,9})?)\Z")
_DUE = re.compile(r"@due (\d{1,12}(?:\.\d{1,9})?)\Z")
_ARM, _PREPARE, _BREAK, _UNDO = "arm", "prepare", "break", "undo"


@dataclass(frozen=True, slots=True)
class Stamps:
    """Just before and just after something was done; epoch seconds of the node's clock."""

    before: float
    after: float


def plan_drill(
    ground: Ground,
    ask: Ask,
    prediction: Prediction,
    *,
    drill_id: str,
    backends: Sequence[str] = (),
    who: str = "",
) -> Plan:
    """Return the plan of one drill. Pure.

    ``drill_id`` names the folder and the timer on the nodes: a-z, 0-9 and ``-``, 40 at most.
    ``backends``: the web nodes that answer now. ``who`` stands in the node's ``about``. Raises
    ``ProcedureError``, one sentence, where the fault cannot be made there.
    """
    node_side.check_id(drill_id)
    if not LEAST_LIMIT_S <= ask.limit_s <= MOST_LIMIT_S:
        raise ProcedureError(
            t("The limit is {least} to {most} s, not {limit}.", least=f"{LEAST_LIMIT_S:g}",
              most=f"{MOST_LIMIT_S:g}", limit=f"{ask.limit_s:g}")
        )  # fmt: skip
    scene = Scene(ground, ask, prediction)
    builder = _Builder(scene, drill_id, who, _ordered(faults_for(scene), prediction.undo_first))
    answers = {
        "scenario": ask.scenario.value,
        "target": scene.target,
        "vip": ask.vip,
        "limit_s": f"{ask.limit_s:g}",
        "drill": drill_id,
    }
    if backends:
        answers["backends"] = ", ".join(backends)
    return Plan(
        f"drill-{ask.scenario.value}",
        note("Drill {drill}", drill=ABOUT[ask.scenario].title),
        ground.cluster.name,
        tuple(builder.phases()),
        answers=tuple(answers.items()),
        warnings=prediction.why_not,
        moves_vip=prediction.fails_over,
    )


def arm_steps(plan: Plan) -> tuple[Step, ...]:
    """Return the steps that arm the undo."""
    return _named(plan, _ARM)


def break_steps(plan: Plan) -> tuple[Step, ...]:
    """Return the steps that make the fault."""
    return _named(plan, _BREAK)


def undo_steps(plan: Plan) -> tuple[Step, ...]:
    """Return the steps that undo it, in their order."""
    return _named(plan, _UNDO)


def stamps(progress: StepProgress, what: str) -> Stamps | None:
    """Return when a step was ``broken`` or ``undone``, as it printed it; ``None``: not yet.

    While only the first stamp is known (the console was cut off by the fault itself), it stands
    for both.
    """
    found: dict[str, float] = {}
    for line in progress.output:
        if (match := _STAMP.match(line.strip())) and match[1] == what:
            found[match[2]] = float(match[3])
    if "from" not in found:
        return None
    return Stamps(found["from"], found.get("to", found["from"]))


def due_at(progress: StepProgress) -> float | None:
    """Return when the node undoes it by itself, as the arming printed it; node's clock."""
    dues = [float(m[1]) for line in progress.output if (m := _DUE.match(line.strip()))]
    return dues[-1] if dues else None


def _named(plan: Plan, word: str) -> tuple[Step, ...]:
    return tuple(step for step in plan.steps if step.id.startswith(f"{word} "))


def _ordered(faults: Iterable[Fault], first: str | None) -> tuple[Fault, ...]:
    return tuple(sorted(faults, key=lambda fault: fault.host != first))


class _Builder:
    """Makes the phases of one drill."""

    def __init__(self, scene: Scene, drill_id: str, who: str, faults: tuple[Fault, ...]) -> None:
        self._scene = scene
        self._id = drill_id
        self._who = who
        self._faults = faults
        self._scenario = scene.ask.scenario.value

    def phases(self) -> list[Phase]:
        """Return all of them, in order."""
        wait = note("Watch until clients are served again, or the limit is near.")
        phases = [
            Phase(note("Ready"), self._lanes(self._look_ready)),
            Phase(note("Arm the undo"), self._lanes(self._arm)),
            *self._preparing(),
            Phase(
                note("Break"),
                self._lanes(self._break),
                holds=HOLD_BASELINE,
                holding=note("Watch until requests are answered without a gap."),
            ),
            Phase(
                note("Undo"),
                self._lanes(self._look_back, self._undo),
                parallel=False,
                always=True,
                holds=HOLD_OBSERVE,
                holding=wait,
            ),
            Phase(
                note("Nothing left"),
                self._lanes(self._disarm, self._look_clean),
                always=True,
                holds=HOLD_SETTLE,
                holding=note("Watch until the pair is as before."),
            ),
            Phase(note("Healthy again"), self._look_healthy()),
        ]
        return [phase for phase in phases if phase.steps]

    def _lanes(self, *makers: Callable[[Fault], Step | None]) -> tuple[Lane, ...]:
        made = ([make(fault) for make in makers] for fault in self._faults)
        return tuple(tuple(step for step in steps if step is not None) for steps in made)

    def _look_ready(self, fault: Fault) -> Step | None:
        if not fault.can:
            return None
        return look(
            fault.host,
            note("{host} is as the drill needs it", host=fault.host),
            note("What does not run now would not run afterwards."),
            node_side.asking(self._id, fault.can),
            id=f"ready {self._id}",
            root=True,
            settle_s=0.0,
        )

    def _arm(self, fault: Fault) -> Step:
        if fault.armed:
            title = note("Arm the undo on {host}", host=fault.host)
            reason = note(
                "Within {limit} s the node undoes it by itself, whatever becomes of the console.",
                limit=f"{fault.limit_s:g}",
            )
        else:
            title = note("Note down what {host} is like", host=fault.host)
            reason = note("Its services start at boot: coming back is the undo.")
        return self._step(
            _ARM, fault, title, reason, node_side.arm(fault, self._id, self._scenario, self._who)
        )

    def _preparing(self) -> list[Phase]:
        preparing = [fault for fault in self._faults if fault.prepare]
        steps = tuple(
            (
                self._step(
                    _PREPARE,
                    fault,
                    fault.prepare_title or fault.title,
                    note("The drill begins from there."),
                    node_side.prepare(fault, self._id, self._scenario),
                ),
            )
            for fault in preparing
        )
        phases = [Phase(note("Prepare"), steps)] if steps else []
        waits = [lane for fault in preparing if fault.prepared for lane in self._waits(fault)]
        return [*phases, Phase(note("Wait for it"), tuple(waits))] if waits else phases

    def _waits(self, fault: Fault) -> tuple[Lane, ...]:
        owner = self._scene.prediction.owner
        peers = [owner] if owner and owner != fault.host else []
        return tuple(
            (
                look(
                    host,
                    note("{host} has taken over", host=host),
                    note("Else there is nothing to come back from."),
                    node_side.asking(self._id, fault.prepared),
                    id=f"prepared {self._id}",
                    settle_s=_SETTLE_S,
                ),
            )
            for host in peers
        )

    def _break(self, fault: Fault) -> Step:
        about = ABOUT[self._scene.ask.scenario]
        return self._step(
            _BREAK,
            fault,
            fault.title,
            note(about.fault, host=fault.host),
            node_side.make(fault, self._id, self._scenario),
        )

    def _look_back(self, fault: Fault) -> Step | None:
        if not fault.back:
            return None
        step = look(
            fault.host,
            note("{host} is back", host=fault.host),
            note("It comes back by itself."),
            node_side.asking(self._id, fault.back),
            id=f"back {self._id}",
            root=True,
            settle_s=fault.patience_s,
        )
        return replace(step, patience_s=fault.patience_s)

    def _undo(self, fault: Fault) -> Step:
        return self._step(
            _UNDO,
            fault,
            note("Undo it on {host}", host=fault.host),
            note("The script that the timer would call; what is undone already stays as it is."),
            node_side.undo(fault, self._id, self._scenario),
        )

    def _disarm(self, fault: Fault) -> Step:
        return self._step(
            "disarm",
            fault,
            note("Disarm {host}", host=fault.host),
            note("The timer and the drill's folder go, once the fault is undone."),
            node_side.disarm(self._id),
        )

    def _look_clean(self, fault: Fault) -> Step:
        step = look(
            fault.host,
            note("Nothing of the drill is left on {host}", host=fault.host),
            note("Looked for: folder, timer, and what the fault itself brings."),
            node_side.proof(fault, self._id),
            id=f"clean {self._id}",
            root=True,
            settle_s=_SETTLE_S,
        )
        return replace(step, patience_s=fault.patience_s)

    def _look_healthy(self) -> tuple[Lane, ...]:
        """Every service of the pair that ran before runs now."""
        lanes = []
        hosts = dict.fromkeys((*self._scene.lbs, *(fault.host for fault in self._faults)))
        for host in hosts:
            running = [
                unit.name.removesuffix(".service")
                for unit in self._scene.facts(host).units
                if unit.active == "active"
            ]
            if not running:
                continue
            step = look(
                host,
                note("{units} on {host} run as before", units=", ".join(running), host=host),
                note("The pair is whole again."),
                node_side.asking(self._id, "".join(map(runs, running))),
                id=f"healthy {self._id}",
                settle_s=_SETTLE_S,
            )
            lanes.append((step,))
        return tuple(lanes)

    def _step(self, word: str, fault: Fault, title: Note, reason: Note, do: Command) -> Step:
        return Step(
            id=f"{word} {self._id}@{fault.host}",
            title=title,
            reason=reason,
            host=fault.host,
            do=do,
            expected_s=1.0 + (fault.pause_s if word == _UNDO else 0.0),
            patience_s=fault.patience_s,
        )
