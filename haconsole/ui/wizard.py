"""One change from its questions to its summary. Knows no screen, and no keepalived either."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note
from haconsole.monitor.feed import Feed
from haconsole.procedures.catalogue import Entry, Ground, Procedure
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.form import Field, FieldKind, Form, Objection
from haconsole.procedures.plan import Plan
from haconsole.procedures.progress import RunProgress, StepStatus
from haconsole.transport.door import Door
from haconsole.transport.errors import TransportError
from haconsole.words import t


class Running(Protocol):
    """What the screens need of a run (``procedures.engine.Run``)."""

    @property
    def progress(self) -> RunProgress:
        """How it stands."""
        ...

    @property
    def can_roll_back(self) -> bool:
        """Whether there is something to undo."""
        ...

    def subscribe(self, listener: Callable[[RunProgress], None]) -> Callable[[], None]:
        """Call ``listener`` on each change; returns what ends that."""
        ...

    async def survey(self) -> RunProgress:
        """Look what is so already."""
        ...

    async def execute(self) -> RunProgress:
        """Do what is not."""
        ...

    def stop(self) -> None:
        """Begin no further step."""
        ...

    async def roll_back(self) -> RunProgress:
        """Undo what this run did."""
        ...


class Workshop(Protocol):
    """Where facts and runs come from."""

    async def prepare(self, door: Door, cluster: Cluster, entry: Entry) -> Ground:
        """Read what a plan is made from; raises ``ProcedureError`` where a host cannot be read."""
        ...

    def run(
        self, door: Door, plan: Plan, *, overwrite: bool, clock: Callable[[], float]
    ) -> Running:
        """Return a run of a plan."""
        ...


class OwnWorkshop:
    """The product's own: ``procedures.prepare`` and ``procedures.engine``, imported when used."""

    async def prepare(self, door: Door, cluster: Cluster, entry: Entry) -> Ground:
        """Read every host of the cluster."""
        from haconsole.procedures.prepare import prepare

        return await prepare(door, cluster, entry)

    def run(
        self, door: Door, plan: Plan, *, overwrite: bool, clock: Callable[[], float]
    ) -> Running:
        """Return a run of the engine."""
        from haconsole.procedures.engine import Run

        return Run(door, plan, overwrite=overwrite, clock=clock)


class Stage(StrEnum):
    """How far a change has come."""

    READING = "reading"
    ASKING = "asking"
    #: Its plan is looked at, and can be run.
    PREVIEW = "preview"
    RUNNING = "running"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Prefilled:
    """Answers that are known before the questions are.

    ``answers``: to these questions. ``hints``: where a question of that key offers this choice.
    """

    answers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    hints: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def _mistake(error: Exception) -> str:
    return t(
        "haconsole made a mistake here ({kind}: {words}); nothing was changed.",
        kind=type(error).__name__,
        words=error,
    )


