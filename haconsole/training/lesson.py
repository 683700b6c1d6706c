"""What a lesson is: text in two languages, deeds and checks that exist once in the code.

A lesson holds no shell. It names *procedures* (``procedures.catalogue``), *acts* (what the
tutorial has one type, right or wrong: ``training.acts``), *faults* (``training.faults``), *drills*
(``domain.vrrp_prediction.Scenario``) and *probes* (what is observed: ``training.probes``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages; Markdown where it is a lesson's text or explanation."""

    en: str = ""
    zh: str = ""

    def __bool__(self) -> bool:
        """Whether there is anything to say."""
        return bool(self.en)

    def within(self, language: str) -> str:
        """Return the text in ``language`` (``zh…``), or in English."""
        return self.zh if language.startswith("zh") else self.en


class DeedKind(StrEnum):
    """What a deed names."""

    PROCEDURE = "procedure"
    ACT = "act"
    FAULT = "fault"
    DRILL = "drill"
    #: Everything that the lesson broke so far is undone.
    HEAL = "heal"


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that is done to the cluster by a plan.

    ``settings``: answers of a procedure or act (``key`` or ``key.host``, as ``--set`` takes them);
    of a fault or drill: ``host`` (the one that is hit). ``line``: where it stands in the file.
    """

    kind: DeedKind
    name: str
    settings: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    line: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must be seen. ``within_s``: how long it is waited for; ``hold_s``: how long it
    must stay so. ``settings`` are the probe's parameters, as written.
    """

    probe: str
    settings: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    within_s: float = 15.0
    hold_s: float = 0.0
    line: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """A possible answer to a question. ``key`` is what progress remembers."""

    key: str
    words: Words


@dataclass(frozen=True, slots=True)
class Question:
    """What the learner predicts before anything is done, or answers after it was seen.

    ``answer``: the key of the right choice. ``because`` is shown with what really happened.
    """

    ask: Words
    choices: tuple[Choice, ...]
    answer: str
    because: Words

    def choice(self, key: str) -> Choice:
        """Return a choice; ``KeyError`` if there is none of that key."""
        for one in self.choices:
            if one.key == key:
                return one
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a lesson.

    In this order: ``text`` is read; ``predict`` is answered; ``setup`` is done (by the classroom:
    faults, the tutorial's mistakes); the learner does what ``task`` says, or has ``solve`` done;
    every check holds; ``after`` explains what was seen. Without ``task`` the checks only wait for
    what ``setup`` brings about. ``covers``: what of the tutorial it exercises or corrects, by the
    names of the coverage table. ``seen_before``: its checks hold already before ``solve`` (it is
    looked at, not changed).
    """

    id: str
    title: Words
    text: Words
    predict: Question | None = None
    setup: tuple[Deed, ...] = ()
    task: Words = field(default_factory=Words)
    solve: tuple[Deed, ...] = ()
    checks: tuple[Check, ...] = ()
    hints: tuple[Words, ...] = ()
    after: Words = field(default_factory=Words)
    covers: tuple[str, ...] = ()
    #: The host whose shell is opened when the learner asks for one.
    shell: str = ""
    seen_before: bool = False
    line: int = 0


class StartState(StrEnum):
    """What the cluster is before a lesson."""

    READY = "ready"
    FRESH = "fresh"


@dataclass(frozen=True, slots=True)
class Start:
    """Where a lesson begins. ``then``: what is done to it first, before the learner comes in.

    ``family``: package manager of the hosts, ``keepalived``: the version they behave as; both are
    wishes that only a demo can grant (a lab: the family).
    """

    state: StartState = StartState.READY
    family: str = "apt"
    keepalived: str = ""
    then: tuple[Deed, ...] = ()


@dataclass(frozen=True, slots=True)
class Exam:
    """Random faults against the clock instead of steps.

    ``pool``: what may be broken (a fault, with its cause's identifier as ``doctor --list`` has it);
    ``rounds``: how many of them, each once. Times in seconds: good ones for naming the cause
    (``detect_s``) and for serving again with nothing wrong (``mitigate_s``); ``give_up_s``: a
    round's end.
    """

    pool: tuple[ExamFault, ...]
    rounds: int = 3
    detect_s: float = 60.0
    mitigate_s: float = 180.0
    give_up_s: float = 600.0


@dataclass(frozen=True, slots=True)
class ExamFault:
    """A fault of the exam, the causes that are right answers, and what mends it."""

    fault: Deed
    causes: tuple[str, ...]
    solve: tuple[Deed, ...]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson. ``tutorial``: the sections it goes through (empty: beyond it). ``file``: its own.

    ``on`` (``where`` in the file): where it can be done: ``demo``, ``lab``, ``hosts`` (any whose
    inventory says ``lab: true``). Either ``steps`` or ``exam`` is there.
    """

    id: str
    title: Words
    about: Words
    minutes: int
    tutorial: tuple[str, ...] = ()
    start: Start = field(default_factory=Start)
    on: tuple[str, ...] = ("demo", "lab", "hosts")
    steps: tuple[Step, ...] = ()
    exam: Exam | None = None
    file: str = ""

    def step(self, step_id: str) -> Step:
        """Return a step; ``KeyError`` if there is none of that id."""
        for one in self.steps:
            if one.id == step_id:
                return one
        raise KeyError(step_id)
