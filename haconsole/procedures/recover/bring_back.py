"""``bring-back``: a host that was taken out serves again."""

from __future__ import annotations

from haconsole.domain.notes import note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.form import Answers, Form
from haconsole.procedures.plan import Plan
from haconsole.procedures.recover.maintenance import form_of, plan_bring_back

TITLE = note("Bring a host back")
ABOUT = note("What drain took out takes part again; an LB with the highest priority gets the VIP.")


def form(ground: Ground) -> Form:
    """Return the question. Pure."""
    return form_of(ground, TITLE, ABOUT)


def plan(ground: Ground, answers: Answers) -> Plan:
    """Return the plan."""
    return plan_bring_back(ground, answers)
