"""A lesson as it stands in the list."""

from __future__ import annotations

from dataclasses import dataclass

from haconsole.domain.notes import Note
from haconsole.training.lesson import Lesson


@dataclass(frozen=True, slots=True)
class Shelved:
    """A lesson in the list. ``best``: points of 100; ``at``: the step that it was left at, from 0.

    ``begun``: somebody was in it; ``done``: all of it was passed once. ``cannot``: why it is not
    to be had on this cluster.
    """

    lesson: Lesson
    best: int | None = None
    at: int = 0
    begun: bool = False
    done: bool = False
    cannot: Note | None = None
