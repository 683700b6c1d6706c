"""systemd's output: ``systemctl show`` blocks and ``journalctl -o json`` lines (v219 … v257).

Times come from the ``…Monotonic`` properties (µs since boot): v219 has no ``--timestamp=unix``,
and what it prints otherwise is local time with a zone's abbreviation, which names no offset.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from haconsole.domain.facts import JournalLine, Unit

from . import jsontext
from .errors import ParseError

#: What to ask ``systemctl show -p`` for; ``parse_show`` knows these.
SHOW_PROPERTIES = (
    "Id",
    "LoadState",
    "ActiveState",
    "SubState",
    "UnitFileState",
    "MainPID",
    "Result",
    "ActiveEnterTimestampMonotonic",
    "InactiveEnterTimestampMonotonic",
    "StateChangeTimestampMonotonic",
)
#: Longest journal line that is decoded, in characters.
MAX_LINE = 1 << 20
_DEFAULT_PRIORITY = 6
_SYSTEMD = frozenset({"systemd", "init.scope"})


def parse_show(text: str, boot_at: float | None = None) -> tuple[Unit, ...]:
    """Read the blocks of ``systemctl show -p … UNIT…``, one :class:`Unit` a block.

    ``boot_at``: epoch seconds at which the node's monotonic clock was 0 (``btime`` of
    ``/proc/stat`` is good to 1 s, now − uptime to 0.01 s); without it ``since`` is ``None``.
    A block without ``Id`` is left out. Raises ``ParseError`` when there is text and no unit.
    """
    units = tuple(
        _unit(properties, boot_at) for properties in _blocks(text) if properties.get("Id")
    )
    if not units and text.strip():
        raise ParseError("The output of systemctl show holds no unit.")
    return units


def _blocks(text: str) -> Iterator[dict[str, str]]:
    """Yield the properties of each unit: blank lines part them, and so does a second ``Id``."""
    properties: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if not line.strip() or (key == "Id" and key in properties):
            if properties:
                yield properties
            properties = {}
        if equals:
            properties[key] = value
    if properties:
        yield properties


def _unit(properties: dict[str, str], boot_at: float | None) -> Unit:
    active = properties.get("ActiveState", "unknown")
    pid = _number(properties.get("MainPID"))
    return Unit(
        name=properties["Id"],
        installed=properties.get("LoadState", "loaded") != "not-found",
        active=active,
        sub=properties.get("SubState", ""),
        enabled=properties.get("UnitFileState", ""),
        main_pid=pid or None,
        since=_since(properties, active, boot_at),
        result=properties.get("Result", ""),
    )


def _since(properties: dict[str, str], active: str, boot_at: float | None) -> float | None:
    """Return when the unit entered the state that it is in; 0 µs means that it never did."""
    if boot_at is None:
        return None
    names = ["StateChangeTimestampMonotonic"]
    if active in ("active", "reloading"):
        names.insert(0, "ActiveEnterTimestampMonotonic")
    elif active in ("inactive", "failed"):
        names.insert(0, "InactiveEnterTimestampMonotonic")
    for name in names:
        if micros := _number(properties.get(name)):
            return boot_at + micros / 1e6
    return None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 20 else None


def parse_journal_json(line: str) -> JournalLine | None:
    """Read a line of ``journalctl -o json``; ``None`` for anything that is not one.

    ``unit`` is the unit that the message is *about*: systemd's own messages about a service
    carry ``UNIT``, everything else ``_SYSTEMD_UNIT`` (or, without a unit, the identifier).
    ``MESSAGE`` is a string, an array of byte values when it is not UTF-8, an array of either
    when the field was given twice, or ``null`` when it was too long. The text is not cleaned.
    """
    if len(line) > MAX_LINE or line[:1] != "{":
        return None
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not jsontext.is_object(entry):
        return None
    micros = _number(_first(entry.get("__REALTIME_TIMESTAMP")))
    if micros is None:
        return None
    text = _message(entry.get("MESSAGE"))
    priority = _number(_first(entry.get("PRIORITY")))
    unit = _first(entry.get("UNIT")) or _first(entry.get("_SYSTEMD_UNIT"))
    identifier = _first(entry.get("SYSLOG_IDENTIFIER")) or ""
    return JournalLine(
        unit=unit or identifier,
        node_at=micros / 1e6,
        priority=_DEFAULT_PRIORITY if priority is None or priority > 7 else priority,
        text=text,
        identifier=identifier,
    )


def _first(value: object) -> str | None:
    """Return a field's value: the journal may hold several of one name, as an array."""
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, str) else None


