"""Hits as a recording keeps them: a few of each second as they are, of the others the counts.

Sums come out the same when they are replayed: totals, errors, backends, status, and response
times to within their cell (7 %). Who asked for what is known of those that were kept alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from haconsole.domain.hits import Hit, bucket_of, bucket_value

from .recording_codec import CodecError, decode, encode

#: Hits of each host and second that are kept as they are; failed ones first.
KEPT_A_SECOND = 20
#: What stands for the path of a hit that was counted only.
COUNTED = "(counted)"
#: Hits that one row of counts may stand for: more than any batch holds.
_MOST = 1_000_000


class Thinner:
    """Says which hits of a batch are kept. One for each host."""

    def __init__(self, a_second: int = KEPT_A_SECOND) -> None:
        self._a_second = a_second
        self._second = -1
        self._left = a_second

    def split(self, at: float, hits: tuple[Hit, ...]) -> tuple[list[Hit], list[Hit]]:
        """Return the hits to keep and those to count; ``at``: when the batch came."""
        if int(at) != self._second:
            self._second, self._left = int(at), self._a_second
        if len(hits) <= self._left:
            self._left -= len(hits)
            return list(hits), []
        order = sorted(range(len(hits)), key=lambda index: not hits[index].is_error)
        kept = set(order[: self._left])
        self._left = 0
        return (
            [hit for index, hit in enumerate(hits) if index in kept],
            [hit for index, hit in enumerate(hits) if index not in kept],
        )


def counts(hits: Iterable[Hit], text: Callable[[str], str]) -> list[list[Any]]:
    """Return hits as counts: newest time, node, backend, status, cell of the time taken, how many.

    A cell of -1 is "not logged".
    """
    found: dict[tuple[int, str, str, int, int], list[Any]] = {}
    for hit in hits:
        cell = bucket_of(hit.seconds) if hit.seconds >= 0 else -1
        key = (int(hit.at), hit.node, hit.backend, hit.status, cell)
        row = found.get(key)
        if row is None:
            row = [hit.at, encode(hit.node, text), encode(hit.backend, text), hit.status, cell, 0]
            found[key] = row
        row[0] = max(row[0], hit.at)
        row[-1] += 1
    return list(found.values())


def counted(rows: Any) -> tuple[Hit, ...]:
    """Return the hits that rows of :func:`counts` stand for; raises ``CodecError``."""
    if not isinstance(rows, list):
        raise CodecError("a list of counts is missing")
    found: list[Hit] = []
    for row in rows:
        if not isinstance(row, list) or len(row) != 6:
            raise CodecError("a count has six fields")
        at, status = decode(float, row[0]), decode(int, row[3])
        cell, many = decode(int, row[4]), decode(int, row[5])
        if not (0 <= many <= _MOST - len(found) and -1 <= cell < 200):
            raise CodecError("a count is out of range")
        # A little less than the cell's upper edge lies within it.
        seconds = bucket_value(cell) * 0.99 if cell >= 0 else -1.0
        node, backend = decode(str, row[1]), decode(str, row[2])
        hit = Hit(at, "-", "-", COUNTED, status, backend, seconds, seconds, 0, node)
        found += [hit] * many
    return tuple(found)
