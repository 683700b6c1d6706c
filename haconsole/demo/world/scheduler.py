"""A daemon's event loop, inside of its process: it stands still when the process is stopped.

Timers and what arrives are handled one after the other, as by keepalived's scheduler: after a
stop the timers that are overdue come first, and then what has piled up in the sockets.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Callable

#: keepalived's ``min_auto_priority_delay``: how late a timer must be to be worth a line, seconds.
LATE_S = 1.0


class _Timer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class Scheduler:
    """Timers, and a queue of events; :meth:`run` is the process's main coroutine."""

    def __init__(self, late: Callable[[float], None]) -> None:
        self._late = late
        self._heap: list[tuple[float, int, _Timer]] = []
        self._count = itertools.count()
        self._events: deque[Callable[[], None]] = deque(maxlen=1000)
        self._wake: asyncio.Future[None] | None = None
        self._status: int | None = None

    def time(self) -> float:
        """Return the loop's time, seconds."""
        return asyncio.get_running_loop().time()

    def call_later(self, delay: float, callback: Callable[[], None], /) -> _Timer:
        """Call back once."""
        timer = _Timer(callback)
        heapq.heappush(self._heap, (self.time() + max(0.0, delay), next(self._count), timer))
        self._rouse()
        return timer

    def post(self, event: Callable[[], None]) -> None:
        """Let something be handled as soon as the process runs; the oldest are lost in a flood."""
        self._events.append(event)
        self._rouse()

    def finish(self, status: int) -> None:
        """Let :meth:`run` return."""
        self._status = status
        self._rouse()

    async def run(self) -> int:
        """Handle what comes until :meth:`finish`; returns its status."""
        while self._status is None:
            self._expire()
            if self._events:
                self._events.popleft()()
                continue
            if self._status is None:
                await self._sleep()
        return self._status

    def _expire(self) -> None:
        now = self.time()
        while self._heap and self._heap[0][2].callback is None:
            heapq.heappop(self._heap)
        if self._heap and now - self._heap[0][0] > LATE_S:
            self._late(now - self._heap[0][0])
        while self._heap and self._heap[0][0] <= now:
            timer = heapq.heappop(self._heap)[2]
            if timer.callback is not None:
                timer.callback()

    def _rouse(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def _sleep(self) -> None:
        """Wait for the next timer or event. A plain future: nothing has to be cancelled."""
        loop = asyncio.get_running_loop()
        wake = self._wake = loop.create_future()
        handle = None
        if self._heap:
            handle = loop.call_at(self._heap[0][0], self._rouse)
        try:
            await wake
        finally:
            if handle is not None:
                handle.cancel()
