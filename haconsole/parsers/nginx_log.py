r"""nginx's access logs → hits: the console's own tab-separated format, and what exists already.

Own format (``log_format haconsole escape=default``), eleven fields parted by tabs::

    $msec $remote_addr $request_method $request_uri $status $upstream_addr $upstream_status
    $upstream_response_time $request_time $body_bytes_sent $host

``escape=default`` writes tabs, quotes and control characters as ``\\xXX``, so the fields never
hold a tab. Everything else is read as the "combined" format (or "common"), with whatever
upstream fields are appended to it: ``"10.0.0.20:80" 0.012``, ``upstream=… urt=… rt=…``.
"""

from __future__ import annotations

import gc
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from itertools import repeat
from typing import TypeVar, cast

from haconsole.domain.hits import NO_BACKEND, Hit

V = TypeVar("V")

_FIELDS = 11
#: Lines that are tried at once: one odd line among them sends only these down the slow way.
_CHUNK = 2000
#: Different values that are remembered of one column, before it starts anew.
_MEMO_LIMIT = 20_000
_MAX_LINE = 32_768
_LATEST = 1e11
_NOT_LOGGED = -1.0

_TIME = re.compile(r"\d{1,9}(?:\.\d{1,9})?\Z")
_AT = re.compile(r"\d{1,11}(?:\.\d{1,9})?\Z")
_DATE = re.compile(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\Z")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ADDRESS = r"(?:\[[0-9a-fA-F:.]+\]|[\w.-]+):\d{1,5}|unix:[^\s\",]+"
_UPSTREAMS = re.compile(rf"(?<![\w.\[/])({_ADDRESS})((?:(?:, | : )(?:{_ADDRESS}))*)(?![\w/])")
_KEYED_TIME = re.compile(
    r"\b(urt|upstream_response_time|uct|uht|rt|request_time)[=:]\"?([\d., :-]+)"
)
_BARE_TIMES = re.compile(
    r"(?<![\w.:/=-])\d{1,7}\.\d{3}(?:(?:, | : )(?:\d{1,7}\.\d{3}|-))*(?![\w.:/])"
)
#: What stands between quotes; nginx writes a quote within as \x22, others as \".
_TEXT = r'[^"\\\n]*(?:\\.[^"\\\n]*)*'
#: The tail's usual beginning (``"10.0.0.20:80" 0.012 0.013``, quoted or not) is taken at once.
_COMBINED = re.compile(
    r"(\S+) \S+ .{1,200}?\[([^\]\n]{20,40})\] "
    rf'"(?:([A-Za-z]{{1,20}}) ([^" \\\n]+)(?: [^"\\\n]*)?|({_TEXT}))" '
    rf'(\d{{3}}) (?:\d+|-)(?: "{_TEXT}" "{_TEXT}")?'
    rf'((?: "?({_ADDRESS})"? "?(\d{{1,7}}\.\d{{3}})"?'
    r'(?: "?(\d{1,7}\.\d{3})"?)?(?=\Z))?[^\n]*)\Z'
)


class LogDialect(StrEnum):
    """How the lines of a log are written."""

    #: The console's own format: every fact about a request.
    HACONSOLE = "haconsole"
    #: Combined (or common), with upstream fields appended.
    COMBINED_UPSTREAM = "combined-upstream"
    #: Combined (or common): says nothing of backends and, mostly, of times.
    COMBINED = "combined"

    @property
    def upstream(self) -> bool:
        """Whether lines say which backend answered."""
        return self is not LogDialect.COMBINED


class _Memo(dict[str, V]):
    """Remembers what a text means, since a column repeats itself; bounded."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[str], V]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, text: str) -> V:
        value = self._make(text)
        if len(self) >= _MEMO_LIMIT:
            self.clear()
        self[text] = value
        return value


def _status(text: str) -> int:
    """``200`` → 200; ``000`` and ``-`` (no answer was sent) → 0; else ``ValueError``."""
    if text == "-":
        return 0
    if len(text) != 3 or not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


def _seconds(text: str) -> float:
    """The last of ``0.001, 0.002 : 0.003``; -1.0 for ``-``; else ``ValueError``."""
    if _TIME.match(text):
        return float(text)
    last = text[-200:].replace(":", ",").rpartition(",")[2].strip()
    if last in ("-", ""):
        return _NOT_LOGGED
    if not _TIME.match(last):
        raise ValueError(text)
    return float(last)


def _backend(text: str) -> str:
    """Return the last of ``10.0.0.20:80, 10.0.0.21:80 : 10.0.0.22:80``: it answered."""
    if ", " not in text and " : " not in text:
        return text
    return text.replace(" : ", ", ").rpartition(", ")[2].strip() or NO_BACKEND


def _tried(text: str) -> int:
    """Return how many backends of the list were asked in vain before the next was."""
    return text.count(", ")


def _epoch(text: str) -> float:
    """``22/Nov/2026:08:15:54 +0000`` → epoch seconds; else ``ValueError``."""
    match = _DATE.match(text)
    if match is None:
        raise ValueError(text)
    day, _, year, hour, minute, second, sign, off_hours, off_minutes = match.groups()
    local = datetime(
        int(year),
        _MONTHS.index(match[2]) + 1,
        int(day),
        int(hour),
        int(minute),
        int(second),
        tzinfo=UTC,
    )
    offset = timedelta(hours=int(off_hours), minutes=int(off_minutes))
    return (local - offset if sign == "+" else local + offset).timestamp()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the cycle collector off a growing list of hits, which hold no cycles.

    It would walk them again at every 700th: two fifths of the whole time.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


_NEW_HIT = cast("Callable[[tuple[object, ...]], Hit]", partial(tuple.__new__, Hit))


class HitParser:
    """Reads the lines of one log. ``node`` goes into every hit.

    ``backend`` stands in for the backend where a line names none: the name of the web node
    whose own log this is. Keep one parser a log: it remembers the values that repeat.
    """

    def __init__(self, node: str, backend: str = NO_BACKEND) -> None:
        self._node = node
        self._default_backend = backend
        self._statuses = _Memo(_status)
        self._times = _Memo(_seconds)
        self._backends = _Memo(self._backend_of)
        self._tried = _Memo(_tried)
        self._dates = _Memo(_epoch)

    def parse(self, lines: Sequence[str]) -> tuple[list[Hit], int]:
        """Return the hits, in order, and how many lines were not understood. Never raises.

        The dialect is told line by line; blank lines count as neither.
        """
        hits: list[Hit] = []
        unparsed = 0
        with _no_collection():
            for start in range(0, len(lines), _CHUNK):
                chunk = lines[start : start + _CHUNK]
                quick = self._bulk(chunk)
                if quick is not None:
                    hits += quick
                    continue
                for line in chunk:
                    hit = self.parse_line(line)
                    if hit is not None:
                        hits.append(hit)
                    elif line.strip():
                        unparsed += 1
        return hits, unparsed

    def parse_bytes(self, data: bytes) -> tuple[list[Hit], int]:
        """Read whole lines as they came; bytes that are no UTF-8 become U+FFFD. Never raises."""
        lines = data.decode("utf-8", "replace").split("\n")
        if lines[-1] == "":
            lines.pop()
        return self.parse(lines)

    def parse_line(self, line: str) -> Hit | None:
        """Read one line of either dialect; ``None`` when it is neither."""
        line = line.rstrip("\r\n")
        if len(line) > _MAX_LINE:
            return None
        try:
            return self._tabbed(line) if line.count("\t") >= 8 else self._combined(line)
        except (ValueError, OverflowError):
            return None

    def _backend_of(self, text: str) -> str:
        backend = _backend(text)
        return self._default_backend if backend in ("-", "") else backend

    def _bulk(self, lines: Sequence[str]) -> list[Hit] | None:
        """Read lines that are all of the own format, column by column; ``None`` if one is not.

        Every line but the first is made to begin with a line feed: when all of them are found
        in the first column, and nowhere else, no line has a field too many or too few.
        """
        count = len(lines)
        text = "\t\n".join(lines)
        fields = text.split("\t")
        if len(fields) != count * _FIELDS or text.count("\n") != count - 1:
            return None
        first = fields[0::_FIELDS]
        if "".join(first).count("\n") != count - 1:
            return None
        try:
            stamps = list(map(float, first))
            if not math.isfinite(sum(stamps)) or min(stamps) < 0 or max(stamps) >= _LATEST:
                return None
            upstreams = fields[5::_FIELDS]
            rows = zip(
                stamps,
                fields[1::_FIELDS],
                fields[2::_FIELDS],
                fields[3::_FIELDS],
                map(self._statuses.__getitem__, fields[4::_FIELDS]),
                map(self._backends.__getitem__, upstreams),
                map(self._times.__getitem__, fields[7::_FIELDS]),
                map(self._times.__getitem__, fields[8::_FIELDS]),
                map(self._tried.__getitem__, upstreams),
                repeat(self._node),
                strict=False,
            )
            return list(map(_NEW_HIT, rows))
        except (ValueError, OverflowError):
            return None

    def _tabbed(self, line: str) -> Hit:
        """Read a line of the own format; fields after ``$request_time`` may be missing or more."""
        fields = line.split("\t")
        if not _AT.match(fields[0]):
            raise ValueError(fields[0])
        return Hit(
            at=float(fields[0]),
            client=fields[1],
            method=fields[2],
            path=fields[3],
            status=self._statuses[fields[4]],
            backend=self._backends[fields[5]],
            upstream_s=self._times[fields[7]],
            request_s=self._times[fields[8]],
            tried=self._tried[fields[5]],
            node=self._node,
        )

    def _combined(self, line: str) -> Hit | None:
        match = _COMBINED.match(line)
        if match is None:
            return None
        client, date, method, path, request, status, tail, upstreams, one, two = match.groups()
        if method is None:
            method, path = _split_request(request)
        times = self._times
        if upstreams:
            upstream_s, request_s = times[one], _NOT_LOGGED
            if two:
                request_s = times[two]
                if request_s < upstream_s:
                    upstream_s, request_s = request_s, upstream_s
            backend, tried = self._backends[upstreams], 0
        elif tail and not tail.isspace():
            upstreams, upstream_s, request_s = _tail(tail[:2000], times)
            backend, tried = self._backends[upstreams], self._tried[upstreams]
        else:
            backend, tried, upstream_s, request_s = (
                self._default_backend,
                0,
                _NOT_LOGGED,
                _NOT_LOGGED,
            )
        at, code = self._dates[date], self._statuses[status]
        return _NEW_HIT(
            (at, client, method, path, code, backend, upstream_s, request_s, tried, self._node)
        )


def _split_request(request: str) -> tuple[str, str]:
    """``GET /x HTTP/1.1`` → method and target; what is no request line is the target whole."""
    parts = request.split(" ")
    if len(parts) >= 2 and parts[0].isascii() and parts[0].isalpha():
        return parts[0], parts[1]
    return "-", request or "-"


def _tail(tail: str, seconds_of: Mapping[str, float]) -> tuple[str, float, float]:
    """Read what was appended to a combined line: upstreams, their time, the request's time.

    Bare times: one after a backend is the upstream's, of two the smaller is; without a backend
    a single one is the request's.
    """
    found = _UPSTREAMS.search(tail)
    upstreams = found[0] if found else ""
    keyed = {key: seconds_of[value.strip()] for key, value in _KEYED_TIME.findall(tail)}
    if keyed:
        upstream_s = keyed.get("urt", keyed.get("upstream_response_time", _NOT_LOGGED))
        return upstreams, upstream_s, keyed.get("rt", keyed.get("request_time", _NOT_LOGGED))
    times = _BARE_TIMES.findall(tail)
    bare = [seconds_of[text] for text in times[:2]]
    if len(bare) == 2:
        return upstreams, min(bare), max(bare)
    if not bare:
        return upstreams, _NOT_LOGGED, _NOT_LOGGED
    return (upstreams, bare[0], _NOT_LOGGED) if upstreams else ("", _NOT_LOGGED, bare[0])


def sniff(lines: Sequence[str]) -> LogDialect | None:
    """Tell how a log is written from a few of its lines; ``None`` when none is understood.

    The richest dialect that any of the lines shows wins, since a request that was answered
    without a backend looks plainer than the log is.
    """
    parser = HitParser("")
    found: LogDialect | None = None
    for line in lines[:200]:
        hit = parser.parse_line(line)
        if hit is None:
            continue
        if line.count("\t") >= 8:
            return LogDialect.HACONSOLE
        if hit.backend != NO_BACKEND:
            return LogDialect.COMBINED_UPSTREAM
        found = LogDialect.COMBINED
    return found
