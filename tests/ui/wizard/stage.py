"""A stage for the wizards: real screens, real procedures' shapes, a run that stands as one says.

Where the real engine can be had quickly it is used (``test_run.py``, ``test_demo.py``); a picture
of a step in mid-build cannot.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

from textual.pilot import Pilot

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note, note
from haconsole.procedures.catalogue import ENTRIES, Entry, Ground
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.facts import ClusterFacts, FoundFile, HostFacts
from haconsole.procedures.plan import Plan
from haconsole.procedures.progress import RunProgress, RunStatus, StepProgress, StepStatus
from haconsole.transport.door import Door
from haconsole.ui.app import ConsoleApp
from haconsole.ui.desk import Desk
from haconsole.ui.wizard import Running
from tests.support.replay import ReplayFeed
from tests.support.states import NOW, healthy
from tests.ui.helpers import feed_of, text_of, until

from . import tutorial

ENTRY = Entry(
    "tutorial",
    note("Configure the pair"),
    note("keepalived.conf of every LB: VRID, priorities, VIPs, adverts."),
    tutorial.__name__,
)
OLD = "! written by hand\nvrrp_instance VI_1 {\n    state BACKUP\n    priority 90\n}\n"
S = StepStatus


def facts(*, foreign: bool = False) -> ClusterFacts:
    """What was found: nothing, or a file of somebody else's on lb01."""
    files = {tutorial.PATH: FoundFile(tutorial.PATH, OLD)} if foreign else {}
    return ClusterFacts(
        {
            "lb01": HostFacts("lb01", NOW, os_name="Debian 12", files=files),
            "lb02": HostFacts("lb02", NOW, os_name="Debian 12"),
        }
    )


class StillRun:
    """A run that stands as it is told to, and notes what it is asked."""

    def __init__(self, plan: Plan, *, overwrite: bool) -> None:
        self.plan = plan
        self.overwrite = overwrite
        self.asked: list[str] = []
        self.progress = RunProgress(steps={step.id: StepProgress() for step in plan.steps})
        self.can_roll_back = False
        self.go_on = asyncio.Event()
        self._listeners: list[Callable[[RunProgress], None]] = []

    def subscribe(self, listener: Callable[[RunProgress], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def stand(self, status: RunStatus, *steps: StepProgress | StepStatus, **more: Any) -> None:
        """Let the run, and its steps in their order, stand so from now on."""
        stands = dict(self.progress.steps)
        for step, one in zip(self.plan.steps, steps, strict=False):
            stands[step.id] = StepProgress(one) if isinstance(one, StepStatus) else one
        self.progress = replace(self.progress, status=status, steps=stands, **more)
        for listener in list(self._listeners):
            listener(self.progress)

    async def survey(self) -> RunProgress:
        self.asked.append("survey")
        found = [S.SATISFIED, S.PENDING, S.PENDING, S.UNTOLD, S.PENDING]
        self.stand(RunStatus.READY, *found, S.PENDING, S.UNTOLD, S.PENDING)
        return self.progress

    async def execute(self) -> RunProgress:
        self.asked.append("execute")
        self.stand(RunStatus.RUNNING, began=NOW)
        await self.go_on.wait()
        self.go_on.clear()
        return self.progress

    def stop(self) -> None:
        self.asked.append("stop")
        self.stand(RunStatus.STOPPING)

    async def roll_back(self) -> RunProgress:
        self.asked.append("roll back")
        self.stand(RunStatus.ROLLED_BACK, ended=NOW + 60)
        return self.progress


class StillWorkshop:
    """Gives the facts it was made with, and still runs."""

    def __init__(self, found: ClusterFacts | None = None) -> None:
        self.found = found or facts()
        #: Why the hosts cannot be read, while that is so.
        self.problem = ""
        self.surveys = 0
        self.runs: list[StillRun] = []

    async def prepare(self, door: Door, cluster: Cluster, entry: Entry) -> Ground:
        self.surveys += 1
        if self.problem:
            raise ProcedureError(self.problem)
        return Ground(healthy().site, cluster, self.found)

    def run(
        self, door: Door, plan: Plan, *, overwrite: bool, clock: Callable[[], float]
    ) -> Running:
        self.runs.append(StillRun(plan, overwrite=overwrite))
        return self.runs[-1]

    @property
    def last(self) -> StillRun:
        return self.runs[-1]


def app_with(
    workshop: StillWorkshop | None, *, writable: bool = True, **options: Any
) -> tuple[ConsoleApp, ReplayFeed]:
    """Return the console on a healthy pair whose runs come from ``workshop``."""
    feed = feed_of(healthy(), writable=writable)
    door = cast("Door", object()) if workshop is not None else None
    app = ConsoleApp(feed, door=door, **options)
    app.desk = Desk(app, door, workshop)
    return app, feed


@asynccontextmanager
async def stage(
    workshop: StillWorkshop | None,
    *,
    writable: bool = True,
    size: tuple[int, int] = (80, 24),
    entry: Entry = ENTRY,
) -> AsyncIterator[tuple[ConsoleApp, ReplayFeed, Pilot[int]]]:
    """Run the console with the tests' procedure in the catalogue."""
    ENTRIES[entry.name] = entry
    app, feed = app_with(workshop, writable=writable)
    try:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            yield app, feed, pilot
    finally:
        del ENTRIES[entry.name]


async def to_form(app: ConsoleApp, pilot: Pilot[int]) -> None:
    """Open the procedure; its questions are on show."""
    app.desk.open(ENTRY)
    await until(pilot, lambda: app.ground.query("LineField"))
    await pilot.pause()


async def to_preview(app: ConsoleApp, pilot: Pilot[int]) -> None:
    """Go on to the plan, as it was found."""
    await to_form(app, pilot)
    await pilot.press("ctrl+n")
    await until(pilot, lambda: app.current_mode == "plan")
    await pilot.pause()
    await pilot.pause()


def _able(app: ConsoleApp, name: str) -> bool:
    return any(one.display and not one.disabled for one in app.screen.query(f"#{name}"))


async def press_button(app: ConsoleApp, pilot: Pilot[int], name: str) -> None:
    """Press a button by its id, with the keyboard."""
    await until(pilot, lambda: _able(app, name))
    button = app.screen.query_one(f"#{name}")
    app.screen.set_focus(button)
    # Whatever was on its way may take the focus along, once.
    for _ in range(3):
        await pilot.pause()
        if app.focused is button:
            break
        app.screen.set_focus(button)
    await pilot.press("enter")
    await pilot.pause()


async def to_run(app: ConsoleApp, pilot: Pilot[int], cluster: str = "pair") -> None:
    """Confirm the plan; it runs."""
    await to_preview(app, pilot)
    await press_button(app, pilot, "run")
    await confirm(app, pilot, cluster)


async def confirm(app: ConsoleApp, pilot: Pilot[int], cluster: str = "pair") -> None:
    """Answer the last question with yes."""
    for name in app.screen.query("#name"):
        app.screen.set_focus(name)
        await pilot.press(*cluster)
    await press_button(app, pilot, "yes")


def at(
    status: StepStatus, ago: float = 5.0, *output: str, problem: Note | None = None
) -> StepProgress:
    """A step that stands so since some seconds."""
    return StepProgress(status, NOW - ago, NOW - ago, None, problem, output)


def told(app: ConsoleApp) -> str:
    """What the notices on the screen say."""
    return "\n".join(notice.message for notice in app._notifications)


def row_of(app: ConsoleApp, words: str) -> str:
    """The first row of the screen with these words."""
    return next((row for row in text_of(app.screen).splitlines() if words in row), "")
