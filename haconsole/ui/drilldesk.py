"""The desk where a drill is prepared and run: one at a time, whichever screen is on show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from haconsole.domain.model import Cluster
from haconsole.domain.vrrp_prediction import Scenario
from haconsole.procedures.drill.ask import (
    ABOUT,
    LEAST_LIMIT_S,
    LIMIT_S,
    MOST_LIMIT_S,
    Ask,
)
from haconsole.procedures.drill.standing import DrillProgress, Stage
from haconsole.procedures.errors import ProcedureError
from haconsole.transport.door import Door
from haconsole.transport.errors import TransportError
from haconsole.ui.drilling import Drilling, Offer, Range
from haconsole.ui.presentation import drillasking
from haconsole.ui.presentation.drilllive import BUSY
from haconsole.ui.presentation.ink import Line, Tone
from haconsole.ui.screens.confirm import ConfirmScreen
from haconsole.words import t

if TYPE_CHECKING:
    from haconsole.ui.app import ConsoleApp

#: Seconds between two paintings while a drill goes on.
GAP_S = 0.1


class DrillDesk:
    """Carries out what the operator wants of drills. ``door`` ``None``: no hosts."""

    def __init__(self, app: ConsoleApp, door: Door | None, place: Range) -> None:
        self._app = app
        self._door = door
        self._range = place
        self._deaf: Callable[[], None] = lambda: None
        self._limit_s = LIMIT_S
        self._place = ""
        #: It ended behind another screen.
        self._unseen = False
        #: What is offered was read before the last drill.
        self._stale = False
        self.offers: tuple[Offer, ...] = ()
        #: The cluster that the offers are about, once it was asked for.
        self.offered: Cluster | None = None
        self.reading = False
        #: Why there are no offers, as a sentence.
        self.problem = ""
        self.ask: Ask | None = None
        self.cluster: Cluster | None = None
        self.drill: Drilling | None = None

    @property
    def progress(self) -> DrillProgress | None:
        """How the drill at hand stands."""
        return self.drill.progress if self.drill is not None else None

    @property
    def busy(self) -> bool:
        """Whether a fault is being made, is there, or is being undone."""
        return self.progress is not None and self.progress.stage in BUSY

    @property
    def has_hosts(self) -> bool:
        """Whether there are hosts behind this console."""
        return self._door is not None

    # Where to look

    def go(self) -> None:
        """Show the drill that runs or ended unseen, or else the list."""
        if self.busy or self._unseen:
            self._app.go("drill")
            self._unseen = False
        else:
            self._app.go("drills")
        self._app.paint()

    def home_line(self, width: int, now: float) -> Line | None:
        """Return what the home screen says of a drill that runs."""
        progress = self.progress
        if progress is None or not self.busy:
            return None
        return drillasking.home_line(progress, width, now)

    # The list

    def read(self, *, anew: bool = False) -> None:
        """Have the pair read, and told what each drill would do to it."""
        cluster, door = self._app.session.cluster, self._door
        if door is None or cluster is None:
            return
        if cluster is self.offered and (self.reading or not (anew or self._stale)):
            return
        if cluster is not self.offered:
            self.offers = ()
        self.offered, self.reading, self.problem, self._stale = cluster, True, "", False

        async def read() -> None:
            offers, problem = self.offers, ""
            try:
                offers = tuple(await self._range.offers(door, self._app.session.feed, cluster))
            except (ProcedureError, TransportError) as error:
                problem = str(error)
            finally:
                # Another cluster may have been chosen meanwhile.
                if cluster is self.offered:
                    self.offers, self.problem, self.reading = offers, problem, False
                    self._changed()

        self._work(read, "drill-offers")

    # From the list to a plan

    def open(self, offer: Offer) -> None:
        """Prepare a drill, and show what it would do."""
        cluster = self._app.session.cluster
        if self.busy:
            self._app.tell(t("A drill runs: one at a time."), loud=True)
            self.go()
        elif cluster is not None and self._door is not None:
            self.cluster = cluster
            ask = Ask(scenario=offer.scenario, vip=offer.vip, target=offer.target or None)
            self._prepare(replace(ask, limit_s=self._limit_s, place=self._place))
            self._app.go("drill")
            self._app.paint()

    def prepare(self, scenario: Scenario) -> None:
        """Prepare a drill by its name, on whoever owns the first VIP."""
        cluster = self._app.session.cluster
        if cluster is None:
            self._app.tell(t("Choose one cluster first: ] shows the next."), loud=True)
        else:
            self.open(Offer(scenario, cluster.vips[0].address))

    def _prepare(self, ask: Ask) -> None:
        if self._door is None or self.cluster is None or self.busy:
            return
        self._deaf()
        self._unseen = False
        self.ask = ask
        drill = self._range.drill(self._door, self._app.session.feed, self.cluster, ask)
        self.drill = drill
        self._deaf = drill.subscribe(lambda progress: self._changed())

        async def prepare() -> None:
            try:
                await drill.prepare()
            except (ProcedureError, TransportError) as error:
                # Else its screen would say for ever that the pair is being read.
                if drill is self.drill:
                    self.drill = None
                    self._app.tell(str(error), loud=True)
                    if self._app.current_mode == "drill":
                        self._app.go("drills")
            self._changed()

        self._work(prepare, "drill-prepare")

    def prepare_again(self, **settings: object) -> None:
        """Read and predict anew, with other settings where some are named."""
        if self.ask is not None:
            self._prepare(replace(self.ask, **settings))  # type: ignore[arg-type]  # Ask's fields

    def set_limit(self, text: str) -> None:
        """Take when the node undoes the fault by itself, in seconds as typed."""
        low, high = f"{LEAST_LIMIT_S:g}", f"{MOST_LIMIT_S:g}"
        try:
            limit_s = float(text)
        except ValueError:
            limit_s = -1.0
        if not LEAST_LIMIT_S <= limit_s <= MOST_LIMIT_S:
            told = t("The limit is a number of seconds from {low} to {high}.", low=low, high=high)
            self._app.tell(told, loud=True)
        elif not self.busy:
            self._limit_s = limit_s
            self.prepare_again(limit_s=limit_s)

    @property
    def places(self) -> tuple[str, ...]:
        """Where the probe can run: through the jump host, here, on a node that is not hit."""
        if self.cluster is None:
            return ()
        jumps = any(host.access.jumps for host in self.cluster.hosts)
        hit = self.ask.target if self.ask is not None else None
        nodes = tuple(host.name for host in self.cluster.hosts if host.name != hit)
        return (("jump",) if jumps else ()) + ("here", *nodes)

    def next_place(self) -> None:
        """Let the probe run from the next place."""
        places = self.places
        if self.ask is None or not places or self.busy:
            return
        at = places.index(self.ask.place) if self.ask.place in places else 0
        if not self.ask.place and places[0] != "jump":
            at = -1
        self._place = places[(at + 1) % len(places)]
        self.prepare_again(place=self._place)

    # Running

    def run(self) -> None:
        """Ask, then do it; what more than the pair may feel is asked about twice."""
        drill, progress = self.drill, self.progress
        if drill is None or progress is None or drill.plan is None or self.ask is None:
            return
        if progress.stage is not Stage.READY or not self._free():
            return
        plan = drill.plan
        name = plan.cluster if plan.moves_vip else ""
        first = ConfirmScreen(
            drillasking.begin_words(progress, plan), t("Begin"), t("Cancel"), name=name
        )
        if ABOUT[self.ask.scenario].twice:
            self._asking(first, lambda: self._really(drill, progress))
        else:
            self._asking(first, lambda: self._execute(drill))

    def _really(self, drill: Drilling, progress: DrillProgress) -> None:
        """Ask the second time: the host's name is typed."""
        foreseen = progress.prediction
        host = progress.ask.target or (foreseen.target if foreseen is not None else "")
        screen = ConfirmScreen(
            drillasking.twice_words(progress),
            t("Do it"),
            t("Cancel"),
            name=host,
            typing="Type the host's name to go on: {name}",
        )
        self._asking(screen, lambda: self._execute(drill))

    def _free(self) -> bool:
        if not self._app.session.feed.writable:
            self._app.tell(t("This session is read-only: start it with --write."), loud=True)
        elif self._app.desk.busy:
            self._app.tell(t("A plan runs: one change at a time."), loud=True)
        else:
            return True
        return False

    def _execute(self, drill: Drilling) -> None:
        if drill is not self.drill or self.busy or not self._free():
            return

        async def execute() -> None:
            await drill.execute()
            self._ended(drill)

        self._work(execute, "drill-run")

    def _ended(self, drill: Drilling) -> None:
        """Say how it ended where nobody looks, and read the pair anew."""
        if self._app.current_mode != "drill":
            self._unseen = True
            text, tone = drillasking.told_text(drill.progress)
            self._app.tell(text, loud=tone in (Tone.CRITICAL, Tone.WARNING))
        self._stale = True
        self._changed()

    def undo_now(self) -> None:
        """End the watching; the orderly undo follows."""
        if self.drill is None or not self.busy:
            self._app.tell(t("No drill runs: there is nothing to undo."))
        elif self.drill.progress.stage in (Stage.UNDOING, Stage.SETTLING):
            self._app.tell(t("It is being undone already."))
        else:
            away = self.drill.progress.stage is Stage.WAITING
            text = t("The node cannot be reached: it undoes the fault by itself, or as soon as it "
                     "can be reached again.")  # fmt: skip
            self._app.tell(text if away else t("The fault is undone now."))
            self.drill.undo_now()

    # Leaving

    def leave_screen(self) -> None:
        """Leave the screen of a drill; ask where it runs, so that nobody thinks it has ended."""
        if self.progress is None or not self.busy:
            self._app.go("drills")
            self._app.paint()
            return
        words = drillasking.leave_words(self.progress)
        screen = ConfirmScreen(words, t("Leave it running"), t("Stay"))
        self._asking(screen, lambda: self._app.go("home"))

    def leave_console(self) -> bool:
        """Ask before the console is closed while a drill runs; whether there was need to."""
        if self.progress is None or not self.busy:
            return False
        words = drillasking.quit_words(self.progress, self._app.session.feed.now())
        screen = ConfirmScreen(words, t("Close"), t("Stay"))
        self._asking(screen, self._app.desk.close_console)
        return True

    # How

    def _asking(self, screen: ConfirmScreen, then: Callable[[], object]) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                then()

        self._app.push_screen(screen, answered)

    def _work(self, work: Callable[[], Awaitable[None]], group: str) -> None:
        self._app.run_worker(work, name=group, group=group, exclusive=True, exit_on_error=False)

    def _changed(self) -> None:
        self._app.paint_soon(GAP_S)
