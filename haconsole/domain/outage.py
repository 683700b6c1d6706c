"""What a series of probe answers means: how long clients were without an answer, and how sure.

An outage is judged by when requests were *sent*: what was sent while nobody answered failed,
however late that was known. It began between the last good one and the first failed one, and
ended between the last failed one and the first good one after it, so its length lies in a
bracket: at least from the first to the last failed one, at most from the last good one before
to the first good one after. The bracket is as wide as the two gaps at its ends: two intervals of
the probe, more where the probe itself was late.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from types import MappingProxyType

from .notes import Note, note
from .outage_series import (
    TIMEOUT_S,
    Failure,
    Injection,
    Owned,
    OwnerEvent,
    Sample,
    owned,
    owners_at,
)

#: Good answers for less than this between failed ones do not end an outage: a flapping handover.
MERGE_S = 0.1
#: A bracket wider than this proves nothing, unless a slower rhythm was asked of the probe.
MAX_WIDTH_S = 0.005
#: How long around a change (the fault, a new owner) a gap between two requests matters, seconds.
AROUND_S = 0.25
#: How much wider than by its rhythm a bracket may be.
_GRACE = 1.1

_NOBODY: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Outage:
    """A while without answers. Moments are when requests were sent, on the probe's clock.

    ``last_good_at``/``first_good_at`` ``None``: the series begins or ends inside of it.
    ``sent`` and ``failed`` count from the first to the last failed request; ``sent`` is more
    where some got through. ``first_node``: the LB that answered first afterwards.
    ``flight_s``: how long a good answer takes. A request that was connected may have been sent by
    as much before the outage began, and lost its answer only; one that got no connection
    (``first_unheard_at``: the first of those) was sent in it.
    """

    first_failed_at: float
    last_failed_at: float
    last_good_at: float | None
    first_good_at: float | None
    sent: int
    failed: Mapping[Failure, int]
    first_node: str = ""
    flight_s: float = 0.0
    first_unheard_at: float | None = None

    @property
    def lower_s(self) -> float:
        """The least that it can have lasted, seconds."""
        begun = [self.first_failed_at + self.flight_s]
        if self.first_unheard_at is not None:
            begun.append(self.first_unheard_at)
        return max(0.0, self.last_failed_at - min(begun))

    @property
    def upper_s(self) -> float | None:
        """The most that it can have lasted, seconds; ``None``: its begin or end was not seen."""
        if self.last_good_at is None or self.first_good_at is None:
            return None
        return self.first_good_at - self.last_good_at

    @property
    def width_s(self) -> float | None:
        """How exact that is, seconds."""
        return None if self.upper_s is None else self.upper_s - self.lower_s

    def contains(self, seconds: float) -> bool:
        """Whether it can have lasted that long."""
        return self.lower_s <= seconds and (self.upper_s is None or seconds <= self.upper_s)


@dataclass(frozen=True, slots=True)
class Hits:
    """Requests answered by each backend (``""``: it was not told) in the parts of a series."""

    before: Mapping[str, int] = field(default_factory=lambda: _NOBODY)
    during: Mapping[str, int] = field(default_factory=lambda: _NOBODY)
    after: Mapping[str, int] = field(default_factory=lambda: _NOBODY)


_NOT_SEEN, _NO_HITS = Owned(), Hits()


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one series says. Times in seconds.

    ``interval_s``: between two requests, as the probe did it (median). ``lag_s``: the largest
    delay of the probe itself. ``longest_gap_s``: between two good requests in a row, for which
    a client would have seen nothing good; ``blind_s``: the same, but only where something
    changed (the fault, an owner), or all over where no change is known. ``detect_s``: (least,
    most) from the fault until another kernel took the address; ``None``: none did, or the
    fault's time is not known.
    ``void``: why it proves nothing; empty when it does.
    """

    outages: tuple[Outage, ...]
    sent: int
    failed: Mapping[Failure, int]
    interval_s: float
    lag_s: float
    longest_gap_s: float
    blind_s: float = 0.0
    owned: Owned = _NOT_SEEN
    detect_s: tuple[float, float] | None = None
    hits: Hits = _NO_HITS
    void: tuple[Note, ...] = ()

    @property
    def worst(self) -> Outage | None:
        """The longest outage; ``None``: everybody was answered."""
        return max(self.outages, key=lambda one: one.upper_s or float("inf"), default=None)

    @property
    def lower_s(self) -> float:
        """The least that clients waited in one go; 0 when everybody was answered."""
        return self.worst.lower_s if self.worst else 0.0

    @property
    def upper_s(self) -> float | None:
        """The most that clients waited in one go.

        ``None``: an outage's begin or end was not seen. Without any outage it is ``blind_s``:
        something shorter would have gone unseen.
        """
        return self.worst.upper_s if self.worst else self.blind_s

    @property
    def first_node(self) -> str:
        """The LB that answered first after the longest outage."""
        return self.worst.first_node if self.worst else ""


