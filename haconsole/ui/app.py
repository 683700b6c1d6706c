"""The console: one app over one feed. Widgets never talk to hosts; the feed does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from haconsole.domain.events import Event, HitsSeen, JournalRead
from haconsole.domain.state import State
from haconsole.journal.recording import Recorder
from haconsole.monitor.faults import FaultMaker
from haconsole.monitor.feed import Feed
from haconsole.transport.door import Door
from haconsole.ui.commands.palette import ConsoleProvider
from haconsole.ui.desk import Desk
from haconsole.ui.lessoning import School
from haconsole.ui.plain import AsciiFilter
from haconsole.ui.replaying import Playback
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.screens.changes import ChangesScreen
from haconsole.ui.screens.drill import DrillScreen
from haconsole.ui.screens.drills import DrillsScreen
from haconsole.ui.screens.help import HelpScreen
from haconsole.ui.screens.hits import HitsScreen
from haconsole.ui.screens.home import HomeScreen
from haconsole.ui.screens.lesson import LessonScreen
from haconsole.ui.screens.lessonexam import ExamScreen
from haconsole.ui.screens.lessons import LessonsScreen
from haconsole.ui.screens.node import NodeScreen
from haconsole.ui.screens.terminal import TerminalScreen
from haconsole.ui.screens.timeline import TimelineScreen
from haconsole.ui.screens.triage import TriageScreen
from haconsole.ui.screens.wizardform import FormScreen
from haconsole.ui.screens.wizardplan import PlanScreen
from haconsole.ui.session import Session
from haconsole.ui.themed import ThemedApp
from haconsole.ui.throttle import Throttle
from haconsole.ui.widgets.terminal import TerminalPane
from haconsole.words import t

#: Seconds between two paintings: what matters goes first, logs at 15 Hz, the rest once a second.
URGENT_GAP_S, LOG_GAP_S, CALM_GAP_S, AGES_S = 0.03, 1 / 15, 0.9, 1.0
#: Seconds between two judgements of what time alone may change.
JUDGE_S = 2.0
#: Seconds that the events of one move may be apart.
MOVE_S = 0.01
_SCREENS: tuple[type[ConsoleScreen], ...] = (
    HomeScreen,
    NodeScreen,
    HitsScreen,
    TimelineScreen,
    TriageScreen,
    ChangesScreen,
    FormScreen,
    PlanScreen,
    DrillsScreen,
    DrillScreen,
    LessonsScreen,
    LessonScreen,
    ExamScreen,
    TerminalScreen,
    HelpScreen,
)


class ConsoleApp(ThemedApp):
    """The operator's console."""

    TITLE = "haconsole"
    CSS_PATH = "console.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar = {ConsoleProvider}
    BINDINGS: ClassVar[list[BindingType]] = []
    COMMAND_PALETTE_BINDING = "f12"

    class Moved(Message):
        """The feed's state moved on; how far is read from the feed itself."""

    def __init__(
        self,
        feed: Feed,
        *,
        theme: str | None = None,
        ascii: bool = False,  # noqa: A002 - as the option is called
        faults: FaultMaker | None = None,
        door: Door | None = None,
        recorder: Recorder | None = None,
        school: School | None = None,
    ) -> None:
        super().__init__(theme)
        self.session = Session(feed, faults, recorder)
        self.desk = Desk(self, door, school=school)
        replay = self.session.replay
        #: What moves the recording, where the feed is one.
        self.playback = Playback(self, replay) if replay is not None else None
        self._urgent = self._logs = self._calm = False
        self._painting = Throttle(self, self.paint)
        self._flushing = Throttle(self, self.flush)
        if ascii:
            self._filters.append(AsciiFilter())

    def on_mount(self) -> None:
        """Load themes, open the home screen, begin to watch."""
        self.use_themes()
        for made in _SCREENS:
            self.add_mode(made.mode, partial(made, self.session))
        self.switch_mode("home")
        self.session.feed.subscribe(self.take)
        self.run_worker(self.session.feed.run(), name="feed", group="feed", exit_on_error=False)
        self.set_interval(AGES_S, lambda: self._painting.ask(CALM_GAP_S))
        self.set_interval(JUDGE_S, lambda: self.desk.triage.tick())
        self.call_after_refresh(self.desk.lessons.begin_at_once)
        if (recorder := self.session.recorder) is not None:
            recorder.on_problem = partial(self.tell, loud=True)
            if recorder.problem is not None:
                self.tell(recorder.problem, loud=True)
        if self.session.faults is not None and self.session.feed.writable:
            self.tell(t("Try   : fault crash   and then   : heal"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys that Textual keeps for itself (Ctrl+Q, F12) to a shell that has them."""
        if action in ("quit", "command_palette") and isinstance(self.focused, TerminalPane):
            return False
        return super().check_action(action, parameters)

    def take(self, events: Sequence[Event], state: State) -> None:
        """Hear from the feed: keep lines, and have what changed painted in its time."""
        fresh = not (self._urgent or self._logs or self._calm)
        self._urgent = self.session.take(events, state) or self._urgent
        self._logs = self._logs or any(isinstance(e, HitsSeen | JournalRead) for e in events)
        self._calm = True
        self.desk.triage.hear(events)
        if fresh:
            self.post_message(self.Moved())

    def on_console_app_moved(self) -> None:
        """Ask for paintings, each as soon as it makes sense."""
        urgent, logs = self._urgent, self._logs
        self._urgent = self._logs = self._calm = False
        self.desk.triage.moved()
        if logs:
            self._flushing.ask(LOG_GAP_S)
        if urgent:
            # A VIP that moves leaves one kernel a millisecond or two after it came to the other:
            # both make one painting, and no split brain flashes up that was none.
            self.set_timer(MOVE_S, lambda: self._painting.ask(URGENT_GAP_S))
        else:
            self._painting.ask(CALM_GAP_S)

    @property
    def ground(self) -> Screen[object]:
        """The screen under any dialog."""
        return self.screen_stack[0]

    def paint(self) -> None:
        """Paint the newest state on the screen on show."""
        if (screen := self._on_show()) is not None:
            screen.paint(self.session.glance())

    def _on_show(self) -> ConsoleScreen | None:
        """Return the screen on show; there is none while the console opens or closes."""
        if not self.is_running or not self._screen_stack:
            return None
        return screen if isinstance(screen := self.ground, ConsoleScreen) else None

    def paint_soon(self, gap: float) -> None:
        """Paint when ``gap`` seconds lie between it and the last painting."""
        self._painting.ask(gap)

    def flush(self) -> None:
        """Let new lines into the logs on show."""
        if (screen := self._on_show()) is not None and screen.is_mounted:
            screen.flush()

    def go(self, mode: str) -> None:
        """Show another screen."""
        if self.current_mode != mode:
            self.switch_mode(mode)

    def open_node(self, name: str) -> None:
        """Show the screen of a node."""
        self.session.node = self.session.feed.site.host(name)
        self.go("node")
        self.paint()

    def action_open_node(self, name: str) -> None:
        """Show the screen of a node (a click on its name)."""
        self.open_node(name)

    def action_show_triage(self) -> None:
        """Show what is wrong and why (a click on the cause)."""
        self.desk.triage.go()

    def action_show_change(self) -> None:
        """Show the plan that runs (a click on its line)."""
        self.desk.go()

    def action_show_drill(self) -> None:
        """Show the drill that runs (a click on its line)."""
        self.desk.drills.go()

    def action_show_lessons(self) -> None:
        """Show the lesson that is open, or the list (a click on its line)."""
        self.desk.lessons.go()

    def action_choose_cluster(self, name: str) -> None:
        """Choose a cluster by its name; an empty one means all."""
        clusters = {cluster.name: cluster for cluster in self.session.feed.site.clusters}
        self.session.cluster = clusters.get(name)
        if isinstance(screen := self.ground, ConsoleScreen):
            screen.chosen_changed()

    def refresh_readings(self, hosts: tuple[str, ...]) -> None:
        """Have the feed take full readings of some hosts, or (none named) of all."""
        if self.session.replay is not None:
            self.tell(self.session.replay.refusal())
            return

        async def read() -> None:
            for host in hosts or (None,):
                await self.session.feed.refresh(host)

        self.run_worker(read(), name="refresh", group="refresh", exit_on_error=False)
        self.tell(t("Reading {what} again.", what=", ".join(hosts) or t("every node")))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say in words when the watching, or a reading, ended by an error."""
        if event.state is not WorkerState.ERROR:
            if event.worker.name == "feed" and event.state is WorkerState.SUCCESS:
                self.session.failure = t("the watching has ended; what you see is the last of it")
            return
        reason = str(event.worker.error) or type(event.worker.error).__name__
        if event.worker.name == "feed":
            self.session.failure = t("the watching stopped: {reason}", reason=reason)
            self.paint()
        else:
            self.tell(reason, loud=True)
