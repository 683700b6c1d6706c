"""Under a lesson's page: what is to be done, how its checks stand, what is being done for it."""

from __future__ import annotations

from haconsole.procedures.progress import RunProgress
from haconsole.telling import say
from haconsole.training.score import DONE_FOR_YOU, FULL, HINT, mean
from haconsole.training.standing import CheckView, LessonProgress, Phase
from haconsole.words import t, tn

from . import marks
from .ink import BLANK, Ink, Line, Tone, cells, clip, fit, ink, join, spread, width_of, wrap
from .lessonmarkdown import inline_line
from .lessonpage import words
from .plan import ACTIVE, longest_host, plan_rows, row_line
from .planhead import bar, counted, share_done
from .units import duration

#: What is done by the console: nothing is asked of the learner then.
BUSY = frozenset({Phase.SETTING_UP, Phase.PREPARING, Phase.SOLVING, Phase.RESETTING})
_BUSY_WORDS = {
    Phase.SETTING_UP: "SETTING UP",
    Phase.PREPARING: "PREPARING",
    Phase.SOLVING: "DOING IT FOR YOU",
    Phase.RESETTING: "RESETTING",
}
_WORD = 8


def work_lines(
    progress: LessonProgress, width: int, room: int, now: float, since: float | None = None
) -> list[Line]:
    """Return exactly ``room`` lines for the foot of the screen, whatever happens.

    ``since``: when the phase began (feed's time), where that is known.
    """
    match progress.phase:
        case phase if phase in BUSY:
            lines = _busy(progress, width, room, now, since)
        case Phase.BROKEN:
            lines = _broken(progress, width)
        case Phase.OVER:
            lines = _over(progress, width, room)
        case Phase.ASKING:
            lines = []
        case _:
            lines = _checks(progress, width, room, now)
    return (lines + [BLANK] * room)[:room]


# What the learner does


def _checks(progress: LessonProgress, width: int, room: int, now: float) -> list[Line]:
    step = progress.step
    if step is None:
        return []
    passed = progress.phase is Phase.PASSED
    lines: list[Line] = []
    if passed:
        lines.append(_passed(progress, width))
    else:
        told = words(step.task) if step.task else t("Watch: nothing is asked of you here.")
        head = Ink(f" {t('DO') if step.task else t('SEE')}  ", Tone.HEAD)
        row = (head, *inline_line(told, Tone.STRONG))
        lines += wrap(row, width - 1, hang=width_of((head,)))[: 2 if room < 9 else 3]
    if progress.problem is not None and not passed:
        failed = (Ink(f" {marks.BAD} ", Tone.CRITICAL), ink(say(progress.problem), Tone.TEXT))
        lines += wrap(failed, width - 1, hang=3)[:2]
    lines += _listed(progress, width, room - len(lines) - 1, now)
    return [*(lines + [BLANK] * room)[: room - 1], _costs(progress, width, now)]


def _listed(progress: LessonProgress, width: int, free: int, now: float) -> list[Line]:
    """Return the checks in ``free`` lines; the longest sentences give way first."""
    views = progress.checks
    if len(views) > free:
        more = tn("… and {count} more check", "… and {count} more checks", len(views) - free + 1)
        rest: list[Line] = [(Ink(f"   {more}", Tone.MUTED),)]
        views = views[: max(0, free - 1)]
    else:
        rest = []
    most = 4
    while True:
        told = [check_lines(view, width, now, progress.deadline, most=most) for view in views]
        if most == 1 or sum(map(len, told)) + len(rest) <= free:
            return [line for lines in told for line in lines] + rest
        most -= 1


def check_lines(
    view: CheckView, width: int, now: float, deadline: float | None, *, most: int = 2
) -> list[Line]:
    """Return a check: its mark, its word, and what is seen in a sentence."""
    glyph, word, tone = check_words(view, now, deadline)
    left: Line = (Ink(f" {glyph} {fit(word, max(_WORD, cells(word)))} ", tone),)
    said = say(view.seen.note)
    hold = _held(view, now)
    line: Line = (*left, ink(said, Tone.MUTED if view.done else Tone.TEXT), *hold)
    lines = wrap(line, width - 1, hang=width_of(left))
    return (
        lines if len(lines) <= most else [*lines[: most - 1], clip(_rest(lines, most), width - 1)]
    )


def _rest(lines: list[Line], most: int) -> Line:
    """Return the last line that there is room for, which shows that something is missing."""
    return (*lines[most - 1], Ink(" …", Tone.MUTED))


def check_words(view: CheckView, now: float, deadline: float | None) -> tuple[str, str, Tone]:
    """Return glyph, word and tone of a check."""
    if view.done:
        return marks.GOOD, t("done"), Tone.OK
    if view.seen.ok is None:
        return marks.UNKNOWN, t("unknown"), Tone.UNKNOWN
    if view.since is not None:
        return marks.YES, t("holds"), Tone.OK
    if deadline is not None and now > deadline:
        return marks.WARN, t("late"), Tone.WARNING
    return marks.IDLE, t("waiting"), Tone.TEXT


def _held(view: CheckView, now: float) -> Line:
    """Return for how long it holds of how long it has to."""
    if view.done or view.since is None or view.check.hold_s <= 0:
        return ()
    spent = min(max(0.0, now - view.since), view.check.hold_s)
    text = t("  held {spent:.0f} of {hold:g} s", spent=spent, hold=view.check.hold_s)
    return (Ink(text, Tone.INFO),)


