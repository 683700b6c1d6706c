"""The probe as it goes: its answers in slots of time, and the outage that they show right now."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from haconsole.domain.notes import Note
from haconsole.domain.outage import MERGE_S
from haconsole.domain.outage_series import Sample
from haconsole.procedures.drill.standing import Beat, ProbeView

SLOT_S = 0.1
#: Slots that are kept: half a minute.
_SLOTS = 300
#: Samples whose lateness counts as the probe's own lag now.
_NEWEST = 500


class Strip:
    """Folds samples as they come, each once. Times are seconds of the samples' own clock.

    They come when they were judged, which is not the order in which they were sent: a time-out
    is known half a second late. What it says of an outage is an estimate until it is measured.
    """

    def __init__(self, place: Note, rate_hz: float) -> None:
        self._place = place
        self._rate_hz = rate_hz
        self._read = 0
        self._failed = 0
        self._slots: OrderedDict[int, list[int]] = OrderedDict()
        self._newest: Sample | None = None
        self._lag_s = 0.0
        self.last_failed: float | None = None
        self.first_good: float | None = None
        #: The newest outage: since when, and until when it is over.
        self.outage_from: float | None = None
        self.outage_to: float | None = None
        #: Those before it, (from, to).
        self.earlier: list[tuple[float, float]] = []

    def read(self, samples: Sequence[Sample]) -> None:
        """Take what has come since the last call."""
        fresh = samples[self._read :]
        self._read += len(fresh)
        for sample in fresh:
            self._take(sample, good=sample.judged() is None)
        late = [one.sent_at - one.due_at for one in fresh[-_NEWEST:] if one.due_at is not None]
        self._lag_s = max(late, default=self._lag_s)
        while len(self._slots) > _SLOTS:
            self._slots.popitem(last=False)

    def forget_outage(self) -> None:
        """Begin anew: what failed so far is none of the fault's doing."""
        self.outage_from = self.outage_to = None
        self.earlier.clear()

    def _take(self, sample: Sample, *, good: bool) -> None:
        slot = self._slots.setdefault(int(sample.sent_at / SLOT_S), [0, 0])
        slot[0 if good else 1] += 1
        if self._newest is None or sample.sent_at >= self._newest.sent_at:
            self._newest = sample
        if good:
            self._good(sample.sent_at)
        else:
            self._failed += 1
            self._bad(sample.sent_at)

    def _good(self, at: float) -> None:
        if self.first_good is None:
            self.first_good = at
        goes_on = self.outage_from is not None and self.outage_to is None
        if goes_on and (self.last_failed is None or at > self.last_failed):
            self.outage_to = at

    def _bad(self, at: float) -> None:
        self.last_failed = at if self.last_failed is None else max(at, self.last_failed)
        if self.outage_from is None:
            self.outage_from = at
        elif self.outage_to is not None and at >= self.outage_to:
            if at - self.outage_to >= MERGE_S:
                if self.outage_from is not None:
                    self.earlier.append((self.outage_from, self.outage_to))
                self.outage_from = at
            self.outage_to = None

    @property
    def newest_at(self) -> float | None:
        """When the newest judged request was sent."""
        return self._newest.sent_at if self._newest else None

    @property
    def good_for_s(self) -> float:
        """For how long every request has been answered, by when they were sent."""
        if self._newest is None or self.first_good is None:
            return 0.0
        since = self.first_good if self.last_failed is None else self.last_failed
        return max(0.0, self._newest.sent_at - max(since, self.first_good))

    @property
    def answering(self) -> bool | None:
        """Whether the newest judged request was answered well."""
        return None if self._newest is None else self._newest.judged() is None

    def view(self, offset_s: float, stalled_s: float) -> ProbeView:
        """Return what a screen shows; ``offset_s``: what the samples' clock is ahead."""
        begin = min(self._slots, default=0)
        end = max(self._slots, default=-1)
        beats = tuple(
            Beat(slot * SLOT_S - offset_s, *self._slots.get(slot, (0, 0)))
            for slot in range(max(begin, end - _SLOTS + 1), end + 1)
        )
        return ProbeView(
            place=self._place,
            rate_hz=self._rate_hz,
            sent=self._read,
            failed=self._failed,
            lag_s=self._lag_s,
            answering=self.answering,
            slot_s=SLOT_S,
            beats=beats,
            stalled_s=stalled_s,
        )
