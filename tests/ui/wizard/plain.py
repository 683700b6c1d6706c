"""A procedure that asks nothing."""

from __future__ import annotations

from haconsole.domain.notes import note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.form import Answers, Form
from haconsole.procedures.plan import Plan

from . import tutorial


def form(ground: Ground) -> Form:
    """Ask nothing."""
    return Form(note("Plain"), note("No questions."))


def plan(ground: Ground, answers: Answers) -> Plan:
    """The tutorial's plan, with its defaults."""
    return tutorial.plan(ground, tutorial.form(ground).defaults())