def _message(value: object) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return ""
    if all(isinstance(part, int) and 0 <= part <= 255 for part in value):
        return bytes(value).decode("utf-8", "replace")
    return "\n".join(_message(part) for part in value if isinstance(part, str))


class UnitFactKind(StrEnum):
    """What systemd said about a unit."""

    STARTING = "starting"
    STARTED = "started"
    STOPPING = "stopping"
    STOPPED = "stopped"
    RELOADED = "reloaded"
    EXITED = "exited"
    KILLED = "killed"
    FAILED = "failed"
    RESTARTING = "restarting"


@dataclass(frozen=True, slots=True)
class UnitFact:
    """A message of systemd about a unit. ``detail``: status, signal or result as printed."""

    kind: UnitFactKind
    unit: str
    detail: str = ""


_UNIT_MESSAGES: tuple[tuple[re.Pattern[str], UnitFactKind], ...] = (
    (
        re.compile(r"[^:]+: [Mm]ain process exited, code=(?:killed|dumped), status=(?P<d>\S+)"),
        UnitFactKind.KILLED,
    ),
    (
        re.compile(r"[^:]+: [Mm]ain process exited, code=exited, status=(?P<d>\S+)"),
        UnitFactKind.EXITED,
    ),
    (
        re.compile(r"[^:]+: Failed with result '(?P<d>[^']*)'|Unit .+ entered failed state"),
        UnitFactKind.FAILED,
    ),
    (
        re.compile(r"Failed to start (?P<d>.+)|(?P<e>.+): Start request repeated too quickly"),
        UnitFactKind.FAILED,
    ),
    (
        re.compile(
            r"[^:]+: Scheduled restart job, restart counter is at (?P<d>\d+)"
            r"|[^:]+ holdoff time over, scheduling restart"
        ),
        UnitFactKind.RESTARTING,
    ),
    (re.compile(r"[^:]+: (?:Succeeded|Deactivated successfully)\."), UnitFactKind.STOPPED),
    (re.compile(r"Stopped "), UnitFactKind.STOPPED),
    (re.compile(r"Stopping "), UnitFactKind.STOPPING),
    (re.compile(r"Starting "), UnitFactKind.STARTING),
    (re.compile(r"Started "), UnitFactKind.STARTED),
    (re.compile(r"Reloaded "), UnitFactKind.RELOADED),
)


#: What keepalived says of itself, should nobody know who said it.
_OF_KEEPALIVED = re.compile(
    r"(?:Starting|Stopped) Keepalived v\d|Starting \w+ child process|Stopped - "
)


def unit_fact(line: JournalLine) -> UnitFact | None:
    """Understand a message that systemd wrote about a unit, by its text.

    Returns ``None`` for other messages, and for what others than systemd wrote, where the line
    says who: keepalived has its own "Starting …" and "Stopped …". The messages are those of
    systemd 219 to 257; "Stopped" and "Deactivated successfully" are both STOPPED, since a
    version may write either or both.
    Only lines whose ``unit`` is a unit's name (``.service``, …) count.
    """
    if "." not in line.unit or line.unit in _SYSTEMD or line.identifier not in ("", "systemd"):
        return None
    if _OF_KEEPALIVED.match(line.text):
        return None
    for pattern, kind in _UNIT_MESSAGES:
        if match := pattern.match(line.text[:1000]):
            detail = match.groupdict().get("d") or ""
            return UnitFact(kind, line.unit, detail)
    return None
