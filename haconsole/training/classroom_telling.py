"""Progress as it changes, for whoever listens."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic, TypeVar

P = TypeVar("P")


class Telling(Generic[P]):
    """Something whose ``progress``, an immutable dataclass, is the newest snapshot."""

    def __init__(self, progress: P) -> None:
        self.progress: P = progress
        self._listeners: list[Callable[[P], None]] = []

    def subscribe(self, listener: Callable[[P], None]) -> Callable[[], None]:
        """Call ``listener`` on every change; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self, **changes: Any) -> None:
        """Change the progress, and tell; a listener's own mistake is nobody else's."""
        changed: Any = self.progress
        self.progress = replace(changed, **changes)
        for listener in list(self._listeners):
            with contextlib.suppress(Exception):
                listener(self.progress)
