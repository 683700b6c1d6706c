"""How a lesson stands: what its screen, the proof and the command line read. Immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from haconsole.domain.notes import Note
from haconsole.procedures.plan import Plan
from haconsole.procedures.progress import RunProgress
from haconsole.training.lesson import Check, Lesson, Step


class Phase(StrEnum):
    """What happens in a lesson now."""

    #: The cluster is brought to where the lesson (or the step that it is taken up at) begins.
    SETTING_UP = "setting up"
    #: The learner is asked for a prediction, before anything is done.
    ASKING = "asking"
    #: ``setup`` of the step is being done: the fault is made.
    PREPARING = "preparing"
    #: The learner acts; the checks are tried all the time.
    WORKING = "working"
    #: ``solve`` is being done for the learner.
    SOLVING = "solving"
    #: All checks hold: ``after`` is shown; ``next`` goes on.
    PASSED = "passed"
    #: Everything is being put back.
    RESETTING = "resetting"
    #: Every step was passed.
    OVER = "over"
    #: It could not go on; ``problem`` says why. ``reset`` is the way on.
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a probe sees. ``ok`` ``None``: it cannot be told now (and does not pass)."""

    ok: bool | None
    note: Note


@dataclass(frozen=True, slots=True)
class CheckView:
    """A check as it stands. ``since``: since when it holds (feed's time); ``done``: for good."""

    check: Check
    seen: Seen
    since: float | None = None
    done: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """A step's score, 0 to 100, and why it is not more: (points lost, why)."""

    points: int = 100
    lost: tuple[tuple[int, Note], ...] = ()


@dataclass(frozen=True, slots=True)
class LessonProgress:
    """A snapshot of a lesson that is being done.

    ``at``: index of the step; ``began``/``deadline``: feed's time of the step's ``WORKING``, and
    when its checks should have come true (later is told, and costs nothing). ``guess``: the key
    that the learner predicted; ``hints``: how many were shown. ``plan``/``run``: what is being done
    now, in ``SETTING_UP``, ``PREPARING``, ``SOLVING`` and ``RESETTING``. ``faults``: what is broken
    now, as (what, host, when the node undoes it by itself or ``None``).
    """

    lesson: Lesson
    phase: Phase = Phase.SETTING_UP
    at: int = 0
    checks: tuple[CheckView, ...] = ()
    guess: str | None = None
    hints: int = 0
    began: float | None = None
    deadline: float | None = None
    doing: Note | None = None
    plan: Plan | None = None
    run: RunProgress | None = None
    points: Mapping[str, Points] = field(default_factory=lambda: MappingProxyType({}))
    faults: tuple[tuple[Note, str, float | None], ...] = ()
    problem: Note | None = None

    @property
    def step(self) -> Step | None:
        """The step at hand; ``None`` before the first, and in an exam."""
        return self.lesson.steps[self.at] if self.at < len(self.lesson.steps) else None
