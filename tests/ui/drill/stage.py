"""A stage for the drills' screens: real screens, a drill that stands as one says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

from textual.pilot import Pilot

from haconsole.domain.model import Cluster
from haconsole.domain.notes import note
from haconsole.domain.vrrp_prediction import Scenario
from haconsole.monitor.feed import Feed
from haconsole.procedures.drill.ask import SUITE, Ask
from haconsole.procedures.drill.standing import DrillProgress, Kind, Stage
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.plan import Plan
from haconsole.transport.door import Door
from haconsole.ui.app import ConsoleApp
from haconsole.ui.desk import Desk
from haconsole.ui.drilling import Drilling, Last, Offer
from tests.support.replay import ReplayFeed
from tests.support.states import NOW, VIP, healthy
from tests.ui.helpers import feed_of, text_of, until

from .film import HZ, STAGES, foreseen, plan


class StillDrill:
    """A drill that stands as it is told to, and notes what it is asked."""

    def __init__(self, ask: Ask, ready: DrillProgress) -> None:
        self.ask = ask
        self.ready = ready
        self.progress = DrillProgress(ask, Stage.PREFLIGHT, NOW)
        self.plan: Plan | None = None
        self.asked: list[str] = []
        self.go_on = asyncio.Event()
        self._listeners: list[Callable[[DrillProgress], None]] = []

    def subscribe(self, listener: Callable[[DrillProgress], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def stand(self, progress: DrillProgress) -> None:
        """Let the drill stand so from now on."""
        self.progress = progress
        for listener in list(self._listeners):
            listener(progress)

    async def prepare(self) -> DrillProgress:
        self.asked.append("prepare")
        self.plan = plan()
        self.stand(self.ready)
        return self.progress

    async def execute(self) -> DrillProgress:
        self.asked.append("execute")
        self.stand(replace(STAGES["arming"], ask=self.ask))
        await self.go_on.wait()
        return self.progress

    def undo_now(self) -> None:
        self.asked.append("undo")
        self.stand(STAGES["undoing"])


class StillRange:
    """Offers every scenario for the tutorial's pair, and still drills."""

    def __init__(self, ready: DrillProgress | None = None) -> None:
        self.ready = ready
        self.problem = ""
        self.reads = 0
        self.drills: list[StillDrill] = []

    async def offers(self, door: Door, feed: Feed, cluster: Cluster) -> Sequence[Offer]:
        self.reads += 1
        if self.problem:
            raise ProcedureError(self.problem)
        return offers()

    def drill(self, door: Door, feed: Feed, cluster: Cluster, ask: Ask) -> Drilling:
        ready = self.ready or replace(STAGES["ready"], prediction=foreseen(ask.scenario))
        # The rate is shown; what the product takes may change.
        ask = replace(ask, rate_hz=HZ)
        self.drills.append(StillDrill(ask, replace(ready, ask=ask)))
        return self.drills[-1]

    @property
    def last(self) -> StillDrill:
        return self.drills[-1]


#: How drills of that pair came out before.
LAST = {
    Scenario.STOP: Last(NOW - 7200, Kind.AS_PREDICTED, True, 0.66, 0.664),
    Scenario.NGINX_STOP: Last(NOW - 86400, Kind.DIFFERENT, True, 5.1, 5.104),
    Scenario.FREEZE: Last(NOW - 3 * 86400, Kind.VOID, True),
    Scenario.REBOOT: Last(NOW - 40 * 86400, Kind.AS_PREDICTED, False, 1.1, 1.104),
}


def offers() -> tuple[Offer, ...]:
    """Every scenario for the tutorial's pair; its check is not tracked, the lower one is old."""
    made = []
    for scenario in SUITE:
        untracked = {"track_scripts": ()} if scenario is Scenario.CHECK_FAIL else {}
        told = foreseen(scenario, **untracked)
        made.append(Offer(scenario, VIP, told.target, told, None, LAST.get(scenario)))
        if scenario is Scenario.BACKEND_DOWN:
            why = note("web02 could not be read: the link is down")
            made.append(Offer(scenario, VIP, "web02", None, why))
    return tuple(made)


def app_with(
    place: StillRange | None, *, writable: bool = True, **options: object
) -> tuple[ConsoleApp, ReplayFeed]:
    """Return the console on a healthy pair whose drills come from ``place``."""
    feed = feed_of(healthy(), writable=writable)
    door = cast("Door", object()) if place is not None else None
    app = ConsoleApp(feed, door=door, **options)  # type: ignore[arg-type]  # its own options
    app.desk = Desk(app, door, place=place)
    return app, feed


@asynccontextmanager
async def stage(
    place: StillRange | None, *, writable: bool = True, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[ConsoleApp, ReplayFeed, Pilot[int]]]:
    """Run the console."""
    app, feed = app_with(place, writable=writable)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app, feed, pilot


async def to_list(app: ConsoleApp, pilot: Pilot[int]) -> None:
    """Open the list of drills."""
    await pilot.press("7")
    await until(pilot, lambda: app.current_mode == "drills" and not app.desk.drills.reading)
    app.paint()
    await pilot.pause()


async def to_drill(app: ConsoleApp, pilot: Pilot[int], scenario: str = "stop") -> None:
    """Choose a drill; it is prepared."""
    await to_list(app, pilot)
    names = [offer.scenario.value for offer in app.desk.drills.offers]
    await pilot.press("home", *["j"] * names.index(scenario), "enter")
    await until(pilot, lambda: app.current_mode == "drill")
    await until(pilot, lambda: app.screen.query("#begin"))
    app.paint()
    await pilot.pause()


async def to_run(app: ConsoleApp, pilot: Pilot[int], scenario: str = "stop") -> None:
    """Begin it, with every question answered."""
    await to_drill(app, pilot, scenario)
    await press_button(app, pilot, "begin")
    await confirm(app, pilot)


async def press_button(app: ConsoleApp, pilot: Pilot[int], name: str) -> None:
    """Press a button by its id, with the keyboard."""
    await until(
        pilot, lambda: any(b.display and not b.disabled for b in app.screen.query(f"#{name}"))
    )
    app.screen.set_focus(app.screen.query_one(f"#{name}"))
    await pilot.pause()
    await pilot.press("enter")
    await pilot.pause()


async def confirm(app: ConsoleApp, pilot: Pilot[int], name: str = "pair") -> None:
    """Answer the question on show with yes."""
    for line in app.screen.query("#name"):
        app.screen.set_focus(line)
        await pilot.press(*name)
    await press_button(app, pilot, "yes")


def told(app: ConsoleApp) -> str:
    """What the notices on the screen say."""
    return "\n".join(notice.message for notice in app._notifications)


def row_of(app: ConsoleApp, words: str) -> str:
    """The first row of the screen with these words."""
    return next((row for row in text_of(app.screen).splitlines() if words in row), "")
