"""A log that grows while it is read: it follows, holds its place, pauses, filters.

Rows are taken from a book when the screen asks for it (at most 15 times a second), never one by
one; only rows on show are made into lines. While it follows, the oldest rows make room. While it
does not, nothing is taken away and nothing moves: when the view is full, new rows wait.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Generic, TypeVar

from haconsole.ui.books import Book
from haconsole.ui.presentation.ink import BLANK, Line, wrap
from haconsole.ui.widgets.listing import Listing

T = TypeVar("T")


class StreamView(Listing, Generic[T]):
    """A view on a :class:`Book`."""

    def __init__(
        self,
        line_of: Callable[[T], Line],
        text_of: Callable[[T], str],
        *,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._line_of = line_of
        self._text_of = text_of
        self._book: Book[T] = Book(1)
        self._passes: Callable[[T], bool] | None = None
        self._rows: deque[T] = deque()
        self._seen = 0
        self._first = 0
        self._header: Line | None = None
        self._nothing: tuple[Line, ...] = ()
        self.following = True
        self.paused = False

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
    def hidden(self) -> int:
        """How many lines came before the oldest that this view can show."""
        return self._first

    @property
    def waiting(self) -> int:
        """How many lines came that the view has not taken yet."""
        return self._book.total - self._seen

    @property
    def cursor_shown(self) -> bool:
        """A log that follows has no cursor."""
        return self.has_focus and (self.paused or not self.following)

    def row_line(self, row: int) -> Line:
        """Return the line of a row."""
        return self._line_of(self._rows[row])

    def row_text(self, row: int) -> str:
        """Return a row as plain text, to be copied."""
        return self._text_of(self._rows[row])

    def dress(self, header: Line | None, nothing: Line = BLANK) -> None:
        """Set the titles and what is said where there are no rows."""
        said = tuple(wrap(nothing, max(1, self.size.width - 2), hang=1))
        if (header, said) != (self._header, self._nothing):
            self._header, self._nothing = header, said
            self._keep_end()
            self.refresh()

    def on_resize(self) -> None:
        """Stay at the end where that is followed: a lower view shows fewer rows, the newest."""
        self._keep_end()
        # The new size may have been painted with the old place already.
        self.refresh()

    def _keep_end(self) -> None:
        if self.following:
            self._to_end()

    def attach(self, book: Book[T], passes: Callable[[T], bool] | None = None) -> None:
        """Show a book from its beginning, as far as its lines pass."""
        self._book, self._passes = book, passes
        self._rows.clear()
        self._seen = self._first = book.first
        self._take()
        self._to_end()
        self.refresh()

    def flush(self) -> bool:
        """Take what is new; return whether there was anything to take."""
        if self.paused or self._seen == self._book.total:
            return False
        before = len(self._rows)
        self._take()
        if self.following:
            self._to_end()
            self.refresh()
        elif len(self._rows) != before:
            self.repaint_changed()
        return True

    def _take(self) -> None:
        book, passes = self._book, self._passes
        missed = self._seen < book.first
        if self.following:
            if missed:
                self._rows.clear()
            fresh = book.since(self._seen)
            self._rows.extend(fresh if passes is None else filter(passes, fresh))
            while len(self._rows) > book.limit:
                self._rows.popleft()
            self._seen, self._first = book.total, book.first
            return
        if missed:
            # What comes next is gone from the book: the view stays without a hole in it.
            return
        for line in book.since(self._seen):
            if passes is None or passes(line):
                if len(self._rows) >= book.limit:
                    return
                self._rows.append(line)
            self._seen += 1

    def _to_end(self) -> None:
        if self.following:
            self.cursor = self.count - 1
            self.top = self.count
        self.clamp()

    def move_to(self, row: int) -> None:
        """Put the cursor on a row, which ends following unless it is the last one."""
        if row < self.count - 1:
            self.following = False
        super().move_to(row)

    def scroll_rows(self, by: int) -> None:
        """Move the view; going up ends following."""
        if by < 0 and self.count > self.room:
            self.following = False
        super().scroll_rows(by)

    def follow(self) -> None:
        """Follow the end, or stay; a paused log goes on."""
        self.following = self.paused or not self.following
        if self.following:
            self.paused = False
            self._take()
            self._to_end()
        self.refresh()

    def pause(self) -> None:
        """Take nothing in any more, or go on."""
        self.paused = not self.paused
        if not self.paused:
            self.flush()
        self.refresh()

    def jump(self, wanted: Callable[[T], bool], step: int) -> bool:
        """Move to the next (``step`` 1) or previous (-1) row that is wanted."""
        if step > 0:
            after = enumerate(islice(self._rows, self.cursor + 1, None), self.cursor + 1)
            found = next((index for index, row in after if wanted(row)), None)
        else:
            start = self.cursor + (self.following and not self.paused)
            before = list(islice(self._rows, 0, start))
            found = next(
                (index for index in range(len(before) - 1, -1, -1) if wanted(before[index])), None
            )
        if found is None:
            return False
        self.following = False
        self.move_to(found)
        return True
