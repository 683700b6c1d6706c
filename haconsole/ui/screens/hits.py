"""Hits: every request of a cluster, who answered it and how fast, and the sums over them."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from haconsole.domain.state import Severity
from haconsole.ui.commands.base import Scope, registry
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.hits import hits_summary, losses_text
from haconsole.ui.presentation.ink import Ink, Tone, spread
from haconsole.ui.presentation.units import number
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.widgets.canvas import Panel
from haconsole.ui.widgets.hitlog import HitLog
from haconsole.words import t


class HitsScreen(ConsoleScreen):
    """The hit log, whole."""

    BINDINGS: ClassVar[list[BindingType]] = [*registry.bindings(Scope.HITS, Scope.LOG)]
    mode = "hits"
    CSS = """
    #summary { margin-top: 1; }
    #log-head { margin-top: 1; }
    """

    @property
    def tail(self) -> str:
        """The screen's name, and the cluster's where all of them are chosen."""
        if self.session.cluster is None:
            return t("hits of {cluster}", cluster=self.session.hits_cluster.name)
        return t("hits")

    def body(self) -> ComposeResult:
        """Sums, then the log."""
        yield Panel(id="summary")
        yield Panel(id="log-head")
        yield HitLog(self.session, titles=True, id="log")

    @property
    def _log(self) -> HitLog:
        return self.query_one("#log", HitLog)

    def on_mount(self) -> None:
        """Begin in the log."""
        self.set_focus(self._log)

    def show(self, glance: Glance) -> None:
        """Paint sums and log."""
        cluster = self.session.hits_cluster
        width, height = self.size.width, self.size.height
        rows = max(3, height // 5)
        self.query_one("#summary", Panel).show(hits_summary(glance, cluster, width, rows=rows))
        log = self._log
        log.show(glance, cluster, self.search, faults_only=self.faults_only)
        left = [Ink(f" {t('LOG')}  ", Tone.HEAD)]
        if self.faults_only:
            left.append(Ink(t("errors only") + "  ", Tone.WARNING))
        hidden = 0 if self.search or self.faults_only else log.hidden
        total = t("{count} since the start", count=number(glance.state.hits[cluster.name].total))
        left.append(Ink(total + "  ", Tone.TEXT))
        lost = losses_text(glance, cluster, hidden=hidden)
        left.append(
            Ink(lost, Tone.WARNING if glance.state.hits[cluster.name].dropped else Tone.MUTED)
        )
        head = spread(tuple(left), (*log.mode_line(self.search), Ink(" ")), width)
        self.query_one("#log-head", Panel).show([head])

    def flush(self) -> None:
        """Take new hits in."""
        self._log.flush()

    def follow(self) -> None:
        """Follow the end, or stay."""
        self._log.follow()
        self.on_screen_resume()

    def pause(self) -> None:
        """Pause, or go on."""
        self._log.pause()
        self.on_screen_resume()

    def jump(self, severities: tuple[Severity, ...], step: int) -> None:
        """Jump to the next failed hit."""
        if not self._log.jump_failed(severities, step):
            self.console_app.tell(t("No further one in this log."))
        self.on_screen_resume()
