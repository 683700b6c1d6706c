"""A stage for the triage screen: real screens, diagnoses as a test says, nobody asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

from textual.pilot import Pilot

from haconsole.domain.model import Cluster
from haconsole.domain.rules.diagnosis import diagnose
from haconsole.domain.rules.finding import Diagnosis, Finding
from haconsole.monitor.feed import Feed
from haconsole.transport.door import Door
from haconsole.ui.app import ConsoleApp
from haconsole.ui.desk import Desk
from haconsole.ui.triageward import Ward
from haconsole.ui.triaging import Consulting
from haconsole.ui.wizard import Workshop
from tests.domain.rules.cases import healthy as healthy_case
from tests.domain.rules.faults import FAULTS
from tests.support.replay import ReplayFeed
from tests.support.states import NOW, Scene, healthy
from tests.ui.helpers import feed_of, until


def diagnosis_of(*causes: str) -> Diagnosis:
    """Diagnose a pair with these faults, as of now on the stage's clock."""
    case = healthy_case()
    for cause in causes:
        case = FAULTS[cause](case)
    found = diagnose(case)
    late = NOW - case.at
    return replace(found, at=NOW, findings=tuple(moved(one, late) for one in found.findings))


def moved(one: Finding, by: float) -> Finding:
    """Return a finding whose evidence was taken so many seconds later."""
    seen = (replace(e, at=None if e.at is None else e.at + by) for e in one.evidence)
    return replace(one, evidence=tuple(seen))


class StillConsulting:
    """Says what it is told to say, and notes what it is asked."""

    def __init__(self, diagnosis: Diagnosis, closer: Diagnosis | None = None) -> None:
        self.diagnosis = diagnosis
        self.closer = closer
        self.spirits: tuple[object, ...] = ()
        self.asked: list[str] = []
        self.judged = 0
        self.error: Exception | None = None
        self.go_on = asyncio.Event()
        self.go_on.set()
        self._closer_known = False

    def passive(self) -> Diagnosis:
        self.judged += 1
        if self.error is not None:
            raise self.error
        known = self.closer if self._closer_known else None
        return known or self.diagnosis

    def mood(self) -> tuple[object, ...]:
        return self.spirits

    async def read(self) -> None:
        self.asked.append("read")

    async def examine(self) -> Diagnosis:
        self.asked.append("examine")
        await self.go_on.wait()
        self._closer_known = True
        return self.passive()

    def forget(self) -> None:
        self.asked.append("forget")
        self._closer_known = False


class StillClinic:
    """Consultations that a test holds in its hands, by cluster."""

    def __init__(self, *consultings: StillConsulting) -> None:
        self._waiting = list(consultings)
        self.by_cluster: dict[str, StillConsulting] = {}

    def consult(self, feed: Feed, door: Door | None, cluster: Cluster) -> Consulting:
        one = self._waiting.pop(0) if self._waiting else StillConsulting(diagnosis_of())
        self.by_cluster[cluster.name] = one
        return one


def app_with(
    *consultings: StillConsulting,
    scene: Scene | None = None,
    writable: bool = False,
    door: bool = True,
    workshop: Workshop | None = None,
    **options: object,
) -> tuple[ConsoleApp, ReplayFeed]:
    """Return the console on a scene, diagnosed as the consultings say."""
    feed = feed_of(scene or healthy(), writable=writable)
    hosts = cast("Door", object()) if door else None
    app = ConsoleApp(feed, door=hosts, **options)  # type: ignore[arg-type]  # its own options
    app.desk = Desk(app, hosts, workshop, clinic=StillClinic(*consultings))
    return app, feed


@asynccontextmanager
async def stage(
    *consultings: StillConsulting,
    scene: Scene | None = None,
    writable: bool = False,
    door: bool = True,
    size: tuple[int, int] = (80, 24),
    workshop: Workshop | None = None,
) -> AsyncIterator[tuple[ConsoleApp, ReplayFeed, Pilot[int]]]:
    """Run the console."""
    app, feed = app_with(*consultings, scene=scene, writable=writable, door=door, workshop=workshop)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app, feed, pilot


def ward_of(app: ConsoleApp, index: int = 0) -> Ward:
    """Return what the desk keeps of a cluster."""
    return app.desk.triage.ward(app.session.feed.site.clusters[index])


async def judge(app: ConsoleApp, pilot: Pilot[int]) -> None:
    """Have every cluster judged now, and the screen painted."""
    app.desk.triage.judge_all()
    app.paint()
    await pilot.pause()


async def to_triage(app: ConsoleApp, pilot: Pilot[int]) -> None:
    """Open the screen, with everything judged."""
    await pilot.press("5")
    await until(pilot, lambda: app.current_mode == "triage" and app.screen.query("#findings"))
    await judge(app, pilot)


def told(app: ConsoleApp) -> Sequence[str]:
    """What the notices on the screen say."""
    return [notice.message for notice in app._notifications]
