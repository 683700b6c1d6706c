"""Deeds of a lesson: each becomes a plan, and is run by the engine under the cluster's lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note, note
from haconsole.domain.vrrp_prediction import Scenario
from haconsole.monitor.feed import Feed
from haconsole.procedures.catalogue import Entry, Procedure, entry
from haconsole.procedures.drill.ask import Ask
from haconsole.procedures.drill.session import Drill
from haconsole.procedures.drill.standing import DrillProgress
from haconsole.procedures.drill.standing import Stage as DrillStage
from haconsole.procedures.engine import Run
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.plan import Plan
from haconsole.procedures.prepare import prepare
from haconsole.procedures.progress import RunProgress, RunStatus, StepStatus
from haconsole.training.classroom_faults import Breaking
from haconsole.training.lesson import Deed, DeedKind
from haconsole.transport.door import Door
from haconsole.transport.errors import TransportError
from haconsole.words import t

#: Called with the plan that is run now, and how it stands; with ``None`` when it is over.
Tell = Callable[[Plan | None, RunProgress | None], None]


class DeedError(ProcedureError):
    """A deed could not be done. ``note`` is the sentence to show."""

    def __init__(self, told: Note) -> None:
        super().__init__(str(told))
        self.note = told


class Doer:
    """Does deeds, one after the other. ``breaking`` knows what is broken now."""

    def __init__(self, door: Door, feed: Feed, cluster: Cluster, tell: Tell) -> None:
        self.breaking = Breaking(door, feed, cluster)
        self._door = door
        self._feed = feed
        self._cluster = cluster
        self._tell = tell
        self._run: Run | None = None
        self._drill: Drill | None = None
        self._stopped = False

    # Plans

    async def plans(self, deed: Deed) -> Sequence[Plan]:
        """Return what a deed would do; changes nothing. Raises ``DeedError``."""
        try:
            if deed.kind is DeedKind.HEAL:
                return [plan for _, plan in self.breaking.undoing()]
            if deed.kind is DeedKind.DRILL:
                drill = self._drill_of(deed)
                await drill.prepare()
                return [drill.plan] if drill.plan is not None else []
            if deed.kind is DeedKind.FAULT:
                return [(await self.breaking.plan(deed))[0]]
            return [await self._plan(deed)]
        except (ProcedureError, TransportError) as error:
            raise _deed_error(error) from error

    async def first_undone(self, deeds: Sequence[Deed]) -> Plan | None:
        """Return the first plan of these deeds that would change something, surveyed."""
        for deed in deeds:
            for plan in await self.plans(deed):
                if deed.kind is DeedKind.DRILL:
                    return plan
                run = Run(self._door, plan, clock=self._feed.now)
                surveyed = await run.survey()
                if not all(surveyed.of(step.id).status.good for step in plan.steps):
                    return plan
        return None

    async def _plan(self, deed: Deed) -> Plan:
        chosen, procedure = _procedure(deed)
        ground = await prepare(self._door, self._cluster, chosen)
        form = procedure.form(ground)
        return procedure.plan(ground, form.fill(deed.settings))

    def _drill_of(self, deed: Deed) -> Drill:
        try:
            scenario = Scenario(deed.name)
        except ValueError:
            raise ProcedureError(t("There is no drill {name}.", name=deed.name)) from None
        settings: dict[str, Any] = {}
        if "host" in deed.settings:
            settings["target"] = deed.settings["host"]
        vip = self._cluster.vips[0].address
        ask = Ask(scenario=scenario, vip=vip, **settings)
        return Drill(self._door, self._feed, self._cluster, ask, clock=self._feed.now)

    # Doing

    @property
    def running(self) -> bool:
        """Whether something is being done to the hosts now."""
        return self._run is not None or self._drill is not None

    def stop(self) -> None:
        """Begin no further step, and no further deed."""
        self._stopped = True
        if self._run is not None:
            self._run.stop()
        if self._drill is not None:
            self._drill.undo_now()

    async def do(self, deeds: Sequence[Deed], *, owner: str) -> None:
        """Do deeds in their order; raises ``DeedError`` at the first that cannot be done.

        ``owner``: the step whose faults these are; they are healed with it.
        """
        self._stopped = False
        for deed in deeds:
            self._go_on()
            try:
                await self._do(deed, owner)
            except (ProcedureError, TransportError) as error:
                raise _deed_error(error) from error
            finally:
                self._tell(None, None)

    async def heal(self, owner: str | None = None) -> None:
        """Undo the faults of a step, or all of them; raises ``DeedError`` for the first that stays.

        One that cannot be undone keeps no other: each is tried, and what was undone is forgotten.
        """
        failed: DeedError | None = None
        for made, plan in self.breaking.undoing(owner):
            try:
                await self._execute(plan)
                self.breaking.healed(made)
            except (ProcedureError, TransportError) as error:
                failed = failed or _deed_error(error)
            finally:
                self._tell(None, None)
        if failed is not None:
            raise failed

    async def _do(self, deed: Deed, owner: str) -> None:
        if deed.kind is DeedKind.HEAL:
            await self.heal()
        elif deed.kind is DeedKind.DRILL:
            await self._perform(self._drill_of(deed))
        elif deed.kind is DeedKind.FAULT:
            plan, made = await self.breaking.plan(deed)
            self._go_on()
            # Known before it is made: whatever is cut off in the middle is undone, too.
            self.breaking.add(made, owner)
            self.breaking.armed(made, await self._execute(plan))
        else:
            plan = await self._plan(deed)
            self._go_on()
            await self._execute(plan)

    def _go_on(self) -> None:
        """Raise ``DeedError`` where it was stopped while the hosts were still being read."""
        if self._stopped:
            raise DeedError(note("it was stopped"))

    async def _execute(self, plan: Plan) -> RunProgress:
        run = self._run = Run(self._door, plan, overwrite=True, clock=self._feed.now)
        self._tell(plan, run.progress)
        run.subscribe(lambda progress: self._tell(plan, progress))
        try:
            progress = await run.execute()
        finally:
            self._run = None
        if progress.status is not RunStatus.DONE:
            raise DeedError(_why(plan, progress))
        return progress

    async def _perform(self, drill: Drill) -> None:
        self._drill = drill

        ended = False

        def hear(progress: DrillProgress) -> None:
            nonlocal ended
            self._tell(drill.plan, progress.run)
            # A stop that came before there was anything to end counts as soon as there is.
            if self._stopped and not ended and progress.stage is DrillStage.ARMING:
                ended = True
                drill.undo_now()

        drill.subscribe(hear)
        try:
            prepared = await drill.prepare()
            if prepared.stage is DrillStage.REFUSED:
                why = [one.note for one in prepared.refusals]
                raise DeedError(why[0] if why else note("the drill was refused"))
            self._go_on()
            done = await drill.execute()
        finally:
            self._drill = None
        if done.stage is not DrillStage.DONE:
            raise DeedError(done.problem or note("the drill did not come to its end"))


def _procedure(deed: Deed) -> tuple[Entry, Procedure]:
    """Return what is to be read for a procedure or an act, and what plans it."""
    if deed.kind is DeedKind.PROCEDURE:
        chosen = entry(deed.name)
        return chosen, chosen.load()
    from haconsole.training.acts.registry import ACTS

    act = ACTS.get(deed.name)
    if act is None:
        raise ProcedureError(t("There is no act {name}.", name=deed.name))
    reads = Entry(act.name, act.title, act.about, "", act.repositories, act.health)
    return reads, act


def _deed_error(error: ProcedureError | TransportError) -> DeedError:
    """Return an error as a deed's, with its sentence as data where it has one."""
    told: Note | None = getattr(error, "note", None)
    return DeedError(told if told is not None else note("{why}", why=str(error)))


def _why(plan: Plan, progress: RunProgress) -> Note:
    """Return why a run did not come to its end, in one sentence."""
    for step in plan.steps:
        stands = progress.of(step.id)
        if stands.status is StepStatus.FAILED:
            why = stands.problem or note("it failed")
            return note("{host}: {step}: {why}", host=step.host, step=step.title, why=why)
    if progress.problem is not None:
        return progress.problem
    return note("it was stopped")
