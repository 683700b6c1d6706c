"""One step at a time: check, do, verify, undo, through links that come and go."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from haconsole.domain.notes import Note, note
from haconsole.parsers.masking import mask_secrets
from haconsole.procedures.clearing import Clearing
from haconsole.procedures.plan import Step
from haconsole.procedures.progress import StepProgress, StepStatus
from haconsole.transport.commands import Command, Result
from haconsole.transport.door import Door
from haconsole.transport.errors import LinkDownError, RefusedError, TransportError
from haconsole.transport.jobs import NOT_STARTED

T = TypeVar("T")
_SUM = re.compile(r"\A(?:[0-9a-f]{64}|absent|any)\n")
#: Lines of a step's output that are kept.
OUTPUT_LINES = 500
#: How long a lost link is waited for before a step is given up, unless the step wants longer.
LINK_PATIENCE_S = 300.0
LINK_GAP_S = 0.2
#: Seconds between two askings of a verification.
VERIFY_GAP_S = 0.5


class Failed(Exception):  # noqa: N818 - not an error of ours: the step's standing says it
    """The step has failed, and its progress says why."""


def job_id(step: Step, *, undo: bool = False) -> str:
    """Return the id of a step's job on its node: the same for the same doing, in any console.

    Secrets are masked before the text is hashed, and sums of texts with secrets are left out:
    the id is seen in process lists.
    """
    command = step.undo if undo else step.do
    assert command is not None  # noqa: S101 - asked for steps that do something
    text = mask_secrets((command.stdin or b"").decode("utf-8", "surrogateescape"))
    text = _SUM.sub("", text)
    parts = f"{step.id}\0{command.script}\0{text}".encode("utf-8", "surrogateescape")
    word = re.sub(r"[^A-Za-z0-9]+", "-", step.id.partition("@")[0]).strip("-")[:48]
    return f"{'undo-' if undo else ''}{word}-{hashlib.sha256(parts).hexdigest()[:10]}"


def sentence(error: TransportError) -> Note:
    """Return a transport's error as data."""
    return error.note or note("{text}", text=str(error))


