"""``drain``: a host is taken out of service for maintenance."""

from __future__ import annotations

from haconsole.domain.notes import note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.form import Answers, Form
from haconsole.procedures.plan import Plan
from haconsole.procedures.recover.maintenance import form_of, plan_drain

TITLE = note("Take a host out for maintenance")
ABOUT = note(
    "An LB gives the VIP to another one and stays out, also over a reboot; a web node gets no "
    "more requests, and finishes those that it has. bring-back undoes it."
)


def form(ground: Ground) -> Form:
    """Return the question. Pure."""
    return form_of(ground, TITLE, ABOUT)


def plan(ground: Ground, answers: Answers) -> Plan:
    """Return the plan; ``ProcedureError`` where nobody could replace the host."""
    return plan_drain(ground, answers)