class Wizard:
    """A procedure on a cluster: facts, answers, plan, run. ``changed`` is called on each change."""

    def __init__(
        self,
        entry: Entry,
        cluster: Cluster,
        feed: Feed,
        door: Door,
        *,
        changed: Callable[[], None] = lambda: None,
        workshop: Workshop | None = None,
        prefilled: Prefilled | None = None,
    ) -> None:
        self._prefilled = prefilled or Prefilled()
        self.entry = entry
        self.cluster = cluster
        self.stage = Stage.READING
        #: Why it cannot go on, as a sentence.
        self.problem = ""
        self.form: Form | None = None
        self.answers: dict[str, str] = dict(self._prefilled.answers)
        self.plan: Plan | None = None
        #: Ids of steps that may replace a file which this tool did not write.
        self.ticked: set[str] = set()
        self._feed = feed
        self._door = door
        self._changed = changed
        self._workshop = workshop or OwnWorkshop()
        self._procedure: Procedure | None = None
        self._ground: Ground | None = None
        self._run: Running | None = None
        self._deaf: Callable[[], None] = lambda: None

    # Questions

    def begin_reading(self) -> None:
        """Ask nothing more until the hosts have been read."""
        self.stage, self.problem = Stage.READING, ""
        self._changed()

    async def read(self) -> None:
        """Read the hosts and make the form; ``problem`` says why there is none."""
        self.begin_reading()
        try:
            self._procedure = self.entry.load()
            self._ground = await self._workshop.prepare(self._door, self.cluster, self.entry)
            self.form = self._procedure.form(self._ground)
        except (ProcedureError, TransportError) as error:
            self.cannot(str(error))
        except Exception as error:
            # A procedure's own mistake must not take the console along.
            self.cannot(_mistake(error))
        else:
            kept = {one.key for one in self.form.fields} & self.answers.keys()
            answered = {key: self.answers[key] for key in kept}
            self.answers = self.form.defaults() | self._hinted(self.form) | answered
            self.stage = Stage.ASKING
        self._changed()

    def _hinted(self, form: Form) -> dict[str, str]:
        hints = self._prefilled.hints
        return {
            one.key: hints[one.key]
            for one in form.fields
            if one.key in hints and hints[one.key] in [choice.value for choice in one.choices]
        }

    def goes_on_for(self, prefilled: Prefilled | None) -> bool:
        """Whether this change, begun before, is the one that such answers ask for."""
        if prefilled is None or self.busy:
            return True
        return self.stage is not Stage.OVER and prefilled == self._prefilled

    def cannot(self, problem: str) -> None:
        """Say why there are no questions, or no plan without any."""
        self.problem = problem
        self.stage = Stage.READING

    def answer(self, key: str, value: str) -> None:
        """Take an answer, as far as it is typed."""
        self.answers[key] = value

    def shown(self, one: Field) -> bool:
        """Whether a question makes sense, given the answers so far."""
        return one.shown(self.answers)

    def wrong(self, one: Field) -> Note | None:
        """Return what is wrong with an answer; nothing is with one that is not asked for."""
        if self.form is None or not self.shown(one):
            return None
        return self.form.problem(one.key, self.answers[one.key])

    def is_default(self, one: Field) -> bool:
        """Whether the answer is the one that was offered."""
        value, offered = self.answers.get(one.key, ""), one.default
        if one.kind is FieldKind.SWITCH:
            return value.lower() == offered.lower()
        return value == offered

    @property
    def objections(self) -> tuple[Objection, ...]:
        """What all answers together say, once each is good on its own."""
        if self.form is None or any(self.wrong(one) for one in self.form.fields):
            return ()
        return self.form.judge(self.answers)

    def make_plan(self) -> Plan:
        """Make the plan for the answers; raises ``ProcedureError``."""
        if self.form is None or self._procedure is None or self._ground is None:
            raise ProcedureError(self.problem)
        try:
            plan = self._procedure.plan(self._ground, self.form.fill(self.answers))
        except ProcedureError:
            raise
        except Exception as error:
            raise ProcedureError(_mistake(error)) from error
        self.plan = plan
        self.ticked.clear()
        self._begin_run(overwrite=False)
        self.stage = Stage.PREVIEW
        self._changed()
        return plan

    # The run

    @property
    def progress(self) -> RunProgress:
        """How the run stands."""
        return self._run.progress if self._run is not None else RunProgress()

    @property
    def busy(self) -> bool:
        """Whether something is being changed."""
        return self.stage is Stage.RUNNING

    @property
    def can_roll_back(self) -> bool:
        """Whether this run did something that it can undo."""
        return self._run is not None and self._run.can_roll_back

    @property
    def unticked(self) -> int:
        """How many files that this tool did not write would be replaced without a word."""
        if self.plan is None:
            return 0
        asked = {step.id for step in self.plan.foreign_files if not self._satisfied(step.id)}
        return len(asked - self.ticked)

    def _satisfied(self, step_id: str) -> bool:
        return self.progress.of(step_id).status is StepStatus.SATISFIED

    def _begin_run(self, *, overwrite: bool) -> None:
        if self.plan is None:
            return
        self._end_listening()
        now = self._feed.now
        self._run = self._workshop.run(self._door, self.plan, overwrite=overwrite, clock=now)
        self._deaf = self._run.subscribe(lambda progress: self._changed())

    def _end_listening(self) -> None:
        deaf, self._deaf = self._deaf, lambda: None
        deaf()

    async def look(self) -> None:
        """Look which steps are satisfied; changes nothing."""
        if self._run is not None:
            await self._run.survey()
            self._changed()

    async def execute(self) -> None:
        """Run the plan, or what is left of it."""
        if self.ticked and self.stage is Stage.PREVIEW:
            self._begin_run(overwrite=True)
        if self._run is not None:
            await self._work(self._run.execute())

    async def roll_back(self) -> None:
        """Undo what was done."""
        if self._run is not None:
            await self._work(self._run.roll_back())

    async def _work(self, work: Awaitable[RunProgress]) -> None:
        self.stage = Stage.RUNNING
        self._changed()
        try:
            await work
        finally:
            self.stage = Stage.OVER
            self._changed()

    def stop(self) -> None:
        """Have no further step begun."""
        if self._run is not None:
            self._run.stop()

    def back_to_questions(self) -> None:
        """Change the answers; the plan is made anew from them."""
        if not self.busy and self.form is not None:
            self._end_listening()
            self._run, self.plan = None, None
            self.stage = Stage.ASKING
            self._changed()

    def forget(self) -> None:
        """Let go of answers and run; secrets go with them."""
        self._end_listening()
        self.answers.clear()
        self._run = None
