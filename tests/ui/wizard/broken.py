"""A procedure that can be begun nowhere."""

from __future__ import annotations

from haconsole.procedures.catalogue import Ground
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.form import Answers, Form
from haconsole.procedures.plan import Plan


def form(ground: Ground) -> Form:
    """Refuse."""
    raise ProcedureError("This cluster has no brake.")


def plan(ground: Ground, answers: Answers) -> Plan:
    """Never asked for."""
    raise ProcedureError("This cluster has no brake.")
