"""Bounded books of what streams by: hits of a cluster, journal lines of a host.

The state keeps sums, not lines; the lines that a screen can scroll through are kept here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")


class Book(Generic[T]):
    """The newest ``limit`` lines, numbered from 0 in the order they came."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.total = 0
        self._lines: deque[T] = deque(maxlen=limit)

    @property
    def first(self) -> int:
        """The number of the oldest line kept: so many older ones are gone."""
        return self.total - len(self._lines)

    def extend(self, lines: Iterable[T]) -> None:
        """Add lines; the oldest make room."""
        added = tuple(lines)
        self._lines.extend(added)
        self.total += len(added)

    def since(self, number: int) -> list[T]:
        """Return the kept lines from ``number`` on, oldest first."""
        wanted = min(self.total - number, len(self._lines))
        if wanted <= 0:
            return []
        newest = list(islice(reversed(self._lines), wanted))
        newest.reverse()
        return newest
