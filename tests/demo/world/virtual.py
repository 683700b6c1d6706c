"""Virtual time: a heap of timers, and an event loop whose clock jumps instead of waiting."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Timer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class VirtualTimers:
    """Timers that fire when told that time has passed."""

    def __init__(self) -> None:
        self._now = 0.0
        self._heap: list[tuple[float, int, _Timer]] = []
        self._count = itertools.count()

    def time(self) -> float:
        return self._now

    def call_later(self, delay: float, callback: Callable[[], None], /) -> _Timer:
        timer = _Timer(callback)
        heapq.heappush(self._heap, (self._now + delay, next(self._count), timer))
        return timer

    def advance(self, seconds: float) -> None:
        end = self._now + seconds
        while self._heap and self._heap[0][0] <= end:
            due, _, timer = heapq.heappop(self._heap)
            self._now = max(self._now, due)
            if timer.callback is not None:
                timer.callback()
        self._now = end

    def until(self, condition: Callable[[], bool], at_most: float) -> float:
        """Let time pass until the condition holds; returns the seconds that it took."""
        began = self._now
        while not condition():
            assert self._heap, "nothing will ever happen again"
            step = self._heap[0][0] - self._now
            assert self._now + step - began <= at_most, f"not within {at_most} s"
            self.advance(step)
        return self._now - began


class _JumpingSelector(selectors.DefaultSelector):
    """Does not wait for a timeout: the loop's clock jumps over it."""

    jumped = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise AssertionError("the loop would wait for ever")
        if not ready and timeout:
            self.jumped += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time. Nothing in it may wait for the real world."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.jumped


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
