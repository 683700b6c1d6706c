"""Bringing a cluster to where a lesson, or one of its steps, begins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note, note
from haconsole.monitor.feed import Feed
from haconsole.procedures.drill.leftovers import clear_undone, leftovers
from haconsole.procedures.errors import ProcedureError
from haconsole.telling import say
from haconsole.training.checking import PATIENCE_S, Checking
from haconsole.training.classroom_seeing import see, see_anew, see_well, until, well
from haconsole.training.deeds import Doer
from haconsole.training.lesson import Deed, DeedKind, Lesson, StartState, Step, Words
from haconsole.training.refusing import refusal
from haconsole.training.stage import Stage, StageError
from haconsole.training.tended import Tended
from haconsole.transport.door import Door
from haconsole.transport.errors import TransportError
from haconsole.words import language, t

#: How long a pair may take to be well after its faults were undone, seconds.
_HEALED_S = 25.0
#: What a busy machine may add to the time that a check names, seconds.
_GRACE_S = 5.0
#: The owner of faults that a lesson begins with: they stay to its end.
WHOLE_LESSON = ""


class Setting:
    """Sets a lesson's cluster up. ``doing(note)`` is told what goes on.

    ``checking(step, since)`` makes the checks of a step; an exam has none.
    """

    def __init__(
        self,
        lesson: Lesson,
        *,
        doer: Doer,
        door: Door,
        feed: Feed,
        cluster: Cluster,
        stage: Stage,
        doing: Callable[[Note], None],
        checking: Callable[[Step, float], Checking] | None = None,
    ) -> None:
        self._lesson = lesson
        self._doer = doer
        self._door = door
        self._feed = feed
        self._cluster = cluster
        self.stage = stage
        self._checking = checking
        self._doing = doing

    async def bring(self, at: int, *, anew: bool) -> None:
        """Bring the cluster to the beginning of a step; raises ``StageError``, ``DeedError``.

        ``anew``: put it back even where it seems to be as it should be.
        """
        if (problem := refusal(self._lesson, self.stage, self._cluster)) is not None:
            raise StageError(say(problem))
        if isinstance(self.stage, Tended):
            self.stage.begin(self._lesson)
        if anew or not await self._is_ready():
            await self.put_back()
        if self._lesson.start.then:
            self._doing(note("What this lesson begins with is brought about."))
            await self._doer.do(self._lesson.start.then, owner=WHOLE_LESSON)
        for step in self._lesson.steps[:at]:
            await self._again(step)

    async def see_anew(self) -> None:
        """Have every host read after something was done to some of them."""
        await see_anew(self._feed, self._cluster)

    async def heal(self, owner: str | None) -> None:
        """Undo the faults of a step, and wait until the pair is well, where it was before."""
        if not self._doer.breaking.of(owner):
            return
        self._doing(note("What was broken for this step is put back."))
        await self._doer.heal(owner)
        await until(self._feed, lambda: well(self._feed, self._cluster), _HEALED_S)

    async def _is_ready(self) -> bool:
        """Whether nothing was changed since the cluster was put to this start, and all is well."""
        start = self._lesson.start
        if not isinstance(self.stage, Tended) or not self.stage.clean(start):
            return False
        try:
            await see(self._door, self._feed, self._cluster, self._feed.now() - 30.0)
        except StageError:
            return False
        if start.state is StartState.READY:
            return await until(self._feed, lambda: well(self._feed, self._cluster), 3.0)
        return True

    async def put_back(self) -> None:
        """Put the cluster back, whatever was done to it; raises ``StageError``."""
        await self._tell_leftovers()
        self._doing(note("The cluster is put back to where this lesson begins."))
        began = self._feed.now()
        await self.stage.reset(self._lesson.start)
        self._doer.breaking.forget()
        self._doing(note("The hosts are back; they are read."))
        await see(self._door, self._feed, self._cluster, max(began, self._feed.now()))
        await see_well(self._feed, self._cluster, self._lesson.start.state)
        await self._clear()

    async def _tell_leftovers(self) -> None:
        """Say what an earlier lesson or drill left broken, where the hosts can be asked."""
        try:
            found = await leftovers(self._door, self._cluster)
        except TransportError:
            return
        names = dict.fromkeys(f"{one.scenario} ({one.host})" for one in found if not one.undone)
        own = self._doer.breaking.ids
        if names and not all(one.drill_id in own for one in found):
            self._doing(
                note("An earlier lesson left something broken: {what}. It is put back.",
                     what=", ".join(names))
            )  # fmt: skip

    async def _clear(self) -> None:
        """Clear away the records of what is undone."""
        try:
            await clear_undone(self._door, self._cluster)
        except (TransportError, ProcedureError) as error:
            raise StageError(str(error)) from error

    async def _again(self, step: Step) -> None:
        """Do what a step changed for good, unseen by the learner, and wait for its checks."""
        lasting = [deed for deed in (*step.setup, *step.solve) if _changes(deed)]
        if not any(deed.kind is not DeedKind.FAULT for deed in lasting):
            return
        self._doing(note("Step “{step}” is done again.", step=_title(step.title)))
        since = self._feed.now()
        await self._doer.do([one for one in step.setup if _changes(one)], owner=step.id)
        await self._doer.do([one for one in step.solve if _changes(one)], owner=step.id)
        if self._checking is None:
            return
        checking = self._checking(_lasting(step), since)
        if not await awaited(self._feed, checking):
            seen = checking.failing[0].seen.note if checking.failing else note("nobody knows why")
            raise StageError(
                t("Step “{step}” could not be done again: {why}", step=_title(step.title), why=seen)
            )
        await self.heal(step.id)


#: Probes of what only a drill, or a moment that has passed, can show.
_OF_THE_MOMENT = frozenset({"drilled", "outage", "moved", "journal"})
_TICK_S = 0.2


def _title(words: Words) -> str:
    return words.within(language())


def _changes(deed: Deed) -> bool:
    """Whether a deed leaves something that later steps build on: a drill puts all back."""
    return deed.kind is not DeedKind.DRILL


def _lasting(step: Step) -> Step:
    """Return a step without what cannot be seen when it is done again."""
    return replace(
        step, checks=tuple(one for one in step.checks if one.probe not in _OF_THE_MOMENT)
    )


async def awaited(feed: Feed, checking: Checking) -> bool:
    """Try checks until all hold; returns whether they did within their time."""
    deadline = feed.now() + (checking.patience_s or PATIENCE_S) + _GRACE_S
    while True:
        await checking.look()
        if checking.hold:
            return True
        if feed.now() >= deadline:
            return False
        await asyncio.sleep(_TICK_S)
