"""``recover-ghost-vip``: what a dead keepalived left behind goes, and it starts again."""

from __future__ import annotations

from haconsole.domain.notes import note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.form import Answers, Field, FieldKind, Form
from haconsole.procedures.plan import Phase, Plan
from haconsole.procedures.recover.proof import SETTLE_S, held_field, proof
from haconsole.procedures.recover.split_brain import vip_field
from haconsole.procedures.recover.standing import lbs_of, owner_afterwards, vip_named
from haconsole.procedures.recover.steps import drop_ghost, let_in, serve, tell_everybody
from haconsole.words import t

TITLE = note("Remove a ghost VIP")


def form(ground: Ground) -> Form:
    """Return the questions. Pure."""
    ghosts = [
        vip
        for vip in ground.cluster.vips
        if any(lb.holds and not lb.runs for lb in lbs_of(ground, vip))
    ]
    about = note(
        "A keepalived that was killed leaves its address in the kernel: clients that still know "
        "its MAC go on asking a host that takes part in nothing. The address goes, the true owner "
        "says where it is, and the dead daemon starts cleanly."
    )
    return Form(
        TITLE,
        about,
        (
            vip_field(ground, ghosts[0] if ghosts else ground.cluster.vips[0]),
            Field("start", FieldKind.SWITCH, note("Start keepalived there again"), note(
                "Else the pair has no spare. It stays off where somebody works on that host."
            ), "yes"),
            held_field(),
        ),
    )  # fmt: skip


def plan(ground: Ground, answers: Answers) -> Plan:
    """Return the plan; ``ProcedureError`` where no LB has a keepalived that owns the VIP."""
    vip = vip_named(ground, answers["vip"])
    lbs = lbs_of(ground, vip)
    dead = [lb for lb in lbs if not lb.runs]
    alive = [lb for lb in lbs if lb.runs]
    if not alive:
        raise ProcedureError(
            t("keepalived runs on no LB: nobody would have {vip} then. Use recover-no-owner.",
              vip=vip.address)
        )  # fmt: skip
    true = next((lb for lb in alive if lb.holds), alive[0])
    owner = owner_afterwards(lbs, true) if answers["start"] == "yes" else true
    phases = [
        Phase(note("The address that is left behind goes"),
              tuple((drop_ghost(lb),) for lb in dead)),
        Phase(note("Everybody learns where the VIP is"), ((serve(true), tell_everybody(true)),)),
    ]  # fmt: skip
    if answers["start"] == "yes" and dead:
        phases.append(
            Phase(
                note("Start the dead one cleanly"),
                tuple((let_in(lb, true, takes=lb is owner),) for lb in dead),
                parallel=False,
            )
        )
        if owner is not true:
            phases.append(Phase(note("{host} takes the VIP back", host=owner.name),
                                ((tell_everybody(owner),),)))  # fmt: skip
    settle_s = SETTLE_S + max(lb.waits_s for lb in lbs)
    phases.append(
        Phase(
            note("One owner, proven from four sides"),
            proof(ground, lbs, owner, settle_s=settle_s, answers=answers),
            parallel=False,
        )
    )
    return Plan(
        procedure="recover-ghost-vip",
        title=TITLE,
        cluster=ground.cluster.name,
        phases=tuple(phases),
        answers=tuple(answers.items()),
        moves_vip=owner is not true,
    )
