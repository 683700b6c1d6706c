"""One round of an exam: quiet, a fault, and what the learner makes of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from haconsole.domain.model import Cluster
from haconsole.domain.notes import note
from haconsole.monitor.casework.consult import Consultation
from haconsole.monitor.feed import Feed
from haconsole.training import exam_score
from haconsole.training.deeds import DeedError, Doer
from haconsole.training.exam_drawing import Round
from haconsole.training.exam_felt import Clients
from haconsole.training.exam_standing import Felt, RoundResult
from haconsole.training.lesson import Exam
from haconsole.training.probes.registry import PROBES
from haconsole.training.probes.sight import Sight
from haconsole.transport.door import Door

#: Nothing must have been wrong for so long, seconds, for a round to be over.
HOLD_S = 3.0
#: A fault must show within so long, seconds: else it is none.
SHOW_S = 60.0
#: Between two looks, seconds.
_TICK_S = 0.25
#: What mending for the learner may take, seconds.
_SOLVED_S = 180.0
_OWNER = "round"


class GoingRound:
    """A round while it goes on. Times are the feed's."""

    def __init__(
        self,
        drawn: Round,
        exam: Exam,
        *,
        door: Door,
        feed: Feed,
        cluster: Cluster,
        doer: Doer,
    ) -> None:
        self.felt = Felt()
        self.gave_up = False
        self._drawn = drawn
        self._exam = exam
        self._feed = feed
        self._doer = doer
        self._sight = Sight(feed, door, cluster, feed.now())
        self._consultation = Consultation(feed, door, cluster)
        self._clients = Clients(door, cluster, drawn.quiet_s + exam.give_up_s + _SOLVED_S)
        self._made_at: float | None = None
        self._named_at: float | None = None
        self._well_at: float | None = None
        self._mended_at: float | None = None
        self._shown = False
        self._title = note("{fault}", fault=drawn.one.fault.name)
        self._hosts: tuple[str, ...] = ()

    def answer(self, cause: str) -> bool:
        """Take a name of the cause; returns whether it is right. Before the fault nothing is."""
        right = self._made_at is not None and cause in self._drawn.one.causes
        if right and self._named_at is None:
            self._named_at = self._feed.now()
        return right

    def give_up(self) -> None:
        """Have it mended."""
        self.gave_up = True

    async def run(self, tell: Callable[[GoingRound], None]) -> None:
        """Break something, and return once it is mended; raises ``DeedError`` where it cannot be.

        Clients are asked all the while. ``tell`` is called as it goes.
        """
        await self._clients.start()
        try:
            await self._quiet(tell)
            if not self.gave_up:
                await self._break()
                await self._watch(tell)
            if self.gave_up:
                tell(self)
                await self._solve()
            await self._doer.heal(_OWNER)
        finally:
            await self._clients.stop()
            self.felt = self._clients.felt()

    def result(self, wrong: tuple[str, ...]) -> RoundResult:
        """Return what came of it; ``wrong``: the wrong causes that were named."""
        made = self._made_at
        detected_s = None if made is None or self._named_at is None else self._named_at - made
        mended_s = None if made is None or self._mended_at is None else self._mended_at - made
        return RoundResult(
            self._drawn.one.fault.name,
            self._title,
            self._hosts,
            self._drawn.one.causes,
            wrong,
            detected_s,
            mended_s,
            self.gave_up,
            self.felt,
            exam_score.points(
                self._exam,
                detected_s=detected_s,
                mended_s=mended_s,
                wrong=len(wrong),
                gave_up=self.gave_up,
            ),
        )

    async def _quiet(self, tell: Callable[[GoingRound], None]) -> None:
        ends = self._feed.now() + self._drawn.quiet_s
        while self._feed.now() < ends and not self.gave_up:
            await asyncio.sleep(_TICK_S)
            self.felt = self._clients.felt()
            tell(self)

    async def _break(self) -> None:
        await self._doer.do([self._drawn.one.fault], owner=_OWNER)
        self._made_at = self._feed.now()
        made = self._doer.breaking.of(_OWNER)
        if made:
            self._title, self._hosts = made[0].title, made[0].hosts

    async def _watch(self, tell: Callable[[GoingRound], None]) -> None:
        """Return when it was named and nothing is wrong any more, or it was given up."""
        made_at = self._made_at or self._feed.now()
        while not self.gave_up and (self._mended_at is None or self._named_at is None):
            seen = await PROBES["healthy"].look(self._sight, {})
            now = self._feed.now()
            await self._judge(seen.ok, now)
            if not self._shown and now - made_at > SHOW_S:
                raise DeedError(note("the fault does not show: this round is begun again by reset"))
            if now - made_at > self._exam.give_up_s:
                self.gave_up = True
            self.felt = self._clients.felt()
            tell(self)
            await asyncio.sleep(_TICK_S)

    async def _judge(self, well: bool | None, now: float) -> None:
        """Take whether anything is wrong; mended is what has been well for a while since."""
        if not well:
            self._shown = self._shown or well is False
            self._well_at = self._mended_at = None
            return
        self._well_at = now if self._well_at is None else self._well_at
        if now - self._well_at < HOLD_S or self._mended_at is not None:
            return
        # What watching alone does not see (third hosts' ARP) a closer look does.
        found = {one.cause for one in (await self._consultation.examine()).findings}
        if found & set(self._drawn.one.causes):
            self._shown, self._well_at = True, None
        elif self._shown:
            self._mended_at = self._well_at

    async def _solve(self) -> None:
        """Show how it is done: by the deeds that mend it. What is left is undone afterwards."""
        if self._made_at is None:
            return
        # What it leaves undone, the fault's own undo or the next round's beginning puts right.
        with contextlib.suppress(DeedError):
            await self._doer.do(self._drawn.one.solve, owner=_OWNER)
