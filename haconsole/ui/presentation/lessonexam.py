"""An exam: what is to be named, what clients feel, how the rounds went."""

from __future__ import annotations

from haconsole.telling import say
from haconsole.training.exam_standing import Cause, ExamPhase, ExamProgress, Felt, RoundResult
from haconsole.words import t, tn

from . import marks
from .confirming import Said
from .ink import BLANK, Ink, Line, Tone, cells, clip, fit, ink, spread, wrap
from .lessonmarkdown import markdown_lines
from .lessonpage import words
from .units import duration, percent, took

#: The learner is asked for something then.
AT_WORK = frozenset({ExamPhase.WATCHING, ExamPhase.MENDING})
_PHASES = {
    ExamPhase.SETTING_UP: ("▶", "SETTING UP", Tone.INFO),
    ExamPhase.WATCHING: (marks.IDLE, "WATCH, AND NAME THE CAUSE", Tone.STRONG),
    ExamPhase.MENDING: (marks.YES, "RIGHT: NOW MEND IT", Tone.OK),
    ExamPhase.SOLVING: ("▶", "IT IS MENDED FOR YOU", Tone.INFO),
    ExamPhase.ROUND_OVER: (marks.GOOD, "THE ROUND IS OVER", Tone.STRONG),
    ExamPhase.RESETTING: ("▶", "RESETTING", Tone.INFO),
    ExamPhase.OVER: (marks.GOOD, "THE EXAM IS OVER", Tone.OK),
    ExamPhase.BROKEN: (marks.BAD, "IT CANNOT GO ON", Tone.CRITICAL),
}


def head_line(progress: ExamProgress, width: int, now: float) -> Line:
    """Return which round it is, and for how long it goes on; never when the fault was made."""
    at = t("round {at} of {count}", at=progress.round + 1, count=progress.rounds)
    left: Line = (ink(f" {words(progress.lesson.title)}", Tone.HEAD), Ink(f"  {at}", Tone.MUTED))
    if progress.began is None or progress.phase not in AT_WORK:
        return clip(left, width)
    clock = duration(now - progress.began)
    return spread(left, (Ink(f"{clock} ", Tone.STRONG),), width)


def cause_line(one: Cause, progress: ExamProgress, width: int, names: int) -> Line:
    """Return a possible answer, and whether it was said and is not it."""
    wrong = one.cause in progress.wrong
    mark: Ink = (
        Ink(f" {marks.BAD} ", Tone.CRITICAL) if wrong else Ink(f" {marks.IDLE} ", Tone.MUTED)
    )
    tone = Tone.MUTED if wrong else Tone.STRONG
    about = ink(say(one.about), Tone.MUTED if wrong else Tone.TEXT)
    return clip((mark, ink(f"{fit(one.cause, names)}  ", tone), about), width)


def longest_cause(progress: ExamProgress) -> int:
    """Return the cells of the longest name of a cause."""
    return max((cells(one.cause) for one in progress.choices), default=8)


def page_lines(progress: ExamProgress, width: int) -> list[Line]:
    """Return what is to be read while nothing is to be chosen: the way, or how it went."""
    lines: list[Line] = []
    if progress.phase is ExamPhase.SETTING_UP and not progress.results:
        lines += [*markdown_lines(words(progress.lesson.about), width), BLANK]
        lines += wrap((Ink(rules_text(progress)),), width)
    if progress.phase is ExamPhase.MENDING and progress.named:
        named = t("The cause is {cause}.", cause=progress.named)
        how = t("Mend it by whatever means: 5 offers the way, 6 the plans, a shell does too. The "
                "round ends when nothing is wrong any more.")  # fmt: skip
        lines += [*wrap((ink(named, Tone.STRONG),), width), *wrap((Ink(how),), width)]
    for number, one in enumerate(progress.results, 1):
        lines += [*(([BLANK]) if lines else []), *result_lines(number, one, width)]
    return lines


def rules_text(progress: ExamProgress) -> str:
    """Return how an exam goes, in a few sentences."""
    exam = progress.lesson.exam
    if exam is None:
        return ""
    return t(
        "In each of {rounds} rounds something is broken, at a moment that nobody tells. Name its "
        "cause (good: within {detect}), then mend it (good: within {mend}). Every screen of this "
        "console may be used.",
        rounds=progress.rounds,
        detect=duration(exam.detect_s),
        mend=duration(exam.mitigate_s),
    )


def result_lines(number: int, one: RoundResult, width: int) -> list[Line]:
    """Return how a round went."""
    where = ", ".join(one.hosts)
    title = t("Round {number}: {what} ({hosts})", number=number, what=say(one.title), hosts=where)
    points = t("{points} points", points=one.points.points)
    lines = wrap((ink(title, Tone.HEAD), Ink(f"  {points}", Tone.STRONG)), width, hang=2)
    facts = [t("cause: {causes}", causes=", ".join(one.causes))]
    facts.append(_after(t("named after {span}"), t("not named"), one.detected_s))
    facts.append(_after(t("mended after {span}"), t("not mended by you"), one.mended_s))
    if one.wrong:
        facts.append(t("taken for {causes}", causes=", ".join(one.wrong)))
    lines += wrap((Ink("  "), ink(" · ".join(facts))), width, hang=2)
    if one.felt.sent:
        lines += wrap((Ink("  "), *felt_line(one.felt)), width, hang=2)
    for less, why in one.points.lost:
        lines += wrap((ink(f"  −{less} {say(why)}", Tone.MUTED),), width, hang=4)
    return lines


