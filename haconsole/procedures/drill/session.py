"""One drill, from the first look to the verdict."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from haconsole.domain.drill_verdict import Seen, judge
from haconsole.domain.model import Cluster, Vip
from haconsole.domain.notes import Note, note
from haconsole.domain.state import State
from haconsole.domain.vrrp_prediction import Prediction, Scenario
from haconsole.journal.drills import JournalError, keep
from haconsole.monitor.feed import Feed
from haconsole.procedures.drill.ask import SUITE, Ask
from haconsole.procedures.drill.evidence import Material, shifted, understand
from haconsole.procedures.drill.going import Going
from haconsole.procedures.drill.leftovers import clear, remains
from haconsole.procedures.drill.preparing import Prepared, foresee, offsets, prepare
from haconsole.procedures.drill.probe import Offset
from haconsole.procedures.drill.report import as_json, as_markdown
from haconsole.procedures.drill.result import ProbeFacts, Result, fingerprints, topology
from haconsole.procedures.drill.situation import Scripts, Situation, situation
from haconsole.procedures.drill.standing import DrillProgress, Refusal, Stage
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.facts import ClusterFacts
from haconsole.procedures.lock import whoami
from haconsole.procedures.plan import Plan
from haconsole.procedures.progress import RunProgress, RunStatus, StepStatus
from haconsole.transport.door import Door
from haconsole.transport.errors import TransportError

Listener = Callable[[DrillProgress], None]


@dataclass(frozen=True, slots=True)
class Way:
    """A drill that can be asked for: what is done to whom, and what would come of it."""

    scenario: Scenario
    target: str
    prediction: Prediction


def ways(
    cluster: Cluster,
    vip: Vip,
    state: State,
    now: float,
    facts: ClusterFacts,
    missing: Scripts | None = None,
) -> tuple[Way, ...]:
    """Return what can be drilled on a pair, in the order of the suite. Pure."""
    here = situation(cluster, vip, state, now, facts, missing or {})
    return ways_of(here, vip)


def ways_of(here: Situation, vip: Vip) -> tuple[Way, ...]:
    """Return what can be drilled in a situation."""
    found = []
    for scenario in SUITE:
        targets: Iterable[str | None] = [None]
        if scenario is Scenario.BACKEND_DOWN:
            targets = here.backends
        for target in targets:
            foreseen = foresee(Ask(scenario=scenario, vip=vip.address, target=target), here)
            if foreseen is not None and foreseen.target:
                found.append(Way(scenario, foreseen.target, foreseen))
    return tuple(found)


class Drill:
    """One drill of one scenario. ``progress`` is the newest snapshot; ``result`` is the end's.

    ``who`` stands in the lock and the report.
    """

    def __init__(
        self,
        door: Door,
        feed: Feed,
        cluster: Cluster,
        ask: Ask,
        *,
        who: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.progress = DrillProgress(ask)
        self.plan: Plan | None = None
        self.prepared: Prepared | None = None
        self.result: Result | None = None
        self._door = door
        self._feed = feed
        self._cluster = cluster
        self._who = who or whoami()
        self._clock = clock
        self._going: Going | None = None
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` on every change; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def prepare(self) -> DrillProgress:
        """Read, predict, plan, and find what speaks against it; changes nothing.

        Ends in ``READY`` or ``REFUSED``; refusals that ``--force`` goes over are told in both.
        """
        self._tell(stage=Stage.PREFLIGHT, since=self._clock())
        try:
            found = await prepare(
                self._door, self._feed, self._cluster, self.progress.ask, who=self._who
            )
        except (ProcedureError, TransportError) as error:
            # Whoever waits for it has to be told: nobody begins what could not be looked at.
            said = Refusal("not-read", note("{why}", why=str(error)), forcible=False)
            self._tell(refusals=(said,), stage=Stage.REFUSED)
            return self.progress
        self.prepared, self.plan = found, found.plan
        self._tell(
            ask=found.ask,
            prediction=found.prediction,
            refusals=found.refusals,
            stage=Stage.READY if found.can else Stage.REFUSED,
        )
        return self.progress

    async def execute(self) -> DrillProgress:
        """Do it; ends in ``DONE`` or ``FAILED``, and raises nothing but ``CancelledError``.

        Cancelled after the fault was made it leaves that to the node, which undoes it by itself.
        """
        if self.progress.stage is Stage.PREFLIGHT:
            await self.prepare()
        if self.prepared is None or not self.prepared.can:
            return self._end(note("it was refused"))
        try:
            await self._clear_leftovers()
            self._going = Going(
                self._door,
                self._feed,
                self._cluster,
                self.prepared,
                who=self._who,
                clock=self._clock,
                tell=self._tell,
            )
            began = self._going.began
            run = await self._going.execute()
        except (ProcedureError, TransportError) as error:
            return self._end(note("{why}", why=str(error)))
        return await self._conclude(self._going, run, began)

    def undo_now(self) -> None:
        """End watching: the orderly undo follows. Before the fault it ends the drill."""
        if self._going is not None:
            self._going.undo_now()

    @property
    def undone_by_itself_at(self) -> float | None:
        """When the last node undoes the fault by itself; ``None``: nothing is armed."""
        return max(self._going.marks.dues.values(), default=None) if self._going else None

    async def _clear_leftovers(self) -> None:
        """Clear what an earlier drill left that a node has undone by itself since."""
        for one in (await remains(self._door, self._cluster)).found:
            if one.undone:
                await clear(self._door, one)

    async def _conclude(self, going: Going, run: RunProgress, began: float) -> DrillProgress:
        await self._tighten(going)
        material = self._material(going, run)
        seen = await asyncio.to_thread(self._understood, going, material)
        verdict = judge(going.prediction, seen)
        problem = _problem(going, run)
        going.look()
        prepared = going.prepared
        self.result = Result(
            drill_id=prepared.drill_id,
            began=began,
            ended=self._clock(),
            site=self._feed.site.name,
            cluster=self._cluster.name,
            lab=self._feed.site.lab,
            who=self._who,
            ask=prepared.ask,
            prediction=going.prediction,
            plan=going.run.plan,
            run=run,
            probe=_probe_facts(going, seen),
            verdict=verdict,
            seen=seen,
            forced=tuple(one.note for one in prepared.forced),
            topology=topology(self._cluster, prepared.facts),
            fingerprints=fingerprints(prepared.facts),
            clocks={name: (one.offset_s, one.error_s) for name, one in going.clocks.items()},
            rows=self.progress.rows,
            owned=self.progress.owned,
            fault_at=self.progress.fault_at,
            undone_at=self.progress.undone_at,
            problem=problem,
        )
        done = run.status is RunStatus.DONE
        written = await asyncio.to_thread(_kept, self.result)
        self._tell(
            stage=Stage.DONE if done else Stage.FAILED,
            measurement=seen.measurement,
            return_measurement=seen.back,
            verdict=verdict,
            problem=problem,
            report=written,
        )
        return self.progress

    async def _tighten(self, going: Going) -> None:
        """Ask the clocks again: the more exact answer counts, and what they drifted is an error."""
        for host, again in (await offsets(self._door, list(going.clocks))).items():
            before = going.clocks[host]
            best = min(before, again, key=lambda one: one.error_s)
            drift_s = abs(before.offset_s - again.offset_s) - before.error_s - again.error_s
            going.clocks[host] = Offset(best.offset_s, best.error_s + max(0.0, drift_s))

    def _material(self, going: Going, run: RunProgress) -> Material:
        marks = going.marks
        marks.read(run, going.place)
        ended = going.probe.ended
        early = going.early
        if early is None and ended is not None:
            early = note("the probe ended: {why}", why=ended)
        left = [*_left_open(going, run), *(going.troubles.worse() if marks.broken else ())]
        if marks.broken and ended is None:
            left += [
                note("{host} answers no request through the VIP any more", host=host)
                for host in sorted(going.left_out())
            ]
        return Material(
            samples=going.probe.samples,
            events=going.events(),
            initial=going.kernels.initial,
            since=going.since,
            broken=marks.broken,
            undone=marks.undone,
            last_undone=marks.last_undone,
            owners=tuple(sorted(going.kernels.owners)),
            unseen=going.unseen(),
            early=early,
            left=tuple(left),
        )

    def _understood(self, going: Going, material: Material) -> Seen:
        """Judge the samples; apart from the loop, since there may be hundreds of thousands."""
        clock = going.clocks.get(going.probe.clock_host, Offset())
        samples = shifted(material.samples, clock.offset_s)
        return understand(going.prediction, replace(material, samples=samples))

    def _end(self, problem: Note) -> DrillProgress:
        self._tell(stage=Stage.FAILED, problem=problem)
        return self.progress

    def _tell(self, **changes: Any) -> None:
        self.progress = replace(self.progress, **changes)
        for listener in list(self._listeners):
            with contextlib.suppress(Exception):
                listener(self.progress)


def _problem(going: Going, run: RunProgress) -> Note | None:
    """Return why it did not get to its end."""
    if run.problem is not None:
        return run.problem
    failed = next(
        (s for s in going.run.plan.steps if run.of(s.id).status is StepStatus.FAILED), None
    )
    if failed is not None:
        said = run.of(failed.id).problem or note("it failed")
        return note("{host}: {step}: {why}", host=failed.host, step=failed.title, why=said)
    return going.early if run.status is not RunStatus.DONE else None


def _left_open(going: Going, run: RunProgress) -> list[Note]:
    """Return what the steps that had to close something could not."""
    found = []
    for phase in going.run.plan.phases:
        for step in phase.steps:
            stands = run.of(step.id)
            if phase.always and stands.status is StepStatus.FAILED:
                why = stands.problem or note("it failed")
                found.append(
                    note("{host}: {step}: {why}", host=step.host, step=step.title, why=why)
                )
    return found


def _kept(result: Result) -> str:
    """Write it into the journal; returns where its page is, nothing where that failed."""
    try:
        return str(keep(as_json(result), as_markdown(result)))
    except JournalError:
        return ""


def _probe_facts(going: Going, seen: Seen) -> ProbeFacts:
    probe = going.probe
    return ProbeFacts(
        probe.place,
        probe.rate_hz,
        seen.measurement.lag_s if seen.measurement else 0.0,
        probe.cpu,
        max((seconds for _, seconds in probe.stalls), default=0.0),
    )
