"""The program's lines → samples: what :mod:`.program` writes, and nothing else, is taken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from haconsole.domain.outage_series import TIMEOUT_S, Failure, Sample

#: Digits are bounded: a number of a thousand of them is none of the program's.
_ROW = re.compile(
    r"(\d{1,9}) (-?\d{1,15}) (\d{1,15}) (\d{1,15}) ([a-z0-9]{1,15}) ([01]) (-1|\d{1,5})", re.ASCII
)
_STALL = re.compile(r"~ (\d{1,15}) (\d{1,15})", re.ASCII)
_ANCHOR = re.compile(r"@anchor (\d{1,12}(?:\.\d{1,9})?)", re.ASCII)
_COST = re.compile(r"@cost (\d{1,9}(?:\.\d{1,9})?) (\d{1,9}(?:\.\d{1,9})?)", re.ASCII)
_KINDS = {str(kind): kind for kind in Failure}


class Series:
    """What a probe has told so far. Moments are epoch seconds of the clock where it runs.

    ``samples`` and ``stalls`` only grow, but the last stall's seconds do while it goes on.
    ``strange`` counts lines that are none of the program's, and samples past ``most``. A sample
    is about 200 bytes: a drill of ten minutes at 500 a second holds 60 MB.
    """

    def __init__(self, backends: Sequence[str], most: int = 1_000_000) -> None:
        self._most = most
        self.backends = tuple(backends)
        self.samples: list[Sample] = []
        self.stalls: list[tuple[float, float]] = []
        self.began_at: float | None = None
        self.newest_lag_s = 0.0
        #: Requests sent before this moment are all among the samples, if they were sent at all:
        #: a failure is known when its time-out is over, so later than good answers after it.
        self.judged_until = 0.0
        #: (CPU seconds, seconds) that it has used and run.
        self.cost_s = (0.0, 0.0)
        #: The word with which it ended before its time.
        self.word = ""
        self.strange = 0

    def feed(self, lines: Iterable[str]) -> int:
        """Take lines; returns how many samples came."""
        before = len(self.samples)
        for line in lines:
            if not self._row(line) and not self._other(line):
                self.strange += 1
        new = self.samples[before:]
        if new:
            newest = max(row.answered_at or row.sent_at for row in new)
            self.judged_until = max(self.judged_until, newest - TIMEOUT_S)
            self.newest_lag_s = max(row.sent_at - (row.due_at or row.sent_at) for row in new)
        return len(new)

    def _row(self, line: str) -> bool:
        found = _ROW.fullmatch(line)
        if found is None or self.began_at is None:
            return False
        _, due, sent, answered, kind, connected, backend = found.groups()
        if (kind != "ok" and kind not in _KINDS) or len(self.samples) >= self._most:
            return False
        index = int(backend)
        self.samples.append(
            Sample(
                sent_at=self.began_at + int(sent) / 1e6,
                answered_at=self.began_at + int(answered) / 1e6,
                failure=_KINDS.get(kind),
                backend=self.backends[index] if 0 <= index < len(self.backends) else "",
                due_at=self.began_at + int(due) / 1e6,
                connected=connected == "1",
            )
        )
        return True

    def _other(self, line: str) -> bool:
        if found := _STALL.fullmatch(line):
            if self.began_at is None or len(self.stalls) >= self._most:
                return False
            since = self.began_at + int(found[1]) / 1e6
            if self.stalls and self.stalls[-1][0] == since:
                self.stalls.pop()
            self.stalls.append((since, int(found[2]) / 1e6))
        elif found := _ANCHOR.fullmatch(line):
            self.began_at = float(found[1])
        elif found := _COST.fullmatch(line):
            self.cost_s = (float(found[1]), float(found[2]))
        elif line.startswith("! "):
            self.word = line[2:502]
        else:
            return False
        return True
