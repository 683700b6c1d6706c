"""Bytes of a stream → lines of bounded length."""

from __future__ import annotations

from .cleaning import CUT, LINE_LIMIT

_CUT = CUT.encode()


class LineSplitter:
    """Splits at newlines. Lines longer than ``limit`` bytes are cut and end in ``…``."""

    def __init__(self, limit: int = LINE_LIMIT) -> None:
        self._limit = limit
        self._partial = b""
        self._overflowed = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the lines that the chunk completes, without their newlines."""
        lines = chunk.split(b"\n")
        rest = lines.pop()
        if lines:
            lines[0] = self._partial + lines[0]
            self._partial = b""
            if self._overflowed or len(chunk) + len(lines[0]) > self._limit:
                forced, self._overflowed = self._overflowed, False
                lines[0] = self._cut(lines[0], forced=forced)
                lines[1:] = [self._cut(line) for line in lines[1:]]
        self._hold(rest)
        return lines

    def rest(self) -> bytes:
        """Return, and forget, the last line, which no newline ended (perhaps empty)."""
        line = self._cut(self._partial, forced=self._overflowed)
        self._partial, self._overflowed = b"", False
        return line

    def _hold(self, data: bytes) -> None:
        if not data or self._overflowed:
            return
        self._partial += data
        if len(self._partial) > self._limit:
            self._partial, self._overflowed = self._partial[: self._limit], True

    def _cut(self, line: bytes, *, forced: bool = False) -> bytes:
        if not forced and len(line) <= self._limit:
            return line
        return line[: self._limit] + _CUT
