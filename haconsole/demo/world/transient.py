"""Transient timers: ``systemd-run --on-active=``, which runs a command later."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(slots=True)
class Timer:
    """A timer that waits. ``due``: epoch seconds."""

    unit: str
    due: float
    argv: list[str]
    handle: asyncio.TimerHandle


class TransientTimers:
    """The transient timers of one machine."""

    def __init__(self) -> None:
        self._timers: dict[str, Timer] = {}
        self._count = 0

    def new_name(self) -> str:
        """Return a name as systemd-run makes one up."""
        self._count += 1
        return f"run-r{self._count:032x}"

    def add(
        self, unit: str, delay: float, now: float, argv: list[str], run: Callable[[], None]
    ) -> None:
        """Let ``run`` happen ``delay`` seconds from now; ``now``: epoch seconds."""

        def fire() -> None:
            self._timers.pop(unit, None)
            run()

        handle = asyncio.get_running_loop().call_later(delay, fire)
        self._timers[unit] = Timer(unit, now + delay, argv, handle)

    def __contains__(self, unit: str) -> bool:
        return unit in self._timers

    def stop(self, unit: str) -> bool:
        """Take a timer back; ``False`` when there is none."""
        timer = self._timers.pop(unit, None)
        if timer is not None:
            timer.handle.cancel()
        return timer is not None

    def close(self) -> None:
        """Take every timer back."""
        for unit in list(self._timers):
            self.stop(unit)

    def listing(self, now: float) -> list[str]:
        """Return the lines of ``systemctl list-timers``."""
        return [
            f"{datetime.fromtimestamp(timer.due, UTC):%a %Y-%m-%d %H:%M:%S} UTC "
            f"{max(0.0, timer.due - now):.0f}s left -    -      {timer.unit}.timer "
            f"{timer.unit}.service"
            for timer in sorted(self._timers.values(), key=lambda t: t.due)
        ]
