"""The classroom: one lesson as it is done, from setting the cluster up to the last step's score.

Whatever goes on (a plan, a reset), ``reset`` and ``leave`` end it first. A mistake, a lost host or
a refusal ends in ``BROKEN`` with its sentence; ``reset`` is the way on. Faults belong to the step
that made them, and are undone when the learner goes on from it, or leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note
from haconsole.monitor.feed import Feed
from haconsole.procedures.plan import Plan
from haconsole.training.checking import PATIENCE_S, Look
from haconsole.training.classroom_leaving import left
from haconsole.training.classroom_marks import Marks
from haconsole.training.classroom_names import names_for, renamed
from haconsole.training.classroom_setting import Setting
from haconsole.training.classroom_telling import Telling
from haconsole.training.classroom_trying import Trying
from haconsole.training.classroom_work import Work
from haconsole.training.deeds import DeedError, Doer
from haconsole.training.lesson import Lesson, Step, Words
from haconsole.training.progress import Record
from haconsole.training.stage import Stage, StageError
from haconsole.training.standing import LessonProgress, Phase
from haconsole.transport.door import Door
from haconsole.words import t

#: What goes on may take so long to stop by itself; on the way out, seconds.
_STOP_S, _LEAVE_S = 8.0, 40.0


class Classroom(Telling[LessonProgress]):
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
        self.lesson = renamed(lesson, names_for(cluster, feed.state))
        self._feed = feed
        self._marks = Marks(lesson.id, record)
        self._work = Work(self._break)
        #: Nothing is begun any more in a room that nobody owns.
        self._left = False
        super().__init__(LessonProgress(self.lesson, points=self._marks.points))
        self._trying = Trying(
            door,
            feed,
            cluster,
            probes,
            seen=lambda views: self._tell(checks=views),
            passed=self._pass,
        )
        self._doer = Doer(
            door,
            feed,
            cluster,
            lambda plan, run: self._tell(plan=plan, run=run, faults=self._doer.breaking.faults),
        )
        self._setting = Setting(
            self.lesson,
            doer=self._doer,
            door=door,
            feed=feed,
            cluster=cluster,
            stage=stage,
            checking=self._trying.of,
            doing=lambda said: self._tell(doing=said),
        )

    def _break(self, problem: Note) -> None:
        self._trying.checking = None
        self._tell(phase=Phase.BROKEN, problem=problem, doing=None, plan=None, run=None)

    # What the learner can do

    async def enter(self, at: int = 0) -> None:
        """Begin at a step: the cluster is set up where it has to be, earlier steps are done.

        At the first one an earlier go is forgotten.
        """
        if self._left or self._work.going_on:
            return
        if at == 0:
            self._marks.begin_anew()
        self._tell(phase=Phase.SETTING_UP, problem=None, points=self._marks.points)
        await self._work.do(lambda: self._enter(at, anew=False))

    def guess(self, key: str) -> None:
        """Take the prediction; what the step sets up is done then. ``KeyError``: no such choice."""
        step = self.progress.step
        asking = self.progress.phase is Phase.ASKING and not self._left
        if not asking or step is None or step.predict is None:
            return
        step.predict.choice(key)
        if key != step.predict.answer:
            self._marks.add(step.id, wrong=True)
        self._tell(guess=key, points=self._marks.points, phase=Phase.PREPARING)
        self._work.begin(self._prepare)

    def hint(self) -> Words | None:
        """Return the next hint, which costs points; ``None``: there are no more."""
        step, seen = self.progress.step, self.progress.hints
        if step is None or self.progress.phase is not Phase.WORKING or seen >= len(step.hints):
            return None
        self._marks.add(step.id, hints=max(self._marks.hints(step.id), seen + 1))
        self._tell(hints=seen + 1, points=self._marks.points)
        return step.hints[seen]

    async def plan_for_me(self) -> Plan | None:
        """Return the plan of the first deed that is not done yet; ``None``: there is none.

        Changes nothing, and costs nothing. Raises ``DeedError`` where there is no plan now.
        """
        step = self.progress.step
        return None if step is None else await self._doer.first_undone(step.solve)

    async def do_it(self) -> None:
        """Do what the step's task wants. Where that fails, ``problem`` says why."""
        free = not (self._left or self._work.going_on)
        if self.progress.phase is Phase.WORKING and free:
            self._tell(phase=Phase.SOLVING, problem=None)
            await self._work.do(self._solve)

    async def next(self) -> None:
        """Go on from a step that is passed; what it broke is undone first."""
        if self.progress.phase is not Phase.PASSED or self._left or self._work.going_on:
            return
        step, at = self._step(), self.progress.at

        async def go_on() -> None:
            await self._setting.heal(step.id)
            await self._begin_step(at + 1)

        self._tell(phase=Phase.SETTING_UP)
        await self._work.do(go_on)

    async def reset(self) -> None:
        """Put the cluster back, whatever goes on, and come back to this step."""
        if not self._left:
            await self._stop()
        if self._left:  # before, or meanwhile
            return
        at = min(self.progress.at, max(0, len(self.lesson.steps) - 1))
        self._tell(phase=Phase.RESETTING, problem=None)
        await self._work.do(lambda: self._enter(at, anew=True))

    async def put_back(self) -> None:
        """Put the cluster back to where the lesson begins, and stay out of it."""
        if self._left:
            return
        await self._stop()
        self._tell(phase=Phase.RESETTING, problem=None)
        await self._work.do(self._setting.put_back)

    async def leave(self) -> Note | None:
        """End what goes on, and undo what this lesson broke; progress stays.

        Hosts of one's own are put back, too. Returns what could not be undone, in a sentence.
        Whatever else is asked of this room from now on, it does nothing.
        """
        self._left = True
        await self._stop(_LEAVE_S)
        return await left(
            self._setting,
            self._doer,
            self._feed.now,
            lambda: self._tell(phase=Phase.RESETTING, problem=None),
        )

    async def run(self) -> None:
        """Try the checks until cancelled: with every change, and once a second."""
        await self._trying.run()

    # Where the lesson goes

    async def _stop(self, patience_s: float = _STOP_S) -> None:
        """End what goes on: what runs on the hosts gets so long to come to an end by itself."""
        self._trying.checking = None
        self._doer.stop()
        await self._work.end(patience_s if self._doer.running else 0.0)

    async def _enter(self, at: int, *, anew: bool) -> None:
        self._clear(at)
        await self._setting.bring(at, anew=anew)
        await self._begin_step(at)

    def _clear(self, at: int) -> None:
        """Forget what was seen of the step before."""
        self._trying.checking = None
        self._tell(
            at=at, checks=(), guess=None, hints=0, began=None, deadline=None, doing=None
        )  # fmt: skip

    async def _begin_step(self, at: int) -> None:
        self._clear(at)
        if at >= len(self.lesson.steps):
            self._tell(phase=Phase.OVER, points=self._marks.points)
            return
        step = self.lesson.steps[at]
        self._marks.stands(step.id)
        if step.predict is not None:
            self._tell(phase=Phase.ASKING)
        else:
            await self._prepare()

    async def _prepare(self) -> None:
        step, since = self._step(), self._feed.now()
        if step.setup:
            self._tell(phase=Phase.PREPARING)
            await self._doer.do(step.setup, owner=step.id)
            await self._setting.see_anew()
        checking = self._trying.of(step, since)
        now = self._feed.now()
        deadline = now + (checking.patience_s or PATIENCE_S) if step.checks else None
        self._tell(phase=Phase.WORKING, began=now, deadline=deadline, checks=checking.views)
        self._trying.checking = checking
        if not step.checks:
            self._pass()

    async def _solve(self) -> None:
        step = self._step()
        self._marks.add(step.id, solved=True)
        self._tell(points=self._marks.points)
        problem = None
        try:
            await self._doer.do(step.solve, owner=step.id)
        except DeedError as error:
            problem = error.note
        self._tell(phase=Phase.WORKING, problem=problem)

    def _pass(self) -> None:
        """Take all checks for done, unless something is still being done to the hosts."""
        checking = self._trying.checking
        if self.progress.phase is not Phase.WORKING or checking is None:
            return
        self._trying.checking = None
        after = self.lesson.steps[self.progress.at + 1 : self.progress.at + 2]
        self._marks.passed(self._step().id, after[0].id if after else None)
        views = checking.finish()
        self._tell(phase=Phase.PASSED, checks=views, points=self._marks.points, problem=None)

    def _step(self) -> Step:
        step = self.progress.step
        if step is None:
            raise StageError(t("This lesson has no such step."))
        return step
