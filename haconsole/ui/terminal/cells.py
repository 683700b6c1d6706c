"""The cells of a terminal: pyte's screen, with what programs of today expect besides.

pyte (0.8.2) knows a VT220. Added here: the other screen that full-screen programs paint on
(xterm's 1047 and 1049), lines that scrolled away, scrolling by a number of lines, a repeated
character, and drawing that is fast for the plain text that most of it is. Nothing here answers
the node or leaves the screen: no titles, no clipboard, no reports (see ``escapes``).
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, TypeAlias
from unicodedata import combining, normalize

import pyte.modes as mo
from pyte import charsets
from pyte.screens import Char, Margins, Savepoint, Screen, StaticDefaultDict
from rich.cells import cell_len

from haconsole.ui.presentation.ink import clean

#: Lines that can be scrolled back to.
HISTORY = 2000
#: Code points that may stand in one cell: a letter and its marks.
_IN_ONE_CELL = 5
_MOST_STYLES = 256
#: Private modes (DECSET) that are obeyed; programs ask for many more that mean nothing here.
CURSOR_KEYS, BRACKETED_PASTE = 1, 2004
_OBEYED = frozenset((CURSOR_KEYS, 5, 6, 7, 25, BRACKETED_PASTE))
_OTHER_SCREEN = frozenset((47, 1047, 1049))

_Row: TypeAlias = "StaticDefaultDict[int, Char]"


def _printable(letter: str) -> str:
    """Return what a terminal shows of a letter: a blank of any kind as one, no code unassigned."""
    if letter.isprintable():
        return letter
    return " " if letter.isspace() else "\ufffd"


class Look(NamedTuple):
    """How cells look; colours as pyte names them (``red``, ``brightred``, ``ff8700``)."""

    fg: str
    bg: str
    bold: bool
    italics: bool
    underscore: bool
    strikethrough: bool
    reverse: bool
    blink: bool


#: A row of cells: runs of text that look alike.
Runs: TypeAlias = "tuple[tuple[str, Look], ...]"
PLAIN = Look(*Char(" ")[1:])
_DATA, _LOOK = itemgetter(0), itemgetter(slice(1, None))


class _Letters(dict[str, Char]):
    """The cells of one look, by their letter."""

    def __init__(self, look: Char) -> None:
        super().__init__()
        self._look = look

    def __missing__(self, letter: str) -> Char:
        cell = self[letter] = self._look._replace(data=letter)
        return cell


class _Main(NamedTuple):
    """The main screen, while a program paints on the other one."""

    rows: dict[int, _Row]
    x: int
    y: int


class Cells(Screen):
    """The screen of a terminal, and the lines above it."""

    def __init__(self, columns: int, lines: int) -> None:
        #: Lines that scrolled off the top, oldest first.
        self.history: deque[Runs] = deque(maxlen=HISTORY)
        #: How many lines ever scrolled off the top.
        self.scrolled = 0
        self._main: _Main | None = None
        self._styles: dict[Char, _Letters] = {}
        self._last = " "
        super().__init__(columns, lines)

    # --- what there is ---

    @property
    def on_other(self) -> bool:
        """Whether a full-screen program has the screen of its own."""
        return self._main is not None

    def has_mode(self, number: int) -> bool:
        """Whether a private mode (DECSET) is set."""
        return number << 5 in self.mode

    def row(self, y: int) -> Runs:
        """Return a row as runs of text; every row is ``columns`` cells wide."""
        return self._runs(self.buffer[y]) if y in self.buffer else ((" " * self.columns, PLAIN),)

    def _runs(self, row: _Row) -> Runs:
        size = min(max(row, default=-1) + 1, self.columns)
        cells = [row[x] for x in range(size)]
        text = "".join(map(_DATA, cells))
        if not text.isascii() or len(text) != size:
            cells = list(_mended(cells))
            text = "".join(map(_DATA, cells))
        looks = list(map(_LOOK, cells))
        if looks and looks.count(looks[0]) == len(looks):
            runs = [(text, Look(*looks[0]))]
        else:
            runs = [("".join(map(_DATA, run)), Look(*look)) for look, run in groupby(cells, _LOOK)]
        if size < self.columns:
            runs.append((" " * (self.columns - size), Look(*row.default[1:])))
        return tuple(runs)

    # --- drawing ---

    def draw(self, data: str) -> None:
        """Put text where the cursor stands."""
        tables = (self.g0_charset, self.g1_charset)
        table = tables[self.charset]
        if table is not charsets.LAT1_MAP:
            data = data.translate(table)
        if not data:
            return
        if data.isascii() and mo.IRM not in self.mode:
            self._draw_plain(data)
        else:
            for letter in map(_printable, clean(data)):
                self._draw_one(letter, cell_len(letter))
        self._last = data[-1]

    def _draw_plain(self, data: str) -> None:
        letters = self._letters()
        cursor, columns = self.cursor, self.columns
        while data:
            if cursor.x >= columns:
                self._wrap(1)
            x = cursor.x
            part, data = data[: columns - x], data[columns - x :]
            self.buffer[cursor.y].update(
                zip(range(x, x + len(part)), map(letters.__getitem__, part), strict=True)
            )
            cursor.x = x + len(part)
            self.dirty.add(cursor.y)
            if data and mo.DECAWM not in self.mode:
                data = data[-1:]

    def _draw_one(self, letter: str, width: int) -> None:
        if width <= 0:
            self._combine(letter)
            return
        cursor = self.cursor
        if width > self.columns:
            return
        if cursor.x + width > self.columns:
            self._wrap(width)
        if mo.IRM in self.mode:
            self.insert_characters(width)
        row, letters = self.buffer[cursor.y], self._letters()
        row[cursor.x] = letters[letter]
        if width == 2:
            row[cursor.x + 1] = letters[""]
        self.dirty.add(cursor.y)
        cursor.x += width

    def _wrap(self, width: int) -> None:
        """Go on at the next line, or over the end of this one where lines do not wrap."""
        if mo.DECAWM in self.mode:
            self.carriage_return()
            self.linefeed()
        else:
            self.cursor.x = self.columns - width

    def _combine(self, letter: str) -> None:
        """Put a mark on the letter before the cursor; any other letter without width is none."""
        x = self.cursor.x - 1
        if not combining(letter) or x < 0:
            return
        row = self.buffer[self.cursor.y]
        if row[x].data == "" and x:
            x -= 1
        joined = normalize("NFC", row[x].data + letter)
        if len(joined) <= _IN_ONE_CELL and cell_len(joined) == cell_len(row[x].data):
            row[x] = row[x]._replace(data=joined)
            self.dirty.add(self.cursor.y)

    def _letters(self) -> _Letters:
        style = self.cursor.attrs
        letters = self._styles.get(style)
        if letters is None:
            if len(self._styles) >= _MOST_STYLES:
                self._styles.clear()
            letters = self._styles[style] = _Letters(style)
        elif len(letters) > _MOST_STYLES:
            letters.clear()
        return letters

    def repeat(self, count: int) -> None:
        """Draw the last letter again (REP)."""
        self.draw(self._last * min(count, self.columns * self.lines))

    def blanking(self, erase: Callable[[], None]) -> None:
        """Erase with the ground's colour and nothing else of how the cursor writes (xterm)."""
        written = self.cursor.attrs
        self.cursor.attrs = self.default_char._replace(bg=written.bg)
        try:
            erase()
        finally:
            self.cursor.attrs = written

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        """Erase to the end of the line (0), up to the cursor (1), or all of it (2)."""
        if self.cursor.attrs != self.default_char:
            super().erase_in_line(how, private)
            return
        x = self.cursor.x
        row = self.buffer[self.cursor.y]
        if how == 1:
            gone = [at for at in row if at <= x]
        else:
            gone = [at for at in row if how == 2 or at >= x]
        for at in gone:
            del row[at]
        self.dirty.add(self.cursor.y)

    # --- scrolling ---

    def index(self) -> None:
        """Move down a line; what scrolls off the main screen's top is kept."""
        if self.margins is not None or self.cursor.y != self.lines - 1:
            if self.margins is not None and self.cursor.y == self.margins.bottom:
                self._keep_top()
            super().index()
            return
        self._keep_top()
        rows = self.buffer
        moved = list(map(rows.__getitem__, range(1, self.lines)))
        rows.clear()
        rows.update(enumerate(moved))
        self.dirty.update(range(self.lines))

    def _keep_top(self) -> None:
        if self._main is None and (self.margins is None or self.margins.top == 0):
            self.history.append(self.row(0))
            self.scrolled += 1

    def scroll(self, by: int) -> None:
        """Scroll the region up (``by`` > 0) or down (SU, SD); the cursor stays."""
        top, bottom = self.margins or Margins(0, self.lines - 1)
        x, y = self.cursor.x, self.cursor.y
        for _ in range(min(abs(by), bottom - top + 1)):
            if by > 0:
                self.cursor.y = bottom
                self.index()
            else:
                self.cursor.y = top
                self.reverse_index()
        self.cursor.x, self.cursor.y = x, y

    def forget_history(self) -> None:
        """Drop the lines that scrolled away (xterm's ``CSI 3 J``)."""
        self.history.clear()

    # --- modes, cursor, size ---

    def switch(self, number: int, *, on: bool) -> None:
        """Set or reset a private mode (DECSET, DECRST)."""
        if number in _OTHER_SCREEN:
            self._show_other(on=on)
        elif number == 1048:
            (self.save_cursor if on else self.restore_cursor)()
        elif number in _OBEYED:
            (self.set_mode if on else self.reset_mode)(number, private=True)

    def _show_other(self, *, on: bool) -> None:
        if on == self.on_other:
            return
        self.margins = None
        if on:
            self._main = _Main(dict(self.buffer), self.cursor.x, self.cursor.y)
            self.buffer.clear()
        elif self._main is not None:
            self.buffer.clear()
            self.buffer.update(self._main.rows)
            self.cursor.x, self.cursor.y = self._main.x, self._main.y
            self._main = None
            self._cut_to(self.lines)
            self.cursor.attrs = self.default_char
        self.dirty.update(range(self.lines))

    def save_cursor(self) -> None:
        """Remember one cursor, as terminals do; pyte would pile them up."""
        self.savepoints.clear()
        super().save_cursor()

    def restore_cursor(self) -> None:
        """Return to the remembered cursor, as often as asked for."""
        kept = [point._replace(cursor=copy.copy(point.cursor)) for point in self.savepoints[-1:]]
        super().restore_cursor()
        self.savepoints: list[Savepoint] = kept

    def reset(self) -> None:
        """Begin anew (RIS); lines that scrolled away stay."""
        self._main = None
        self.savepoints = []
        super().reset()

    def resize(self, lines: int | None = None, columns: int | None = None) -> None:
        """Change the size; what is cut off stands at the top, and only as far as it must."""
        lines, columns = lines or self.lines, columns or self.columns
        if (lines, columns) == (self.lines, self.columns):
            return
        if lines < self.lines:
            self._cut_to(lines)
        for row in self.buffer.values():
            for x in [x for x in row if x >= columns]:
                del row[x]
        self.lines, self.columns = lines, columns
        self.tabstops = set(range(8, columns, 8))
        self.margins = None
        self.ensure_hbounds()
        self.ensure_vbounds()
        self.dirty = set(range(lines))

    def _cut_to(self, lines: int) -> None:
        """Let lines scroll off the top until the cursor's stands within ``lines``."""
        for _ in range(max(0, self.cursor.y - lines + 1)):
            self._keep_top()
            for y in range(max(self.buffer, default=0)):
                self.buffer[y] = self.buffer[y + 1]
            self.buffer.pop(max(self.buffer, default=0), None)
            self.cursor.y -= 1
        for y in [y for y in self.buffer if y >= lines]:
            del self.buffer[y]


def _mended(cells: list[Char]) -> Iterator[Char]:
    """Yield cells whose widths add up: a wide letter without its second half is a blank."""
    cells = [*cells, Char(" ")]
    x = 0
    while x < len(cells) - 1:
        cell = cells[x]
        wide = cell.data > "\x7f" and cell_len(cell.data) == 2
        if wide and x + 2 < len(cells) and cells[x + 1].data == "":
            yield cell
            x += 2
            continue
        yield cell._replace(data=" ") if wide or cell.data == "" else cell
        x += 1
