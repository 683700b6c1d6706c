"""The classroom: one lesson as it is done, from setting the cluster up to the last step's score.

Whatever goes on (a plan, a reset), ``reset`` and ``leave`` end it first. A mistake, a lost host or
a refusal ends in ``BROKEN`` with its sentence; ``reset`` is the way on. Faults belong to the step
that made them, and are undone when the learner goes on from it, or leaves.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note, note
from haconsole.monitor.feed import Feed
from haconsole.procedures.plan import Plan
from haconsole.procedures.progress import RunProgress
from haconsole.training import score
from haconsole.training.checking import PATIENCE_S, Checking, Look
from haconsole.training.classroom_names import names_for, renamed
from haconsole.training.classroom_setting import Setting
from haconsole.training.deeds import DeedError, Doer
from haconsole.training.lesson import Lesson, Step, Words
from haconsole.training.progress import Record
from haconsole.training.score import Tally
from haconsole.training.stage import Stage, StageError
from haconsole.training.standing import LessonProgress, Phase
from haconsole.transport.door import Door

Listener = Callable[[LessonProgress], None]
#: Checks are tried at least so often, and not more often than that, seconds.
TRY_S, GAP_S = 1.0, 0.1
#: What goes on may take so long to stop by itself, and undoing on the way out, seconds.
_STOP_S, _LEAVE_S = 8.0, 40.0


class Classroom:
    """One lesson on one cluster. ``progress`` is the newest snapshot.

    The progress' lesson speaks of the cluster's own hosts. ``probes``: the product's by default.
    """

    def __init__(
        self,
        lesson: Lesson,
        *,
        door: Door,
        feed: Feed,
        cluster: Cluster,
        stage: Stage,
        record: Record,
        probes: Mapping[str, Look[Any]] | None = None,
    ) -> None:
        self._door = door
        self._feed = feed
        self._cluster = cluster
        self._record = record
        self._probes = probes
        self._listeners: list[Listener] = []
        self._task: asyncio.Task[None] | None = None
        self._tallies: dict[str, Tally] = dict(record.of(lesson.id).tallies)
        self._passed: list[str] = list(record.of(lesson.id).passed)
        self._checking: Checking | None = None
        self.lesson = renamed(lesson, names_for(cluster, feed.state))
        self.progress = LessonProgress(self.lesson, points=self._points())
        self.doer = Doer(door, feed, cluster, self._hear)
        self._setting = Setting(
            self.lesson,
            doer=self.doer,
            door=door,
            feed=feed,
            cluster=cluster,
            stage=stage,
            checking=self._checking_of,
            doing=lambda said: self._tell(doing=said),
        )

    # Listening

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` on every change; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self, **changes: Any) -> None:
        self.progress = replace(self.progress, **changes)
        for listener in list(self._listeners):
            with contextlib.suppress(Exception):
                listener(self.progress)

    def _hear(self, plan: Plan | None, run: RunProgress | None) -> None:
        self._tell(plan=plan, run=run, faults=self.doer.breaking.faults)

    # What the learner can do

    async def enter(self, at: int = 0) -> None:
        """Begin at a step: the cluster is set up where it has to be, earlier steps are done."""
        if at == 0:
            self._tallies, self._passed = {}, []
        await self._work(lambda: self._enter(at, anew=False), Phase.SETTING_UP)

    def guess(self, key: str) -> None:
        """Take the prediction; what the step sets up is done then. ``KeyError``: no such choice."""
        step = self.progress.step
        if self.progress.phase is not Phase.ASKING or step is None or step.predict is None:
            return
        step.predict.choice(key)
        if key != step.predict.answer:
            self._tally(wrong=True)
        self._tell(guess=key)
        self._begin(self._prepare, Phase.PREPARING)

    def hint(self) -> Words | None:
        """Return the next hint, which costs points; ``None``: there are no more."""
        step, seen = self.progress.step, self.progress.hints
        if step is None or self.progress.phase is not Phase.WORKING or seen >= len(step.hints):
            return None
        self._tell(hints=seen + 1)
        self._tally(hints=self._tallies.get(step.id, Tally()).hints + 1)
        return step.hints[seen]

    async def plan_for_me(self) -> Plan | None:
        """Return the plan of the first deed that is not done yet; ``None``: there is none.

        Changes nothing, and costs nothing. Raises ``DeedError`` where there is no plan now.
        """
        step = self.progress.step
        return None if step is None else await self.doer.first_undone(step.solve)

    async def do_it(self) -> None:
        """Do what the step's task wants. Where that fails, ``problem`` says why."""
        if self.progress.phase is Phase.WORKING:
            await self._work(self._solve, Phase.SOLVING)

    async def next(self) -> None:
        """Go on from a step that is passed; what it broke is undone first."""
        if self.progress.phase is Phase.PASSED:
            await self._work(self._next, Phase.SETTING_UP)

    async def reset(self) -> None:
        """Put the cluster back, whatever goes on, and come back to this step."""
        await self._end_work()
        at = min(self.progress.at, max(0, len(self.lesson.steps) - 1))
        await self._work(lambda: self._enter(at, anew=True), Phase.RESETTING)

    async def leave(self) -> None:
        """End what goes on, and undo what this lesson broke; progress stays.

        Where a host cannot be reached now, its node undoes that by itself later.
        """
        await self._end_work()
        with contextlib.suppress(DeedError, TimeoutError):
            async with asyncio.timeout(_LEAVE_S):
                await self.doer.heal()
        self._tell(faults=self.doer.breaking.faults)

    async def run(self) -> None:
        """Try the checks until cancelled: with every change, and once a second."""
        changed = asyncio.Event()
        end = self._feed.subscribe(lambda events, state: changed.set())
        try:
            while True:
                changed.clear()
                await self._look()
                await asyncio.sleep(GAP_S)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._wait_s()):
                        await changed.wait()
        finally:
            end()

    # One thing at a time

    async def _work(self, work: Callable[[], Awaitable[None]], phase: Phase) -> None:
        task = self._begin(work, phase)
        if task is None:
            return
        try:
            await task
        except asyncio.CancelledError:
            # Ours may have been cancelled by a reset: that is no reason to cancel the caller.
            if (current := asyncio.current_task()) is not None and current.cancelling():
                task.cancel()
                raise

    def _begin(
        self, work: Callable[[], Awaitable[None]], phase: Phase
    ) -> asyncio.Task[None] | None:
        """Begin something, unless something goes on."""
        if self._task is not None and not self._task.done():
            return None
        self._tell(phase=phase, problem=None)
        self._task = asyncio.create_task(self._guarded(work), name="lesson")
        return self._task

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except DeedError as error:
            self._break(error.note)
        except StageError as error:
            self._break(note("{why}", why=str(error)))
        except Exception as error:
            # A mistake of ours must not take the console along, and can be reset, too.
            what = f"{type(error).__name__}: {error}"
            self._break(note("this console failed on it ({error}); please report that", error=what))
            context = {"message": what, "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)

    def _break(self, problem: Note) -> None:
        self._checking = None
        self._tell(phase=Phase.BROKEN, problem=problem, doing=None, plan=None, run=None)

    async def _end_work(self) -> None:
        """End what goes on: after its current steps where that is quick, or else at once."""
        task, self._task = self._task, None
        if task is None or task.done():
            return
        self.doer.stop()
        await asyncio.wait({task}, timeout=_STOP_S if self.doer.running else 0.0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    # Where the lesson goes

    async def _enter(self, at: int, *, anew: bool) -> None:
        self._checking = None
        self._tell(at=at, checks=(), guess=None, hints=0, began=None, deadline=None)
        await self._setting.bring(at, anew=anew)
        await self._begin_step(at)

    async def _begin_step(self, at: int) -> None:
        self._checking = None
        self._tell(
            at=at, checks=(), guess=None, hints=0, began=None, deadline=None, doing=None, plan=None,
            run=None,
        )  # fmt: skip
        if at >= len(self.lesson.steps):
            self._over()
            return
        step = self.lesson.steps[at]
        self._record.stands(self.lesson.id, step.id, self._tallies, tuple(self._passed))
        if step.predict is not None:
            self._tell(phase=Phase.ASKING)
        else:
            await self._prepare()

    async def _prepare(self) -> None:
        step = self._step()
        since = self._feed.now()
        if step.setup:
            self._tell(phase=Phase.PREPARING)
            await self.doer.do(step.setup, owner=step.id)
        checking = self._checking = self._checking_of(step, since)
        now = self._feed.now()
        deadline = now + (checking.patience_s or PATIENCE_S) if step.checks else None
        self._tell(
            phase=Phase.WORKING, began=now, deadline=deadline, checks=checking.views, doing=None
        )
        if not step.checks:
            self._pass(checking)

    async def _solve(self) -> None:
        step = self._step()
        self._tally(solved=True)
        try:
            await self.doer.do(step.solve, owner=step.id)
        except DeedError as error:
            self._tell(phase=Phase.WORKING, problem=error.note)
        else:
            self._tell(phase=Phase.WORKING)

    async def _next(self) -> None:
        step = self._step()
        await self._setting.heal(step.id)
        await self._begin_step(self.progress.at + 1)

    def _over(self) -> None:
        points = self._points()
        self._record.finished(self.lesson.id, score.mean(points.values()))
        self._tell(phase=Phase.OVER, points=points)

    # Checks and points

    def _checking_of(self, step: Step, since: float) -> Checking:
        from haconsole.training.probes.sight import Sight

        sight = Sight(self._feed, self._door, self._cluster, since)
        return Checking(step.checks, self._every_probe(), sight, self._feed.now)

    def _every_probe(self) -> Mapping[str, Look[Any]]:
        if self._probes is None:
            from haconsole.training.probes.registry import PROBES

            self._probes = PROBES
        return self._probes

    def _wait_s(self) -> float:
        """Return when a check that is held will have been held for long enough, if soon."""
        checking, now = self._checking, self._feed.now()
        if checking is None:
            return TRY_S
        rest = [
            one.since + one.check.hold_s - now for one in checking.views if one.since is not None
        ]
        return min([TRY_S, *(left for left in rest if left > 0)])

    async def _look(self) -> None:
        checking = self._checking
        if checking is None or self.progress.phase not in (Phase.WORKING, Phase.SOLVING):
            return
        views = await checking.look()
        if checking is not self._checking:
            return  # another step, or a reset, meanwhile
        if views != self.progress.checks:
            self._tell(checks=views)
        if self.progress.phase is Phase.WORKING and checking.hold:
            self._pass(checking)

    def _pass(self, checking: Checking) -> None:
        step = self._step()
        if step.id not in self._passed:
            self._passed.append(step.id)
        self._tallies.setdefault(step.id, Tally())
        self._record.stands(self.lesson.id, step.id, self._tallies, tuple(self._passed))
        self._tell(
            phase=Phase.PASSED, checks=checking.finish(), points=self._points(), problem=None
        )

    def _tally(self, **changes: Any) -> None:
        step = self._step()
        tally = replace(self._tallies.get(step.id, Tally()), **changes)
        self._tallies[step.id] = tally
        self._record.stands(self.lesson.id, step.id, self._tallies, tuple(self._passed))
        self._tell(points=self._points())

    def _points(self) -> Mapping[str, Any]:
        return MappingProxyType({name: score.points(one) for name, one in self._tallies.items()})

    def _step(self) -> Step:
        step = self.progress.step
        if step is None:
            raise StageError("This lesson has no such step.")
        return step
