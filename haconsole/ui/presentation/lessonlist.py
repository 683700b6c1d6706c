"""The list of lessons: number, title, minutes, section of the tutorial, how far somebody is."""

from __future__ import annotations

from collections.abc import Sequence

from haconsole.domain.notes import Note
from haconsole.telling import say
from haconsole.ui.lessoning import Shelved
from haconsole.words import t

from . import marks
from .ink import BLANK, Ink, Line, Tone, clip, fit, ink, spread, wrap
from .lessonmarkdown import inline_line
from .lessonpage import words

#: Cells of the longest section and of the longest word on how far somebody is.
_SECTIONS, _FAR = 12, 15


def lesson_line(one: Shelved, number: int, width: int) -> Line:
    """Return a lesson's row."""
    glyph, far, tone = standing(one)
    title_tone = Tone.MUTED if one.cannot is not None else Tone.STRONG
    left: Line = (
        Ink(f"{number:>3} ", Tone.MUTED),
        Ink(f"{glyph} ", tone),
        ink(words(one.lesson.title), title_tone),
    )
    minutes = t("{count} min", count=one.lesson.minutes)
    right: Line = (
        Ink(fit(minutes, 7, right=True) + "  ", Tone.MUTED),
        ink(fit(sections(one), _SECTIONS) + "  ", Tone.MUTED),
        ink(fit(far, _FAR), tone),
    )
    return spread(left, right, width)


def sections(one: Shelved) -> str:
    """Return which sections of the tutorial a lesson goes through."""
    if one.lesson.exam is not None:
        return t("exam")
    named = one.lesson.tutorial
    if not named:
        return t("beyond")
    return f"§ {named[0]}" if len(named) == 1 else f"§ {named[0]}–{named[-1]}"


def standing(one: Shelved) -> tuple[str, str, Tone]:
    """Return glyph, words and tone of how far somebody is in a lesson."""
    if one.cannot is not None:
        return "–", t("not here"), Tone.MUTED
    if one.begun and not one.done:
        count = len(one.lesson.steps)
        far = t("at step {at}/{count}", at=one.at + 1, count=count) if count else t("begun")
        return "▶", far, Tone.ACCENT
    if one.done:
        best = t("best {score}", score=one.best) if one.best is not None else t("done")
        return marks.GOOD, best, Tone.OK
    return marks.IDLE, t("new"), Tone.TEXT


def lesson_text(one: Shelved) -> str:
    """Return a row as plain text, to be copied or searched."""
    return f"{words(one.lesson.title)} {sections(one)} {standing(one)[1]}"


def head_lines(
    shelf: Sequence[Shelved], *, why_not: str, cluster: str | None, width: int
) -> list[Line]:
    """Return what is said over the list: always two lines."""
    tone = Tone.TEXT
    if why_not:
        text, tone = why_not, Tone.WARNING
    elif cluster is None:
        text, tone = t("Choose one cluster first: ] shows the next."), Tone.WARNING
    else:
        done = sum(one.done for one in shelf)
        text = t("Learn it by doing it: {done} of {count} lessons done. Everything that a lesson "
                 "breaks on cluster {name} is undone again.",
                 done=done, count=len(shelf), name=cluster)  # fmt: skip
    lines = wrap((Ink(" "), ink(text, tone)), width - 1, hang=1)
    return (lines + [BLANK] * 2)[:2]


def about_lines(one: Shelved | None, problems: Sequence[Note], width: int, room: int) -> list[Line]:
    """Return ``room`` lines about the lesson under the cursor."""
    lines: list[Line] = []
    if one is not None:
        title = words(one.lesson.title)
        lines += wrap((ink(f" {title}: ", Tone.STRONG), *inline_line(words(one.lesson.about))),
                      width - 1, hang=3)  # fmt: skip
        if one.cannot is not None:
            lines += _warning(one.cannot, width)
        else:
            lines.append(_what_enter_does(one))
    for problem in problems:
        lines += _warning(problem, width)
    return (lines + [BLANK] * room)[:room]


def _warning(told: Note, width: int) -> list[Line]:
    line: Line = (Ink(f" {marks.WARN} ", Tone.WARNING), ink(say(told), Tone.WARNING))
    return wrap(line, width - 1, hang=3)


def _what_enter_does(one: Shelved) -> Line:
    if one.lesson.exam is not None:
        text = t("begins: random faults, against the clock.")
    elif one.begun and not one.done:
        text = t("goes on at step {at}; r begins anew.", at=one.at + 1)
    elif one.done:
        text = t("does it again.")
    else:
        count = len(one.lesson.steps)
        text = t("begins: {count} steps, about {minutes} minutes.",
                 count=count, minutes=one.lesson.minutes)  # fmt: skip
    return (Ink(f" {t('Enter')} ", Tone.KEY), ink(text, Tone.MUTED))


def newcomer_line(width: int) -> Line:
    """Return the quiet line for somebody who never used this."""
    text = t("New here? {key} opens the walkthrough.", key="8")
    return clip((Ink(" "), Ink(text, Tone.ACCENT, "app.show_lessons")), width)