def _passed(progress: LessonProgress, width: int) -> Line:
    last = progress.at + 1 >= len(progress.lesson.steps)
    text = t("That was the last step: Enter shows the score.") if last else t("Enter goes on.")
    left: Line = (Ink(f" {marks.GOOD} {t('DONE')}  ", Tone.OK), ink(text, Tone.STRONG))
    step = progress.step
    won = progress.points.get(step.id) if step is not None else None
    if won is None:
        return clip(left, width)
    why = ", ".join(f"−{less} {say(reason)}" for less, reason in won.lost)
    right: Line = (ink(t("{points} points", points=won.points), Tone.STRONG),
                   ink(f" ({why})" if why else "", Tone.MUTED), Ink(" "))  # fmt: skip
    return spread(left, right, width)


def _costs(progress: LessonProgress, width: int, now: float) -> Line:
    """Return what help there is and what it costs, and how long the checks are waited for."""
    step = progress.step
    if step is None or progress.phase is not Phase.WORKING:
        return BLANK
    left = len(step.hints) - progress.hints
    parts: list[Line] = []
    if left > 0:
        text = tn("hint −{cost} ({count} left)", "hint −{cost} ({count} left)", left, cost=HINT)
        parts.append((Ink("h ", Tone.KEY, "screen.command('lesson.hint')"), Ink(text, Tone.MUTED)))
    if step.solve:
        text = t("do it for me −{cost}", cost=DONE_FOR_YOU)
        parts.append((Ink("d ", Tone.KEY, "screen.command('lesson.do')"), Ink(text, Tone.MUTED)))
    return spread((Ink(" "), *join(parts, "   ")), _clock(progress, now), width)


def _clock(progress: LessonProgress, now: float) -> Line:
    if progress.deadline is None or not progress.checks:
        return ()
    rest = progress.deadline - now
    if rest >= 0:
        return (Ink(t("usually within {span} ", span=duration(rest)), Tone.MUTED),)
    text = t("{span} late, at no cost ", span=duration(-rest))
    return (Ink(text, Tone.WARNING),)


# What is done for the learner


def _busy(
    progress: LessonProgress, width: int, room: int, now: float, since: float | None
) -> list[Line]:
    word = t(_BUSY_WORDS[progress.phase])
    lines = wrap((Ink(f" ▶ {word}  ", Tone.INFO), ink(say(progress.doing), Tone.STRONG)),
                 width - 1, hang=3)[:2]  # fmt: skip
    plan, run = progress.plan, progress.run or RunProgress()
    if plan is None:
        spent = (Ink(f"   {duration(now - since)}", Tone.MUTED),) if since is not None else ()
        return [*lines, spent]
    right = (Ink(f"{counted(plan, run)} ", Tone.STRONG),)
    filled = bar(share_done(plan, run, now), max(10, min(40, width - 20)))
    lines.append((Ink("   "), *filled, Ink("  "), *right))
    rows = [row for row in plan_rows(plan) if row.step is not None]
    at = next((i for i, r in enumerate(rows) if r.step and run.of(r.step.id).status in ACTIVE), -1)
    if at < 0:
        at = sum(r.step is not None and run.of(r.step.id).status.over for r in rows)
    free = room - len(lines)
    first = max(0, min(at - 1, len(rows) - free))
    hosts = longest_host(plan)
    lines += [row_line(r, run, width - 1, hosts=hosts, now=now) for r in rows[first : first + free]]
    return lines


def _broken(progress: LessonProgress, width: int) -> list[Line]:
    why = say(progress.problem) or t("no reason was given")
    lines = wrap((Ink(f" {marks.BAD} {t('IT CANNOT GO ON')}  ", Tone.CRITICAL), ink(why)),
                 width - 1, hang=3)  # fmt: skip
    way = t("r resets: the cluster is brought back to where this step begins, whatever was done.")
    return [*lines, *wrap((Ink("   "), Ink(way, Tone.ACCENT)), width - 1, hang=3)]


# The end


def _over(progress: LessonProgress, width: int, room: int) -> list[Line]:
    score = mean(progress.points.values())
    glyph, tone = (marks.GOOD, Tone.OK) if score >= FULL * 0.6 else (marks.IDLE, Tone.TEXT)
    text = t("{score} of {full} points", score=score, full=FULL)
    left: Line = (Ink(f" {glyph} {t('LESSON DONE')}  ", tone), Ink(text, Tone.STRONG))
    lines = [clip(left, width)]
    lost = [
        (step, progress.points[step.id])
        for step in progress.lesson.steps
        if step.id in progress.points and progress.points[step.id].lost
    ]
    if not lost:
        lines.append((Ink(f"   {t('Every step without help. Well done.')}", Tone.TEXT),))
    free = room - len(lines) - 1
    for index, (step, won) in enumerate(lost):
        if index == free - 1 and len(lost) > free:
            more = tn("… and {count} more step", "… and {count} more steps", len(lost) - index)
            lines.append((Ink(f"   {more}", Tone.MUTED),))
            break
        why = ", ".join(f"−{less} {say(reason)}" for less, reason in won.lost)
        row: Line = (Ink("   "), ink(words(step.title), Tone.TEXT), Ink("  "), ink(why, Tone.MUTED))
        lines.append(clip(row, width - 1))
    on: Line = (Ink(f" {t('Enter')} ", Tone.KEY), Ink(t("goes on to the next lesson"), Tone.MUTED))
    return [*(lines + [BLANK] * room)[: room - 1], on]
