"""A page to read: lines that scroll, without a cursor."""

from __future__ import annotations

from collections.abc import Sequence

from haconsole.ui.presentation.ink import BLANK, Line, indent
from haconsole.ui.widgets.listing import Listing


class ReadingPage(Listing):
    """Lines of a text; the keys of lists move the view."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._lines: Sequence[Line] = ()

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self._lines)

    @property
    def lines(self) -> Sequence[Line]:
        """The lines."""
        return self._lines

    @property
    def cursor_shown(self) -> bool:
        """A page has no cursor."""
        return False

    def row_line(self, row: int) -> Line:
        """Return a line, a cell in from the edge."""
        line = self._lines[row]
        return indent(line) if line else BLANK

    def show(self, lines: Sequence[Line]) -> None:
        """Put lines on show; the view stays where it is."""
        self._lines = lines
        self.clamp()
        self.repaint_changed()

    def bring(self, row: int) -> None:
        """Bring what begins at ``row`` into view, as much of it as there is room for."""
        self.top = row
        self.clamp()
        self.refresh()

    def clamp(self) -> None:
        """Keep the view within the lines; the cursor is the first of them."""
        super().clamp()
        self.cursor = max(0, min(self.top, self.count - 1))

    def move_to(self, row: int) -> None:
        """Bring a line to the top."""
        self.bring(row)

    def move(self, by: int) -> None:
        """Scroll by lines."""
        self.bring(self.top + by)

    def on_resize(self) -> None:
        """Keep the view within the lines."""
        self.clamp()
