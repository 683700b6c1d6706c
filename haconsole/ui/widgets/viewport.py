"""A list of lines with a cursor and a view that never moves by itself.

The view is an index of our own, not Textual's scrolling: a list of 200 nodes or of 20,000 hits
is a number here, only the rows on show are ever made, and nothing is laid out anew when it grows.
"""

from __future__ import annotations

from typing import ClassVar

from haconsole.ui.presentation.ink import BLANK, Ink, Line, Tone, plain
from haconsole.ui.widgets.canvas import Canvas, Look


class Viewport(Canvas, can_focus=True):
    """Rows ``0 … count-1``, of which those from ``top`` on are on show."""

    DEFAULT_CSS: ClassVar[str] = """
    Viewport { height: 1fr; width: 1fr; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.top = 0
        self.cursor = 0

    @property
    def count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    @property
    def header(self) -> Line | None:
        """The line above the rows that stays in view; ``None`` for none."""
        return None

    @property
    def nothing(self) -> tuple[Line, ...]:
        """What is said where there are no rows."""
        return ()

    def row_line(self, row: int) -> Line:
        """Return the line of a row."""
        raise NotImplementedError

    def row_text(self, row: int) -> str:
        """Return a row as plain text, to be copied."""
        return plain(self.row_line(row)).strip()

    @property
    def room(self) -> int:
        """How many rows fit."""
        return max(0, self.size.height - (self.header is not None))

    @property
    def first_row(self) -> int:
        """The first row on show: ``top``, as far as the rows reach."""
        return max(0, min(self.top, self.count - self.room))

    @property
    def cursor_shown(self) -> bool:
        """Whether the cursor's row is marked."""
        return self.has_focus

    def line_at(self, y: int) -> Line:
        """Return the header or the row that stands at ``y``."""
        if self.header is not None:
            if y == 0:
                return self.header
            y -= 1
        if not self.count:
            return self.nothing[y] if y < len(self.nothing) else BLANK
        row = self.first_row + y
        return self.row_line(row) if row < self.count else BLANK

    def has_cursor(self, y: int) -> bool:
        """Whether the cursor stands in row ``y`` of the widget."""
        row = self.first_row + y - (self.header is not None)
        return self.cursor_shown and row == self.cursor and 0 <= row < self.count

    def look_of(self, y: int) -> Look:
        """Return a row's looks; a mark in its last column shows where the view is."""
        return self.line_at(y), self.has_cursor(y), self._bar(y)

    def _bar(self, y: int) -> Ink | None:
        y -= self.header is not None
        room, count = self.room, self.count
        if count <= room or y < 0 or not room:
            return None
        size = max(1, room * room // count)
        hidden = count - room
        start = round((room - size) * max(0, min(self.top, hidden)) / hidden)
        inside = start <= y < start + size
        return Ink("┃", Tone.MUTED) if inside else Ink("│", Tone.LINE)

    def clamp(self) -> None:
        """Keep cursor and view within the rows there are."""
        self.cursor = max(0, min(self.cursor, self.count - 1))
        self.top = max(0, min(self.top, self.count - self.room))

    def move_to(self, row: int) -> None:
        """Put the cursor on a row and bring it into view."""
        self.cursor = row
        self.clamp()
        if self.cursor < self.top:
            self.top = self.cursor
        elif self.cursor >= self.top + self.room:
            self.top = self.cursor - self.room + 1
        self.refresh()

    def move(self, by: int) -> None:
        """Move the cursor by rows."""
        self.move_to(self.cursor + by)

    def scroll_rows(self, by: int) -> None:
        """Move the view by rows; the cursor comes along when it would leave it."""
        self.top += by
        self.clamp()
        self.cursor = max(self.top, min(self.cursor, self.top + self.room - 1))
        self.refresh()
