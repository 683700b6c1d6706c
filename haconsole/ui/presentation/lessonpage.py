"""What a lesson's page says: the text, what was predicted, the hints, what was seen at the end."""

from __future__ import annotations

from dataclasses import dataclass

from haconsole.training.lesson import Question, Step, Words
from haconsole.training.standing import LessonProgress, Phase
from haconsole.words import language, t

from . import marks
from .ink import BLANK, Ink, Line, Tone, ink, wrap
from .lessonmarkdown import markdown_lines

#: Once it is over what really happened is told, and not before.
_SEEN = frozenset({Phase.PASSED, Phase.OVER})
#: Lines wider than this are hard to read; the rest stays free.
WIDEST = 84


@dataclass(frozen=True, slots=True)
class Page:
    """Lines of a step. ``newest``: where begins what came last and is to be read; 0: nothing."""

    lines: tuple[Line, ...]
    newest: int = 0


def words(text: Words) -> str:
    """Return a text in the language of the session."""
    return text.within(language())


def page_of(progress: LessonProgress, width: int) -> Page:
    """Return everything that a learner can read of the step at hand."""
    step = progress.step
    width = min(width, WIDEST)
    if step is None:
        return Page((*markdown_lines(words(progress.lesson.about), width), *_all_steps(progress)))
    lines: list[Line] = list(markdown_lines(words(step.text), width))
    newest = 0
    guess = step.predict is not None and progress.guess is not None
    seen = progress.phase in _SEEN
    if guess and not seen:
        lines += [BLANK, *_guessed(step, progress, width)]
    for number, hint in enumerate(step.hints[: progress.hints], 1):
        newest = len(lines) + 1
        head = t("HINT {number} OF {count}", number=number, count=len(step.hints))
        lines += [BLANK, (Ink(head, Tone.HEAD),), *markdown_lines(words(hint), width)]
    after = markdown_lines(words(step.after), width) if step.after else ()
    if seen and (guess or after):
        newest = len(lines) + 1
        lines += [BLANK, (Ink(t("WHAT WAS SEEN"), Tone.HEAD),)]
        lines += [*_came(step, progress, width), BLANK] if guess else []
        lines += after
    return Page(tuple(lines), newest)


def _all_steps(progress: LessonProgress) -> list[Line]:
    """Return every step that was passed, with its points."""
    lines: list[Line] = [BLANK] if progress.points else []
    for step in progress.lesson.steps:
        if (won := progress.points.get(step.id)) is not None:
            points = t("{points} points", points=won.points)
            lines.append((Ink(f"{marks.GOOD} ", Tone.OK), ink(words(step.title)),
                          Ink(f"  {points}", Tone.MUTED)))  # fmt: skip
    return lines


def _guessed(step: Step, progress: LessonProgress, width: int) -> list[Line]:
    """Return what was predicted, while nobody knows yet."""
    text = t("You predicted: {what}", what=_said(step.predict, progress.guess))
    return wrap((ink(text, Tone.STRONG),), width, hang=2)


def _came(step: Step, progress: LessonProgress, width: int) -> list[Line]:
    """Return what was predicted, and what came."""
    question, key = step.predict, progress.guess
    if question is None:
        return []
    guessed, answer = _said(question, key), _said(question, question.answer)
    if key == question.answer:
        mark, tone = marks.GOOD, Tone.OK
        told = t("You predicted it: {what}", what=guessed)
    else:
        mark, tone = marks.WARN, Tone.WARNING
        told = t("You predicted: {what}. It came otherwise: {answer}", what=guessed, answer=answer)
    lines = wrap((Ink(f"{mark} ", tone), ink(told, tone)), width, hang=2)
    return [*lines, *markdown_lines(words(question.because), width)]


def _said(question: Question | None, key: str | None) -> str:
    """Return an answer in words."""
    choices = question.choices if question is not None else ()
    return next((words(one.words) for one in choices if one.key == key), key or "")


def step_lines(progress: LessonProgress, width: int) -> Line:
    """Return the line over the page: which lesson, which step, and its title."""
    steps = progress.lesson.steps
    parts: list[Ink] = [ink(f" {words(progress.lesson.title)}", Tone.HEAD)]
    if progress.step is not None and steps:
        at = t("step {at} of {count}", at=progress.at + 1, count=len(steps))
        parts += [Ink(f"  {at}", Tone.MUTED), Ink("  ")]
        parts.append(ink(words(progress.step.title), Tone.STRONG))
    return tuple(parts)


def dots(progress: LessonProgress) -> Line:
    """Return a mark for each step: passed, this one, to come."""
    parts: list[Ink] = []
    for index, step in enumerate(progress.lesson.steps):
        if step.id in progress.points and (index != progress.at or progress.phase in _SEEN):
            parts.append(Ink(marks.GOOD, Tone.OK))
        elif index == progress.at:
            parts.append(Ink("▶", Tone.ACCENT))
        else:
            parts.append(Ink(marks.IDLE, Tone.MUTED))
    return (*parts, Ink(" "))
