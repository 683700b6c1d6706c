"""Markdown of a lesson as lines of ink: what a lesson needs of it, and nothing that obeys."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .ink import BLANK, Ink, Line, Tone, cells, ink, pad, plain, width_of, wrap

#: Cells that a level of a list moves its text in by.
_STEP = 2
_SMALLEST = 8
_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")


@lru_cache(maxsize=64)
def markdown_lines(text: str, width: int) -> tuple[Line, ...]:
    """Return ``text`` (CommonMark with tables) in lines of at most ``width`` cells."""
    tokens = _PARSER.parse(text)
    return tuple(_Page(max(width, _SMALLEST)).lay(tokens))


class _Page:
    """Lays tokens out, one block under the other."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._lines: list[Line] = []
        #: What begins the next line, and what its further lines begin with.
        self._margins: list[str] = []
        self._mark = ""
        #: The number of the next item of each list that we are in; ``None``: it is not numbered.
        self._numbers: list[int | None] = []
        #: The table that we are in.
        self._rows: list[list[Line]] | None = None

    def lay(self, tokens: Sequence[Token]) -> list[Line]:
        """Return the lines of a whole text."""
        heading = False
        for token in tokens:
            match token.type:
                case "heading_open":
                    heading = True
                case "heading_close":
                    heading = False
                case "inline" if self._rows is not None:
                    self._rows[-1].append(_inline(token.children or ()))
                case "inline":
                    self._paragraph(_inline(token.children or ()), heading=heading)
                case "paragraph_close" if not token.hidden:
                    self._blank()
                case "fence" | "code_block":
                    self._code(token.content)
                case "hr":
                    self._put((Ink("─" * self._room, Tone.LINE),))
                    self._blank()
                case _:
                    self._structure(token)
        while self._lines and not self._lines[-1]:
            self._lines.pop()
        return self._lines

    def _structure(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open":
                self._numbers.append(None)
            case "ordered_list_open":
                self._numbers.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                self._numbers.pop()
                self._blank()
            case "list_item_open":
                self._item()
            case "list_item_close":
                self._margins.pop()
                self._mark = ""
            case "blockquote_open":
                self._margins.append("▏ ")
            case "blockquote_close":
                self._margins.pop()
                self._blank()
            case "table_open":
                self._rows = []
            case "tr_open" if self._rows is not None:
                self._rows.append([])
            case "table_close" if self._rows is not None:
                self._table(self._rows)
                self._rows = None

    @property
    def _room(self) -> int:
        return max(_SMALLEST, self._width - sum(map(cells, self._margins)))

    def _blank(self) -> None:
        if self._lines and self._lines[-1]:
            self._lines.append(BLANK)

    def _item(self) -> None:
        number = self._numbers[-1]
        mark = "• " if number is None else f"{number}. "
        if number is not None:
            self._numbers[-1] = number + 1
        self._mark = mark
        self._margins.append(" " * max(_STEP, cells(mark)))

    def _put(self, line: Line) -> None:
        """Put a line under the others, behind the margins of what it stands in."""
        begin = "".join(self._margins)
        if self._mark:
            begin = "".join(self._margins[:-1]) + self._mark
            self._mark = ""
        self._lines.append((Ink(begin, Tone.MUTED), *line) if begin else line)

    def _paragraph(self, line: Line, *, heading: bool) -> None:
        if heading:
            line = tuple(part._replace(tone=Tone.HEAD) for part in line)
        for piece in _broken(line):
            for row in wrap(piece, self._room) or [BLANK]:
                self._put(row)
        if heading:
            self._blank()

    def _code(self, text: str) -> None:
        self._margins.append("  ")
        for row in text.rstrip("\n").split("\n"):
            line: Line = (ink(row.replace("\t", "    "), Tone.ACCENT),)
            for piece in wrap(line, self._room, hang=4) or [(Ink(" "),)]:
                self._put(piece)
        self._margins.pop()
        self._blank()

    def _table(self, rows: list[list[Line]]) -> None:
        """Columns as wide as what stands in them, as far as there is room; the last one wraps."""
        count = max(map(len, rows), default=0)
        rows = [row + [BLANK] * (count - len(row)) for row in rows]
        most = max(6, self._room // max(1, count))
        sizes = [max(width_of(row[at]) for row in rows) for at in range(count)]
        sizes = [size if at == count - 1 else min(size, most) for at, size in enumerate(sizes)]
        before = sum(sizes[:-1]) + 2 * (count - 1)
        last = max(_SMALLEST, self._room - before)
        for index, row in enumerate(rows):
            columns = [wrap(cell, size) for cell, size in zip(row[:-1], sizes[:-1], strict=True)]
            columns.append(wrap(row[-1], last))
            for at in range(max(map(len, columns))):
                line: list[Ink] = []
                for column, size in zip(columns, [*sizes[:-1], last], strict=True):
                    line += pad(column[at] if at < len(column) else BLANK, size)
                    line.append(Ink("  "))
                tone = Tone.HEAD if not index else None
                self._put(tuple(p._replace(tone=tone) if tone else p for p in _stripped(line)))
        self._blank()


def _stripped(line: list[Ink]) -> list[Ink]:
    while line and not line[-1].text.strip():
        line.pop()
    return line


@lru_cache(maxsize=256)
def inline_line(text: str, tone: Tone = Tone.TEXT) -> Line:
    """Return a text of one paragraph as one line, in ``tone`` where it has none of its own."""
    parts: list[Ink] = []
    for token in _PARSER.parseInline(text):
        for part in _inline(token.children or ()):
            text = " " if part.text == "\n" else part.text
            parts.append(
                part._replace(text=text, tone=tone if part.tone is Tone.TEXT else part.tone)
            )
    return tuple(parts)


def _inline(tokens: Sequence[Token]) -> Line:
    r"""Return a paragraph as one line; a line break is a part of its own: ``\n``."""
    parts: list[Ink] = []
    strong = emphasis = 0
    for token in tokens:
        match token.type:
            case "text":
                tone = Tone.STRONG if strong else Tone.INFO if emphasis else Tone.TEXT
                parts.append(ink(token.content, tone))
            case "code_inline":
                parts.append(ink(token.content, Tone.ACCENT))
            case "softbreak":
                parts.append(Ink(" "))
            case "hardbreak":
                parts.append(Ink("\n"))
            case "strong_open" | "strong_close":
                strong += token.nesting
            case "em_open" | "em_close":
                emphasis += token.nesting
            case "html_inline":
                parts.append(ink(token.content))
    return _joined(parts)


def _joined(parts: list[Ink]) -> Line:
    """Leave out the space of a source line's end between two wide characters."""
    kept: list[Ink] = []
    for index, part in enumerate(parts):
        if part.text == " " and 0 < index < len(parts) - 1:
            before, after = parts[index - 1].text[-1:], parts[index + 1].text[:1]
            if before and after and cells(before) == 2 and cells(after) == 2:
                continue
        kept.append(part)
    return tuple(kept)


def _broken(line: Line) -> list[Line]:
    lines: list[Line] = []
    current: list[Ink] = []
    for part in line:
        if part.text == "\n":
            lines.append(tuple(current))
            current = []
        else:
            current.append(part)
    return [*lines, tuple(current)]


def markdown_text(text: str, width: int = 100) -> str:
    """Return ``text`` without its marks, to be copied or searched."""
    return "\n".join(plain(line) for line in markdown_lines(text, width))
