"""An exam: the causes to choose from beside the live cluster, what clients feel, the clock."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from haconsole.training.exam_standing import Cause, ExamPhase, ExamProgress
from haconsole.training.standing import LessonProgress
from haconsole.ui.commands.base import Scope, registry
from haconsole.ui.examdesk import ExamDesk
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.ink import Ink, Line, Tone
from haconsole.ui.presentation.keybar import Entry
from haconsole.ui.presentation.lessonexam import (
    cause_line,
    foot_lines,
    head_line,
    longest_cause,
    page_lines,
)
from haconsole.ui.presentation.lessonlive import narrow_lines, wide_lines
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.listing import Listing
from haconsole.ui.widgets.page import ReadingPage
from haconsole.ui.widgets.rows import RowList
from haconsole.words import t

#: From this width on the cluster stands beside the answers, in so many cells.
_WIDE, _BESIDE = 100, 38
#: Rows of the foot, without its border.
_FOOT = 4


class ExamScreen(ConsoleScreen):
    """Renders whatever exam goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [*registry.bindings(Scope.EXAM)]
    mode: ClassVar[str] = "exam"
    tab = "lessons"
    CSS = """
    ExamScreen #step { background: $panel; }
    ExamScreen #middle { height: 1fr; }
    ExamScreen #beside { width: 40; padding-left: 2; display: none; }
    ExamScreen #below, ExamScreen #foot { border-top: solid $border; }
    ExamScreen.-wide #beside { display: block; }
    ExamScreen.-wide #below { display: none; }
    """

    def body(self) -> ComposeResult:
        """Which round, the answers or how it went, the cluster, what clients feel."""
        yield Panel(id="step")
        with Horizontal(id="middle"):
            yield RowList[Cause](
                self._line,
                key_of=lambda one: one.cause,
                text_of=lambda one: one.cause,
                id="causes",
            )
            yield ReadingPage(id="page")
            yield Panel(id="beside")
        yield Panel(id="below")
        yield Panel(id="foot")

    @property
    def _desk(self) -> ExamDesk:
        return self.console_app.desk.lessons.exams

    @property
    def _progress(self) -> ExamProgress | None:
        return self._desk.progress

    @property
    def _causes(self) -> RowList[Cause]:
        return self.query_one("#causes", RowList)

    @property
    def _page(self) -> ReadingPage:
        return self.query_one("#page", ReadingPage)

    @property
    def tail(self) -> str:
        """The screen's name."""
        return t("exam")

    def on_mount(self) -> None:
        """Begin in what is to be read."""
        self._causes.display = False
        self.set_focus(self._page)

    def _line(self, one: Cause) -> Line:
        progress = self._progress
        if progress is None:
            return ()
        width = self._causes.size.width - 1
        return cause_line(one, progress, width, longest_cause(progress))

    def _entries(self) -> list[Entry]:
        """The exam's own keys; the other screens share one place."""
        own = [
            (command.shown(), t(command.name), f"screen.command({command.id!r})", False)
            for command in registry
            if command.scope is Scope.EXAM and command.shown()
        ]
        return [*own, ("1–7", t("screens"), "", False), *super()._entries()[-3:]]

    def show(self, glance: Glance) -> None:
        """Paint everything from the exam's progress."""
        progress, width = self._progress, self.size.width
        wide = width >= _WIDE
        self.set_class(wide, "-wide")
        self.query_one("#foot").styles.height = _FOOT + 1
        if progress is None:
            text = t("No exam goes on: 8 shows the lessons.")
            self._page.show([(Ink(text, Tone.MUTED),)])
            return
        self.query_one("#step", Panel).show([head_line(progress, width, glance.now)])
        cluster = self.session.cluster
        if cluster is not None and wide:
            still = LessonProgress(progress.lesson)
            lines = wide_lines(glance, cluster, still, _BESIDE)
            self.query_one("#beside", Panel).show(lines)
        elif cluster is not None:
            still = LessonProgress(progress.lesson)
            self.query_one("#below", Panel).show(narrow_lines(glance, cluster, still, width))
        self._show_middle(progress, width - (_BESIDE + 2 if wide else 0) - 3)
        self.query_one("#foot", Panel).show(foot_lines(progress, width, _FOOT))

    def _show_middle(self, progress: ExamProgress, width: int) -> None:
        """Show the answers while one is asked for, and else what is to be read."""
        asks = progress.phase is ExamPhase.WATCHING
        causes, page = self._causes, self._page
        if asks:
            found = progress.choices
            if self.search:
                told = [one for one in found if self.search.matches(one.cause)]
                found = tuple(told)
            causes.show(found, nothing=(Ink(f" {t('No cause matches.')}", Tone.MUTED),))
        else:
            before = page.count
            page.show(page_lines(progress, width))
            if progress.phase is ExamPhase.ROUND_OVER and page.count != before:
                page.bring(page.count)
        if causes.display != asks:
            causes.display, page.display = asks, not asks
            self.set_focus(causes if asks else page)

    # Keys

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Say that the chosen cause is it; or go on."""
        one = self._causes.current
        if event.listing is self._causes and one is not None:
            self._desk.answer(one.cause)
        else:
            self._desk.next()

    def reread(self) -> None:
        """Begin the round again."""
        self._desk.reset()

    def chosen_changed(self) -> None:
        """The exam stays with the cluster that it was begun on."""

    def leave(self) -> None:
        """Show the list; the exam goes on."""
        self.console_app.go("lessons")
        self.console_app.paint()
