"""A node's shell as a widget: every key goes to the node, but one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, cast

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from haconsole.ui.presentation.ink import clean
from haconsole.ui.terminal.cells import Look, Runs
from haconsole.ui.terminal.keys import ESCAPE
from haconsole.ui.terminal.shell import Shell, Stage
from haconsole.ui.throttle import Throttle
from haconsole.words import t

if TYPE_CHECKING:
    from haconsole.ui.app import ConsoleApp

#: Seconds between two paintings at least: 25 a second.
GAP_S = 0.04
#: Lines that one turn of the wheel moves.
_WHEEL = 3
_NAMES = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")
_COLORS = {
    **{name: Color.from_ansi(number) for number, name in enumerate(_NAMES)},
    **{f"bright{name}": Color.from_ansi(number + 8) for number, name in enumerate(_NAMES)},
    "bfightmagenta": Color.from_ansi(13),  # as pyte 0.8.2 spells the ground
}
_MOST_STYLES = 500


class TerminalPane(Widget, can_focus=True):
    """The shell of ``host``; it is opened when the pane is first on show with the focus on it.

    Several panes may show the same shell; it has the size of the one that is on show.
    """

    DEFAULT_CSS: ClassVar[str] = """
    TerminalPane { height: 1fr; width: 1fr; background: $background; color: $foreground; }
    """

    class Escaped(Message):
        """The operator wants back to the console (Ctrl+])."""

        def __init__(self, pane: TerminalPane) -> None:
            super().__init__()
            self.pane = pane

        @property
        def control(self) -> TerminalPane:
            """The pane."""
            return self.pane

    def __init__(self, host: str = "", *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._host = host
        self._shell: Shell | None = None
        self._leave: Callable[[], None] = lambda: None
        self._painting = Throttle(self, self._paint)
        #: How many lines the view stands above the newest, and what had scrolled away then.
        self._back = 0
        self._seen = 0
        self._cursor_at = -1
        self._styles: dict[Look, Style] = {}

    # --- whose ---

    @property
    def host(self) -> str:
        """The node whose shell is on show."""
        return self._host

    @property
    def shell(self) -> Shell | None:
        """The shell on show; ``None`` before the pane is, and where there are no hosts."""
        return self._shell

    def show_host(self, host: str) -> None:
        """Show another node's shell, and open it where it is not."""
        self._host = host
        self.sync()

    def sync(self) -> None:
        """Take up the shell and its size again, after another screen or pane had them."""
        if not self.is_mounted or not self._host or not self.size:
            return
        desk = cast("ConsoleApp", self.app).desk.terminals
        shell = desk.shell(self._host)
        if shell is not self._shell:
            self._leave()
            self._shell, self._back = shell, 0
            self._leave = shell.subscribe(self._ask) if shell is not None else lambda: None
            self.refresh()
        if shell is None:
            return
        cols, rows = self.size
        shell.resize(cols, rows)
        if shell.stage is Stage.WAITING:
            desk.start(shell, cols, rows)
        self.refresh()

    def on_resize(self) -> None:
        """Have the node know how many cells there are."""
        self.sync()

    def on_unmount(self) -> None:
        """Look no more; the shell stays."""
        self._leave()
        self._leave = lambda: None

    # --- painting ---

    def _ask(self) -> None:
        self._painting.ask(GAP_S)

    def _paint(self) -> None:
        """Paint what changed, when this pane is the one on show."""
        shell = self._shell
        if shell is None or not self.is_attached or self.app.screen_stack[0] is not self.screen:
            return
        cells = shell.cells
        if self._back:
            # The view stays on the lines that are read, whatever comes below them.
            self._back = min(self._back + cells.scrolled - self._seen, len(cells.history))
        moved = cells.scrolled != self._seen
        self._seen = cells.scrolled
        rows = set(cells.dirty)
        cells.dirty.clear()
        if self._back or moved or len(rows) >= self.size.height:
            self.refresh()
            return
        for y in rows | {self._cursor_at, cells.cursor.y}:
            if 0 <= y < self.size.height:
                self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """Paint one row of cells."""
        base = self.rich_style
        width = self.size.width
        shell = self._shell
        if shell is None:
            return Strip([Segment(" " * width, base)], width)
        cells = shell.cells
        row = y - self._back
        runs: Runs = ()
        if row < 0:
            past = len(cells.history) + row
            runs = cells.history[past] if past >= 0 else ()
        elif row < cells.lines:
            runs = cells.row(row)
        segments = [Segment(clean(text), base + self._style(look)) for text, look in runs]
        if row == cells.cursor.y and self._cursor_shown(shell):
            self._cursor_at = row
            segments = _mark(segments, min(cells.cursor.x, width - 1))
        return Strip(segments).adjust_cell_length(width, base)

    def _cursor_shown(self, shell: Shell) -> bool:
        open_ = shell.stage is Stage.OPEN
        return open_ and self.has_focus and not self._back and not shell.cells.cursor.hidden

    def _style(self, look: Look) -> Style:
        style = self._styles.get(look)
        if style is None:
            if len(self._styles) >= _MOST_STYLES:
                self._styles.clear()
            style = self._styles[look] = Style(
                color=_color(look.fg),
                bgcolor=_color(look.bg),
                bold=look.bold or None,
                italic=look.italics or None,
                underline=look.underscore or None,
                strike=look.strikethrough or None,
                reverse=look.reverse or None,
            )
        return style

    def on_focus(self) -> None:
        """Show the cursor, and take up the shell."""
        self.sync()

    def on_blur(self) -> None:
        """Show no cursor."""
        self.refresh()

    # --- typing ---

    def on_key(self, event: events.Key) -> None:
        """Type it; Ctrl+] is the console's, and so are the keys that scroll back."""
        event.stop()
        event.prevent_default()
        shell = self._shell
        if event.key == ESCAPE or (event.key == "escape" and not (shell and shell.running)):
            self.post_message(self.Escaped(self))
        elif event.key in ("shift+pageup", "shift+pagedown"):
            page = max(1, self.size.height - 1)
            self.scroll_back(page if event.key == "shift+pageup" else -page)
        elif shell is None:
            return
        elif shell.stage is Stage.ENDED:
            if event.key == "enter":
                self._again(shell)
        else:
            self.scroll_back(-self._back)
            shell.key(event.key, event.character)

    def _again(self, shell: Shell) -> None:
        self.scroll_back(-self._back)
        cast("ConsoleApp", self.app).desk.terminals.start(shell, *self.size)

    def on_paste(self, event: events.Paste) -> None:
        """Type a pasted text."""
        event.stop()
        event.prevent_default()
        shell = self._shell
        if shell is not None and shell.stage is Stage.OPEN:
            self.scroll_back(-self._back)
            if not shell.paste(event.text):
                said = t("{host} takes no more just now: not pasted.", host=shell.host)
                cast("ConsoleApp", self.app).tell(said, loud=True)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll back, or up in the program that has the screen."""
        event.stop()
        self._wheel(1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll forth."""
        event.stop()
        self._wheel(-1)

    def _wheel(self, up: int) -> None:
        shell = self._shell
        if shell is not None and shell.cells.on_other:
            for _ in range(_WHEEL):
                shell.key("up" if up > 0 else "down", None)
        else:
            self.scroll_back(up * _WHEEL)

    def scroll_back(self, by: int) -> None:
        """Move the view by lines, towards older ones where ``by`` is above 0."""
        shell = self._shell
        if shell is None or not by:
            return
        most = 0 if shell.cells.on_other else len(shell.cells.history)
        back = max(0, min(self._back + by, most))
        if back != self._back:
            self._back, self._seen = back, shell.cells.scrolled
            self.refresh()


def _mark(segments: list[Segment], x: int) -> list[Segment]:
    """Return the row with the cursor's cell reversed (a wide letter whole)."""
    before, cell, after = Strip(segments).divide([x, x + 1, Strip(segments).cell_length])[:3]
    marked = [Segment(s.text, (s.style or Style()) + _CURSOR) for s in cell]
    return [*before, *marked, *after]


_CURSOR = Style(reverse=True)


def _color(name: str) -> Color | None:
    if name == "default":
        return None
    known = _COLORS.get(name)
    return known if known is not None else Color.parse(f"#{name}")
