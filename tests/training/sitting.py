"""A learner without a screen: a classroom on a demo of the test's own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from haconsole.demo.keeper import DemoKeeper
from haconsole.demo.stage import DemoStage
from haconsole.inventory import load
from haconsole.monitor.monitor import Monitor
from haconsole.training.checking import Look
from haconsole.training.classroom import Classroom
from haconsole.training.lesson import Lesson
from haconsole.training.progress import Record
from haconsole.training.stage import Stage
from haconsole.training.standing import LessonProgress, Phase
from haconsole.training.tended import Tended
from haconsole.transport.commands import LedgerEntry
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from tests.support.waiting import until


@dataclass
class Desk:
    """A session on a site, and the classrooms that are opened in it."""

    door: Transport
    feed: Monitor
    stage: Stage
    record: Record
    ledger: list[LedgerEntry] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def sitting(
        self, lesson: Lesson, probes: Mapping[str, Look[Any]] | None = None
    ) -> AsyncIterator[Sitting]:
        """Open a classroom, and leave it in the end."""
        room = Classroom(
            lesson,
            door=self.door,
            feed=self.feed,
            cluster=self.feed.site.clusters[0],
            stage=self.stage,
            record=self.record,
            probes=probes,
        )
        sitting = Sitting(room)
        running = asyncio.create_task(room.run())
        try:
            yield sitting
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await room.leave()


class Sitting:
    """A classroom, and all that it told."""

    def __init__(self, room: Classroom) -> None:
        self.room = room
        self.told: list[LessonProgress] = []
        room.subscribe(self.told.append)

    @property
    def progress(self) -> LessonProgress:
        return self.room.progress

    @property
    def phases(self) -> list[Phase]:
        """Phases in their order, each once in a row."""
        found: list[Phase] = []
        for one in self.told:
            if not found or found[-1] is not one.phase:
                found.append(one.phase)
        return found

    async def becomes(self, phase: Phase, timeout_s: float = 20.0) -> None:
        await until(lambda: self.progress.phase in (phase, Phase.BROKEN), timeout_s)
        assert self.progress.phase is phase, self.progress.problem


@contextlib.asynccontextmanager
async def session(inventory: Path, stage: Stage, record: Path) -> AsyncIterator[Desk]:
    """Watch a site, as a console does."""
    ledger: list[LedgerEntry] = []

    def heard(entry: LedgerEntry) -> None:
        ledger.append(entry)
        if isinstance(stage, Tended):
            stage.heard(entry)

    door = Transport(load(inventory), prompter=NoPrompter(), ledger=heard, writable=True)
    feed = Monitor(door)
    watching = asyncio.create_task(feed.run())
    try:
        yield Desk(door, feed, stage, Record(record / "training.json"), ledger)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


@contextlib.asynccontextmanager
async def at_a_demo(record: Path) -> AsyncIterator[Desk]:
    """Serve a demo, and watch it."""
    with DemoKeeper() as keeper:
        async with session(keeper.inventory, DemoStage(keeper, pristine=True), record) as desk:
            yield desk