def measure(
    samples: Sequence[Sample],
    *,
    events: Sequence[OwnerEvent] = (),
    initial: Sequence[str] = (),
    fault: Injection | None = None,
    timeout_s: float = TIMEOUT_S,
    merge_s: float = MERGE_S,
    max_width_s: float = MAX_WIDTH_S,
) -> Measurement:
    """Return what a series means.

    ``samples`` in any order; ``events`` are those of the LBs' kernels and ``initial`` the LBs
    that held the address before the first of them; ``fault`` is when it was made. Good requests
    for less than ``merge_s`` do not end an outage. A bracket that is wider than ``max_width_s``
    and than by the probe's rhythm (two intervals; at 500 requests a second 4 ms) makes the
    measurement void.
    """
    rows = sorted(samples, key=lambda one: one.sent_at)
    kinds = [row.judged(timeout_s) for row in rows]
    interval_s, lag_s = _rhythm(rows)
    outages = _outages(rows, kinds, merge_s, events, initial)
    good = [row.sent_at for row, kind in zip(rows, kinds, strict=True) if kind is None]
    blind_s = _longest(good, _changes(events, fault))
    since, until = (rows[0].sent_at, rows[-1].sent_at) if rows else (0.0, 0.0)
    return Measurement(
        outages=outages,
        sent=len(rows),
        failed=_count(kinds),
        interval_s=interval_s,
        lag_s=lag_s,
        longest_gap_s=_longest(good, ()),
        blind_s=blind_s,
        owned=owned(events, initial, since, until),
        detect_s=_detected(events, initial, fault),
        hits=_hits(rows, kinds, outages, fault),
        void=_void(rows, outages, interval_s, lag_s, blind_s, max_width_s),
    )


def _changes(
    events: Sequence[OwnerEvent], fault: Injection | None
) -> tuple[tuple[float, float], ...]:
    """Return the whiles in which an outage can begin: around each change that is known."""
    found = [(one.at - one.error_s - AROUND_S, one.at + one.error_s + AROUND_S) for one in events]
    if fault is not None:
        found.append((fault.before - AROUND_S, fault.after + AROUND_S))
    return tuple(found)


def _longest(good: Sequence[float], within: Sequence[tuple[float, float]]) -> float:
    """Return the longest time between two good requests, of those that touch one of the whiles."""
    return max(
        (
            later - sooner
            for sooner, later in pairwise(good)
            if not within or any(sooner <= end and later >= begin for begin, end in within)
        ),
        default=0.0,
    )


def _rhythm(rows: Sequence[Sample]) -> tuple[float, float]:
    """Return the probe's interval, and by how much it was late at most."""
    gaps = [later.sent_at - sooner.sent_at for sooner, later in pairwise(rows)]
    interval_s = median(gaps) if gaps else 0.0
    late = [row.sent_at - row.due_at for row in rows if row.due_at is not None]
    late += [gap - interval_s for gap in gaps]
    return interval_s, max((0.0, *late))


def _count(kinds: Sequence[Failure | None]) -> Mapping[Failure, int]:
    return MappingProxyType(dict(Counter(kind for kind in kinds if kind is not None)))


def _outages(
    rows: Sequence[Sample],
    kinds: Sequence[Failure | None],
    merge_s: float,
    events: Sequence[OwnerEvent],
    initial: Sequence[str],
) -> tuple[Outage, ...]:
    runs: list[list[int]] = []
    for index, kind in enumerate(kinds):
        if kind is None:
            continue
        if runs and _joined(rows, runs[-1][1], index, merge_s):
            runs[-1][1] = index
        else:
            runs.append([index, index])
    return tuple(_outage(rows, kinds, first, last, events, initial) for first, last in runs)


