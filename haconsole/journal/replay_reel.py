"""A recording gone through once: where it can be gone to, and when there was trouble."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from haconsole.domain.events import (
    AddressChanged,
    AddressesRead,
    AnswerSeen,
    DaemonLogged,
    DaemonRead,
    FirewallRead,
    HitLogFound,
    HitsSeen,
    InterfacesRead,
    JournalRead,
    LinkChanged,
    NeighboursRead,
    UnitsRead,
)
from haconsole.domain.reduce import fold, reduce
from haconsole.domain.state import State
from haconsole.domain.verdict import Level, SiteVerdict, judge
from haconsole.words import t

from .recording_reading import Recording, RecordingError

#: Seconds that the events of one move may be apart.
MOVE_S = 0.05
#: Seconds that events may be apart to be judged at once: not each reading of a busy second.
_TOGETHER_S = 0.01
#: Events between two states that are kept, to step back to.
_STRIDE = 500
#: What may change a verdict.
_TELLING = (
    LinkChanged,
    AddressesRead,
    AddressChanged,
    InterfacesRead,
    NeighboursRead,
    UnitsRead,
    DaemonRead,
    DaemonLogged,
    FirewallRead,
    AnswerSeen,
)
#: What streams by: one steps over it.
_STREAMS = (HitsSeen, HitLogFound, JournalRead)
_BAD = (Level.WARNING, Level.CRITICAL)


@dataclass(frozen=True, slots=True)
class Stop:
    """A moment to jump to: trouble began or changed, or the operator marked it.

    ``level`` ``None``: a mark. ``text`` is English, or the operator's own.
    """

    at: float
    level: Level | None
    text: str


@dataclass(frozen=True, slots=True)
class Turn:
    """The verdict changed, in level or headline. ``index``: how many events led to it."""

    at: float
    index: int
    verdict: SiteVerdict


class Reel:
    """Times, turns and stops of a recording, and the state after any number of its events.

    ``times``: when each event was learnt, in order. Raises ``RecordingError`` where an event
    cannot be folded.
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.times: list[float] = []
        self.turns: list[Turn] = []
        self._kept: list[State] = []
        self._survey()
        self.stops = self._stops()

    @property
    def first(self) -> float:
        """When it begins, epoch seconds."""
        return self.recording.first

    @property
    def last(self) -> float:
        """When it ends."""
        return max(self.recording.last, self.first)

    def _survey(self) -> None:
        recording = self.recording
        state = State.begin(recording.site, recording.begun)
        at, index = recording.begun, 0
        #: Since when something has been told that was not judged yet.
        told: float | None = None
        try:
            for index, event in enumerate(recording.events):
                if told is not None and event.at > told + _TOGETHER_S:
                    self._judge(state, at, index)
                    told = None
                if index % _STRIDE == 0:
                    self._kept.append(state)
                at = max(at, event.at)
                self.times.append(at)
                state = reduce(state, event)
                if told is None and recording.fresh[index] and isinstance(event, _TELLING):
                    told = at
            if told is not None:
                self._judge(state, at, len(recording.events))
        except Exception as error:
            raise RecordingError(
                t("The recording is damaged: its event {number} ({kind}) cannot be shown: {why}.",
                  number=index + 1, kind=type(recording.events[index]).__name__, why=error)
            ) from error  # fmt: skip

    def _judge(self, state: State, at: float, index: int) -> None:
        """Note the verdict after ``index`` events, where it is another one."""
        verdict = judge(state, at)
        last = self.turns[-1].verdict if self.turns else None
        said = (last.level, str(last.headline)) if last else (Level.UNKNOWN, "")
        if (verdict.level, str(verdict.headline)) != said:
            self.turns.append(Turn(at, index, verdict))

    def _stops(self) -> tuple[Stop, ...]:
        stops = [Stop(mark.at, None, mark.text) for mark in self.recording.marks]
        stops += [
            Stop(turn.at, turn.verdict.level, str(turn.verdict.headline))
            for turn in self.turns
            if turn.verdict.level in _BAD and turn.index > self.recording.known
        ]
        stops.sort(key=lambda stop: stop.at)
        # Events of one move come within milliseconds: what they come to is the stop.
        kept: list[Stop] = []
        for one in stops:
            before = kept[-1] if kept else None
            alike = before is not None and None not in (before.level, one.level)
            if before is not None and alike and one.at - before.at <= MOVE_S:
                kept.pop()
            kept.append(one)
        return tuple(kept)

    def upto(self, at: float) -> int:
        """Return how many events there were up to a moment; what was known before is always."""
        return max(bisect_right(self.times, at), self.recording.known)

    def state_at(self, index: int, near: tuple[int, State] | None = None) -> State:
        """Return the state after ``index`` events; ``near``: one that is known already."""
        kept = min(index // _STRIDE, len(self._kept) - 1)
        begin, state = kept * _STRIDE, self._kept[kept]
        if near is not None and begin < near[0] <= index:
            begin, state = near
        return fold(state, self.recording.events[begin:index])

    def step_from(self, index: int, by: int) -> int | None:
        """Return where the next (1) or previous (-1) event is that is more than a log's line."""
        while True:
            index += 1 if by > 0 else -1
            if not self.recording.known <= index <= len(self.times):
                return None
            # What the state at ``index`` was told last is the event before it.
            if index == self.recording.known or self._is_step(index - 1):
                return index

    def _is_step(self, index: int) -> bool:
        event = self.recording.events[index]
        return self.recording.fresh[index] and not isinstance(event, _STREAMS)

    def stop_from(self, at: float, by: int) -> Stop | None:
        """Return the next (1) or previous (-1) trouble or mark."""
        times = [stop.at for stop in self.stops]
        index = bisect_right(times, at) if by > 0 else bisect_left(times, at) - 1
        return self.stops[index] if 0 <= index < len(times) else None
