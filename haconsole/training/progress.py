"""What was learned so far, kept between runs: ``$XDG_STATE_HOME/haconsole/training.json``.

The file is its owner's alone (0600) and is replaced in one go. What cannot be understood, or was
written by a newer console, is kept beside it (``training.json.kept``) and begun anew. Two consoles
may write it: each reads it again before it adds its own lesson.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from haconsole.domain.notes import Note, note
from haconsole.journal.ledger import default_path as ledger_path
from haconsole.training.score import Tally

#: The form of the file.
VERSION = 1
_MOST_BYTES = 1 << 20


def default_path() -> Path:
    """Return where progress stands."""
    return ledger_path().parent / "training.json"


def write_whole(file: Path, text: str) -> OSError | None:
    """Write a file in one go, its owner's alone; returns why it could not be written."""
    new = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        new.replace(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            new.unlink()
        return error
    return None


class _NotOursError(ValueError):
    """The file is no progress that this console understands."""


@dataclass(frozen=True, slots=True)
class LessonRecord:
    """What is known of one lesson. ``best``, ``last``: scores of whole goes, 0 to 100.

    ``left_at``: the step that an unfinished go stands at; empty: none is unfinished. ``tallies``:
    help had in that go, by step. ``passed``: its steps that were passed. ``at``: epoch seconds of
    the newest change.
    """

    best: int | None = None
    last: int | None = None
    left_at: str = ""
    tallies: Mapping[str, Tally] = field(default_factory=lambda: MappingProxyType({}))
    passed: tuple[str, ...] = ()
    times: int = 0
    at: float = 0.0


class Record:
    """The progress file. ``problem``: what was wrong with it, once that was found out.

    Never raises: progress that cannot be written is no reason to stop learning.
    """

    def __init__(self, file: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self.file = file or default_path()
        self.problem: Note | None = None
        self._clock = clock
        self._lessons: dict[str, LessonRecord] = {}
        self._read()

    def of(self, lesson_id: str) -> LessonRecord:
        """Return what is known of a lesson."""
        return self._lessons.get(lesson_id, LessonRecord())

    @property
    def unused(self) -> bool:
        """Whether no lesson was ever begun."""
        return not self._lessons

    def unfinished(self) -> str | None:
        """Return the lesson that was left in the middle last."""
        left = [(one.at, name) for name, one in self._lessons.items() if one.left_at]
        return max(left)[1] if left else None

    def stands(
        self, lesson_id: str, step_id: str, tallies: Mapping[str, Tally], passed: tuple[str, ...]
    ) -> None:
        """Note down at which step a lesson stands, with the help that was had."""
        known = self.of(lesson_id)
        kept = MappingProxyType(dict(tallies))
        self._keep(lesson_id, replace(known, left_at=step_id, tallies=kept, passed=passed))

    def finished(self, lesson_id: str, score: int) -> None:
        """Note down the score of a whole go."""
        known = self.of(lesson_id)
        best = score if known.best is None else max(known.best, score)
        self._keep(lesson_id, LessonRecord(best=best, last=score, times=known.times + 1))

    def _keep(self, lesson_id: str, one: LessonRecord) -> None:
        self._read()
        self._lessons[lesson_id] = replace(one, at=self._clock())
        lessons = {name: _plain(each) for name, each in sorted(self._lessons.items())}
        text = json.dumps({"version": VERSION, "lessons": lessons}, ensure_ascii=False, indent=1)
        if (error := write_whole(self.file, text)) is not None:
            self.problem = note(
                "{file} cannot be written ({reason}): what you learn now is not kept.",
                file=str(self.file),
                reason=error.strerror or str(error),
            )

    def _read(self) -> None:
        try:
            with self.file.open("rb") as opened:
                text = opened.read(_MOST_BYTES + 1)
        except FileNotFoundError:
            return
        except OSError as error:
            self.problem = note(
                "{file} cannot be read ({reason}): your earlier progress is not shown.",
                file=str(self.file),
                reason=error.strerror or str(error),
            )
            return
        try:
            self._lessons = _understood(text)
        except (ValueError, TypeError, RecursionError):
            self._put_aside()

    def _put_aside(self) -> None:
        kept = self.file.with_name(f"{self.file.name}.kept")
        with contextlib.suppress(OSError):
            self.file.replace(kept)
        self.problem = note(
            "{file} is not what this console writes (damaged, or by a newer one): it was kept as "
            "{kept}, and progress begins anew.",
            file=str(self.file),
            kept=kept.name,
        )


def _plain(one: LessonRecord) -> dict[str, Any]:
    tallies = {name: asdict(tally) for name, tally in one.tallies.items()}
    return {
        "best": one.best,
        "last": one.last,
        "left_at": one.left_at,
        "tallies": tallies,
        "passed": list(one.passed),
        "times": one.times,
        "at": one.at,
    }


def _understood(text: bytes) -> dict[str, LessonRecord]:
    """Return the lessons of a file; ``ValueError`` where it is none of ours."""
    if len(text) > _MOST_BYTES:
        raise _NotOursError
    told = json.loads(text.decode("utf-8"))
    if not isinstance(told, dict) or told.get("version") != VERSION:
        raise _NotOursError
    lessons = told.get("lessons")
    if not isinstance(lessons, dict):
        raise _NotOursError
    return {str(name): _lesson(one) for name, one in lessons.items()}


def _lesson(one: Any) -> LessonRecord:
    if not isinstance(one, dict):
        raise _NotOursError
    tallies = one.get("tallies", {})
    passed = one.get("passed", [])
    if not isinstance(tallies, dict) or not isinstance(passed, list):
        raise _NotOursError
    return LessonRecord(
        best=_score(one.get("best")),
        last=_score(one.get("last")),
        left_at=str(one.get("left_at") or ""),
        tallies=MappingProxyType({str(name): _tally(each) for name, each in tallies.items()}),
        passed=tuple(map(str, passed)),
        times=int(one.get("times", 0)),
        at=float(one.get("at", 0.0)),
    )


def _score(told: Any) -> int | None:
    return None if told is None else max(0, min(100, int(told)))


def _tally(told: Any) -> Tally:
    if not isinstance(told, dict):
        raise _NotOursError
    return Tally(int(told.get("hints", 0)), bool(told.get("solved")), bool(told.get("wrong")))
