"""Time as the world's daemons see it, so that it can be the loop's, paused, or a test's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol


class Handle(Protocol):
    """A timer that was set."""

    def cancel(self) -> None:
        """Take it back; harmless when it has fired."""


class Timers(Protocol):
    """A clock that calls back. Times and delays are seconds; the clock only goes forward."""

    def time(self) -> float:
        """Return the time now."""

    def call_later(self, delay: float, callback: Callable[[], None], /) -> Handle:
        """Call back once, ``delay`` seconds from now."""


class LoopTimers:
    """The running event loop's time."""

    def time(self) -> float:
        """Return the loop's time."""
        return asyncio.get_running_loop().time()

    def call_later(self, delay: float, callback: Callable[[], None], /) -> Handle:
        """Call back from the loop."""
        return asyncio.get_running_loop().call_later(delay, callback)


class _Pending:
    """A timer of :class:`PausableTimers`."""

    def __init__(self, owner: PausableTimers, due: float, callback: Callable[[], None]) -> None:
        self._owner = owner
        self.due = due
        self.callback = callback
        self.inner: Handle | None = None

    def cancel(self) -> None:
        if self.inner is not None:
            self.inner.cancel()
        self._owner.forget(self)


class PausableTimers:
    """The timers of one process: nothing fires while it is stopped (SIGSTOP).

    What was due meanwhile fires, in order, when it goes on; ``late`` then hears how many
    seconds the oldest was overdue.
    """

    def __init__(self, inner: Timers, late: Callable[[float], None] | None = None) -> None:
        self._inner = inner
        self._late = late
        self._overdue: list[_Pending] = []
        self._set: set[_Pending] = set()
        self.paused = False

    def time(self) -> float:
        """Return the time now; it does not stand still while paused."""
        return self._inner.time()

    def call_later(self, delay: float, callback: Callable[[], None], /) -> Handle:
        """Call back once, unless it is cancelled or the process has ended by then."""
        pending = _Pending(self, self.time() + max(0.0, delay), callback)
        self._set.add(pending)
        pending.inner = self._inner.call_later(max(0.0, delay), lambda: self._fire(pending))
        return pending

    def pause(self) -> None:
        """Stop."""
        self.paused = True

    def resume(self) -> None:
        """Go on, with what is overdue first."""
        self.paused = False
        overdue, self._overdue = sorted(self._overdue, key=lambda p: p.due), []
        if overdue and self._late is not None:
            self._late(self.time() - overdue[0].due)
        for pending in overdue:
            if pending in self._set:
                self._fire(pending)

    def end(self) -> None:
        """Cancel everything: the process is no more."""
        for pending in list(self._set):
            pending.cancel()
        self._overdue.clear()

    def forget(self, pending: _Pending) -> None:
        """Drop a timer that was cancelled."""
        self._set.discard(pending)

    def _fire(self, pending: _Pending) -> None:
        if self.paused:
            self._overdue.append(pending)
            return
        self._set.discard(pending)
        pending.callback()
