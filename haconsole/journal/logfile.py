"""A file of keepalived's log lines, with when each was written.

Stamps that are understood: ISO 8601 (rsyslog, ``journalctl -o short-iso-precise``), keepalived's
own date (``-l``), the classic syslog one (no year: that of the newest full date, else 1970), and
``journalctl -o json``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from haconsole.domain.daemon import LogFact, LogKind
from haconsole.domain.facts import JournalLine
from haconsole.parsers import keepalived_log, systemd

_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?")
_DATE = re.compile(r"\b[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4})\b")
_CLASSIC = re.compile(r"([A-Z][a-z]{2}) +(\d{1,2}) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?")
_MAX_LINE = 4096


@dataclass(frozen=True, slots=True)
class Line:
    """A line: epoch seconds, its text, and what it means (``None``: nothing to act on)."""

    at: float
    text: str
    fact: LogFact | None = None


def read_log(text: str) -> tuple[Line, ...]:
    """Read a log; a line without a stamp has the time of the line before."""
    year = max((int(found[4]) for found in _DATE.finditer(text[:100_000])), default=1970)
    lines: list[Line] = []
    at = 0.0
    for raw in text.splitlines():
        line = raw[:_MAX_LINE]
        if line.startswith("{") and (entry := systemd.parse_journal_json(line)):
            at = entry.node_at
            lines.append(Line(at, entry.text, fact_of(entry)))
            continue
        at = _stamp(line, year) or at
        lines.append(Line(at, line, keepalived_log.parse_line(line)))
    return tuple(lines)


def fact_of(entry: JournalLine) -> LogFact | None:
    """Return what a line of keepalived's journal means: systemd's own words, or keepalived's."""
    said = systemd.unit_fact(entry)
    kinds = {
        systemd.UnitFactKind.KILLED: LogKind.KILLED,
        systemd.UnitFactKind.STOPPED: LogKind.STOPPED,
        systemd.UnitFactKind.STARTED: LogKind.STARTED,
    }
    if said is not None:
        kind = kinds.get(said.kind)
        return LogFact(kind, entry.text) if kind else None
    return keepalived_log.parse_line(entry.text, entry.identifier)


def _stamp(line: str, year: int) -> float | None:
    if found := _ISO.match(line):
        text = found[0].replace(",", ".").replace("Z", "+00:00")
        try:
            when = datetime.fromisoformat(text)
        except ValueError:
            return None
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    if found := _DATE.search(line[:120]):
        return _parsed(f"{found[4]} {found[1]} {found[2]} {found[3]}")
    if found := _CLASSIC.match(line):
        at = _parsed(f"{year} {found[1]} {found[2]} {found[3]}")
        return at + float(f"0.{found[4]}") if at is not None and found[4] else at
    return None


def _parsed(text: str) -> float | None:
    try:
        return datetime.strptime(text, "%Y %b %d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
