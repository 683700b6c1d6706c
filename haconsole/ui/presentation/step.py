"""One step in full: why, which file becomes what, the exact commands, what it printed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from haconsole.procedures.plan import FileChange, Step
from haconsole.procedures.progress import StepProgress, StepStatus
from haconsole.telling import say
from haconsole.transport.commands import Command
from haconsole.words import t

from . import marks
from .ink import BLANK, Ink, Line, Tone, indent, ink, width_of, wrap
from .plan import ACTIVE, asks_tick, status_of
from .shell import diff_lines, script_lines
from .units import duration, took

#: Lines of a diff, a script or an output that are shown; the runbook has all of them.
MOST_LINES = 2000


def step_lines(
    step: Step, stands: StepProgress, width: int, *, now: float = 0.0, ticked: bool = False
) -> list[Line]:
    """Return what stands beside the list while a step is chosen.

    While it runs that is what it prints; before and after, everything that the plan says of it.
    """
    lines = [_standing(step, stands, now)]
    failed = stands.status is StepStatus.FAILED
    if stands.problem is not None:
        tone = Tone.CRITICAL if failed else Tone.UNKNOWN
        lines += _wrapped(say(stands.problem), tone, width)
        if step.way_on is not None and failed:
            lines += _wrapped(f"{t('Way on:')} {say(step.way_on)}", Tone.ACCENT, width)
    if stands.status is StepStatus.LINK_LOST:
        calm = t("The link is lost; what was begun goes on on {host}, and is found again as soon "
                 "as the link is back.", host=step.host)  # fmt: skip
        lines += _wrapped(calm, Tone.UNKNOWN, width)
    if stands.status in ACTIVE and stands.output:
        return [*lines, *_output(stands, width)]
    if stands.output:
        lines += [_head(t("PRINTED")), *_output(stands, width)]
    lines += _wrapped(say(step.reason), Tone.TEXT, width)
    if step.file is not None:
        lines += _file(step, step.file, stands, width, ticked=ticked)
    return lines + commands(step, width)


def _standing(step: Step, stands: StepProgress, now: float) -> Line:
    glyph, word, tone = status_of(step, stands)
    parts = [
        ink(f"{step.host}: {say(step.title)}", Tone.STRONG),
        Ink("  "),
        Ink(f"{glyph} {word}", tone),
    ]
    if stands.status in ACTIVE and stands.began is not None:
        spent = duration(now - stands.began)
        parts.append(Ink(t("  {spent} of about {expected}", spent=spent,
                           expected=duration(step.expected_s)), Tone.MUTED))  # fmt: skip
        if now - stands.began > max(2 * step.expected_s, step.expected_s + 5):
            parts.append(Ink(t("  (longer than expected)"), Tone.WARNING))
    elif stands.seconds is not None:
        parts.append(Ink(t("  in {span}", span=took(stands.seconds)), Tone.MUTED))
    return tuple(parts)


def _output(stands: StepProgress, width: int) -> list[Line]:
    return _folded(((ink(row),) for row in stands.output[-MOST_LINES:]), width)


def _folded(lines: Iterable[Line], width: int) -> list[Line]:
    """Break lines that are too long: of a command, nothing may be hidden."""
    folded: list[Line] = []
    for line in lines:
        folded += [line] if width_of(line) <= width else wrap(line, width, hang=6)
    return folded


@lru_cache(maxsize=32)
def _diff(change: FileChange) -> tuple[str, ...]:
    """Return a file's diff; the same plan is painted often."""
    return tuple(change.diff())


def _file(
    step: Step, change: FileChange, stands: StepProgress, width: int, *, ticked: bool
) -> list[Line]:
    lines = [_head(t("FILE")), (ink(change.path, Tone.STRONG), Ink("  "), _becomes(change))]
    if change.foreign and change.changes:
        sentence = t("This file is not as this tool left it: somebody else wrote it, or changed "
                     "it since. What is there is kept as an earlier version.")  # fmt: skip
        lines += _wrapped(f"{marks.WARN} {sentence}", Tone.WARNING, width)
        if asks_tick(step, stands):
            tick = t("Space allows it to be replaced.") if not ticked else t("You allowed that.")
            lines += _wrapped(tick, Tone.WARNING, width)
    rows = _diff(change)
    lines += _folded(diff_lines(rows[:MOST_LINES]), width)
    if len(rows) > MOST_LINES:
        more = t("… {count} more lines: they are in the runbook", count=len(rows) - MOST_LINES)
        lines.append((Ink(more, Tone.MUTED),))
    return lines


def _becomes(change: FileChange) -> Ink:
    if change.after is None:
        return Ink(t("is removed"), Tone.WARNING)
    how = t("{mode} {owner}", mode=f"{change.mode:04o}", owner=change.owner)
    if not change.changes:
        return ink(t("stays as it is ({how})", how=how), Tone.MUTED)
    if change.before is None:
        return ink(t("is new ({how})", how=how), Tone.MUTED)
    return ink(t("changes ({how})", how=how), Tone.MUTED)


def commands(step: Step, width: int) -> list[Line]:
    """Return the exact commands of a step, each under what it is for."""
    lines: list[Line] = []
    for title, command in (
        (t("ASKS FIRST  (exit 0: it is so already)"), step.check),
        (t("DOES"), step.do),
        (t("LOOKS AFTERWARDS  (exit 0: it is so)"), step.verify),
        (t("TAKES IT BACK"), step.undo),
    ):
        if command is not None:
            lines += [_head(title, _how(command)), *_script(command, width)]
    return lines


def _how(command: Command) -> str:
    how = [t("as root")] if command.root else []
    if command.stdin is not None:
        size = len(command.stdin)
        how.append(t("{count} bytes of standard input, not shown", count=size))
    return ", ".join(how)


def _script(command: Command, width: int) -> list[Line]:
    lines = (indent(line, 2) for line in script_lines(command.script)[:MOST_LINES])
    return _folded(lines, width) or [(Ink("  "), Ink(t("nothing"), Tone.MUTED))]


def _head(title: str, more: str = "") -> Line:
    return (Ink(title, Tone.HEAD), Ink(f"  {more}" if more else "", Tone.MUTED))


def _wrapped(text: str, tone: Tone, width: int) -> list[Line]:
    return wrap((ink(text, tone),), width, hang=2) if text else [BLANK]


def step_text(step: Step) -> str:
    """Return a step's commands as plain text, to be copied."""
    scripts = [command.script.strip() for command in (step.do or step.verify or step.check,)
               if command is not None]  # fmt: skip
    return "\n".join([f"# {step.host}: {say(step.title)}", *scripts])
