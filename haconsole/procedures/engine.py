"""The engine: runs the steps of a plan, and takes them back.

It knows nothing of keepalived. Every step is checked before it is done, so a plan that was cut
off anywhere is resumed by running it again; what a step does is a job on the node (see
``transport.jobs``), found again by its id when the link, or the console, was lost under it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from haconsole.domain.notes import Note, note
from haconsole.procedures.lock import Lock, LockedError, new_mark, whoami
from haconsole.procedures.plan import Lane, Phase, Plan, Step
from haconsole.procedures.progress import RunProgress, RunStatus, StepProgress, StepStatus
from haconsole.procedures.stepping import Failed, Stepper, job_id, sentence
from haconsole.telling import say
from haconsole.transport.door import Door
from haconsole.transport.errors import TransportError

Listener = Callable[[RunProgress], None]


class Run:
    """One run of a plan. ``progress`` is the newest snapshot; ``subscribe`` hears of each.

    ``overwrite``: replace files that this tool did not write. ``who`` stands in the lock.
    ``holds``: what is awaited before the phases that name it (``Phase.holds``).
    """

    def __init__(
        self,
        door: Door,
        plan: Plan,
        *,
        overwrite: bool = False,
        who: str | None = None,
        clock: Callable[[], float] = time.time,
        holds: Mapping[str, Callable[[], Awaitable[None]]] | None = None,
    ) -> None:
        self.plan = plan
        self.progress = RunProgress(
            steps=MappingProxyType({step.id: StepProgress() for step in plan.steps})
        )
        self._door = door
        self._overwrite = overwrite
        self._holds = holds or {}
        self._who = who or whoami()
        #: A retry, or a roll-back, may meet the lock of a session that this run has lost.
        self._mark = new_mark()
        self._clock = clock
        self._listeners: list[Listener] = []
        self._stop = False
        #: Whether it is being executed, from the first look on: what a stop can end.
        self._executing = False
        #: Whether the last survey found anything to do.
        self._changing = False
        self._lost: Note | None = None
        self._stepper = Stepper(door, self._set, clock)
        #: What a hold raised: it is raised once all is closed.
        self._fallen: Exception | None = None
        #: Steps that were begun in this run, in order: what a roll-back undoes.
        self._begun: list[Step] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` on every change; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def survey(self) -> RunProgress:
        """Ask every check how things stand; changes nothing."""
        self._status(RunStatus.SURVEYING)
        hosts = self.plan.hosts
        await asyncio.gather(*(self._survey_host(host) for host in hosts))
        self._status(RunStatus.READY)
        return self.progress

    async def execute(self) -> RunProgress:
        """Do what is not so yet; resumes after a stop, retries after a failure.

        What a hold raises comes out here, after the phases that close what was opened.
        """
        self._stop, self._lost, self._fallen = False, None, None
        self._executing = True
        try:
            return await self._execute()
        finally:
            self._executing = False

    async def _execute(self) -> RunProgress:
        self._tell(replace(self.progress, began=self._clock(), ended=None, problem=None))
        for step in self.plan.steps:
            if not self.progress.of(step.id).status.good:
                self._set(step, StepProgress())
        await self.survey()
        if (refusal := self._refusal()) is not None:
            return self._end(RunStatus.FAILED, refusal)
        self._changing = any(self._is_to_do(step) for step in self.plan.steps if step.mutating)
        locked = self._changing and not self._stop
        return await self._under_lock(self._run_phases, RunStatus.RUNNING, lock=locked)

    def stop(self) -> None:
        """End after the steps that run now, and those that close what they opened.

        While the run is still looking, or waits for its lock, this ends it before its first step.
        """
        self._stop = self._stop or self._executing
        if self.progress.status is RunStatus.RUNNING:
            self._status(RunStatus.STOPPING)

    async def roll_back(self) -> RunProgress:
        """Undo what this run began, last first. What fails is left as it is, and said."""
        self._stop, self._lost = False, None
        return await self._under_lock(self._undo_all, RunStatus.ROLLING_BACK, lock=True)

    @property
    def can_roll_back(self) -> bool:
        """Whether there is something to undo."""
        return any(step.undo is not None for step in self._begun)

    async def _survey_host(self, host: str) -> None:
        for step in self.plan.steps:
            if step.host == host and not self.progress.of(step.id).status.good:
                await self._stepper.survey(step)

    def _is_to_do(self, step: Step) -> bool:
        return not self.progress.of(step.id).status.good

    def _refusal(self) -> Note | None:
        foreign = [s for s in self.plan.foreign_files if self._is_to_do(s)]
        if foreign and not self._overwrite:
            names = ", ".join(f"{s.host}:{s.file.path}" for s in foreign if s.file)
            return note(
                "Nothing was done: this tool did not write {files}, or somebody changed it since. "
                "Look at the differences, then say that it may be replaced (--overwrite).",
                files=names,
            )
        return None

    async def _under_lock(
        self, work: Callable[[Lock | None], Awaitable[None]], status: RunStatus, *, lock: bool
    ) -> RunProgress:
        held = None
        if lock:
            held = Lock(
                self._door,
                self.plan.cluster,
                self.plan.hosts,
                who=self._who,
                on_lost=self._on_lost,
                beside=self._balancers(),
                mark=self._mark,
                clock=self._clock,
            )
            try:
                await held.take()
                if (busy := self._strangers(held)) is not None:
                    await held.release()
                    return self._end(RunStatus.FAILED, busy)
            except LockedError as error:
                return self._end(RunStatus.FAILED, error.note)
            except TransportError as error:
                return self._end(RunStatus.FAILED, sentence(error))
        self._tell(replace(self.progress, status=status, warnings=_unlocked(held)))
        self._stepper.begin()
        try:
            await work(held)
        finally:
            if held is not None:
                await held.release()
        return self.progress

    def _balancers(self) -> tuple[str, ...]:
        """Return the LBs of the plan's cluster: locked by every plan, so that there is one.

        Plans for one host each (nginx restarted, first here, then there) share no other.
        """
        clusters = (one for one in self._door.site.clusters if one.name == self.plan.cluster)
        return tuple(lb.name for cluster in clusters for lb in cluster.lbs)

    def _strangers(self, lock: Lock) -> Note | None:
        """Return the sentence about a job that runs for a plan which is not this one."""
        ours = {job_id(step) for step in self.plan.steps if step.do}
        ours |= {job_id(step, undo=True) for step in self.plan.steps if step.undo}
        for host, jobs in lock.jobs.items():
            for job in jobs:
                if job not in ours:
                    return note(
                        "{host} still works on “{job}”, which another plan began. Wait until it "
                        "is over (systemctl status haconsole-{job}).",
                        host=host,
                        job=job,
                    )
        return None

    async def _run_phases(self, lock: Lock | None) -> None:
        running = lock.jobs if lock else {}
        broken = False
        for phase in self.plan.phases:
            if broken and not (phase.always and self._begun):
                continue
            await self._run_phase(phase, running, broken=broken)
            broken = broken or self._stops or self._failed(phase.steps)
        await self._stepper.finish()
        for step in self.plan.steps:
            status = self.progress.of(step.id).status
            if not status.over:
                self._set(step, StepProgress(StepStatus.SKIPPED, self._clock()))
        if self._lost is not None:
            self._end(RunStatus.FAILED, self._lost)
        elif self._failed(self.plan.steps):
            self._end(RunStatus.FAILED, self._left_open())
        elif all(self.progress.of(step.id).status.good for step in self.plan.steps):
            self._end(RunStatus.DONE)
        else:
            self._end(RunStatus.STOPPED)
        if self._fallen is not None:
            raise self._fallen

    async def _run_phase(
        self, phase: Phase, running: dict[str, list[str]], *, broken: bool
    ) -> None:
        hold = self._holds.get(phase.holds)
        # What is watched for does not come any more once something went wrong.
        if hold is not None and not broken:
            try:
                await hold()
            except Exception as error:  # whatever it is: what stands open is closed first
                self._fallen = self._fallen or error
        if phase.parallel:
            lanes = (self._run_lane(lane, running, always=phase.always) for lane in phase.lanes)
            await asyncio.gather(*lanes)
            return
        for lane in phase.lanes:
            if not await self._run_lane(lane, running, always=phase.always) and not phase.always:
                break

    async def _run_lane(
        self, lane: Lane, running: dict[str, list[str]], *, always: bool = False
    ) -> bool:
        """Run one lane; returns whether it got to its end."""
        for step in lane:
            if self._stops and not always:
                return False
            # What a survey found to be so may not be, once the steps before it are done: with
            # anything to do at all, every step is checked again when its turn comes.
            status = self.progress.of(step.id).status
            if status is StepStatus.DONE or (
                status is StepStatus.SATISFIED and not self._changing and step.mutating
            ):
                continue
            try:
                await self._stepper.run(
                    step,
                    found=step.do is not None and job_id(step) in running.get(step.host, []),
                    on_begin=self._begun.append,
                )
            except Failed:
                return False
        return True

    @property
    def _stops(self) -> bool:
        """Whether no further step is begun: a stop waits until what was opened is closed."""
        ends = self._lost is not None or self._fallen is not None
        return ends or (self._stop and not self._open())

    def _open(self) -> list[Step]:
        return [
            step
            for step in self._begun
            if step.closed_by
            and self.progress.of(step.id).status.good
            and not self.progress.of(step.closed_by).status.good
        ]

    def _left_open(self) -> Note | None:
        if not (left := self._open()):
            return None
        return note(
            "Still so: {steps}. Run it again to go on, or take it back.",
            steps="; ".join(say(step.title) for step in left),
        )

    def _failed(self, steps: Iterable[Step]) -> bool:
        return any(self.progress.of(s.id).status is StepStatus.FAILED for s in steps)

    async def _undo_all(self, lock: Lock | None) -> None:
        problems = False
        for step in reversed(list(dict.fromkeys(self._begun))):
            if step.undo is None:
                continue
            try:
                await self._stepper.undo(step)
            except Failed:
                problems = True
            else:
                self._begun = [other for other in self._begun if other is not step]
        await self._stepper.finish()
        self._end(
            RunStatus.FAILED if problems else RunStatus.ROLLED_BACK,
            note("Not everything could be taken back.") if problems else None,
        )

    def _on_lost(self, reason: Note) -> None:
        self._lost = reason

    def _end(self, status: RunStatus, problem: Note | None = None) -> RunProgress:
        self._tell(replace(self.progress, status=status, problem=problem, ended=self._clock()))
        return self.progress

    def _status(self, status: RunStatus) -> None:
        self._tell(replace(self.progress, status=status))

    def _set(self, step: Step, progress: StepProgress) -> None:
        steps = {**self.progress.steps, step.id: progress}
        self._tell(replace(self.progress, steps=MappingProxyType(steps)))

    def _tell(self, progress: RunProgress) -> None:
        self.progress = progress
        for listener in list(self._listeners):
            with contextlib.suppress(Exception):
                listener(progress)


def _unlocked(lock: Lock | None) -> tuple[Note, ...]:
    missing = lock.missing if lock is not None else {}
    return tuple(
        note(
            "{host} is not locked, so another console may change it meanwhile: {reason}",
            host=host,
            reason=reason,
        )
        for host, reason in missing.items()
    )
