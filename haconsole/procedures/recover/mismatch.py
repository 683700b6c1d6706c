"""``fix-mismatch``: the settings that a pair must have alike, taken from one LB."""

from __future__ import annotations

from collections.abc import Callable

from haconsole.domain.notes import Note, note
from haconsole.parsers.conf import Editor
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure import fields as ask
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.form import Answers, Choice, Field, FieldKind, Form
from haconsole.procedures.plan import Lane, Phase, Plan
from haconsole.procedures.recover.mending import (
    SETTINGS,
    differing,
    edited,
    named,
    place_edited,
    settings_lanes,
)
from haconsole.procedures.recover.proof import SETTLE_S, held_field, proof
from haconsole.procedures.recover.split_brain import back_to_one, vip_field
from haconsole.procedures.recover.standing import Lb, lbs_of, survivor_of, vip_named
from haconsole.telling import say
from haconsole.words import t

TITLE = note("Make the pair's settings match")
#: How far below the model a priority goes that was equal: any check's weight stays visible.
_GAP = 50


def form(ground: Ground) -> Form:
    """Return the questions. Pure."""
    vip = ground.cluster.vips[0]
    lbs = lbs_of(ground, vip)
    model, _ = survivor_of(lbs)
    what = sorted({one.key for found in differing(lbs, model).values() for one in found})
    if _equal(lbs, model) and not what:
        what.append("priority")  # what else differs comes first: see _priorities
    known = ", ".join([one.key for one in SETTINGS] + ["priority"])
    about = note(
        "An LB takes no advert whose VRID, authentication, interval, version or addresses are "
        "others than its own, so both own the VIP. Different now: {what}.",
        what=named(lbs, model) or note("nothing"),
    )
    return Form(
        TITLE,
        about,
        (
            vip_field(ground, vip),
            Field("model", FieldKind.CHOICE, note("Whose settings stand"), note(
                "It keeps the VIP meanwhile; the others get what it has."
            ), model.name, tuple(Choice(lb.name, note("{h}", h=lb.name)) for lb in lbs)),
            Field("settings", FieldKind.LIST, note("Settings"), note(
                "Of: {known}.", known=known
            ), ", ".join(what), (), _known),
            held_field(),
        ),
    )  # fmt: skip


def plan(ground: Ground, answers: Answers) -> Plan:
    """Return the plan; the others stand still while they change, so nobody owns it twice."""
    vip = vip_named(ground, answers["vip"])
    lbs = lbs_of(ground, vip)
    model = next(lb for lb in lbs if lb.name == answers["model"])
    keys = ask.words(answers["settings"])
    lanes = list(settings_lanes(lbs, model, [key for key in keys if key != "priority"]))
    if "priority" in keys:
        lanes += _priorities(lbs, model, taken=[lane[0].host for lane in lanes])
    phases = (
        back_to_one(ground, lbs, model, lanes, answers)
        if lanes
        else (
            Phase(note("One owner, proven from four sides"),
                  proof(ground, lbs, model, settle_s=SETTLE_S, answers=answers), parallel=False),
        )
    )  # fmt: skip
    return Plan(
        procedure="fix-mismatch",
        title=TITLE,
        cluster=ground.cluster.name,
        phases=phases,
        answers=tuple(answers.items()),
        warnings=(() if lanes else (note("Nothing of that differs: it is only looked at."),)),
        moves_vip=bool(lanes),
    )


def _equal(lbs: tuple[Lb, ...], model: Lb) -> list[Lb]:
    return [lb for lb in lbs if lb is not model and lb.priority == model.priority]


def _priorities(lbs: tuple[Lb, ...], model: Lb, taken: list[str]) -> list[Lane]:
    lanes: list[Lane] = []
    for lb in _equal(lbs, model):
        if lb.name in taken:
            raise ProcedureError(
                t(
                    "{host} needs other settings too: first those, then priority alone "
                    "(--set settings=priority).",
                    host=lb.name,
                )
            )
        lanes.append((place_edited(lb, edited(lb, _lowered(lb, max(1, model.priority - _GAP)))),))
    return lanes


def _lowered(lb: Lb, priority: int) -> Callable[[Editor], object]:
    path = [f"vrrp_instance {lb.instance.name}", "priority"]
    return lambda editor: editor.set(path, priority)


def _known(value: str) -> Note | None:
    known = {one.key for one in SETTINGS} | {"priority"}
    for word in ask.words(value):
        if word not in known:
            return note("“{word}” is none of {known}", word=word[:40],
                        known=say(note("{k}", k=", ".join(sorted(known)))))  # fmt: skip
    return None
