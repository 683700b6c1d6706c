"""``recover-no-owner``: what an owner needs is brought up on every LB, the best one first."""

from __future__ import annotations

from haconsole.domain.model import Vip
from haconsole.domain.notes import note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.form import Answers, Form
from haconsole.procedures.plan import Lane, Phase, Plan, Step
from haconsole.procedures.recover.proof import SETTLE_S, held_field, proof
from haconsole.procedures.recover.split_brain import survivor_field, vip_field
from haconsole.procedures.recover.standing import (
    Lb,
    lbs_of,
    owner_afterwards,
    survivor_of,
    vip_named,
)
from haconsole.procedures.recover.steps import (
    let_in,
    link_up,
    nginx_up,
    serve,
    tell_everybody,
    thaw,
)

TITLE = note("Get an owner for the VIP")


def form(ground: Ground) -> Form:
    """Return the questions. Pure."""
    vip = _ownerless(ground)
    lbs = lbs_of(ground, vip)
    best, why = survivor_of(lbs)
    about = note(
        "Nobody has the VIP: keepalived is stopped or frozen, or a check or a link keeps it in "
        "FAULT. On the best LB first, then on the others: the link, nginx, keepalived; each only "
        "where it is not so already."
    )
    return Form(TITLE, about, (
        vip_field(ground, vip), survivor_field(lbs, best, why), held_field(),
    ))  # fmt: skip


def plan(ground: Ground, answers: Answers) -> Plan:
    """Return the plan: the one that serves first, then its spares."""
    vip = vip_named(ground, answers["vip"])
    lbs = lbs_of(ground, vip)
    first = next(lb for lb in lbs if lb.name == answers["survivor"])
    others = [lb for lb in lbs if lb is not first]
    owner = owner_afterwards(lbs, first)
    settle_s = SETTLE_S + max(lb.waits_s for lb in lbs)
    return Plan(
        procedure="recover-no-owner",
        title=TITLE,
        cluster=ground.cluster.name,
        phases=(
            Phase(note("{host} serves", host=first.name),
                  ((*_up(first), serve(first), tell_everybody(first)),)),
            Phase(
                note("The others stand by"),
                tuple((*_up(lb), let_in(lb, first, takes=lb is owner)) for lb in others),
                parallel=False,
            ),
            Phase(
                note("One owner, proven from four sides"),
                proof(ground, lbs, owner, settle_s=settle_s, answers=answers),
                parallel=False,
            ),
        ),
        answers=tuple(answers.items()),
        moves_vip=True,
    )  # fmt: skip


def _up(lb: Lb) -> Lane:
    steps: list[Step] = []
    if (link := link_up(lb)) is not None:
        steps.append(link)
    return (*steps, nginx_up(lb.name), thaw(lb))


def _ownerless(ground: Ground) -> Vip:
    for vip in ground.cluster.vips:
        if not any(lb.holds for lb in lbs_of(ground, vip)):
            return vip
    return ground.cluster.vips[0]
