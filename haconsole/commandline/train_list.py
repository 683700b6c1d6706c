"""The lessons as a list: for people, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from haconsole.columns import columns
from haconsole.training.lesson import Lesson
from haconsole.training.progress import Record
from haconsole.training.school import step_number
from haconsole.words import language, t

#: The form of the JSON.
JSON_VERSION = 1


def as_json(lessons: Sequence[Lesson], record: Record) -> dict[str, Any]:
    """Return the lessons with how far the learner is in each.

    ``best`` and ``last`` are scores (0 to 100) or null, ``left_at`` a step or null.
    """
    return {
        "version": JSON_VERSION,
        "lessons": [
            {
                "number": number,
                "id": one.id,
                "title": one.title.within(language()),
                "about": one.about.within(language()),
                "minutes": one.minutes,
                "tutorial": list(one.tutorial),
                "on": list(one.on),
                "steps": [step.id for step in one.steps],
                "exam": one.exam is not None,
                "best": record.of(one.id).best,
                "last": record.of(one.id).last,
                "left_at": record.of(one.id).left_at or None,
                "file": one.file,
            }
            for number, one in enumerate(lessons, 1)
        ],
    }


def as_text(lessons: Sequence[Lesson], record: Record) -> str:
    """Return the lessons as a table."""
    head = ("", t("lesson"), t("title"), t("min"), t("tutorial"), t("score"))
    rows = [head]
    for number, one in enumerate(lessons, 1):
        title = one.title.within(language())
        tutorial = _sections(one.tutorial) or t("beyond it")
        row = (str(number), one.id, title, str(one.minutes), tutorial, _stands(one, record))
        rows.append(row)
    lines = columns(rows)
    lines += ["", t("Begin one: haconsole train LESSON; go on: haconsole train continue.")]
    return "\n".join(lines) + "\n"


def _sections(sections: Sequence[str]) -> str:
    return " ".join(sections) if len(sections) < 4 else f"{sections[0]} – {sections[-1]}"


def _stands(lesson: Lesson, record: Record) -> str:
    known = record.of(lesson.id)
    best = "" if known.best is None else str(known.best)
    if not known.left_at:
        return best or "-"
    at = step_number(lesson, known.left_at)
    left = t("step {number} of {count}", number=at + 1, count=len(lesson.steps) or 1)
    return f"{best}, {left}" if best else left
