"""What was changed on the hosts, read back from the ledger: runs of changing commands."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from haconsole.journal.ledger import default_path

#: Changing commands that are further apart belong to different runs, seconds.
APART_S = 90.0
#: What a command that did its work is told to have done. A shell that a person had is opened
#: and closed; its exit status is that of whatever was typed last in it.
_WELL = ("done", "stream", "opened", "closed")
#: Locks are held, not done.
_LOCK = "hold the lock"


@dataclass
class Changes:
    """A run of changing commands. ``entries`` are the ledger's rows, oldest first."""

    entries: list[dict[str, Any]] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Its name in the journal."""
        return time.strftime("changes-%y%m%d-%H%M%S", time.gmtime(self.at))

    @property
    def at(self) -> float:
        """When it began, epoch seconds."""
        return float(self.entries[0]["at"])

    @property
    def ended_at(self) -> float:
        """When its last command ended, epoch seconds."""
        return max(float(one["at"]) + float(one.get("seconds") or 0) for one in self.entries)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that it changed."""
        return tuple(dict.fromkeys(str(one["host"]) for one in self.entries))

    @property
    def names(self) -> tuple[str, ...]:
        """What was done, by the commands' names."""
        return tuple(dict.fromkeys(str(one["name"]) for one in self.entries))

    @property
    def failed(self) -> int:
        """How many commands did not end well."""
        return sum(map(_failed, self.entries))


def every(path: Path | None = None) -> list[Changes]:
    """Return what the ledger knows of changes, newest first."""
    path = path or default_path()
    rows: list[dict[str, Any]] = []
    for file in (path.with_suffix(".old.jsonl"), path):
        with contextlib.suppress(OSError, UnicodeDecodeError), file.open(encoding="utf-8") as lines:
            rows += _changing(lines)
    rows.sort(key=lambda one: float(one["at"]))
    found: list[Changes] = []
    for row in rows:
        if not found or float(row["at"]) - found[-1].ended_at > APART_S:
            found.append(Changes())
        found[-1].entries.append(row)
    return found[::-1]


def _failed(entry: dict[str, Any]) -> bool:
    outcome = entry.get("outcome")
    return outcome not in _WELL or (outcome != "closed" and bool(entry.get("exit_status")))


def _changing(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if '"changes"' not in line:
            continue
        with contextlib.suppress(ValueError):
            row = json.loads(line)
            wanted = isinstance(row, dict) and row.get("effect") == "changes"
            if wanted and row.get("name") != _LOCK and {"at", "host", "name"} <= row.keys():
                yield row
