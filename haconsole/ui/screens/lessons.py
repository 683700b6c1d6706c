"""The walkthrough: its lessons, and how far somebody is in each."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from haconsole.ui.lessondesk import LessonDesk
from haconsole.ui.lessoning import Shelved, preselected
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.ink import Ink, Line, Tone
from haconsole.ui.presentation.lessonlist import about_lines, head_lines, lesson_line, lesson_text
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.listing import Listing
from haconsole.ui.widgets.rows import RowList
from haconsole.words import t

#: A lesson with its number in the whole list, from 1.
Row = tuple[int, Shelved]


class LessonsScreen(ConsoleScreen):
    """A list of lessons. Enter begins one, or goes on with it."""

    mode: ClassVar[str] = "lessons"
    CSS = """
    #lessons { margin-top: 1; }
    #about-lesson { border-top: solid $border; }
    """
    _placed = False

    @property
    def tail(self) -> str:
        """The screen's name."""
        return t("walkthrough")

    @property
    def _desk(self) -> LessonDesk:
        return self.console_app.desk.lessons

    def body(self) -> ComposeResult:
        """What can be learned here, the list, what the lesson under the cursor is about."""
        yield Panel(id="learn")
        yield RowList[Row](
            self._line,
            key_of=lambda row: row[1].lesson.id,
            text_of=lambda row: lesson_text(row[1]),
            id="lessons",
        )
        yield Panel(id="about-lesson")

    @property
    def _list(self) -> RowList[Row]:
        return self.query_one("#lessons", RowList)

    def on_mount(self) -> None:
        """Begin in the list."""
        self.set_focus(self._list)

    def _line(self, row: Row) -> Line:
        return lesson_line(row[1], row[0], self.size.width - 1)

    def on_screen_resume(self) -> None:
        """Look how far somebody is when the list is opened."""
        self._desk.read()
        super().on_screen_resume()

    def show(self, glance: Glance) -> None:
        """Paint the list."""
        cluster, desk = self.session.cluster, self._desk
        name = cluster.name if cluster is not None else None
        head = head_lines(desk.shelf, why_not=desk.why_not, cluster=name, width=self.size.width)
        self.query_one("#learn", Panel).show(head)
        rows = tuple(enumerate(desk.shelf, 1))
        nothing: Line = ()
        if self.search:
            rows = tuple(row for row in rows if self.search.matches(lesson_text(row[1])))
            nothing = (Ink(f" {t('No lesson matches.')}", Tone.MUTED),)
        self._list.show(rows, nothing=nothing)
        if rows and not self._placed and self._list.room:
            self._placed = True
            self._list.move_to(preselected(desk.shelf))
        self._say_about()

    def _say_about(self) -> None:
        row = self._list.current
        room = 4 if self.size.height < 30 else 6
        one = row[1] if row is not None else None
        lines = about_lines(one, self._desk.problems, self.size.width, room)
        self.query_one("#about-lesson", Panel).show(lines)

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        """Say what the lesson under the cursor is about."""
        self._say_about()

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Begin it, or go on with it."""
        self._open(anew=False)

    def reread(self) -> None:
        """Begin the lesson under the cursor anew."""
        self._open(anew=True)

    def _open(self, *, anew: bool) -> None:
        row = self._list.current
        if row is not None:
            self._desk.open(row[1], anew=anew)
