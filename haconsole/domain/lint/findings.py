"""What a linter tells: findings with a stable id, a level and a place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from haconsole.domain.notes import Note


class Level(StrEnum):
    """How bad it is.

    ``ERROR``: keepalived refuses, ignores or changes it, or the pair does not work with it.
    ``WARNING``: it works, and not as its author will expect. ``HINT``: it could be better.
    """

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return tuple(Level).index(self)


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file (lines count from 1; 0: the file as a whole)."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        """Return ``file:line``."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a file, or several together, say wrong.

    ``rule`` is one of ``rules.RULES``. ``others``: further places that it is about.
    """

    rule: str
    level: Level
    place: Place
    note: Note
    others: tuple[Place, ...] = ()

    @property
    def order(self) -> tuple[str, int, int, str]:
        """By file and line, the worst first."""
        return self.place.file, self.place.line, self.level.rank, self.rule
