"""``recover-stale-arp``: the owner says its MAC anew, now and, if wanted, every minute."""

from __future__ import annotations

from haconsole.domain.notes import note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.form import Answers, Field, FieldKind, Form
from haconsole.procedures.plan import Lane, Phase, Plan
from haconsole.procedures.recover.mending import edited, place_edited
from haconsole.procedures.recover.proof import SETTLE_S, held_field, proof
from haconsole.procedures.recover.split_brain import vip_field
from haconsole.procedures.recover.standing import lbs_of, vip_named
from haconsole.procedures.recover.steps import tell_everybody
from haconsole.words import t

TITLE = note("Correct stale ARP")
#: Seconds between repeated gratuitous ARPs (``vrrp_garp_master_refresh``, keepalived.conf(5)).
REFRESH_S = 60


def form(ground: Ground) -> Form:
    """Return the questions. Pure."""
    about = note(
        "One LB owns the VIP, and hosts still send to the other's MAC: it happens when two owners "
        "become one and the one that stays never noticed (keepalived #160)."
    )
    return Form(
        TITLE,
        about,
        (
            vip_field(ground, ground.cluster.vips[0]),
            Field("lasting", FieldKind.SWITCH, note("Repeat it every minute from now on"), note(
                "vrrp_garp_master_refresh 60 in global_defs of each LB: what is stale is so for a "
                "minute at most."
            ), "yes"),
            held_field(),
        ),
    )  # fmt: skip


def plan(ground: Ground, answers: Answers) -> Plan:
    """Return the plan; ``ProcedureError`` unless exactly one LB has the VIP."""
    vip = vip_named(ground, answers["vip"])
    lbs = lbs_of(ground, vip)
    holders = [lb for lb in lbs if lb.holds]
    if len(holders) != 1:
        raise ProcedureError(
            t(
                "{vip} is on {hosts}: stale ARP is about one owner. Use {other}.",
                vip=vip.address,
                hosts=t(" AND ").join(lb.name for lb in holders) or t("no LB"),
                other="recover-split-brain" if holders else "recover-no-owner",
            )
        )
    owner = holders[0]
    phases = [Phase(note("Tell everybody"), ((tell_everybody(owner),),))]
    if answers["lasting"] == "yes":
        lanes: list[Lane] = [
            (
                place_edited(
                    lb,
                    edited(
                        lb,
                        lambda editor: (
                            editor.ensure_block("global_defs"),
                            editor.set("global_defs / vrrp_garp_master_refresh", REFRESH_S),
                        ),
                    ),
                ),
            )
            for lb in sorted(lbs, key=lambda lb: lb.holds)
            if not lb.known.conf.garp_refresh_s and not lb.instance.garp_refresh_s
        ]
        if lanes:
            phases.append(Phase(note("Say it again every minute"), tuple(lanes), parallel=False))
    phases.append(
        Phase(
            note("One owner, proven from four sides"),
            proof(ground, lbs, owner, settle_s=SETTLE_S, answers=answers),
            parallel=False,
        )
    )
    return Plan(
        procedure="recover-stale-arp",
        title=TITLE,
        cluster=ground.cluster.name,
        phases=tuple(phases),
        answers=tuple(answers.items()),
    )
