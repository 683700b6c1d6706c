"""The ledger: every command that was sent to a host, or refused.

One JSON object a line, in a file that only its owner can read. The readings of the monitor
repeat every few seconds: of a run of equal ones (the same script, with or without root's rights)
the first stands in the ledger, and the next different outcome or the end of the session says how
many followed it.
"""

from __future__ import annotations

import json
import os
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from haconsole.transport.commands import Effect, LedgerEntry

#: Bytes after which a ledger is put aside (one older file is kept).
LIMIT_BYTES = 8 << 20
#: Entries that are kept in memory for the screens.
RECENT = 500
#: Readings whose repeats are counted at the same time; then the one longest unheard of is told.
RUNS = 1000


def default_path() -> Path:
    """Return where the ledger stands: ``$XDG_STATE_HOME/haconsole/ledger.jsonl``."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "haconsole" / "ledger.jsonl"


@dataclass(slots=True)
class _Run:
    """A reading that repeats: how often since its line was written."""

    first: LedgerEntry
    more: int = 0

    def goes_on(self, entry: LedgerEntry) -> bool:
        first = self.first
        return (first.outcome, first.exit_status) == (entry.outcome, entry.exit_status)

    def rows(self) -> list[dict[str, object]]:
        """What says how often it was repeated; nothing where it was not."""
        if not self.more:
            return []
        first = self.first
        return [
            {
                "host": first.host,
                "name": first.name,
                "root": first.root,
                "repeated": self.more,
                "script": first.script,
            }
        ]


class Ledger:
    """Writes entries down as they come; a ledger that cannot be written says so once.

    Used as ``Transport(…, ledger=ledger.record)``. ``problem`` is the sentence to show when
    the file cannot be written; commands go on, the newest entries stay in memory.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()
        self.recent: deque[LedgerEntry] = deque(maxlen=RECENT)
        self.problem: str | None = None
        self._runs: OrderedDict[tuple[str, str, bool, str], _Run] = OrderedDict()

    def record(self, entry: LedgerEntry) -> None:
        """Take an entry; never raises."""
        self.recent.append(entry)
        if entry.effect is not Effect.READS:
            self._write([_row(entry)])
            return
        key = (entry.host, entry.name, entry.root, entry.script)
        run = self._runs.pop(key, None)
        if run is not None and run.goes_on(entry):
            run.more += 1
            self._runs[key] = run
            return
        rows = [] if run is None else run.rows()
        self._runs[key] = _Run(entry)
        if len(self._runs) > RUNS:
            rows += self._runs.popitem(last=False)[1].rows()
        self._write([*rows, _row(entry)])

    def close(self) -> None:
        """Say how often the last readings were repeated."""
        rows = [row for run in self._runs.values() for row in run.rows()]
        self._runs.clear()
        if rows:
            self._write(rows)

    def _write(self, rows: Iterable[dict[str, object]]) -> None:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self.path.exists() and self.path.stat().st_size > LIMIT_BYTES:
                self.path.replace(self.path.with_suffix(".old.jsonl"))
            # One write of one buffer: lines of two consoles do not mix.
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, text.encode())
            finally:
                os.close(handle)
        except OSError as error:
            self.problem = f"{self.path}: {error.strerror or error}"


def _row(entry: LedgerEntry) -> dict[str, object]:
    return {
        "at": round(entry.at, 6),
        "host": entry.host,
        "name": entry.name,
        "effect": entry.effect.value,
        "root": entry.root,
        "outcome": entry.outcome,
        "exit_status": entry.exit_status,
        "seconds": round(entry.seconds, 6),
        "script": entry.script,
    }
