"""A widget that paints lines of ink, one by one, and repaints only those that changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias, cast

from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from haconsole.ui.palette import Palette
from haconsole.ui.presentation.ink import BLANK, Ink, Line

#: A row's line, whether the cursor is on it, and what stands in its last column.
Look: TypeAlias = tuple[Line, bool, Ink | None]


class Painted(Protocol):
    """What a canvas needs of its app."""

    @property
    def palette(self) -> Palette:
        """The styles of the running theme."""
        ...


class Canvas(Widget):
    """Paints ``line_at(y)`` for every row; there is no markup on the way."""

    def line_at(self, y: int) -> Line:
        """Return the line of row ``y`` of the content."""
        raise NotImplementedError

    def has_cursor(self, y: int) -> bool:
        """Whether row ``y`` is the one that keys act on."""
        return False

    @property
    def palette(self) -> Palette:
        """The styles of the running theme."""
        return cast("Painted", self.app).palette

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._painted: dict[int, Look] = {}
        self._ground = Style()

    def look_of(self, y: int) -> Look:
        """Return all that the looks of a row depend on."""
        return self.line_at(y), self.has_cursor(y), None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint rows; what they all stand on is looked up once."""
        self._ground = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Paint one row, and remember what was painted."""
        look = self._painted[y] = self.look_of(y)
        line, cursor, edge = look
        width, palette = self.size.width, self.palette
        if edge is None or width < 2:
            return palette.strip(line, width, self._ground, cursor=cursor)
        body = palette.strip(line, width - 1, self._ground, cursor=cursor)
        return Strip.join([body, palette.strip((edge,), 1, self._ground)])

    def repaint_changed(self) -> int:
        """Ask for those rows that would look other than they were painted; return how many."""
        changed = 0
        for y in range(self.size.height):
            if self._painted.get(y) != self.look_of(y):
                self.repaint_row(y)
                changed += 1
        return changed

    def repaint_row(self, y: int) -> None:
        """Ask for one row to be painted again."""
        self.refresh(Region(0, y, self.size.width, 1))


class Panel(Canvas):
    """A few lines that stand as long as nothing changes; as high as they are many."""

    DEFAULT_CSS = """
    Panel { height: auto; width: 1fr; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._lines: tuple[Line, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines on show."""
        return self._lines

    def show(self, lines: Sequence[Line]) -> None:
        """Put lines on show; only those that differ are painted again."""
        old, self._lines = self._lines, tuple(lines)
        if len(old) != len(self._lines):
            self.refresh(layout=True)
        elif old != self._lines:
            self.repaint_changed()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return as many rows as there are lines."""
        return len(self._lines)

    def line_at(self, y: int) -> Line:
        """Return a line on show."""
        return self._lines[y] if y < len(self._lines) else BLANK