def _joined(rows: Sequence[Sample], last: int, index: int, merge_s: float) -> bool:
    """Whether a failed request belongs to the outage before it."""
    if index == last + 1:
        return True
    return rows[index - 1].sent_at - rows[last + 1].sent_at < merge_s


def _outage(
    rows: Sequence[Sample],
    kinds: Sequence[Failure | None],
    first: int,
    last: int,
    events: Sequence[OwnerEvent],
    initial: Sequence[str],
) -> Outage:
    before = rows[first - 1] if first else None
    after = rows[last + 1] if last + 1 < len(rows) else None
    node = ""
    if after is not None:
        owners = owners_at(events, initial, after.answered_at or after.sent_at)
        node = after.node or (next(iter(owners)) if len(owners) == 1 else "")
    return Outage(
        first_failed_at=rows[first].sent_at,
        last_failed_at=rows[last].sent_at,
        last_good_at=before.sent_at if before else None,
        first_good_at=after.sent_at if after else None,
        sent=last - first + 1,
        failed=_count(kinds[first : last + 1]),
        first_node=node,
        first_unheard_at=next((row.sent_at for row in rows[first : last + 1] if row.unheard), None),
        flight_s=_flight(rows[max(0, first - 50) : first], kinds[max(0, first - 50) : first]),
    )


def _flight(rows: Sequence[Sample], kinds: Sequence[Failure | None]) -> float:
    """Return how long a good answer took just before, seconds (median)."""
    took = [
        row.answered_at - row.sent_at
        for row, kind in zip(rows, kinds, strict=True)
        if kind is None and row.answered_at is not None
    ]
    return median(took) if took else 0.0


def _detected(
    events: Sequence[OwnerEvent], initial: Sequence[str], fault: Injection | None
) -> tuple[float, float] | None:
    if fault is None:
        return None
    for event in sorted(events, key=lambda one: one.at):
        if event.owns and event.node not in initial and event.at + event.error_s >= fault.before:
            least = max(0.0, event.at - event.error_s - fault.after)
            return least, event.at + event.error_s - fault.before
    return None


def _hits(
    rows: Sequence[Sample],
    kinds: Sequence[Failure | None],
    outages: Sequence[Outage],
    fault: Injection | None,
) -> Hits:
    """Count by backend: until the fault (or the first failure), then until the last failure."""
    edges = [fault.before] if fault else []
    begin = min([*edges, *(one.first_failed_at for one in outages)], default=float("inf"))
    end = max([*edges, *(one.last_failed_at for one in outages)], default=float("inf"))
    parts: tuple[Counter[str], Counter[str], Counter[str]] = (Counter(), Counter(), Counter())
    for row, kind in zip(rows, kinds, strict=True):
        if kind is None:
            parts[0 if row.sent_at < begin else 1 if row.sent_at <= end else 2][row.backend] += 1
    before, during, after = (MappingProxyType(dict(part)) for part in parts)
    return Hits(before, during, after)


def _void(
    rows: Sequence[Sample],
    outages: Sequence[Outage],
    interval_s: float,
    lag_s: float,
    blind_s: float,
    max_width_s: float,
) -> tuple[Note, ...]:
    why: list[Note] = []
    if len(rows) < 2:
        why.append(note("the probe sent {n} requests: there is nothing to judge", n=len(rows)))
    for one in outages:
        if one.last_good_at is None:
            why.append(note("there was no answer before the outage, so its begin was not seen"))
        if one.first_good_at is None:
            why.append(note("there was no answer after the outage, so its end was not seen"))
        rhythm_s = 2 * interval_s + one.flight_s
        if one.width_s is not None and one.width_s > max(max_width_s, _GRACE * rhythm_s):
            why.append(_late(one.width_s, lag_s))
    if not outages and blind_s > max(max_width_s, 2 * _GRACE * interval_s):
        why.append(
            note(
                "nothing failed, but the probe itself was late and asked nothing for {gap} ms: a "
                "shorter outage could have gone unseen",
                gap=round(blind_s * 1000, 1),
            )
        )
    return tuple(why)


def _late(width_s: float, lag_s: float) -> Note:
    return note(
        "the probe itself was up to {lag} ms late: the outage is known to {width} ms only",
        lag=round(lag_s * 1000, 1),
        width=round(width_s * 1000, 1),
    )
