"""Whether a lesson can be done somewhere."""

from __future__ import annotations

from haconsole.domain.notes import Note, note
from haconsole.training.lesson import Lesson
from haconsole.training.stage import Stage
from haconsole.words import language


def refusal(lesson: Lesson, stage: Stage) -> Note | None:
    """Say why a lesson cannot be done on a stage; ``None``: it can."""
    if stage.kind not in lesson.on:
        return note(
            "“{lesson}” cannot be done here: it is for {places}.",
            lesson=lesson.title.within(language()),
            places=", ".join(lesson.on),
        )
    return stage.missing(lesson.start)
