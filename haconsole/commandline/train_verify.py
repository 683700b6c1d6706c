"""``haconsole train --verify``: lessons proven without a screen, on several demos side by side."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note
from haconsole.journal.ledger import Ledger
from haconsole.monitor.monitor import Monitor
from haconsole.monitor.once import is_whole
from haconsole.telling import say
from haconsole.training.classroom_seeing import until
from haconsole.training.lesson import Lesson, Start
from haconsole.training.progress import Record
from haconsole.training.refusing import refusal
from haconsole.training.school import School
from haconsole.training.verify import Proof
from haconsole.transport.transport import Transport
from haconsole.words import t, tn

from .prompting import asked_to_run, prompter_for_terminal
from .train import BAD, GOOD, REFUSED

#: Seconds that the first look at every host may take; one that is not reached is said later.
_WHOLE_S = 20.0


def verify(args: argparse.Namespace, lessons: Sequence[Lesson]) -> int:
    """Prove lessons; prints a line a step, and returns the exit status."""
    if args.on is not None and not args.yes and not _may_break(args.on, len(lessons)):
        return REFUSED
    proving = _Proving(args)
    return asyncio.run(proving.run(lessons))


def _may_break(inventory: Path, number: int) -> bool:
    """Ask before hosts are broken that nothing builds anew: neither a demo's nor the lab's."""
    from haconsole.training.hosts_stage import CANNOT, HostsStage

    from .train_places import may_train, stage_of

    may_train(inventory)
    if not isinstance(stage_of(inventory), HostsStage):
        return True
    asked = tn(
        "{count} lesson breaks the hosts of {file} on purpose, step by step, and puts them back.",
        "{count} lessons break the hosts of {file} on purpose, step by step, and put them back.",
        number,
        file=inventory,
    )
    print(f"{asked} {say(CANNOT)}", file=sys.stderr)
    return asked_to_run()


class _Proving:
    """One call of ``--verify``. ``bad`` collects what is not as it should be."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self._waiting: list[Lesson] = []
        self.bad: list[str] = []
        self.good = 0

    async def run(self, lessons: Sequence[Lesson]) -> int:
        """Prove them; returns the exit status."""
        # What takes longest begins first: nothing waits for it alone in the end.
        self._waiting = sorted(lessons, key=lambda one: one.exam is None)
        jobs = 1 if self._args.on is not None else min(self._args.jobs, len(lessons) or 1)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(jobs):
                    group.create_task(self._work())
        except* Exception as errors:
            # The first of them says why; the others were ended by it.
            raise errors.exceptions[0] from None
        print(t("{good} steps are as they should be, {bad} are not.", good=self.good,
                bad=len(self.bad)))  # fmt: skip
        for line in self.bad:
            print(line, file=sys.stderr)
        if self.bad:
            return BAD
        return GOOD if self.good else REFUSED

    async def _work(self) -> None:
        """Prove what waits, on hosts of this worker's own."""
        while self._waiting:
            lesson = self._waiting.pop(0)
            async with self._place(lesson.start) as (school, cluster):
                await self._prove(lesson, school, cluster)
                while self._waiting and _alike(self._waiting[0].start, lesson.start):
                    await self._prove(self._waiting.pop(0), school, cluster)

    async def _prove(self, lesson: Lesson, school: School, cluster: Cluster) -> None:
        problem = refusal(lesson, school.stage, cluster)
        if problem is not None:
            print(t("{lesson}: left out: {why}", lesson=lesson.id, why=say(problem)), flush=True)
            return
        proving = school.proofs(lesson, cluster, thorough=self._args.thorough, tell=_told)
        async with contextlib.aclosing(proving) as proofs:
            async for proof in proofs:
                line = _line(proof)
                print(line, flush=True)
                if proof.good:
                    self.good += 1
                else:
                    self.bad.append(line)

    def _place(self, start: Start) -> AbstractAsyncContextManager[tuple[School, Cluster]]:
        if self._args.on is not None:
            return on_inventory(self._args.on, self._args.cluster)
        return on_demo(start)


def _told(said: Note) -> None:
    """Say what is done on the way out of a lesson, also of one that Ctrl-C ends."""
    print(f"haconsole: {say(said)}", file=sys.stderr, flush=True)


def _alike(one: Start, other: Start) -> bool:
    """Whether two lessons may share a demo without it being begun anew at first."""
    return (one.state, one.family, one.keepalived) == (other.state, other.family, other.keepalived)


def _line(proof: Proof) -> str:
    mark = "✔" if proof.good else "✘"
    step = proof.step or t("set up")
    line = f"{mark} {proof.lesson} / {step}: {proof.seconds:.1f} s"
    return line if proof.problem is None else f"{line}: {say(proof.problem)}"


@contextlib.asynccontextmanager
async def on_demo(start: Start) -> AsyncIterator[tuple[School, Cluster]]:
    """Teach on a demo of this proof's own."""
    from haconsole.demo.keeper import DemoKeeper

    from .train_places import demo_options, demo_school

    keeper = DemoKeeper(demo_options(start))
    try:
        await asyncio.to_thread(keeper.start)
        async with _session(
            keeper.inventory, lambda record: demo_school(keeper, (), record), None
        ) as found:
            yield found
    finally:
        await asyncio.to_thread(keeper.end)


@contextlib.asynccontextmanager
async def on_inventory(
    inventory: Path, cluster: str | None
) -> AsyncIterator[tuple[School, Cluster]]:
    """Teach on an inventory's hosts."""
    from .train_places import inventory_school

    async with _session(
        inventory, lambda record: inventory_school(inventory, (), record), cluster
    ) as found:
        yield found


@contextlib.asynccontextmanager
async def _session(
    inventory: Path, school_of: Callable[[Record], School], name: str | None
) -> AsyncIterator[tuple[School, Cluster]]:
    """Watch a site; what is learned in a proof is nobody's progress."""
    from haconsole.inventory import load

    from .apply import choose_cluster

    site = load(inventory)
    cluster = choose_cluster(site, name)
    ledger = Ledger()
    with tempfile.TemporaryDirectory(prefix="haconsole-train-") as folder:
        school = school_of(Record(Path(folder) / "training.json"))
        door = Transport(
            site,
            prompter=prompter_for_terminal(),
            writable=True,
            ledger=school.hearing(ledger.record),
        )
        feed = Monitor(door)
        school.attach(door, feed)
        watching = asyncio.create_task(feed.run(), name="watch")
        try:
            # Which LB a lesson's lb01 is, is told by what the hosts are.
            await until(feed, lambda: is_whole(feed.state), _WHOLE_S)
            yield school, cluster
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            ledger.close()
