"""What is said over a plan: how much it changes, how far it is, how it ended."""

from __future__ import annotations

from haconsole.procedures.plan import Phase, Plan, Step
from haconsole.procedures.progress import RunProgress, RunStatus, StepProgress, StepStatus
from haconsole.telling import say
from haconsole.words import t, tn

from . import marks
from .ink import Ink, Line, Tone, ink, spread, wrap
from .plan import ACTIVE, failed_step, running_step
from .units import duration, took

_BAR = 20
_OPEN = frozenset({StepStatus.WAITING, StepStatus.PENDING, StepStatus.UNTOLD, StepStatus.CHECKING})


def expected_s(plan: Plan, progress: RunProgress, now: float | None = None) -> float:
    """Return the seconds that what is open will still take; lanes at the same time count once."""
    return sum(_phase_s(phase, progress, now) for phase in plan.phases)


def _phase_s(phase: Phase, progress: RunProgress, now: float | None) -> float:
    lanes = [sum(_left_s(step, progress.of(step.id), now) for step in lane) for lane in phase.lanes]
    if not lanes:
        return 0.0
    return max(lanes) if phase.parallel else sum(lanes)


def _left_s(step: Step, stands: StepProgress, now: float | None) -> float:
    if stands.status.over:
        return 0.0
    if now is not None and stands.began is not None and stands.status in ACTIVE:
        return max(0.0, step.expected_s - (now - stands.began))
    return step.expected_s


def share_done(plan: Plan, progress: RunProgress, now: float) -> float:
    """Return how much of the expected work is behind us, 0 to 1."""
    whole = sum(step.expected_s for step in plan.steps) or 1.0
    done = 0.0
    for step in plan.steps:
        stands = progress.of(step.id)
        if stands.status.over:
            done += step.expected_s
        elif stands.status in ACTIVE and stands.began is not None:
            done += min(now - stands.began, 0.95 * step.expected_s)
    return max(0.0, min(1.0, done / whole))


def counted(plan: Plan, progress: RunProgress) -> str:
    """Return how many steps are behind us: ``3/7``."""
    over = sum(progress.of(step.id).status.over for step in plan.steps)
    return f"{over}/{len(plan.steps)}"


def head_lines(plan: Plan, progress: RunProgress, width: int, now: float) -> list[Line]:
    """Return the sentences over the list of steps, the most important first."""
    problem = progress.problem
    said = _wrapped(f"{marks.BAD} {say(problem)}", Tone.CRITICAL, width) if problem else []
    for warning in progress.warnings:
        said += _wrapped(f"{marks.WARN} {say(warning)}", Tone.WARNING, width)
    return said + _standing(plan, progress, width, now)


def _standing(plan: Plan, progress: RunProgress, width: int, now: float) -> list[Line]:
    match progress.status:
        case RunStatus.READY | RunStatus.SURVEYING:
            return _preview(plan, progress, width)
        case RunStatus.RUNNING | RunStatus.STOPPING | RunStatus.ROLLING_BACK:
            return [_moving(plan, progress, width, now)]
        case _:
            return _ended(plan, progress, width)


def _preview(plan: Plan, progress: RunProgress, width: int) -> list[Line]:
    if progress.status is RunStatus.SURVEYING:
        text = t("Looking what is so already; nothing is changed by that.")
        return [(Ink(f" {text}", Tone.INFO),)]
    todo = to_change(plan, progress)
    if not todo:
        text = t("Nothing to change: all is as this plan wants it.")
        return _wrapped(f"{marks.GOOD} {text}", Tone.OK, width)
    parts = [
        tn("{count} step changes something", "{count} steps change something", todo)
        + t(" on {hosts}; about {span}.", hosts=hosts_text(plan, progress),
            span=duration(max(1.0, expected_s(plan, progress))))
    ]  # fmt: skip
    for status, one, many in (
        (StepStatus.SATISFIED, "{count} is so already.", "{count} are so already."),
        (StepStatus.UNTOLD, "{count} cannot be told yet.", "{count} cannot be told yet."),
    ):
        count = _count(plan, progress, status)
        if count:
            parts.append(tn(one, many, count))
    parts.append(t("Nothing has been changed yet."))
    return _wrapped(" ".join(parts), Tone.STRONG, width)


def to_change(plan: Plan, progress: RunProgress) -> int:
    """Return how many steps will change something, as far as that can be told."""
    return sum(step.mutating and progress.of(step.id).status in _OPEN for step in plan.steps)


def hosts_text(plan: Plan, progress: RunProgress) -> str:
    """Return the names of the hosts on which something is to change."""
    names = [
        host
        for host in plan.hosts
        if any(
            step.mutating and step.host == host and progress.of(step.id).status in _OPEN
            for step in plan.steps
        )
    ]
    if len(names) > 4:
        return t("{count} hosts", count=len(names))
    if len(names) < 2:
        return "".join(names)
    return t("{names} and {last}", names=", ".join(names[:-1]), last=names[-1])


def _count(plan: Plan, progress: RunProgress, status: StepStatus) -> int:
    return sum(progress.of(step.id).status is status for step in plan.steps)


def bar(share: float, width: int = _BAR) -> tuple[Ink, Ink]:
    """Return a bar that is filled by a share of 0 to 1."""
    full = round(share * width)
    return Ink("█" * full, Tone.INFO), Ink("─" * (width - full), Tone.LINE)


