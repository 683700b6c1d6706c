"""Output of one command: kept up to a limit, watched for the mark that ends it."""

from __future__ import annotations


class Capture:
    """Collects one stream until ``mark … end`` comes; bytes past ``limit`` are dropped."""

    def __init__(self, mark: bytes, end: bytes, limit: int) -> None:
        self._mark, self._end, self._limit = mark, end, limit
        self._parts: list[bytes] = []
        self._kept = 0
        self._tail = b""
        #: What stood between mark and end, once they came.
        self.word: bytes | None = None
        #: Bytes that came, kept or not.
        self.seen = 0

    @property
    def data(self) -> bytes:
        """What was kept so far."""
        return b"".join(self._parts)

    @property
    def truncated(self) -> bool:
        """Whether bytes were dropped."""
        return self.seen > self._limit

    @property
    def done(self) -> bool:
        """Whether the mark came."""
        return self.word is not None

    def feed(self, chunk: bytes) -> None:
        """Take bytes; those after the mark are dropped."""
        if self.word is not None:
            return
        data = self._tail + chunk
        at = data.find(self._mark)
        if at < 0:
            cut = max(0, len(data) - len(self._mark) + 1)
            self._keep(data[:cut])
            self._tail = data[cut:]
            return
        start = at + len(self._mark)
        stop = data.find(self._end, start)
        self._keep(data[:at])
        if stop < 0:
            self._tail = data[at:]
        else:
            self._tail = b""
            self.word = data[start:stop]

    def close(self) -> None:
        """Take what was held back: no mark will come."""
        if self.word is None:
            self._keep(self._tail)
            self._tail = b""

    def _keep(self, data: bytes) -> None:
        if not data:
            return
        self.seen += len(data)
        room = self._limit - self._kept
        if room > 0:
            piece = data[:room]
            self._parts.append(piece)
            self._kept += len(piece)
