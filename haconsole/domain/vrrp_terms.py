"""Times as sums of named terms, so that a prediction can say what it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from .notes import Note, note
from .vrrp import Bounds

_NOTHING = Bounds(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a time: what it is, and its bounds in seconds."""

    note: Note
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class Span:
    """A time as the sum of its terms, in the order in which they pass. No terms: no time."""

    terms: tuple[Term, ...] = ()

    @property
    def bounds(self) -> Bounds:
        """The sum of the terms' bounds, seconds."""
        return reduce(Bounds.__add__, (term.bounds for term in self.terms), _NOTHING)

    @property
    def min_s(self) -> float:
        """The least that it can be, seconds."""
        return self.bounds.min_s

    @property
    def max_s(self) -> float:
        """The most that it can be, seconds."""
        return self.bounds.max_s

    @property
    def note(self) -> Note:
        """The terms as one sentence: ``2–3 adverts of 1 s + skew 0.61 s``."""
        if not self.terms:
            return note("nothing")
        return reduce(
            lambda left, right: note("{left} + {right}", left=left, right=right),
            (term.note for term in self.terms),
        )

    def __add__(self, other: Span) -> Span:
        """Return one after the other."""
        return Span(self.terms + other.terms)

    def admits(self, lower_s: float, upper_s: float, slack_s: float = 0.0) -> bool:
        """Whether a time known to lie between two values may be within the bounds."""
        return self.bounds.admits(lower_s, upper_s, slack_s)


NO_TIME = Span()


def span(said: Note, min_s: float, max_s: float | None = None) -> Span:
    """Return a span of one term; without ``max_s`` it is known exactly. Seconds."""
    return Span((Term(said, Bounds(min_s, min_s if max_s is None else max_s)),))


def seconds(value: float) -> str:
    """Return seconds as a note shows them: ``1``, ``0.61``."""
    return f"{round(value, 2):g}"
