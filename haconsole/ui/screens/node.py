"""Node: one host, whole: what is known of it, its journal, its configuration files."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from haconsole.domain.facts import JournalLine
from haconsole.domain.state import Severity
from haconsole.ui.commands.base import Scope, registry
from haconsole.ui.files import NGINX_CONF, File, Shelf
from haconsole.ui.presentation import marks
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.hits import mode_line
from haconsole.ui.presentation.ink import Ink, Line, Tone, ink, plain, spread, width_of
from haconsole.ui.presentation.keybar import Entry
from haconsole.ui.presentation.node import journal_line, journal_text, overview_lines
from haconsole.ui.presentation.units import duration
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.session import Session
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.filterbar import FilterBar
from haconsole.ui.widgets.rows import RowList
from haconsole.ui.widgets.stream import StreamView
from haconsole.words import t

OVERVIEW, JOURNAL = "overview", "journal"


class NodeScreen(ConsoleScreen):
    """The node that was opened last."""

    BINDINGS: ClassVar[list[BindingType]] = [*registry.bindings(Scope.NODE, Scope.LOG)]
    mode = "node"
    CSS = """
    #parts { margin-bottom: 1; }
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._glance = session.glance()
        self._tab = OVERVIEW
        self._shelf = Shelf(session.feed, session.recorder)
        self._attached: tuple[object, ...] = ()

    @property
    def tail(self) -> str:
        """The node's name."""
        return self.session.node.name

    def body(self) -> ComposeResult:
        """Tabs; under them one list and one log, of which one is on show."""
        yield Panel(id="parts")
        yield RowList[Line](lambda line: line, id="sheet")
        yield StreamView[JournalLine](journal_line, journal_text, id="journal")

    @property
    def _sheet(self) -> RowList[Line]:
        return self.query_one("#sheet", RowList)

    @property
    def _journal(self) -> StreamView[JournalLine]:
        return self.query_one("#journal", StreamView)

    def _tabs(self) -> list[str]:
        return [OVERVIEW, JOURNAL, *self._shelf.paths(self.session.node)]

    def show(self, glance: Glance) -> None:
        """Paint the tabs and what the chosen one shows."""
        self._glance = glance
        if self._tab not in self._tabs():
            self._tab = OVERVIEW
        journal = self._tab == JOURNAL
        log, sheet = self._journal, self._sheet
        log.display, sheet.display = journal, not journal
        shown = log if journal else sheet
        if self.focused is not shown and not self.query_one(FilterBar).is_open:
            self.set_focus(shown)
        self.query_one("#parts", Panel).show([self._tab_line(glance)])
        if journal:
            self._show_journal()
        elif self._tab == OVERVIEW:
            # A filter looks for lines, so what stands side by side is put one under the other.
            width = min(self.size.width - 1, 100) if self.search else self.size.width - 1
            self._show_sheet(overview_lines(glance, self.session.node, width))
        else:
            self._show_file()

    def _tab_line(self, glance: Glance) -> Line:
        node = self.session.node
        glyph, tone = marks.LEVEL[glance.host_level(node.name)]
        left: list[Ink] = [Ink(f" {glyph} ", tone), ink(f"{node.name}  ", Tone.STRONG)]
        names = {OVERVIEW: t("overview"), JOURNAL: t("journal")}
        for tab in self._tabs():
            name = names.get(tab, tab.rpartition("/")[2])
            here = tab == self._tab
            action = f"screen.tab({tab!r})"
            left.append(ink(f" {name} ", Tone.BADGE if here else Tone.TEXT, action))
        if self._tab == JOURNAL:
            log = self._journal
            right = mode_line(
                following=log.following,
                paused=log.paused,
                waiting=log.waiting if log.paused or not log.following else 0,
                filtered=self.search.text,
            )
        elif self.search:
            right = (ink(f"/{self.search.text}", Tone.ACCENT),)
        else:
            right = (Ink(t("n next node  Tab next tab"), Tone.MUTED),)
            if width_of(tuple(left)) + width_of(right) + 3 > self.size.width:
                right = ()
        return spread(tuple(left), (*right, Ink(" ")), self.size.width)

    def _show_sheet(self, lines: list[Line], header: Line | None = None) -> None:
        if self.search:
            lines = [line for line in lines if self.search.matches(plain(line))]
        self._sheet.show(tuple(lines), header=header, nothing=(Ink(f" {t('No line matches.')}"),))

    def _show_journal(self) -> None:
        name = self.session.node.name
        log = self._journal
        wanted = (name, self.search, self.faults_only, self.session.anew)
        if wanted != self._attached:
            self._attached = wanted
            log.attach(self.session.journals[name], self._passes)
        known = self._glance.host(name)
        why = known.journal.problem
        if self.search or self.faults_only:
            nothing = t("No line matches.")
        else:
            nothing = t("The journal has said nothing yet.") if why is None else why
        log.dress(None, (ink(f" {nothing}", Tone.WARNING if why else Tone.MUTED),))
        log.repaint_changed()

    def _passes(self, line: JournalLine) -> bool:
        if self.faults_only and line.priority > 4:
            return False
        return not self.search or self.search.matches(journal_text(line))

    def _show_file(self) -> None:
        file = self._shelf.get(self.session.node, self._tab)
        if file is None:
            reading = self._read(self._shelf.begin(self.session.node, self._tab))
            self.app.run_worker(reading, name="read-file", group="read-file", exit_on_error=False)
            file = File()
        if file.problem is not None:
            status: Line = (Ink(f" {marks.WARN} ", Tone.WARNING), ink(file.problem))
        elif file.at is None:
            status = (
                Ink(f" {marks.UNKNOWN} {t('reading {path} …', path=self._tab)}", Tone.UNKNOWN),
            )
        else:
            age = duration(self._glance.now - file.at)
            said = t("{path}, read {age} ago (r reads it again)", path=self._tab, age=age)
            status = (ink(f" {said}", Tone.MUTED),)
        self._show_sheet(list(file.lines), status)

    async def _read(self, reading: Awaitable[None]) -> None:
        await reading
        if self.is_current:
            self.on_screen_resume()

    def flush(self) -> None:
        """Take new journal lines in."""
        if self._tab == JOURNAL:
            self._journal.flush()

    def action_tab(self, tab: str) -> None:
        """Show a tab by its name."""
        self._tab = tab
        self._sheet.move_to(0)
        self.on_screen_resume()

    def step_tab(self, by: int) -> None:
        """Show the next tab."""
        tabs = self._tabs()
        self.action_tab(tabs[(tabs.index(self._tab) + by) % len(tabs)])

    def _entries(self) -> list[Entry]:
        """Offer a shell where there may be one."""
        entries = super()._entries()
        if self.session.feed.writable:
            entries.insert(-3, ("t", t("shell"), "screen.command('node.shell')", False))
        return entries

    def shell_host(self) -> str:
        """Return the node on show."""
        return self.session.node.name

    def reading_targets(self) -> tuple[str, ...]:
        """Return the node on show; its files are read again too."""
        self._shelf.forget(self.session.node)
        return (self.session.node.name,)

    def ask_file(self) -> None:
        """Ask for a path."""
        self.query_one(FilterBar).open("file", t("path"), "/etc/nginx/conf.d/")

    def answered(self, purpose: str, text: str) -> None:
        """Open the file of that path in a tab of its own."""
        path = text.strip()
        if not path.startswith("/"):
            self.console_app.tell(t("A path begins with /, such as {path}.", path=NGINX_CONF))
            return
        self._shelf.ask(self.session.node, path)
        self.action_tab(path)

    def follow(self) -> None:
        """Follow the journal."""
        self._journal.follow()
        self.on_screen_resume()

    def pause(self) -> None:
        """Pause the journal."""
        self._journal.pause()
        self.on_screen_resume()

    def jump(self, severities: tuple[Severity, ...], step: int) -> None:
        """Jump to the next journal line that is so bad (syslog priorities 3 and 4)."""
        least = 4 if Severity.WARNING in severities else 3
        self.action_tab(JOURNAL)
        if not self._journal.jump(lambda line: line.priority <= least, step):
            self.console_app.tell(t("No further one in this journal."))
        self.on_screen_resume()