def _after(said: str, never: str, seconds: float | None) -> str:
    return never if seconds is None else said.format(span=took(seconds))


def felt_line(felt: Felt) -> Line:
    """Return what clients felt so far."""
    if felt.answering is None or not felt.sent:
        return (Ink(f"{marks.UNKNOWN} ", Tone.UNKNOWN), Ink(t("clients: not known"), Tone.UNKNOWN))
    mark = (Ink(f"{marks.YES} ", Tone.OK) if felt.answering
            else Ink(f"{marks.BAD} ", Tone.CRITICAL))  # fmt: skip
    said = t("clients are answered") if felt.answering else t("clients are not answered")
    failed = tn("{count} request failed", "{count} requests failed", felt.failed)
    text = t("{failed} ({share}), longest gap {gap}", failed=failed,
             share=percent(felt.failed / felt.sent) if felt.failed else "0 %",
             gap=f"{felt.gap_s:.2f} s")  # fmt: skip
    tone = Tone.OK if felt.answering else Tone.CRITICAL
    return (mark, Ink(said, tone), Ink(f"  {text}", Tone.MUTED))


def foot_lines(progress: ExamProgress, width: int, room: int) -> list[Line]:
    """Return exactly ``room`` lines: what happens, what clients feel, what to do."""
    glyph, word, tone = _PHASES[progress.phase]
    first: Line = (Ink(f" {glyph} {t(word)}  ", tone), ink(say(progress.doing)))
    if progress.phase is ExamPhase.OVER:
        score = t("{score} of {full} points", score=progress.score, full=100)
        first = (*first, Ink(score, Tone.STRONG))
    lines = wrap(first, width - 1, hang=3)
    if progress.phase is ExamPhase.BROKEN:
        lines += wrap((Ink("   "), ink(say(progress.problem))), width - 1, hang=3)
    if progress.phase in AT_WORK or progress.phase is ExamPhase.SOLVING:
        lines.append(clip((Ink(" "), *felt_line(progress.felt)), width))
    if progress.phase is ExamPhase.OVER and progress.report:
        text = t("The page of it: {file}", file=progress.report)
        lines += wrap((Ink("   "), ink(text, Tone.MUTED)), width - 1, hang=3)
    lines += wrap((Ink("   "), Ink(_way_on(progress), Tone.ACCENT)), width - 1, hang=3)
    return (lines + [BLANK] * room)[:room]


def _way_on(progress: ExamProgress) -> str:
    match progress.phase:
        case ExamPhase.WATCHING:
            return t("Look around (1–7, and 8 comes back); Enter says that the chosen cause is it.")
        case ExamPhase.MENDING:
            return t("x gives up: it is mended for you, and the round brings no points.")
        case ExamPhase.ROUND_OVER:
            last = len(progress.results) >= progress.rounds
            return t("Enter shows the score.") if last else t("Enter begins the next round.")
        case ExamPhase.OVER:
            return t("Enter goes back to the list.")
        case ExamPhase.BROKEN:
            return t("r puts the cluster back, and begins this round again.")
    return ""


def home_line(progress: ExamProgress, width: int) -> Line:
    """Return the line on the home screen while an exam goes on."""
    _, word, _ = _PHASES[progress.phase]
    left: Line = (Ink(f" ▶ {t('EXAM')}  ", Tone.INFO),
                  ink(f"{progress.round + 1}/{progress.rounds}  ", Tone.INFO),
                  Ink(t(word), Tone.STRONG, "app.show_lessons"))  # fmt: skip
    return spread(left, (Ink(t("8 shows it "), Tone.KEY, "app.show_lessons"),), width)


def give_up_words() -> Said:
    """Return the question before a round is given up."""
    return [
        (t("Give this round up?"), Tone.STRONG),
        ("", Tone.TEXT),
        (t("It is mended for you and told what it was; the round brings no points."), Tone.TEXT),
    ]


def reset_words() -> Said:
    """Return the question before a round is begun again."""
    return [
        (t("Put the cluster back, and begin this round again?"), Tone.STRONG),
        ("", Tone.TEXT),
        (t("Whatever was done to it is lost; the rounds before it count."), Tone.TEXT),
    ]


def leave_words(*, own: bool = False) -> Said:
    """Return the question before an exam is left; ``own``: on hosts of somebody's own."""
    if own:
        told = t("What it broke is undone, and the hosts are put back, which may take minutes; an "
                 "exam that is left does not count.")  # fmt: skip
    else:
        told = t("What it broke is undone; an exam that is left does not count.")
    return [
        (t("The exam goes on. Leave it?"), Tone.STRONG),
        ("", Tone.TEXT),
        (told, Tone.TEXT),
    ]
