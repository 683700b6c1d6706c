"""A lesson: its text beside the live cluster, what is to be done, and how its checks stand."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from haconsole.training.lesson import Choice
from haconsole.training.standing import LessonProgress, Phase
from haconsole.ui.commands.base import Scope, registry
from haconsole.ui.lessondesk import LessonDesk
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.ink import Ink, Line, Tone, spread
from haconsole.ui.presentation.keybar import Entry
from haconsole.ui.presentation.lessonasking import ask_lines, choice_line
from haconsole.ui.presentation.lessonlive import narrow_lines, wide_lines
from haconsole.ui.presentation.lessonpage import Page, dots, page_of, step_lines, words
from haconsole.ui.presentation.lessonwork import work_lines
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.session import Session
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.listing import Listing
from haconsole.ui.widgets.page import ReadingPage
from haconsole.ui.widgets.rows import RowList
from haconsole.words import t

#: From this width on the cluster stands beside the text, in so many cells.
_WIDE, _BESIDE = 100, 38
#: Rows of the foot, without its border, on small and on large screens.
_FOOT, _LARGE_FOOT, _LARGE = 7, 11, 34


class LessonScreen(ConsoleScreen):
    """Renders whatever lesson is open. Every part keeps its place, whatever happens."""

    BINDINGS: ClassVar[list[BindingType]] = [*registry.bindings(Scope.LESSON)]
    mode: ClassVar[str] = "lesson"
    tab = "lessons"
    CSS = """
    LessonScreen #step { background: $panel; }
    LessonScreen #middle { height: 1fr; }
    LessonScreen #beside { width: 40; padding-left: 2; display: none; }
    LessonScreen #below { border-top: solid $border; }
    LessonScreen #foot { border-top: solid $border; height: 8; }
    LessonScreen.-wide #beside { display: block; }
    LessonScreen.-wide #below { display: none; }
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._page = Page(())
        self._seen: tuple[int, Phase] | None = None
        #: When the phase on show began, by the feed's clock.
        self._since = 0.0

    def body(self) -> ComposeResult:
        """Which step, the text, the cluster beside or below it, what is to be done."""
        yield Panel(id="step")
        with Horizontal(id="middle"):
            yield ReadingPage(id="page")
            yield Panel(id="beside")
        yield Panel(id="below")
        with Vertical(id="foot"):
            yield Panel(id="work")
            yield RowList[Choice](self._choice, key_of=lambda one: one.key, id="choices")

    @property
    def _desk(self) -> LessonDesk:
        return self.console_app.desk.lessons

    @property
    def _progress(self) -> LessonProgress | None:
        return self._desk.progress

    @property
    def _reading(self) -> ReadingPage:
        return self.query_one("#page", ReadingPage)

    @property
    def _choices(self) -> RowList[Choice]:
        return self.query_one("#choices", RowList)

    @property
    def tail(self) -> str:
        """The lesson's title."""
        return t("walkthrough")

    def on_mount(self) -> None:
        """Begin in the text."""
        self.set_focus(self._reading)

    def _choice(self, one: Choice) -> Line:
        number = [choice.key for choice in self._choices.rows].index(one.key) + 1
        return choice_line(words(one.words), number, self.size.width - 1)

    def _entries(self) -> list[Entry]:
        """The lesson's own keys; the other screens share one place."""
        own = [
            (command.shown(), t(command.name), f"screen.command({command.id!r})", False)
            for command in registry
            if command.scope is Scope.LESSON and command.shown()
        ]
        every = super()._entries()
        others = ("1–7", t("screens"), "", False)
        return [*own, others, *every[-3:]]

    # What is on show

    def show(self, glance: Glance) -> None:
        """Paint everything from the lesson's progress."""
        progress, width = self._progress, self.size.width
        wide = width >= _WIDE
        self.set_class(wide, "-wide")
        room = _LARGE_FOOT if self.size.height >= _LARGE else _FOOT
        self.query_one("#foot").styles.height = room + 1
        if progress is None:
            text = t("No lesson is open: 8 shows which there are.")
            self._reading.show([(Ink(text, Tone.MUTED),)])
            return
        head = spread(step_lines(progress, width), dots(progress), width)
        self.query_one("#step", Panel).show([head])
        self._show_page(progress, width - (_BESIDE + 2 if wide else 0) - 3)
        cluster = self.session.cluster
        if cluster is not None and wide:
            lines = wide_lines(glance, cluster, progress, _BESIDE)
            self.query_one("#beside", Panel).show(lines)
        elif cluster is not None:
            self.query_one("#below", Panel).show(narrow_lines(glance, cluster, progress, width))
        self._show_foot(progress, room, glance.now)

    def _show_page(self, progress: LessonProgress, width: int) -> None:
        """Show the text; what is added to it is brought into view once."""
        before, self._page = self._page, page_of(progress, width)
        same_step = self._seen is not None and self._seen[0] == progress.at
        if self._seen is None or self._seen[1] is not progress.phase:
            self._since = self.session.feed.now()
        self._seen = (progress.at, progress.phase)
        self._reading.show(self._page.lines)
        if not same_step:
            self._reading.bring(0)
        elif self._page.newest > before.newest and len(self._page.lines) > len(before.lines):
            self._reading.bring(self._page.newest)

    def _show_foot(self, progress: LessonProgress, room: int, now: float) -> None:
        width = self.size.width
        work, choices = self.query_one("#work", Panel), self._choices
        step = progress.step
        asks = progress.phase is Phase.ASKING and step is not None and step.predict is not None
        if asks and step is not None and step.predict is not None:
            work.show(ask_lines(step.predict, width, max(3, room - len(step.predict.choices))))
            choices.show(step.predict.choices)
        else:
            work.show(work_lines(progress, width, room, now, self._since))
        if choices.display != asks:
            choices.display = asks
            choices.move_to(0)
            self.set_focus(choices if asks else self._reading)

    # Keys

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Take the prediction; in the text, go on."""
        if event.listing is self._choices:
            one = self._choices.current
            if one is not None:
                self._desk.steps.guess(one.key)
        else:
            self._desk.steps.next()

    def reread(self) -> None:
        """Put the cluster back to where this step begins."""
        self._desk.steps.reset()

    def open_filter(self) -> None:
        """Nothing is listed here that could be filtered."""

    def chosen_changed(self) -> None:
        """The lesson stays with the cluster that it was begun on."""

    def leave(self) -> None:
        """Show the list; the lesson stays open."""
        self.console_app.go("lessons")
        self.console_app.paint()
