"""The hit log's sums: which backend answered, how fast, how often, with what.

Sums are immutable values; a batch of hits makes new ones. Response times are kept in
logarithmic buckets (7 % wide), so that percentiles over millions of hits cost a fixed 200 cells.
"""

from __future__ import annotations

import math
import operator
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

#: Seconds of history that rates, shares and percentiles are taken over.
WINDOW_S = 60
_BUCKETS = 200
_BASE_S = 0.0001
_LOG_STEP = math.log(1.07)
#: What a hit without an upstream (answered by the LB itself, or refused) is counted under.
NO_BACKEND = "-"


class Hit(NamedTuple):
    """One request, as an access log tells it. Times in seconds; ``-1.0`` is "not logged".

    ``at``: epoch seconds on the node's clock. ``backend``: the upstream that answered last
    (``address:port`` as logged), ``tried``: how many were asked before it in vain.
    """

    at: float
    client: str
    method: str
    path: str
    status: int
    backend: str
    upstream_s: float
    request_s: float
    tried: int
    node: str

    @property
    def seconds(self) -> float:
        """The response time that the client felt, or the upstream's; ``-1.0`` if not logged."""
        return self.request_s if self.request_s >= 0 else self.upstream_s

    @property
    def is_error(self) -> bool:
        """Whether the client was not served: a status of 500 and above, or none."""
        return self.status >= 500 or self.status == 0


_AT = operator.itemgetter(Hit._fields.index("at"))
_STATUS = operator.itemgetter(Hit._fields.index("status"))
_BACKEND = operator.itemgetter(Hit._fields.index("backend"))
_REQUEST_S = operator.itemgetter(Hit._fields.index("request_s"))


@lru_cache(maxsize=8192)  # logs have milliseconds: the same few thousand times come again
def bucket_of(seconds: float) -> int:
    """Return the histogram cell of a response time in seconds."""
    if seconds <= _BASE_S:
        return 0
    return min(_BUCKETS - 1, int(math.log(seconds / _BASE_S) / _LOG_STEP) + 1)


def bucket_value(bucket: int) -> float:
    """Return the upper edge of a histogram cell, in seconds."""
    return float(_BASE_S * math.exp(bucket * _LOG_STEP))


@dataclass(frozen=True, slots=True)
class BackendSums:
    """Totals of one backend since the sums began."""

    hits: int = 0
    errors: int = 0
    last_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Second:
    """What happened in one second of the nodes' clocks."""

    at: int
    backends: Mapping[str, int]
    #: Hits by status class: index 2 for 2xx …, 0 for "no or odd status".
    classes: tuple[int, int, int, int, int, int]
    #: Hits by response-time bucket; sparse.
    times: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class HitSums:
    """Sums over the hit log of one cluster."""

    total: int = 0
    errors: int = 0
    backends: Mapping[str, BackendSums] = field(default_factory=lambda: MappingProxyType({}))
    seconds: tuple[Second, ...] = ()
    #: Lines that a bounded buffer dropped before they were parsed, and lines not understood.
    dropped: int = 0
    unparsed: int = 0
    last_at: float | None = None

    def window(self, now: float, span_s: int = WINDOW_S) -> tuple[Second, ...]:
        """Return the seconds within the last ``span_s`` before ``now``, oldest first."""
        first = int(now) - span_s
        return tuple(second for second in self.seconds if first <= second.at <= int(now) + 1)

    def rate(self, now: float, span_s: int = 5) -> float:
        """Hits per second over the last ``span_s`` whole seconds."""
        last = int(now) - 1
        counted = (s for s in self.seconds if last - span_s < s.at <= last)
        return sum(sum(s.classes) for s in counted) / span_s

    def shares(self, now: float, span_s: int = WINDOW_S) -> dict[str, float]:
        """Each backend's part (0–1) of the hits in the window."""
        counts: dict[str, int] = {}
        for second in self.window(now, span_s):
            for backend, count in second.backends.items():
                counts[backend] = counts.get(backend, 0) + count
        whole = sum(counts.values())
        return {backend: count / whole for backend, count in counts.items()} if whole else {}

    def series(self, backend: str, now: float, span_s: int = WINDOW_S) -> list[int]:
        """Hits of one backend in each of the last ``span_s`` whole seconds, oldest first."""
        last = int(now) - 1
        by_second = {second.at: second.backends.get(backend, 0) for second in self.seconds}
        return [by_second.get(at, 0) for at in range(last - span_s + 1, last + 1)]

    def classes(self, now: float, span_s: int = WINDOW_S) -> tuple[int, ...]:
        """Hits by status class in the window; index 2 for 2xx."""
        sums = [0] * 6
        for second in self.window(now, span_s):
            for index, count in enumerate(second.classes):
                sums[index] += count
        return tuple(sums)

    def percentile(self, share: float, now: float, span_s: int = WINDOW_S) -> float | None:
        """Response time in seconds that ``share`` (0–1) of the window's hits stay within."""
        counts: dict[int, int] = {}
        for second in self.window(now, span_s):
            for bucket, count in second.times.items():
                counts[bucket] = counts.get(bucket, 0) + count
        whole = sum(counts.values())
        if not whole:
            return None
        rank, seen = math.ceil(share * whole), 0
        for bucket in sorted(counts):
            seen += counts[bucket]
            if seen >= rank:
                return bucket_value(bucket)
        return None


