"""A fault of a lesson as plans: ready, armed, broken; and later undone, disarmed, nothing left.

On the nodes a fault is what a drill is (``procedures.drill.node_side``): its folder, its undo, the
timer that calls it when nobody else does. So a console that died leaves what
``procedures.drill.leftovers`` finds.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note, note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.drill import node_side
from haconsole.procedures.drill.faults.fault import Fault
from haconsole.procedures.drill.leftovers import Leftover, leftovers
from haconsole.procedures.drill.plan import due_at
from haconsole.procedures.engine import Run
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.plan import Lane, Phase, Plan, Step
from haconsole.procedures.progress import RunProgress, RunStatus
from haconsole.procedures.recover.shell import announce, holds
from haconsole.procedures.steps.looks import look
from haconsole.procedures.steps.shell import changes
from haconsole.transport.commands import Command
from haconsole.transport.door import Door
from haconsole.words import t

from .kind import Broken, by_priority, first_vip, hosts_of
from .registry import FAULTS, fault

#: Seconds after which a node undoes it by itself; a lesson is over before, or begun anew.
LIMIT_S = 1800.0
_LEAST_LIMIT_S = 10.0
_SETTLE_S = 10.0
#: Seconds beyond its limit that a host which is cut off may take to be found again.
_BEYOND_S = 60.0
#: Adverts after which whoever heard nothing is heard again, and has yielded.
_ADVERTS = 3


@dataclass(frozen=True, slots=True)
class Made:
    """A fault that is being made, or was: what its undoing is planned from.

    ``fault_id`` names its folder and its timer on the nodes. ``pieces``: what it is on each host,
    in the order in which it is undone. ``speaks``: the LB that tells its MAC afterwards, if it has
    the VIP then, with its interface and the seconds that this waits for.
    """

    fault_id: str
    name: str
    title: Note
    pieces: tuple[Fault, ...]
    limit_s: float = LIMIT_S
    speaks: tuple[str, str, float] | None = None
    vip: str = ""

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts on which it is made."""
        return tuple(piece.host for piece in self.pieces)


def new_id(name: str) -> str:
    """Return an id for a fault that is made now."""
    return f"train-{name}-{secrets.token_hex(3)}"


def prepare_fault(
    ground: Ground,
    name: str,
    on: str | None = None,
    fault_id: str | None = None,
    limit_s: float = LIMIT_S,
) -> Made:
    """Return a fault as it would be made. Pure, but for a new id where none is given.

    ``on``: the host that is hit, by default where the fault is usually made. ``limit_s``: when the
    nodes undo it by themselves, 10 to 1800 s. Raises ``ProcedureError`` where it cannot be made.
    """
    kind = fault(name)
    if not _LEAST_LIMIT_S <= limit_s <= LIMIT_S:
        raise ProcedureError(
            t("The limit is {least} to {most} s, not {limit}.", least=f"{_LEAST_LIMIT_S:g}",
              most=f"{LIMIT_S:g}", limit=f"{limit_s:g}")
        )  # fmt: skip
    limit = min(limit_s, kind.most_s)
    # LB by LB: what one of them alone is hit by, the other may have to say.
    broken = Broken(ground, hosts_of(kind, ground, on), limit)
    pieces = kind.make(broken)
    speaks = None
    if kind.parts:
        first = by_priority(ground)[0]
        scene = broken.scene(first)
        speaks = (first, scene.interface(first), _ADVERTS * scene.advert_s() + 1.0)
    return Made(
        node_side.check_id(fault_id or new_id(name)),
        name,
        kind.title,
        pieces,
        limit,
        speaks,
        first_vip(ground.cluster),
    )


def plan_fault(
    ground: Ground,
    name: str,
    on: str | None = None,
    fault_id: str | None = None,
    limit_s: float = LIMIT_S,
) -> Plan:
    """Return the plan that makes a fault (:func:`prepare_fault`, :func:`plan_make`)."""
    return plan_make(prepare_fault(ground, name, on, fault_id, limit_s), ground.cluster)


