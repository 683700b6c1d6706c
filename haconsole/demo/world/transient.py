"""Transient timers: ``systemd-run --on-active=``, which runs a command later.

As systemd has it (systemd.timer(5), systemd-run(1)): both units are there from the beginning, the
timer runs while its service does, and is gone after it (``RemainAfterElapse=no``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from .service import Service
from .unitfile import UnitFile


@dataclass(slots=True)
class Timer:
    """A timer unit. Times are seconds since boot; ``service`` is what it starts."""

    file: UnitFile
    service: Service
    delay_s: float
    due: float
    accuracy_s: float = 60.0
    handle: asyncio.TimerHandle | None = None
    #: When it started its service; 0: not yet.
    elapsed_at: float = 0.0
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its full name."""
        return self.file.name

    @property
    def active(self) -> str:
        """``active``: it is gone once it is not."""
        return "active"

    @property
    def sub(self) -> str:
        """``waiting``, or ``running`` while its service does."""
        return "running" if self.elapsed_at else "waiting"


class TransientTimers:
    """The transient timers of one machine. ``gone`` is called with each that is no more."""

    def __init__(self, gone: Callable[[Timer], None]) -> None:
        self._timers: dict[str, Timer] = {}
        self._gone = gone
        self._count = 0

    def new_name(self) -> str:
        """Return a name as systemd-run makes one up."""
        self._count += 1
        return f"run-r{self._count:032x}"

    def add(self, timer: Timer, start: Callable[[], None], now: Callable[[], float]) -> None:
        """Let ``start`` happen when a timer is due; ``now``: seconds since boot."""

        def fire() -> None:
            timer.elapsed_at = now()
            start()

        timer.handle = asyncio.get_running_loop().call_later(timer.delay_s, fire)
        self._timers[timer.name] = timer

    def get(self, name: str) -> Timer | None:
        """Return a timer by its full name."""
        return self._timers.get(name)

    def all(self) -> list[Timer]:
        """Return every timer, the one that is due first, first."""
        return sorted(self._timers.values(), key=lambda timer: (timer.elapsed_at, timer.due))

    def stop(self, name: str) -> bool:
        """Take a timer back, which leaves a service that runs; ``False`` when there is none."""
        timer = self._timers.pop(name, None)
        if timer is None:
            return False
        if timer.handle is not None:
            timer.handle.cancel()
        self._gone(timer)
        return True

    def service_changed(self, service: Service) -> None:
        """A timer whose service has ended is no more."""
        for timer in self.all():
            over = timer.elapsed_at and service.active in ("inactive", "failed")
            if timer.service is service and over:
                self.stop(timer.name)

    def close(self) -> None:
        """Take every timer back."""
        for name in list(self._timers):
            self.stop(name)
