"""How an exam stands: what its screen and its report read. Immutable; times are the feed's."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from haconsole.domain.notes import Note
from haconsole.training.lesson import Lesson
from haconsole.training.standing import Points


class ExamPhase(StrEnum):
    """What happens in an exam now."""

    SETTING_UP = "setting up"
    #: Something is broken, or soon will be: the learner watches, and names the cause.
    WATCHING = "watching"
    #: The cause was named; it is to be mended, by whatever means.
    MENDING = "mending"
    #: The learner gave up, or time was up: it is mended for him.
    SOLVING = "solving"
    #: The round is over: what was broken is told; ``next`` goes on.
    ROUND_OVER = "round over"
    RESETTING = "resetting"
    OVER = "over"
    #: It could not go on; ``problem`` says why. ``reset`` is the way on (the round is not counted).
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Cause:
    """A possible answer: a cause as ``haconsole doctor --list`` names it, and in a sentence."""

    cause: str
    about: Note


@dataclass(frozen=True, slots=True)
class Felt:
    """What clients of the VIP felt in a round, by requests of its own (``rate_hz`` a second).

    ``answering``: whether the newest was answered; ``None``: nothing is known yet. ``gap_s``: the
    longest time between two good answers, to one request's distance.
    """

    rate_hz: float = 0.0
    sent: int = 0
    failed: int = 0
    gap_s: float = 0.0
    answering: bool | None = None


@dataclass(frozen=True, slots=True)
class RoundResult:
    """A round that is over. ``detected_s``/``mended_s``: after the fault was made; ``None``: not.

    ``fault``: its name, ``title`` what was done, ``hosts`` where. ``causes``: its right names.
    ``wrong``: the wrong ones that were said. ``gave_up``: the learner did, or time was up.
    """

    fault: str
    title: Note
    hosts: tuple[str, ...]
    causes: tuple[str, ...]
    wrong: tuple[str, ...] = ()
    detected_s: float | None = None
    mended_s: float | None = None
    gave_up: bool = False
    felt: Felt = field(default_factory=Felt)
    points: Points = field(default_factory=Points)


@dataclass(frozen=True, slots=True)
class ExamProgress:
    """A snapshot of an exam.

    ``seed``: what the rounds were drawn with. ``round``: index of the round, of ``rounds``.
    ``began``: when the round began; when its fault was made is told with its result only.
    ``choices``: the causes to choose from; ``wrong``: those that were said and are not it;
    ``named``: the right one, once it was said. ``report``: where the page was written.
    """

    lesson: Lesson
    seed: int
    rounds: int
    phase: ExamPhase = ExamPhase.SETTING_UP
    round: int = 0
    began: float | None = None
    choices: tuple[Cause, ...] = ()
    wrong: tuple[str, ...] = ()
    named: str | None = None
    felt: Felt = field(default_factory=Felt)
    results: tuple[RoundResult, ...] = ()
    doing: Note | None = None
    problem: Note | None = None
    report: str = ""

    @property
    def score(self) -> int:
        """The mean of the rounds that are over, 0 to 100."""
        found = [one.points.points for one in self.results]
        return round(sum(found) / len(found)) if found else 0