def plan_make(made: Made, cluster: Cluster) -> Plan:
    """Return the plan that makes a fault: Ready, Arm the undo, Break. Pure."""
    phases = (
        Phase(note("Ready"), _lanes(made, _look_ready)),
        Phase(note("Arm the undo"), _lanes(made, _arm)),
        Phase(note("Break"), _lanes(made, _break)),
    )
    return Plan(
        f"fault-{made.name}",
        note("Make a fault: {fault}", fault=made.title),
        cluster.name,
        tuple(phase for phase in phases if phase.steps),
        answers=(
            ("fault", made.name),
            ("on", ", ".join(made.hosts)),
            ("limit_s", f"{made.limit_s:g}"),
            ("drill", made.fault_id),
        ),
    )


def plan_undo(made: Made, cluster: Cluster) -> Plan:
    """Return the plan that undoes a fault: Undo, Nothing left. Pure.

    What the learner mended already stays as it is.
    """
    phases = [
        Phase(note("Undo"), _lanes(made, _undo), parallel=False, always=True),
        Phase(note("Nothing left"), _lanes(made, _disarm, _look_clean), always=True),
    ]
    if made.speaks is not None:
        phases.append(Phase(note("Tell everybody"), ((_speak(made, made.speaks),),), always=True))
    return Plan(
        f"undo-{made.name}",
        note("Undo a fault: {fault}", fault=made.title),
        cluster.name,
        tuple(phases),
        answers=(("fault", made.name), ("drill", made.fault_id)),
    )


def due(made: Made, progress: RunProgress) -> Mapping[str, float]:
    """Return host → when its node undoes the fault, as the run of the plan heard (node's clock)."""
    told = {host: due_at(progress.of(f"arm {made.fault_id}@{host}")) for host in made.hosts
            if f"arm {made.fault_id}@{host}" in progress.steps}  # fmt: skip
    return {host: at for host, at in told.items() if at is not None}


async def make(
    door: Door,
    ground: Ground,
    name: str,
    on: str | None = None,
    *,
    limit_s: float = LIMIT_S,
    overwrite: bool = True,
) -> Made:
    """Make a fault through the engine; raises ``ProcedureError`` where it was not made.

    What was begun then is undone first.
    """
    made = prepare_fault(ground, name, on, limit_s=limit_s)
    run = Run(door, plan_make(made, ground.cluster), overwrite=overwrite)
    if (await run.execute()).status is not RunStatus.DONE:
        await Run(door, plan_undo(made, ground.cluster)).execute()
        raise ProcedureError(_why(run))
    return made


async def undo(door: Door, made: Made, cluster: Cluster) -> None:
    """Undo a fault through the engine; raises ``ProcedureError`` where something is left."""
    run = Run(door, plan_undo(made, cluster))
    if (await run.execute()).status is not RunStatus.DONE:
        raise ProcedureError(_why(run))


async def left_behind(door: Door, cluster: Cluster) -> tuple[Made, ...]:
    """Return every fault and drill that is armed or noted on the nodes, whoever made it.

    They can be undone by :func:`plan_undo`. Raises ``TransportError``.
    """
    found: dict[str, list[Leftover]] = {}
    for left in await leftovers(door, cluster):
        found.setdefault(left.drill_id, []).append(left)
    return tuple(_of_leftovers(fault_id, left) for fault_id, left in found.items())


def _of_leftovers(fault_id: str, left: list[Leftover]) -> Made:
    name = left[0].scenario
    kind = FAULTS.get(name)
    title = kind.title if kind else note("{name}", name=name or fault_id)
    # What is to be done stands in the nodes' own scripts.
    pieces = tuple(Fault(host=one.host, title=title, make="", undo="") for one in left)
    return Made(fault_id, name or "drill", title, pieces)


