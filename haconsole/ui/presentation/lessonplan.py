"""A plan as text to learn from: each step with its reason, its file, its exact commands."""

from __future__ import annotations

from haconsole.procedures.plan import Plan, Step
from haconsole.telling import say

from .ink import BLANK, Ink, Line, Tone, ink, wrap
from .shell import diff_lines
from .step import commands


def plan_lines(plan: Plan, width: int) -> list[Line]:
    """Return every step of a plan in lines of ``width``."""
    lines: list[Line] = []
    for number, step in plan.numbered():
        lines += [*_step(number, step, width), BLANK]
    return lines[:-1]


def _step(number: int, step: Step, width: int) -> list[Line]:
    head: Line = (
        Ink(f"{number:>2}  ", Tone.MUTED),
        ink(f"{step.host}  ", Tone.ACCENT),
        ink(say(step.title), Tone.STRONG),
    )
    lines = wrap(head, width, hang=4)
    reason = say(step.reason)
    if reason:
        lines += wrap((Ink("    "), ink(reason)), width, hang=4)
    rows: list[Line] = []
    if step.file is not None and step.file.changes:
        for row in diff_lines(step.file.diff()):
            rows += wrap(row, width - 4, hang=4) or [BLANK]
    rows += commands(step, width - 4)
    return [*lines, *((Ink("    "), *row) for row in rows)]
