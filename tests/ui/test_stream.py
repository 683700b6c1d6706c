"""The log view: nothing moves that should not, nothing is lost uncounted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from haconsole.ui.books import Book
from haconsole.ui.palette import Palette
from haconsole.ui.presentation.ink import Line, ink
from haconsole.ui.widgets.rows import RowList
from haconsole.ui.widgets.stream import StreamView


def line_of(number: int) -> Line:
    return (ink(f"line {number}"),)


class LogApp(App[None]):
    """One log view and one list."""

    @property
    def palette(self) -> Palette:
        return Palette(self.get_css_variables())

    def compose(self) -> ComposeResult:
        yield StreamView[int](line_of, str, id="log")
        yield RowList[int](line_of, id="rows")

    @property
    def log_view(self) -> StreamView[int]:
        return self.query_one("#log", StreamView)


def shown(view: StreamView[int]) -> list[int]:
    """Return the rows on show."""
    return [int(view.row_text(row)) for row in range(view.first_row, view.count)][: view.room]


@given(st.lists(st.lists(st.integers(), max_size=30), max_size=10), st.integers(1, 25))
def test_a_book_keeps_the_newest_and_counts_the_rest(batches: list[list[int]], limit: int) -> None:
    book: Book[int] = Book(limit)
    every: list[int] = []
    for batch in batches:
        book.extend(batch)
        every += batch
    assert book.total == len(every)
    assert book.since(0) == every[-limit:]
    assert book.first == max(0, len(every) - limit)
    for number in range(book.first, book.total + 1):
        assert book.since(number) == every[number:]


async def test_following_shows_the_newest() -> None:
    app = LogApp()
    async with app.run_test(size=(40, 20)):
        book: Book[int] = Book(100)
        view = app.log_view
        view.attach(book)
        book.extend(range(250))
        assert view.flush()
        assert shown(view) == list(range(250 - view.room, 250))
        assert view.hidden == 150
        assert view.waiting == 0
        assert not view.flush()


async def test_a_held_view_stays_where_it_is_whatever_comes() -> None:
    app = LogApp()
    async with app.run_test(size=(40, 20)):
        book: Book[int] = Book(100)
        view = app.log_view
        view.attach(book)
        book.extend(range(60))
        view.flush()
        view.move_to(30)
        before, cursor = shown(view), view.row_text(view.cursor)
        for start in range(60, 400, 17):
            book.extend(range(start, start + 17))
            view.flush()
            assert shown(view) == before
            assert view.row_text(view.cursor) == cursor
        assert view.count == 100
        assert view.count + view.waiting == book.total
        view.follow()
        assert shown(view)[-1] == book.since(0)[-1]
        assert view.waiting == 0


async def test_pause_takes_nothing_and_counts_what_waits() -> None:
    app = LogApp()
    async with app.run_test(size=(40, 20)):
        book: Book[int] = Book(100)
        view = app.log_view
        view.attach(book)
        book.extend(range(50))
        view.flush()
        view.pause()
        before = shown(view)
        book.extend(range(50, 90))
        assert not view.flush()
        assert shown(view) == before
        assert view.waiting == 40
        view.pause()
        assert shown(view)[-1] == 89
        assert view.waiting == 0


@pytest.mark.parametrize("follow", [True, False])
async def test_a_filter_holds_for_what_comes_too(follow: bool) -> None:
    app = LogApp()
    async with app.run_test(size=(40, 20)):
        book: Book[int] = Book(100)
        book.extend(range(80))
        view = app.log_view
        view.attach(book, lambda number: number % 7 == 0)
        if not follow:
            view.move_to(2)
        book.extend(range(80, 99))
        view.flush()
        assert [int(view.row_text(i)) for i in range(view.count)] == list(range(0, 99, 7))


async def test_jumps_find_the_next_and_the_previous() -> None:
    app = LogApp()
    async with app.run_test(size=(40, 20)):
        book: Book[int] = Book(1000)
        book.extend(range(500))
        view = app.log_view
        view.attach(book)
        assert view.jump(lambda number: number % 100 == 0, -1)
        assert view.row_text(view.cursor) == "400"
        assert 400 in shown(view)
        assert view.jump(lambda number: number % 100 == 0, -1)
        assert view.row_text(view.cursor) == "300"
        assert view.jump(lambda number: number % 100 == 0, 1)
        assert view.row_text(view.cursor) == "400"
        assert not view.jump(lambda number: number > 1000, 1)
        assert view.row_text(view.cursor) == "400"


async def test_a_list_given_new_rows_keeps_its_place() -> None:
    app = LogApp()
    async with app.run_test(size=(40, 20)) as pilot:
        rows = app.query_one("#rows", RowList)
        rows.show(tuple(range(100)))
        await pilot.pause()
        rows.move_to(50)
        offset = rows.cursor - rows.first_row
        rows.show(tuple(range(-20, 100)))
        assert rows.current == 50
        assert rows.cursor - rows.first_row == offset
        rows.show(tuple(number for number in range(100) if number != 50))
        assert rows.current == 49
        rows.show(())
        assert rows.current is None
        rows.show((7,))
        assert rows.current == 7


@pytest.mark.parametrize("paused", [False, True])
async def test_the_end_stays_in_view_when_the_view_becomes_lower(paused: bool) -> None:
    app = LogApp()
    async with app.run_test(size=(40, 40)) as pilot:
        book: Book[int] = Book(100)
        view = app.log_view
        view.attach(book)
        book.extend(range(60))
        view.flush()
        if paused:
            view.pause()
        before = view.room
        for size in ((40, 20), (40, 60), (40, 11)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert view.room != before and view.room > 1
            assert shown(view) == list(range(60 - view.room, 60))
        view.dress(line_of(0))
        assert shown(view) == list(range(60 - view.room, 60))


async def test_a_place_in_the_log_stays_when_the_view_becomes_lower() -> None:
    app = LogApp()
    async with app.run_test(size=(40, 40)) as pilot:
        book: Book[int] = Book(100)
        view = app.log_view
        view.attach(book)
        book.extend(range(60))
        view.flush()
        view.scroll_rows(-20)
        first = shown(view)[0]
        await pilot.resize_terminal(40, 20)
        await pilot.pause()
        assert shown(view)[0] == first
