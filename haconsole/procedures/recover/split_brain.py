"""``recover-split-brain``: one survivor, the cause removed, one owner proven."""

from __future__ import annotations

from collections.abc import Sequence

from haconsole.domain.model import Vip
from haconsole.domain.notes import Note, note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.form import Answers, Choice, Field, FieldKind, Form
from haconsole.procedures.plan import Lane, Phase, Plan, Step
from haconsole.procedures.recover import mending
from haconsole.procedures.recover.proof import SETTLE_S, held_field, proof
from haconsole.procedures.recover.standing import (
    Lb,
    lbs_of,
    owner_afterwards,
    reasons_for,
    survivor_of,
    vip_named,
)
from haconsole.procedures.recover.steps import (
    let_in,
    nginx_up,
    quiet,
    serve,
    tell_everybody,
    thaw,
)
from haconsole.telling import say

TITLE = note("Recover from split brain")


def form(ground: Ground) -> Form:
    """Return the questions: which VIP, who survives, what is mended. Pure."""
    vip = split_vip(ground)
    lbs = lbs_of(ground, vip)
    best, why = survivor_of(lbs)
    about = note(
        "Two LBs answer for the VIP. One of them keeps it, the others stand still until the "
        "cause is gone: a rule for VRRP in each firewall that is active, the survivor's settings "
        "where an LB has others. Then they are let in again, and one owner is proven."
    )
    return Form(
        TITLE,
        about,
        (
            vip_field(ground, vip),
            survivor_field(lbs, best, why),
            Field("firewall", FieldKind.SWITCH, note("Let VRRP through the firewalls"), note(
                "One rule, now and after a reboot. The firewall stays on."
            ), "yes"),
            Field("settings", FieldKind.SWITCH, note("Give the others the survivor's settings"),
                note(
                "Where VRID, authentication, advert_int, VRRP version or VIPs differ: {what}.",
                what=mending.named(lbs, best) or note("nothing differs now"),
            ), "yes"),
            held_field(),
        ),
    )  # fmt: skip


def plan(ground: Ground, answers: Answers) -> Plan:
    """Return the plan. The survivor is never touched but to serve; the others wait."""
    vip = vip_named(ground, answers["vip"])
    lbs = lbs_of(ground, vip)
    survivor = next(lb for lb in lbs if lb.name == answers["survivor"])
    causes: list[Lane] = []
    if answers["firewall"] == "yes":
        causes += mending.firewall_lanes(ground)
    if answers["settings"] == "yes":
        causes += mending.settings_lanes(lbs, survivor)
    return Plan(
        procedure="recover-split-brain",
        title=TITLE,
        cluster=ground.cluster.name,
        phases=back_to_one(ground, lbs, survivor, causes, answers),
        answers=tuple(answers.items()),
        warnings=tuple(_warnings(lbs, survivor)),
        moves_vip=True,
    )


def back_to_one(
    ground: Ground, lbs: Sequence[Lb], survivor: Lb, causes: Sequence[Lane], answers: Answers
) -> tuple[Phase, ...]:
    """Return the phases from several owners (or from settings that part them) to one.

    Clients are served by one LB from the second phase on, whatever comes of the rest.
    """
    others = [lb for lb in lbs if lb is not survivor]
    owner = owner_afterwards(lbs, survivor)
    own: list[Step] = [nginx_up(survivor.name), thaw(survivor), serve(survivor)]
    settle_s = SETTLE_S + max(lb.waits_s for lb in lbs)
    phases = [
        Phase(note("One owner: {host}", host=survivor.name), tuple((quiet(lb, survivor),)
              for lb in others)),
        Phase(note("It serves, and everybody knows where it is"),
              ((*own, tell_everybody(survivor)),)),
    ]  # fmt: skip
    if causes:
        phases.append(Phase(note("Remove what parted them"), tuple(causes)))
    phases.append(
        Phase(
            note("Let the others in again, one after the other"),
            tuple((let_in(lb, survivor, takes=lb is owner),) for lb in others),
            parallel=False,
        )
    )
    if owner is not survivor:
        phases.append(
            Phase(
                note("{host} takes the VIP back: it has the higher priority", host=owner.name),
                ((tell_everybody(owner),),),
            )
        )
    phases.append(
        Phase(
            note("One owner, proven from four sides"),
            proof(ground, lbs, owner, settle_s=settle_s, answers=answers),
            parallel=False,
        )
    )
    return tuple(phases)


def split_vip(ground: Ground) -> Vip:
    """Return the first VIP that several kernels have, else the cluster's first."""
    for vip in ground.cluster.vips:
        if sum(lb.holds for lb in lbs_of(ground, vip)) > 1:
            return vip
    return ground.cluster.vips[0]


def vip_field(ground: Ground, vip: Vip) -> Field:
    """Return the question which VIP it is about."""
    choices = tuple(Choice(v.address, note("{v}", v=v.address)) for v in ground.cluster.vips)
    return Field("vip", FieldKind.CHOICE, note("VIP"), note("The address that it is about."),
                 vip.address, choices)  # fmt: skip


def survivor_field(lbs: Sequence[Lb], best: Lb, why: Sequence[Note]) -> Field:
    """Return the question who keeps the VIP; what speaks for each is in its choice."""
    choices = tuple(
        Choice(lb.name, note("{host}: {why}", host=lb.name,
                             why="; ".join(say(r.note) for r in reasons_for(lb)[:4])))
        for lb in lbs
    )  # fmt: skip
    reasons = "; ".join(say(one) for one in why) or say(note("both are equally well"))
    text = note("Clients go on with this one. {host}, because {why}.", host=best.name, why=reasons)
    return Field("survivor", FieldKind.CHOICE, note("Survivor"), text, best.name, choices)


def _warnings(lbs: Sequence[Lb], survivor: Lb) -> list[Note]:
    said = []
    if not survivor.nginx:
        said.append(note("nginx does not run on {host}: it is started first.", host=survivor.name))
    better, _ = survivor_of(lbs)
    if better is not survivor and better.nginx and not survivor.nginx:
        said.append(note("{host} serves now, and {survivor} does not.", host=better.name,
                         survivor=survivor.name))  # fmt: skip
    owner = owner_afterwards(lbs, survivor)
    if owner is not survivor:
        said.append(
            note(
                "In the end {owner} takes the VIP from {survivor}: its priority is higher and it "
                "preempts.",
                owner=owner.name,
                survivor=survivor.name,
            )
        )
    return said
