"""Lines of ink: text with a tone, ready to be placed.

Presenters make these, widgets paint them. Text in ink is never markup, and ``ink()`` replaces
what a terminal would obey, so that remote text can be shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from rich.cells import cell_len, chop_cells, set_cell_size


class Tone(StrEnum):
    """What a text means; a theme says what that looks like."""

    TEXT = "text"
    MUTED = "muted"
    HEAD = "head"
    STRONG = "strong"
    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"
    #: Never known, or not known any more: neither good nor bad.
    UNKNOWN = "unknown"
    STALE = "stale"
    ACCENT = "accent"
    KEY = "key"
    LINE = "line"
    #: Words on a filled ground, for the badges of the title line.
    BADGE = "badge"
    BADGE_WARNING = "badge-warning"
    MATCH = "match"


class Ink(NamedTuple):
    """A run of text in one tone; ``action`` is what a click on it does (a Textual action)."""

    text: str
    tone: Tone = Tone.TEXT
    action: str = ""


Line: TypeAlias = tuple[Ink, ...]

BLANK: Line = ()
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
#: C0 and C1 controls, invisible and direction-changing marks, line separators, lone surrogates.
_OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
ELLIPSIS = "…"
_MOST_LINES = 50


def clean(text: str) -> str:
    """Return ``text`` with every character that a terminal would obey replaced."""
    if text.isascii() and text.isprintable():
        return text
    return _OBEYED.sub(REPLACEMENT, text)


def ink(text: str, tone: Tone = Tone.TEXT, action: str = "") -> Ink:
    """Return ``text``, cleaned, as ink."""
    return Ink(clean(text), tone, action)


def cells(text: str) -> int:
    """Return how many terminal cells ``text`` takes."""
    return len(text) if text.isascii() else cell_len(text)


def width_of(line: Line) -> int:
    """Return how many cells a line takes."""
    return sum(cells(part.text) for part in line)


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Return cleaned ``text`` in exactly ``width`` cells; what is cut off shows as ``…``."""
    text = clean(text)
    taken = cells(text)
    if taken > width:
        if width <= 0:
            return ""
        return set_cell_size(text, width - 1) + ELLIPSIS
    padding = " " * (width - taken)
    return padding + text if right else text + padding


def clip(line: Line, width: int) -> Line:
    """Return the line in at most ``width`` cells; what is cut off shows as ``…``."""
    if width_of(line) <= width:
        return line
    if width <= 0:
        return BLANK
    kept: list[Ink] = []
    room = width
    for part in line:
        taken = cells(part.text)
        if taken < room:
            kept.append(part)
            room -= taken
            continue
        kept.append(part._replace(text=set_cell_size(part.text, room - 1) + ELLIPSIS))
        break
    return tuple(kept)


def pad(line: Line, width: int) -> Line:
    """Return the line in exactly ``width`` cells."""
    line = clip(line, width)
    missing = width - width_of(line)
    return (*line, Ink(" " * missing)) if missing > 0 else line


def spread(left: Line, right: Line, width: int, *, gap: int = 2) -> Line:
    """Return one line with ``right`` at its end; ``left`` gives way where there is no room."""
    if not right:
        return clip(left, width)
    room = width - width_of(right) - gap
    if room < 1:
        return clip(left, width)
    return (*pad(left, room), Ink(" " * gap), *right)


def join(parts: Iterable[Line], separator: str = "  ", tone: Tone = Tone.MUTED) -> Line:
    """Return the lines that are not empty as one, with a separator between them."""
    joined: list[Ink] = []
    for part in parts:
        if part:
            if joined:
                joined.append(Ink(separator, tone))
            joined.extend(part)
    return tuple(joined)


def indent(line: Line, by: int = 1) -> Line:
    """Return the line moved right by ``by`` cells."""
    return (Ink(" " * by), *line) if line else line


def retone(line: Line, tone: Tone) -> Line:
    """Return the line in one tone."""
    return tuple(part._replace(tone=tone) for part in line)


def wrap(line: Line, width: int, *, hang: int = 0) -> list[Line]:
    """Break a line between words into lines of at most ``width``; later ones hang ``hang`` in.

    A word that is longer than a line is broken too. At most ``_MOST_LINES`` lines come back.
    """
    lines: list[Line] = []
    current: list[Ink] = []
    used = 0
    for part in line:
        for word in _words(part.text, width - hang):
            size = cells(word)
            if used + size > width and used > hang:
                lines.append(tuple(current))
                current, used = [Ink(" " * hang)] if hang else [], hang
                if word.isspace():
                    continue
            current.append(part._replace(text=word))
            used += size
        if len(lines) > _MOST_LINES:
            break
    if current:
        lines.append(tuple(current))
    return [clip(item, width) for item in lines[:_MOST_LINES]]


def _words(text: str, width: int) -> Iterator[str]:
    for found in re.finditer(r"\s+|\S+", text):
        word = found.group()
        if cells(word) <= width or width <= 0:
            yield word
        else:
            yield from chop_cells(word[: _MOST_LINES * width], width)


def plain(line: Line) -> str:
    """Return the text of a line."""
    return "".join(part.text for part in line)
