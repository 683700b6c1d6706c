"""The exam: faults drawn by chance, named and mended against the clock.

The console's own triage may be used: it is what it is for. A round is over when its fault's cause
was named and nothing has been wrong for a while, or when the learner gave up or time did. Whatever
is still broken then is undone before the next round.
"""

from __future__ import annotations

import random

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note
from haconsole.journal.drills import JournalError
from haconsole.monitor.feed import Feed
from haconsole.procedures.plan import Plan
from haconsole.procedures.progress import RunProgress
from haconsole.training.classroom_leaving import left
from haconsole.training.classroom_names import names_for, renamed
from haconsole.training.classroom_setting import Setting
from haconsole.training.classroom_telling import Telling
from haconsole.training.classroom_work import Work
from haconsole.training.deeds import Doer
from haconsole.training.exam_drawing import draw
from haconsole.training.exam_report import keep
from haconsole.training.exam_round import GoingRound
from haconsole.training.exam_standing import ExamPhase, ExamProgress
from haconsole.training.lesson import Exam, Lesson
from haconsole.training.progress import Record
from haconsole.training.stage import Stage, StageError
from haconsole.transport.door import Door
from haconsole.words import t

#: What goes on may take so long to stop by itself, seconds.
_STOP_S = 8.0
_LEARNERS = (ExamPhase.WATCHING, ExamPhase.MENDING)


class Examination(Telling[ExamProgress]):
    """One exam on one cluster. ``seed``: the same one draws the same faults; ``None``: any.

    ``progress`` is the newest snapshot. Nothing has to be run beside it.
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
        seed: int | None = None,
    ) -> None:
        self.lesson = renamed(lesson, names_for(cluster, feed.state))
        exam = self.lesson.exam
        if exam is None:
            raise StageError(t("{lesson} is no exam.", lesson=lesson.id))
        self._exam: Exam = exam
        self._door = door
        self._feed = feed
        self._cluster = cluster
        self._record = record
        self._going: GoingRound | None = None
        self._work = Work(self._break)
        #: Nothing is begun any more in an exam that nobody owns.
        self._left = False
        chosen = random.SystemRandom().randrange(1_000_000) if seed is None else seed
        self._rounds = draw(exam, chosen)
        super().__init__(ExamProgress(self.lesson, chosen, len(self._rounds)))
        self._doer = Doer(door, feed, cluster, self._hear)
        self._setting = Setting(
            self.lesson,
            doer=self._doer,
            door=door,
            feed=feed,
            cluster=cluster,
            stage=stage,
            doing=lambda said: self._tell(doing=said),
        )

    def _hear(self, plan: Plan | None, run: RunProgress | None) -> None:
        """Say nothing of plans: what is broken is for the learner to find out."""

    def _break(self, problem: Note) -> None:
        self._going = None
        self._tell(phase=ExamPhase.BROKEN, problem=problem, doing=None)

    # What the learner can do

    async def enter(self) -> None:
        """Set the cluster up, and begin the first round."""
        if not (self._left or self._work.going_on):
            self._tell(phase=ExamPhase.SETTING_UP, problem=None)
            self._record.stands(self.lesson.id, "exam", {}, ())
            await self._begin(anew=False)

    def answer(self, cause: str) -> bool:
        """Say what the cause is; returns whether it is right. Before the fault nothing is."""
        going = self._going
        if going is None or self._left or self.progress.phase is not ExamPhase.WATCHING:
            return False
        if going.answer(cause):
            self._tell(phase=ExamPhase.MENDING, named=cause)
            return True
        if cause not in self.progress.wrong:
            self._tell(wrong=(*self.progress.wrong, cause))
        return False

    def give_up(self) -> None:
        """Have it mended, and the round end without points."""
        if self._going is not None and self.progress.phase in _LEARNERS:
            self._going.give_up()

    async def next(self) -> None:
        """Go on to the next round, or to the end."""
        over = self.progress.phase is ExamPhase.ROUND_OVER
        if not over or self._left or self._work.going_on:
            return
        if len(self.progress.results) < len(self._rounds):
            self._tell(phase=ExamPhase.SETTING_UP)
            await self._begin(anew=False)
        else:
            self._finish()

    async def reset(self) -> None:
        """Put the cluster back, whatever goes on; the round at hand is begun again."""
        if not self._left:
            await self._stop()
        if self._left:  # before, or meanwhile
            return
        self._tell(phase=ExamPhase.RESETTING, problem=None)
        await self._begin(anew=True)

    async def leave(self) -> Note | None:
        """End what goes on, and undo what the exam broke; returns what could not be undone.

        Hosts of one's own are put back, too. Nothing is begun here any more.
        """
        self._left = True
        await self._stop()
        return await left(
            self._setting,
            self._doer,
            self._feed.now,
            lambda: self._tell(phase=ExamPhase.RESETTING, problem=None),
        )

    # Rounds

    async def _stop(self) -> None:
        self._doer.stop()
        await self._work.end(_STOP_S if self._doer.running else 0.0)
        self._going = None

    async def _begin(self, *, anew: bool) -> None:
        """Bring the cluster to where a round begins; the round itself goes on by itself."""
        there = await self._work.do(
            lambda: self._setting.bring(0, anew=anew or self._broken_before)
        )
        # One that was left, or is put back anew, while it was set up has no owner any more.
        begins = self.progress.phase in (ExamPhase.SETTING_UP, ExamPhase.RESETTING)
        if there and begins and not self._left:
            self._work.begin(self._round)

    @property
    def _broken_before(self) -> bool:
        """Whether a round was before this one: what the learner changed in it is put back."""
        return bool(self.progress.results)

    async def _round(self) -> None:
        at = len(self.progress.results)
        drawn = self._rounds[at]
        going = self._going = GoingRound(
            drawn,
            self._exam,
            door=self._door,
            feed=self._feed,
            cluster=self._cluster,
            doer=self._doer,
        )
        self._tell(
            phase=ExamPhase.WATCHING,
            round=at,
            began=self._feed.now(),
            choices=drawn.choices,
            wrong=(),
            named=None,
            felt=going.felt,
            doing=None,
        )
        await going.run(self._on_round)
        result = going.result(self.progress.wrong)
        self._going = None
        results = (*self.progress.results, result)
        self._tell(phase=ExamPhase.ROUND_OVER, results=results, felt=result.felt, doing=None)

    def _on_round(self, going: GoingRound) -> None:
        """Hear of a round that goes on."""
        phase = ExamPhase.SOLVING if going.gave_up else self.progress.phase
        if (going.felt, phase) != (self.progress.felt, self.progress.phase):
            self._tell(felt=going.felt, phase=phase)

    def _finish(self) -> None:
        self._record.finished(self.lesson.id, self.progress.score)
        try:
            written = str(keep(self.progress, self._feed.site.name, self._feed.now()))
        except JournalError:
            written = ""  # the result stands on the screen all the same
        self._tell(phase=ExamPhase.OVER, report=written)