def _moving(plan: Plan, progress: RunProgress, width: int, now: float) -> Line:
    words = {
        RunStatus.RUNNING: t("RUNNING"),
        RunStatus.STOPPING: t("STOPPING"),
        RunStatus.ROLLING_BACK: t("ROLLING BACK"),
    }
    left: list[Ink] = [Ink(f" ▶ {words[progress.status]}  ", Tone.INFO)]
    if progress.status is RunStatus.RUNNING:
        left += bar(share_done(plan, progress, now), _BAR if width >= 80 else 10)
        left.append(Ink(f"  {counted(plan, progress)}", Tone.STRONG))
    elif progress.status is RunStatus.STOPPING:
        left.append(Ink(t("what runs now is finished, the rest is not begun"), Tone.TEXT))
    else:
        left.append(Ink(t("what this run did is undone, last first"), Tone.TEXT))
    spent = duration(now - progress.began) if progress.began is not None else ""
    rest = expected_s(plan, progress, now)
    right = [Ink(spent, Tone.TEXT)]
    if progress.status is RunStatus.RUNNING and rest >= 1:
        right.append(Ink(t(", {span} to go", span=duration(rest)), Tone.MUTED))
    return spread(tuple(left), (*right, Ink(" ")), width)


def _ended(plan: Plan, progress: RunProgress, width: int) -> list[Line]:
    changed = _changed(plan, progress)
    spent = ""
    if progress.began is not None and progress.ended is not None:
        spent = t(" in {span}", span=took(progress.ended - progress.began))
    facts = _facts(plan, progress)
    match progress.status:
        case RunStatus.DONE:
            text = t("DONE{spent}: {facts}", spent=spent, facts=facts)
            return _wrapped(f"{marks.GOOD} {text}", Tone.OK, width)
        case RunStatus.ROLLED_BACK:
            text = t("ROLLED BACK{spent}: {facts}", spent=spent, facts=facts)
            return _wrapped(f"◀ {text}", Tone.STRONG, width)
        case RunStatus.STOPPED:
            text = t("STOPPED{spent}: {facts}", spent=spent, facts=facts)
            return _wrapped(f"{marks.WARN} {text}", Tone.WARNING, width)
    lines: list[Line] = []
    failed = failed_step(plan, progress)
    if failed is not None:
        stands = progress.of(failed.id)
        why = say(stands.problem) if stands.problem is not None else t("no reason was given")
        text = t("FAILED on {host}: {title}", host=failed.host, title=say(failed.title))
        lines += _wrapped(f"{marks.BAD} {text}", Tone.CRITICAL, width)
        lines += _wrapped(f"  {why}", Tone.STRONG, width)
        if failed.way_on is not None:
            lines += _wrapped(f"  {t('Way on:')} {say(failed.way_on)}", Tone.ACCENT, width)
    if not changed:
        facts = f"{t('Nothing was changed.')} {facts}".rstrip()
    return lines + _wrapped(f"  {facts}", Tone.MUTED, width)


def _changed(plan: Plan, progress: RunProgress) -> int:
    done = (StepStatus.DONE, StepStatus.UNDOING)
    return sum(s.mutating and progress.of(s.id).status in done for s in plan.steps)


def _facts(plan: Plan, progress: RunProgress) -> str:
    parts = []
    for count, one, many in (
        (_changed(plan, progress), "{count} change is made", "{count} changes are made"),
        (_count(plan, progress, StepStatus.SATISFIED), "{count} was so already",
         "{count} were so already"),
        (_count(plan, progress, StepStatus.UNDONE), "{count} is undone", "{count} are undone"),
        (_count(plan, progress, StepStatus.SKIPPED), "{count} step was not begun",
         "{count} steps were not begun"),
    ):  # fmt: skip
        if count:
            parts.append(tn(one, many, count))
    return ", ".join(parts) + "." if parts else ""


def _wrapped(text: str, tone: Tone, width: int) -> list[Line]:
    return wrap((Ink(" "), ink(text, tone)), width - 1, hang=3)


def warning_lines(plan: Plan, width: int, *, most: int = 6) -> list[Line]:
    """Return what the plan warns of before it runs; ``most`` lines of it."""
    lines: list[Line] = []
    for warning in plan.warnings:
        lines += _wrapped(f"{marks.WARN} {say(warning)}", Tone.WARNING, width)
    if len(lines) > most:
        rest = len(lines) - most + 1
        more = tn("  {count} more line of warnings: they are in the runbook",
                  "  {count} more lines of warnings: they are in the runbook", rest)  # fmt: skip
        lines = [*lines[: most - 1], (Ink(more, Tone.WARNING),)]
    return lines


def home_line(plan: Plan, progress: RunProgress, width: int, now: float) -> Line:
    """Return the line on the home screen while a plan runs."""
    step = running_step(plan, progress)
    where = f"{step.host}: {say(step.title)}" if step is not None else ""
    left = (
        Ink(" ▶ ", Tone.INFO),
        ink(say(plan.title), Tone.STRONG, "app.show_change"),
        Ink(f"  {counted(plan, progress)}  ", Tone.INFO),
        *bar(share_done(plan, progress, now), 10),
        Ink("  "),
        ink(where, Tone.TEXT),
    )
    return spread(left, (Ink(t("6 shows it "), Tone.KEY, "app.show_change"),), width)
