"""A recording as a feed: the same screens, at any moment of it. Nobody is asked anything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from haconsole.domain.events import Event
from haconsole.domain.model import Site
from haconsole.domain.state import State
from haconsole.monitor.feed import FeedError, Listener
from haconsole.words import t

from .recording_beside import beside_at
from .recording_reading import Recording
from .replay_reel import Reel, Stop

if TYPE_CHECKING:
    from haconsole.monitor.casework.beside import Beside

#: How much faster than life it may play.
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 64.0)
#: Seconds between two looks at what is due, while it plays.
_TICK_S = 0.05


class Replay:
    """A :class:`~haconsole.monitor.feed.Feed` of a recording, which stands until it is played.

    Its time is that of the recording: readings age while it plays, and are as old as they were
    then while it stands. ``on_jump`` is called after a step back: what was heard since is not so.
    Raises ``RecordingError`` where the recording's events cannot be folded.
    """

    def __init__(self, recording: Recording, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock``: seconds that pass while it plays."""
        self.reel = Reel(recording)
        self.on_jump: Callable[[], None] = lambda: None
        self.playing = False
        self._clock = clock
        self._speed = SPEEDS.index(1.0)
        self._listeners: list[Listener] = []
        self._index = self.reel.upto(self.reel.first)
        self._state = self.reel.state_at(self._index)
        #: The recording's time at ``_since`` on the clock.
        self._at, self._since = self.reel.first, clock()

    @property
    def site(self) -> Site:
        """What was watched."""
        return self.reel.recording.site

    @property
    def state(self) -> State:
        """The state at this moment."""
        return self._state

    @property
    def writable(self) -> bool:
        """What was cannot be changed."""
        return False

    @property
    def speed(self) -> float:
        """How much faster than life it plays."""
        return SPEEDS[self._speed]

    @property
    def heard(self) -> Sequence[Event]:
        """The events up to this moment."""
        return self.reel.recording.events[: self._index]

    def now(self) -> float:
        """Return the moment on show, epoch seconds."""
        if not self.playing:
            return self._at
        passed = (self._clock() - self._since) * self.speed
        return min(self.reel.last, self._at + max(0.0, passed))

    # The feed

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with what is played from now on; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def run(self) -> None:
        """Play, when it is played, until cancelled."""
        while True:
            await asyncio.sleep(_TICK_S)
            self.advance()

    def advance(self) -> None:
        """Let happen what is due."""
        if not self.playing:
            return
        now = self.now()
        self._go(max(self._index, self.reel.upto(now)))
        if now >= self.reel.last:
            self.pause()

    async def refresh(self, host: str | None = None) -> None:
        """Nobody can be asked: raises ``FeedError``."""
        raise FeedError(self.refusal())

    async def read_file(self, host: str, path: str) -> str:
        """Return a file as it was read before this moment; ``FeedError`` where none was."""
        read = [
            one
            for one in self.reel.recording.files
            if (one.host, one.path) == (host, path) and one.at <= self.now()
        ]
        if read:
            return max(read, key=lambda one: one.at).text
        raise FeedError(
            t("This is a recording: {path} of {host} was not read up to this moment, and no host "
              "is asked.", path=path, host=host)
        )  # fmt: skip

    def beside(self, cluster: str) -> Beside:
        """Return what a diagnosis had learnt of a cluster up to this moment."""
        return beside_at(self.reel.recording.besides, cluster, self.now())

    def refusal(self) -> str:
        """Return the sentence for whoever wants to ask a host."""
        return t("This is a recording: no host is asked, and nothing can be changed.")

    # Moving

    def play(self) -> None:
        """Let time go on; from the end, begin anew."""
        if self.playing:
            return
        if self._at >= self.reel.last:
            self.seek(self.reel.first)
        self._since, self.playing = self._clock(), True

    def pause(self) -> None:
        """Let time stand."""
        self._at, self.playing = self.now(), False

    def faster(self, by: int) -> float:
        """Choose another speed, ``by`` places up or down; return it."""
        self._at, self._since = self.now(), self._clock()
        self._speed = min(max(self._speed + by, 0), len(SPEEDS) - 1)
        return self.speed

    def seek(self, at: float) -> None:
        """Go to a moment; outside of the recording, to its beginning or end."""
        self._at = min(max(at, self.reel.first), self.reel.last)
        self._since = self._clock()
        self._go(self.reel.upto(self._at))

    def step(self, by: int) -> bool:
        """Go to the next (1) or previous (-1) event that is more than a line of a log; pause.

        Return whether there is one.
        """
        self.pause()
        index = self.reel.step_from(self._index, by)
        if index is None:
            return False
        self._at = max(self.reel.first, self.reel.times[index - 1]) if index else self.reel.first
        self._go(index)
        return True

    def jump(self, by: int) -> Stop | None:
        """Go to the next (1) or previous (-1) trouble or mark, and pause; return it."""
        self.pause()
        stop = self.reel.stop_from(self._at, by)
        if stop is not None:
            self.seek(stop.at)
        return stop

    def _go(self, index: int) -> None:
        """Have the state after ``index`` events, and tell of what came, or of a step back."""
        back, before = index < self._index, self._index
        self._state = self.reel.state_at(index, (before, self._state))
        self._index = index
        if back:
            self.on_jump()
        elif events := self.reel.recording.events[before:index]:
            for listener in tuple(self._listeners):
                listener(events, self._state)
