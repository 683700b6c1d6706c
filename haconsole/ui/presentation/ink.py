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
#: Scripts without spaces between words break after any character, but no line begins with what
#: closes and none ends with what opens (Unicode UAX 14, classes CL, NS and OP).
_WIDE = (
    "\u2e80-\u303f\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffe6"
    "\U00020000-\U0003fffd"
)
_CLOSES = "、。，．：；！？）］｝」』】〉》〕〗’”…·—～％ー"
_OPENS = "（［｛「『【〈《〔〖‘“"
_HAS_WIDE = re.compile(f"[{_WIDE}]")
_CHUNK = re.compile(
    rf"\s+|[{_OPENS}]*(?:(?:[^\s{_WIDE}{_CLOSES}{_OPENS}])+|[{_WIDE}])[{_CLOSES},.;:!?)\]]*"
    rf"|[{_OPENS}{_CLOSES}]+"
)


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

    Chinese, Japanese and Korean text breaks between characters. A word that is longer
    than a line is broken too. At most ``_MOST_LINES`` lines come back.
    """
    lines: list[Line] = []
    current: list[Ink] = []
    used = 0
    for atom, size in _atoms(line, width - hang):
        if used + size > width and used > hang:
            lines.append(tuple(current))
            current, used = [Ink(" " * hang)] if hang else [], hang
            if atom[0].text.isspace():
                continue
        current += atom
        used += size
        if len(lines) > _MOST_LINES:
            break
    if current:
        lines.append(tuple(current))
    return [clip(item, width) for item in lines[:_MOST_LINES]]


#: What stands together on a line, and how many cells it takes.
_Atom: TypeAlias = tuple[list[Ink], int]


def _atoms(line: Line, width: int) -> Iterator[_Atom]:
    """Yield what may not be broken; a full stop stays with the word that another tone paints."""
    held: _Atom | None = None
    for part in line:
        for index, word in enumerate(_words(part.text, width)):
            size = cells(word)
            piece = part._replace(text=word)
            if held is None:
                held = ([piece], size)
                continue
            before = held[0][-1].text
            if not index and held[1] + size <= width and not _breaks(before[-1], word[0]):
                held = ([*held[0], piece], held[1] + size)
            else:
                yield held
                held = ([piece], size)
    if held is not None:
        yield held


def _breaks(before: str, after: str) -> bool:
    """Whether a line may end between two characters of different parts."""
    if before.isspace() or after.isspace():
        return True
    if after in _CLOSES or before in _OPENS:
        return False
    return bool(_HAS_WIDE.match(before) or _HAS_WIDE.match(after))


def _words(text: str, width: int) -> Iterator[str]:
    for word in re.findall(r"\s+|\S+", text) if text.isascii() else _pieces(text):
        if cells(word) <= width or width <= 0:
            yield word
        else:
            # A wide character is never chopped; before it there may be an empty piece.
            yield from filter(None, chop_cells(word[: _MOST_LINES * width], width))


def _pieces(text: str) -> Iterator[str]:
    """Yield what may not be broken: words, and wide characters with their punctuation."""
    for found in re.finditer(r"\s+|\S+", text):
        word = found.group()
        if _HAS_WIDE.search(word):
            yield from _CHUNK.findall(word)
        else:
            yield word


def plain(line: Line) -> str:
    """Return the text of a line."""
    return "".join(part.text for part in line)
