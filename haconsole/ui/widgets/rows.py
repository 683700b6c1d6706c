"""A list that is given its rows anew: it keeps its place by the rows' keys."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from textual.message import Message

from haconsole.ui.presentation.ink import BLANK, Line, plain
from haconsole.ui.widgets.listing import Listing

T = TypeVar("T")


class RowList(Listing, Generic[T]):
    """Rows of any kind, made into lines only when they are on show."""

    class Moved(Message):
        """The operator put the cursor on another row."""

        def __init__(self, listing: RowList[Any]) -> None:
            super().__init__()
            self.listing = listing

        @property
        def control(self) -> RowList[Any]:
            """The list that it happened in."""
            return self.listing

    def __init__(
        self,
        line_of: Callable[[T], Line],
        *,
        key_of: Callable[[T], Hashable] = lambda row: row,
        text_of: Callable[[T], str] | None = None,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._line_of = line_of
        self._key_of = key_of
        self._text_of = text_of
        self._rows: Sequence[T] = ()
        self._header: Line | None = None
        self._nothing: tuple[Line, ...] = ()
        #: Whether the view goes to the end whenever rows are added there.
        self.following = False

    @property
    def rows(self) -> Sequence[T]:
        """The rows."""
        return self._rows

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    @property
    def header(self) -> Line | None:
        """The line above the rows."""
        return self._header

    @property
    def nothing(self) -> tuple[Line, ...]:
        """What is said where there are no rows."""
        return self._nothing

    @property
    def current(self) -> T | None:
        """The row under the cursor."""
        return self._rows[self.cursor] if 0 <= self.cursor < len(self._rows) else None

    def row_line(self, row: int) -> Line:
        """Return the line of a row."""
        return self._line_of(self._rows[row])

    def row_text(self, row: int) -> str:
        """Return a row as plain text, to be copied."""
        return (
            self._text_of(self._rows[row]) if self._text_of else plain(self.row_line(row)).strip()
        )

    def show(
        self,
        rows: Sequence[T],
        *,
        header: Line | None = None,
        nothing: Line = BLANK,
    ) -> None:
        """Put rows on show; cursor and view stay with the rows they were at."""
        self._header = header
        self._nothing = (nothing,) if nothing else ()
        if rows is not self._rows:
            self._replace(rows)
        if self.following:
            self.cursor = self.count - 1
            self.top = self.count
        self.clamp()
        self.repaint_changed()

    def _replace(self, rows: Sequence[T]) -> None:
        old, cursor, top = self._rows, self.cursor, self.top
        self._rows = rows
        if self.following or not old or not rows:
            return
        places = {self._key_of(row): index for index, row in enumerate(rows)}
        self.cursor = self._place(old, cursor, places)
        # The row under the cursor stays where it is on the screen.
        self.top = self.cursor - (cursor - top)

    def _place(self, old: Sequence[T], index: int, places: dict[Hashable, int]) -> int:
        for candidate in self._nearest(index, len(old)):
            place = places.get(self._key_of(old[candidate]))
            if place is not None:
                return place
        return index

    @staticmethod
    def _nearest(index: int, count: int) -> Iterator[int]:
        for distance in range(count):
            if index - distance >= 0:
                yield min(index - distance, count - 1)
            if distance and index + distance < count:
                yield index + distance

    def move_to(self, row: int) -> None:
        """Put the cursor on a row; leaving the end ends following."""
        self.following = self.following and row >= self.count - 1
        before = self.cursor
        super().move_to(row)
        if self.cursor != before:
            self.post_message(self.Moved(self))

    def scroll_rows(self, by: int) -> None:
        """Move the view; going up ends following."""
        if by < 0:
            self.following = False
        before = self.cursor
        super().scroll_rows(by)
        if self.cursor != before:
            self.post_message(self.Moved(self))

    def on_resize(self) -> None:
        """Keep the cursor in view when the list gets another height."""
        before = self.top
        if not self.following and self.room:
            lowest = self.cursor - self.room + 1
            self.top = max(lowest, min(self.top, self.cursor))
        self.clamp()
        if self.top != before:
            self.refresh()

    def follow(self) -> None:
        """Follow the end, or stay."""
        self.following = not self.following
        if self.following:
            super().move_to(self.count - 1)

    def jump(self, wanted: Callable[[T], bool], step: int) -> bool:
        """Move to the next (``step`` 1) or previous (-1) row that is wanted."""
        index = self.cursor + step
        while 0 <= index < self.count:
            if wanted(self._rows[index]):
                self.following = False
                self.move_to(index)
                return True
            index += step
        return False
