"""Truth has an age: a reading carries when it was taken, and why there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")


class Freshness(StrEnum):
    """What a reading is worth now."""

    FRESH = "fresh"
    STALE = "stale"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """The newest value of one fact, when it was taken, and why a newer attempt failed.

    ``at`` is seconds since the epoch on the console's clock. ``problem`` is the sentence that
    the newest attempt left instead of a value; the older value stays, and ages.
    """

    value: T | None = None
    at: float | None = None
    problem: str | None = None

    def age_s(self, now: float) -> float | None:
        """Seconds since the value was taken; ``None`` when there never was one."""
        return None if self.at is None else max(0.0, now - self.at)

    def freshness(self, now: float, max_age_s: float) -> Freshness:
        """``UNKNOWN`` without a value, ``STALE`` past ``max_age_s`` seconds, else ``FRESH``."""
        age = self.age_s(now)
        if self.value is None or age is None:
            return Freshness.UNKNOWN
        return Freshness.FRESH if age <= max_age_s else Freshness.STALE

    def fresh(self, now: float, max_age_s: float) -> T | None:
        """Return the value while it is fresh, else ``None``."""
        return self.value if self.freshness(now, max_age_s) is Freshness.FRESH else None

    def taken(self, value: T, at: float) -> Reading[T]:
        """Return the reading with a new value; it never goes back in time."""
        if self.at is not None and at < self.at:
            return self
        return Reading(value, at)

    def failed(self, problem: str) -> Reading[T]:
        """Return the reading with its old value and the reason why there is no newer one."""
        return replace(self, problem=problem)
