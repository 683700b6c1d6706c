"""Paint at once, but not more often than makes sense."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from textual.message_pump import MessagePump
from textual.timer import Timer


class Throttle:
    """Runs ``action`` when asked: now if the last run is ``gap`` seconds ago, else when it is.

    Asking again while a run is due moves that run forward at most, so that a flood of requests
    costs one run a gap, and the last request is never lost.
    """

    def __init__(self, owner: MessagePump, action: Callable[[], None]) -> None:
        self._owner = owner
        self._action = action
        self._ran_at = float("-inf")
        self._due_at = float("inf")
        self._timer: Timer | None = None

    def ask(self, gap: float) -> None:
        """Have the action run as soon as ``gap`` seconds lie between it and the last run."""
        now = monotonic()
        due = self._ran_at + gap
        if due <= now:
            self.run()
        elif due < self._due_at:
            self._disarm()
            self._due_at = due
            self._timer = self._owner.set_timer(due - now, self.run)

    def run(self) -> None:
        """Run the action now."""
        self._disarm()
        self._ran_at = monotonic()
        self._action()

    def _disarm(self) -> None:
        self._due_at = float("inf")
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