class Stepper:
    """Runs single steps and tells ``tell(step, progress)`` how they stand."""

    def __init__(
        self,
        door: Door,
        tell: Callable[[Step, StepProgress], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._door = door
        self._tell = tell
        self._clock = clock
        self._clearing = Clearing(door)

    def begin(self) -> None:
        """Begin under a lock that has just been taken: it has cleared away what was over."""
        self._clearing = Clearing(self._door)

    async def finish(self) -> None:
        """Clear away what jobs left whose links were lost at their ends; nothing is raised."""
        await self._clearing.finish()

    async def survey(self, step: Step) -> None:
        """Find out how a step stands; nothing is raised."""
        doing = self._doing(step)
        if step.check is None:
            doing.say(StepStatus.PENDING if step.mutating else StepStatus.WAITING)
            return
        doing.say(StepStatus.CHECKING)
        try:
            result = await self._door.run(step.host, step.check)
        except TransportError as error:
            doing.say(StepStatus.UNTOLD, sentence(error))
            return
        match result.exit_status:
            case 0:
                doing.say(StepStatus.SATISFIED)
            case 1:
                doing.say(StepStatus.PENDING)
            case _:
                doing.say(StepStatus.UNTOLD, _last_words(result))

    async def run(self, step: Step, *, found: bool, on_begin: Callable[[Step], None]) -> None:
        """Do a step unless it is so; raises ``Failed``.

        ``found``: its job already runs on the node (a killed console began it), so it is
        followed to its end without asking anything first.
        """
        doing = self._doing(step)
        with doing.failing():
            if not found and await doing.is_so():
                return
            if step.do is not None:
                on_begin(step)
                await doing.work(step.do, job_id(step), StepStatus.RUNNING)
            await doing.verify()
        doing.say(StepStatus.DONE)

    async def undo(self, step: Step) -> None:
        """Take a step back; raises ``Failed``."""
        assert step.undo is not None  # noqa: S101 - asked for steps that have an undo
        doing = self._doing(step)
        with doing.failing():
            await doing.work(step.undo, job_id(step, undo=True), StepStatus.UNDOING)
        doing.say(StepStatus.UNDONE)

    def _doing(self, step: Step) -> _Doing:
        return _Doing(self._door, step, self._tell, self._clock, self._clearing)


class _Doing:
    """A step under way: what it printed so far, and since when."""

    def __init__(
        self,
        door: Door,
        step: Step,
        tell: Callable[[Step, StepProgress], None],
        clock: Callable[[], float],
        clearing: Clearing,
    ) -> None:
        self._door = door
        self._step = step
        self._tell = tell
        self._clock = clock
        self._clearing = clearing
        self._began = clock()
        self._status = StepStatus.WAITING
        self._since = self._began
        self._output: deque[str] = deque(maxlen=OUTPUT_LINES)

    def say(self, status: StepStatus, problem: Note | None = None) -> None:
        if status is not self._status:
            self._status, self._since = status, self._clock()
        working = status not in (StepStatus.CHECKING, StepStatus.SATISFIED, StepStatus.UNTOLD)
        self._tell(
            self._step,
            StepProgress(
                status,
                self._since,
                self._began if working else None,
                self._clock() - self._began if status.over else None,
                problem,
                tuple(self._output),
            ),
        )

    @contextlib.contextmanager
    def failing(self) -> Iterator[None]:
        """Tell a failure, whatever it was, and raise ``Failed``."""
        try:
            yield
        except TransportError as error:
            self.say(StepStatus.FAILED, sentence(error))
            raise Failed from error
        except _NotSo as error:
            self.say(StepStatus.FAILED, error.reason)
            raise Failed from error

    async def is_so(self) -> bool:
        if self._step.check is None:
            return False
        self.say(StepStatus.CHECKING)
        result = await self._through(lambda: self._ask(self._step.check))
        if result.exit_status == 0:
            self.say(StepStatus.SATISFIED)
            return True
        if result.exit_status != 1:
            raise _NotSo(_last_words(result))
        return False

    async def work(self, command: Command, job: str, status: StepStatus) -> None:
        """Run a job to its end, however often the link is lost under it."""
        self.say(status)
        code = await self._through(lambda: self._follow(command, job, status))
        await self._clearing.clear(self._step.host, job)
        if code != 0:
            words = [line for line in self._output if line.strip()]
            if code == NOT_STARTED and not words:
                words = [str(note("the change could not be handed over to the node"))]
            raise _NotSo(
                note("{words}", words=words[-1])
                if words
                else note("it ended with status {status}", status=code)
            )

    async def verify(self) -> None:
        if self._step.verify is None:
            return
        self.say(StepStatus.VERIFYING)
        deadline = self._clock() + self._step.settle_s
        while True:
            result = await self._through(lambda: self._ask(self._step.verify))
            if result.exit_status == 0:
                return
            if self._clock() >= deadline:
                raise _NotSo(_last_words(result))
            await asyncio.sleep(VERIFY_GAP_S)

    async def _ask(self, command: Command | None) -> Result:
        assert command is not None  # noqa: S101 - asked where there is one
        return await self._door.run(self._step.host, command)

    async def _follow(self, command: Command, job: str, status: StepStatus) -> int:
        self._output.clear()
        code = NOT_STARTED
        async with contextlib.aclosing(self._door.job(self._step.host, command, job)) as batches:
            async for batch in batches:
                self._output.extend(batch.lines)
                if batch.problem:
                    self._output.append(batch.problem)
                if batch.exit_status is not None:
                    code = batch.exit_status
                self.say(status)
        return code

    async def _through(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask, and ask again when the link was lost and has come back."""
        status, patience = self._status, 0.0
        patience_s = max(LINK_PATIENCE_S, self._step.patience_s)
        while True:
            try:
                return await ask()
            except RefusedError:
                raise
            except LinkDownError as error:
                patience = patience or self._clock() + patience_s
                self.say(StepStatus.LINK_LOST, sentence(error))
                try:
                    async with asyncio.timeout(max(0.0, patience - self._clock())):
                        await asyncio.sleep(LINK_GAP_S)
                        await self._door.wait_up(self._step.host)
                except TimeoutError:
                    raise _NotSo(
                        note(
                            "The link did not come back within {seconds} s. What was begun may "
                            "have gone on there: run it again, and it is found.",
                            seconds=round(patience_s),
                        )
                    ) from error
                self.say(status)


class _NotSo(Exception):  # noqa: N818 - not an error, but an answer
    def __init__(self, reason: Note) -> None:
        super().__init__(str(reason))
        self.reason = reason


def _last_words(result: Result) -> Note:
    lines = [line for line in (result.stderr or result.stdout).splitlines() if line.strip()]
    if lines:
        return note("{words}", words=lines[-1].strip())
    return note("the answer was {status}", status=result.exit_status)
