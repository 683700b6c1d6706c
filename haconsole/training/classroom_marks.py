"""The marks of a lesson that is being done, and what of them is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from haconsole.training import score
from haconsole.training.progress import Record
from haconsole.training.score import Tally
from haconsole.training.standing import Points


class Marks:
    """The help that was had, by step; what a step is worth follows from it."""

    def __init__(self, lesson_id: str, record: Record) -> None:
        self._lesson_id = lesson_id
        self._record = record
        known = record.of(lesson_id)
        self._tallies = dict(known.tallies)
        self._passed = list(known.passed)

    @property
    def points(self) -> Mapping[str, Points]:
        """What each step is worth that was passed, or in which help was had."""
        return MappingProxyType({name: score.points(one) for name, one in self._tallies.items()})

    def hints(self, step_id: str) -> int:
        """How many hints were had in a step."""
        return self._tallies.get(step_id, Tally()).hints

    def begin_anew(self) -> None:
        """Forget an earlier go."""
        self._tallies.clear()
        self._passed.clear()

    def stands(self, step_id: str) -> None:
        """Write down at which step the lesson stands."""
        self._record.stands(self._lesson_id, step_id, self._tallies, tuple(self._passed))

    def add(self, step_id: str, **help_had: Any) -> None:
        """Note help in a step (fields of ``Tally``)."""
        self._tallies[step_id] = replace(self._tallies.get(step_id, Tally()), **help_had)
        self.stands(step_id)

    def passed(self, step_id: str, then: str | None) -> None:
        """Note that a step was passed, and that ``then`` is next; ``None``: it was the last."""
        self._tallies.setdefault(step_id, Tally())
        if step_id not in self._passed:
            self._passed.append(step_id)
        if then is not None:
            self.stands(then)
        else:
            self._record.finished(self._lesson_id, score.mean(self.points.values()))