class _Tally:
    """Mutable sums of one second, while a batch is counted."""

    __slots__ = ("backends", "classes", "times")

    def __init__(self, second: Second | None) -> None:
        self.backends = dict(second.backends) if second else {}
        self.classes = list(second.classes) if second else [0] * 6
        self.times = dict(second.times) if second else {}

    def freeze(self, at: int) -> Second:
        one, two, three, four, five, six = self.classes
        return Second(at, self.backends, (one, two, three, four, five, six), self.times)


class _Batch:
    """Hits in the order of their time, column by column: most of counting is then done in C."""

    __slots__ = ("ats", "backends", "seconds", "statuses")

    def __init__(self, hits: Iterable[Hit]) -> None:
        rows = hits if isinstance(hits, list) else list(hits)
        self.ats = list(map(_AT, rows))
        if any(map(operator.gt, self.ats, islice(self.ats, 1, None))):
            rows = sorted(rows, key=_AT)
            self.ats = list(map(_AT, rows))
        self.statuses = list(map(_STATUS, rows))
        self.backends = list(map(_BACKEND, rows))
        self.seconds = list(map(_REQUEST_S, rows))
        if rows and min(self.seconds) < 0:
            self.seconds = [hit.seconds for hit in rows]

    def runs(self) -> Iterator[tuple[int, slice]]:
        """Yield each second, and where its hits are."""
        start = 0
        while start < len(self.ats):
            at = int(self.ats[start])
            end = bisect_left(self.ats, at + 1, start)
            yield at, slice(start, end)
            start = end


def count(sums: HitSums, hits: Iterable[Hit], *, dropped: int = 0, unparsed: int = 0) -> HitSums:
    """Return ``sums`` with a batch of hits added; ``dropped`` and ``unparsed`` lines counted."""
    batch = _Batch(hits)
    known = {second.at: second for second in sums.seconds}
    backends: dict[str, list[float]] = {
        backend or NO_BACKEND: [0, 0, at]
        for backend, at in zip(batch.backends, batch.ats, strict=True)
    }
    errors = 0
    for at, run in batch.runs():
        tally = _Tally(known.get(at))
        pairs = Counter(zip(batch.backends[run], batch.statuses[run], strict=True))
        for (name, status), hits_ in pairs.items():
            backend = name or NO_BACKEND
            tally.backends[backend] = tally.backends.get(backend, 0) + hits_
            tally.classes[status // 100 if 100 <= status < 600 else 0] += hits_
            backends[backend][0] += hits_
            if status >= 500 or status == 0:
                backends[backend][1] += hits_
                errors += hits_
        for seconds, hits_ in Counter(batch.seconds[run]).items():
            if seconds >= 0:
                bucket = bucket_of(seconds)
                tally.times[bucket] = tally.times.get(bucket, 0) + hits_
        known[at] = tally.freeze(at)
    newest = max(known, default=0)
    kept = tuple(known[at] for at in sorted(known) if at > newest - 2 * WINDOW_S)
    return HitSums(
        total=sums.total + len(batch.ats),
        errors=sums.errors + errors,
        backends=_merge(sums.backends, backends),
        seconds=kept,
        dropped=sums.dropped + dropped,
        unparsed=sums.unparsed + unparsed,
        last_at=max(sums.last_at or 0.0, batch.ats[-1] if batch.ats else 0.0) or None,
    )


def _merge(
    old: Mapping[str, BackendSums], new: Mapping[str, list[float]]
) -> Mapping[str, BackendSums]:
    merged = dict(old)
    for backend, (hits, errors, last_at) in new.items():
        before = merged.get(backend, BackendSums())
        merged[backend] = BackendSums(
            before.hits + int(hits), before.errors + int(errors), max(before.last_at, last_at)
        )
    return MappingProxyType(merged)