def _why(run: Run) -> str:
    from haconsole.telling import say

    for step in run.plan.steps:
        if problem := run.progress.of(step.id).problem:
            return f"{step.host}: {say(problem)}"
    return say(run.progress.problem) or t("It was stopped.")


def _lanes(made: Made, *makers: Callable[[Made, Fault], Step | None]) -> tuple[Lane, ...]:
    lanes = (tuple(filter(None, (one(made, piece) for one in makers))) for piece in made.pieces)
    return tuple(lane for lane in lanes if lane)


def _look_ready(made: Made, piece: Fault) -> Step | None:
    if not piece.can:
        return None
    return look(
        piece.host,
        note("{host} is as the fault needs it", host=piece.host),
        note("What is broken already cannot be broken."),
        node_side.asking(made.fault_id, piece.can),
        id=f"ready {made.fault_id}",
        root=True,
        settle_s=0.0,
    )


def _arm(made: Made, piece: Fault) -> Step:
    return _step(
        "arm",
        made,
        piece,
        note("Arm the undo on {host}", host=piece.host),
        note(
            "Within {limit} s the node undoes it by itself, whatever becomes of the console.",
            limit=f"{piece.limit_s:g}",
        ),
        node_side.arm(piece, made.fault_id, made.name, "haconsole train"),
    )


def _break(made: Made, piece: Fault) -> Step:
    about = FAULTS[made.name].about
    return _step(
        "break",
        made,
        piece,
        piece.title,
        note(about.template, host=piece.host),
        node_side.make(piece, made.fault_id, made.name),
    )


def _undo(made: Made, piece: Fault) -> Step:
    return _step(
        "undo",
        made,
        piece,
        note("Undo it on {host}", host=piece.host),
        note("The script that the timer would call; what was mended already stays as it is."),
        node_side.undo(piece, made.fault_id, made.name),
    )


def _disarm(made: Made, piece: Fault) -> Step:
    return _step(
        "disarm",
        made,
        piece,
        note("Disarm {host}", host=piece.host),
        note("The timer and the fault's folder go, once it is undone."),
        node_side.disarm(made.fault_id),
    )


def _look_clean(made: Made, piece: Fault) -> Step:
    step = look(
        piece.host,
        note("Nothing of it is left on {host}", host=piece.host),
        note("Looked for: folder, timer, and what the fault itself brings."),
        node_side.proof(piece, made.fault_id),
        id=f"clean {made.fault_id}",
        root=True,
        settle_s=_SETTLE_S,
    )
    return replace(step, patience_s=_patience(made, piece))


def _speak(made: Made, speaks: tuple[str, str, float]) -> Step:
    host, interface, waits = speaks
    script = (
        f"{holds(made.vip)} || exit 0\nsleep {waits:g}\n{holds(made.vip)} || exit 0\n"
        f"{announce(made.vip, interface)}"
    )
    return Step(
        id=f"announce {made.fault_id}@{host}",
        title=note("{host} tells its MAC, if it has {vip}", host=host, vip=made.vip),
        reason=note(
            "While two owned it, other hosts may have learnt the wrong one (keepalived #160)."
        ),
        host=host,
        do=changes("announce the VIP", script),
        expected_s=waits + 3.0,
    )


def _step(
    word: str, made: Made, piece: Fault, title: Note, reason: Note, do: Command
) -> Step:  # fmt: skip
    return Step(
        id=f"{word} {made.fault_id}@{piece.host}",
        title=title,
        reason=reason,
        host=piece.host,
        do=do,
        expected_s=1.0 + (piece.pause_s if word == "undo" else 0.0),
        patience_s=_patience(made, piece),
    )


def _patience(made: Made, piece: Fault) -> float:
    """Only a host that is cut off by its own fault is waited for."""
    return made.limit_s + _BEYOND_S if piece.patience_s else 0.0
