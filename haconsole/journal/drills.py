"""Every drill's result, kept: one JSON file and its page, below the state directory.

The documents are those of ``procedures.drill.report``; this module only knows the fields by which
drills are listed and compared. The folder is its owner's alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from haconsole.journal.ledger import default_path

#: Drills that are kept; the oldest go first.
MOST = 300
#: Verdicts whose measurement counts.
_SOUND = ("as-predicted", "different", "opposite")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}\Z")


class JournalError(Exception):
    """Something of the journal cannot be read or written; ``str(error)`` is one sentence."""


@dataclass(frozen=True, slots=True)
class Point:
    """One drill in the trend of its kind. Seconds; ``None``: nothing was measured.

    ``changed``: what is configured otherwise than at the drill before: ``host file``.
    """

    drill_id: str
    at: float
    verdict: str
    lower_s: float | None
    upper_s: float | None
    changed: tuple[str, ...] = ()


def folder() -> Path:
    """Return where drills are kept: ``$XDG_STATE_HOME/haconsole/drills``."""
    return default_path().parent / "drills"


def keep(document: Mapping[str, Any], page: str, place: Path | None = None) -> Path:
    """Write a drill down and return its page's file; raises ``JournalError``.

    ``document["id"]`` names both files. Beyond ``MOST`` the oldest drills are dropped.
    """
    place = place or folder()
    name = str(document["id"])
    if not _ID.match(name):
        raise JournalError(f"{name} cannot be a drill's name.")
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(place / f"{name}.md", page)
        # The document last: a drill that is listed has its page.
        _write(place / f"{name}.json", json.dumps(document, ensure_ascii=False, indent=1))
        _drop(place)
    except OSError as error:
        raise JournalError(f"{error.filename or place}: {error.strerror or error}") from error
    return place / f"{name}.md"


def _write(file: Path, text: str) -> None:
    new = file.with_name(f".{file.name}.new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
    new.replace(file)


def _drop(place: Path) -> None:
    kept = sorted(place.glob("*.json"), key=lambda file: file.stat().st_mtime)
    for file in kept[: max(0, len(kept) - MOST)]:
        file.unlink(missing_ok=True)
        file.with_suffix(".md").unlink(missing_ok=True)


def every(place: Path | None = None) -> list[dict[str, Any]]:
    """Return every drill that can be read, newest first."""
    found = []
    with contextlib.suppress(OSError):
        for file in (place or folder()).glob("*.json"):
            with contextlib.suppress(OSError, ValueError):
                document = json.loads(file.read_text(encoding="utf-8"))
                if isinstance(document, dict) and {"id", "at", "scenario"} <= document.keys():
                    found.append(document)
    found.sort(key=lambda one: one["at"], reverse=True)
    return found


def find(name: str, place: Path | None = None) -> dict[str, Any] | None:
    """Return a drill by its id, or by the beginning of it where that is one's alone."""
    found = [one for one in every(place) if one["id"].startswith(name)]
    exact = [one for one in found if one["id"] == name]
    if exact:
        return exact[0]
    return found[0] if len(found) == 1 else None


def kind_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what two drills have in common that can be compared."""
    keys = ("site", "cluster", "vip", "scenario", "target")
    return tuple(str(document.get(key)) for key in keys)


def trend(kind: tuple[str, ...], documents: Iterable[Mapping[str, Any]]) -> list[Point]:
    """Return the drills of one kind, oldest first, with what changed between them."""
    alike = sorted((one for one in documents if kind_of(one) == kind), key=lambda one: one["at"])
    points: list[Point] = []
    before: Mapping[str, Mapping[str, str]] | None = None
    for one in alike:
        prints = one.get("fingerprints") or {}
        changed = () if before is None else changes(before, prints)
        before = prints
        measured = one.get("measured") or {}
        points.append(
            Point(
                one["id"],
                one["at"],
                str(one.get("verdict")),
                measured.get("lower_s"),
                measured.get("upper_s"),
                changed,
            )
        )
    return points


def changes(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> tuple[str, ...]:
    """Return which files of which hosts differ between two drills: ``host path``."""
    found = []
    for host in sorted({*before, *after}):
        old, new = before.get(host, {}), after.get(host, {})
        found += [
            f"{host} {path}" for path in sorted({*old, *new}) if old.get(path) != new.get(path)
        ]
    return tuple(found)


def median_upper(points: Iterable[Point]) -> float | None:
    """Return the median of what the sound ones measured at most, seconds."""
    sound = [one.upper_s for one in points if one.upper_s is not None and one.verdict in _SOUND]
    return round(median(sound), 6) if sound else None
