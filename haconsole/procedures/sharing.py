"""What several scripts have in common, so that a plan on paper says it once.

Nothing is left out and nothing is changed: a script is the lines of its pieces, one after another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

#: Fewer lines in common than these are quicker read than looked up.
LEAST_LINES = 6
Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shared:
    """Parts that occur more than once; each script as pieces: a part's index, or lines of its own.

    ``scripts[i]`` are the pieces of the script that was given as number ``i``.
    """

    parts: tuple[Lines, ...]
    scripts: tuple[tuple[int | Lines, ...], ...]

    def users(self, part: int) -> list[int]:
        """Return the numbers of the scripts in which a part occurs."""
        return [number for number, pieces in enumerate(self.scripts) if part in pieces]


def share(scripts: Sequence[Sequence[str]]) -> Shared:
    """Find what scripts (lists of lines) have in common."""
    texts = [tuple(script) for script in scripts]
    segments = [list(_segments(text, cuts)) for text, cuts in zip(texts, _cuts(texts), strict=True)]
    count: dict[Lines, int] = {}
    for segment in (one for each in segments for one in each):
        count[segment] = count.get(segment, 0) + 1
    parts = [one for one, times in count.items() if times > 1 and len(one) >= LEAST_LINES]
    index = {part: number for number, part in enumerate(parts)}
    return Shared(
        tuple(parts), tuple(tuple(index.get(one, one) for one in each) for each in segments)
    )


def _segments(text: Lines, cuts: set[int]) -> Iterator[Lines]:
    places = sorted(cuts)
    for begin, end in pairwise(places):
        yield text[begin:end]


@dataclass(frozen=True, slots=True)
class _Match:
    """``length`` lines from ``at`` in one text, found before from ``source_at`` in another."""

    text: int
    at: int
    source: int
    source_at: int
    length: int


def _cuts(texts: Sequence[Lines]) -> list[set[int]]:
    """Return where each text is cut: the same lines are cut alike wherever they occur."""
    cuts = [{0, len(text)} for text in texts]
    matches = list(_matches(texts))
    for match in matches:
        cuts[match.text] |= {match.at, match.at + match.length}
    while True:
        before = sum(map(len, cuts))
        for match in matches:
            here, there = cuts[match.text], cuts[match.source]
            away = match.source_at - match.at
            there |= {c + away for c in here if match.at <= c <= match.at + match.length}
            end = match.source_at + match.length
            here |= {c - away for c in there if match.source_at <= c <= end}
        if sum(map(len, cuts)) == before:
            return cuts


def _matches(texts: Sequence[Lines]) -> Iterator[_Match]:
    """Yield what occurred in an earlier text already, the longest first from wherever it begins."""
    known: dict[Lines, tuple[int, int]] = {}
    for number, text in enumerate(texts):
        at = 0
        while at < len(text):
            found = known.get(text[at : at + LEAST_LINES])
            if found is None:
                at += 1
                continue
            source, source_at = found
            length = _common(text, at, texts[source], source_at)
            yield _Match(number, at, source, source_at, length)
            at += length
        for at in range(len(text) - LEAST_LINES + 1):
            known.setdefault(text[at : at + LEAST_LINES], (number, at))


def _common(text: Lines, at: int, other: Lines, other_at: int) -> int:
    length = 0
    for mine, theirs in zip(text[at:], other[other_at:], strict=False):
        if mine != theirs:
            break
        length += 1
    return length
