"""What would be done for a learner: a plan, as text to be read. Nothing is touched."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from haconsole.procedures.plan import Plan
from haconsole.telling import say
from haconsole.ui.presentation.ink import BLANK, Ink, Line, Tone, ink, wrap
from haconsole.ui.presentation.lessonplan import plan_lines
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.page import ReadingPage
from haconsole.words import t


class LessonPlanScreen(ModalScreen[None]):
    """Shows a plan with its exact commands; the usual keys scroll and close it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,s", "close", "close"),
        Binding("j,down", "scroll(1)", "down"),
        Binding("k,up", "scroll(-1)", "up"),
        Binding("pagedown,space,ctrl+d", "page(1)", "page down"),
        Binding("pageup,ctrl+u", "page(-1)", "page up"),
        Binding("g,home", "end(0)", "first"),
        Binding("G,end", "end(1)", "last"),
    ]
    CSS = """
    LessonPlanScreen { align: center middle; background: $background 60%; }
    LessonPlanScreen Vertical {
        width: 96%; height: 90%; border: solid $primary; background: $surface; padding: 0 1;
    }
    LessonPlanScreen #hint { height: 1; }
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan

    def compose(self) -> ComposeResult:
        """The title, the steps, how to close it."""
        with Vertical():
            yield Panel(id="head")
            yield ReadingPage(id="steps")
            yield Panel(id="hint")

    @property
    def _page(self) -> ReadingPage:
        return self.query_one(ReadingPage)

    def on_screen_resume(self) -> None:
        """Show it."""
        self.set_focus(self._page)
        self.on_resize()

    def on_resize(self) -> None:
        """Wrap the text to the room there is."""
        width = max(20, self.app.size.width * 96 // 100 - 5)
        told = t("Nothing has been touched: this is what `d` would do.")
        head: list[Line] = wrap((ink(say(self._plan.title), Tone.HEAD),), width)
        self.query_one("#head", Panel).show([*head, (Ink(told, Tone.MUTED),), BLANK])
        self._page.show(plan_lines(self._plan, width - 1))
        self.query_one("#hint", Panel).show([(Ink(t("j k scroll   Esc closes"), Tone.MUTED),)])

    def action_scroll(self, by: int) -> None:
        """Scroll by a line."""
        self._page.move(by)

    def action_page(self, by: int) -> None:
        """Scroll by a page."""
        self._page.move(by * max(1, self._page.room - 1))

    def action_end(self, last: int) -> None:
        """Go to the beginning or the end."""
        self._page.bring(self._page.count if last else 0)

    def action_close(self) -> None:
        """Go back to the lesson."""
        self.dismiss(None)
