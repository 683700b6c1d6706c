"""What may differ between two pictures of the same situation, and how it is made equal.

=====================  ==========================================  =====================
what                   for example                                 stands as
=====================  ==========================================  =====================
time of day            ``12:03:18.084``, ``12:03:18``              ``HH:MM:SS``
date                   ``2026-11-22``                              ``YYYY-MM-DD``
age, span, time taken  ``41 s``, ``3 m 20 s``, ``-0.1 ms``         ``# s``
rate, share            ``1.8/s``, ``55.6 %``                       ``#/s``, ``# %``
sums of a minute       ``2.8/s · 2xx 94.1 % · 4xx 6 · …``          ``(sums)``
… of a web node        ``web01   1.0/s  55.6 % ▁▁▄▆▃``             ``web01``
load                   ``0.02``                                    ``#.##``
process id             ``pid 307``, ``pid=308``                    ``pid #``
port on loopback       ``127.0.0.1:41233``                         ``127.0.0.1:PORT``
count of hits, rows    ``101 since the start``                     ``# since the start``
a service on its way   ``active → deactivating → inactive``        ``active → inactive``
rows of the hit log    when, what, by whom, how fast; how many     ``HH:MM:SS hits``
who is first of many   ``lb01 ● link    link up``                  ``node ● link …``
offsets of the clocks  the largest first                           ``clock offsets``
the line of keys       as many as there is room for                ``(keys)``
ages in the title      ``via bastion 0.7 ms  readings ≤ 2 s  …``   ``(ages)``
services on their way  ``active → deactivating → inactive``        ``active → inactive``
scroll bar             ``│``, ``┃`` in the last column             nothing
=====================  ==========================================  =====================

Settings that look like spans (``advert 1 s``, ``every 2 s``) stand as they are. What stands in a
column keeps its width. In a row where something else was masked, gaps of several spaces stand as
two: what stood there may have been wider. How such rows are aligned is held by the SVG pictures
in ``tests/ui``.

The overview of a node breaks its lines where there is no room for them, and a longer age moves
the break: its two columns stand one under the other here, and broken lines are joined.

Moments of one second come from several hosts' streams, and their order is by clocks that are a
fraction of a millisecond apart: rows of moments that follow each other are sorted. A service that
is on its way is seen so only when it is read in that second. So the number of rows differs, and
several empty ones stand as one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

_HITS = " HH:MM:SS hits"
_SPAN = r"(?<![\w.])(?<!advert )(?<!every )[-+±]?\d+(?:\.\d+)? (?:ms|[smhd])(?: \d+ [smh])?\b"
_RULES = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"^ \d\d:\d\d:\d\d\.\d{3} (?:\d{3}|---) .*", _HITS),
        (r"^( clock offsets) .*", r"\1"),
        (r"^ 1 home .* q quit$", " (keys)"),
        (r"\b\d\d:\d\d:\d\d(?:\.\d{3})?\b", "HH:MM:SS"),
        (_SPAN, "# s"),
        (r"\b\d+(?:\.\d)?k?/s", "#/s"),
        (r"\b\d+(?:\.\d)? %", "# %"),
        (r"( errors last HH:MM:SS) [▁▂▃▄▅▆]+", r"\1"),
        (r"^( HITS  | )(?:#/s · .*?|no hit in the last minute)(?=  |$)", r"\1(sums)"),
        (r"(?<![\d.])\d+\.\d\d(?![\d.])", "#.##"),
        (r"\bpid[ =]\d+", "pid #"),
        (r"\b127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
        (r"\b[\d,]+ (since the start|older not in view|new wait)", r"# \1"),
        (r"\b[\d,]+ hits +[\d,]+ errors", "# hits  # errors"),
        (r"(?:via bastion # s  )?readings ≤ # s  HH:MM:SS$", "(ages)"),
        (r"\b\d+ of \d+ moments, .*?(?=  )", "# of # moments"),
        (r"(?<=HH:MM:SS )\w+ +(● link +link up)", r"node \1"),
        (r"(service +\w+): deactivating →", r"\1: active →"),
    )
)
_GAPS = re.compile(r"(?<=\S) {2,}")
#: In the table of nodes, and beside the picture of the pair, columns have their widths.
_IN_COLUMNS = re.compile(r"^ (?:lb|web)\d\d +[●▲◌✖] |(?:─▶|╌╌|╌\?) lb\d\d ")
_COLUMNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern), as_wide)
    for pattern, as_wide in (
        (r" \d\.\d\d(?= +\d+ [smhd]\b)", lambda _: " #.##"),
        (r"(?<=#\.##) +\d+ [smhd]\b", lambda m: "# s".rjust(len(m[0]))),
        (r"([\d.]+ m?s +)[-+]?[\d.]+ m?s *$", lambda m: "# s".ljust(len(m[1])) + "# s"),
        (r"^ [\d.]+k?/s +", lambda m: " #/s".ljust(len(m[0]))),
        (r"(?<=─ [●◌✖] )(web\d\d) .*", lambda m: m[1]),
    )
)
#: What follows the first line of a row of the overview.
_BROKEN = " " * 17
#: A service that stops may be seen on its way, or only once it has stopped.
_ON_ITS_WAY = ": active → deactivating"
_FROM_THERE = (": deactivating → ", ": active → ")
_MOMENT = re.compile(r"^ HH:MM:SS \w+ +\S (?:VIP|VRRP|service|check|link|answer|journal) ")


def mask(rows: Iterable[str]) -> list[str]:
    """Return rows with what may differ made equal."""
    result: list[str] = []
    moments: list[str] = []
    for row in [*_masked(rows), ""]:
        if _MOMENT.match(row):
            moments += [] if row.endswith("activating") else [row]
            continue
        result += [*sorted(moments), row]
        moments = []
    return [row for index, row in enumerate(result[:-1]) if row or result[index - 1]]


def mask_newest(rows: Iterable[str]) -> list[str]:
    """Return masked rows of Home: it shows the newest moments, and which these are is chance."""
    return [" HH:MM:SS a moment" if _MOMENT.match(row) else row for row in _masked(rows)]


def _masked(rows: Iterable[str]) -> list[str]:
    """Return rows, those of the hit log as one: how many there are yet is chance."""
    result: list[str] = []
    for row in map(_row, rows):
        if not (result and result[-1] == _HITS and row in (_HITS, "")):
            result.append(row)
    return result


def mask_overview(rows: Sequence[str]) -> list[str]:
    """Return masked rows of the overview of a node: column under column, broken lines joined."""
    head, *sheet, keys = rows
    left, right = [], []
    for row in sheet:
        one, line, two = row.partition(" │ ")
        left.append(one)
        right += [two] if line else []
    joined: list[str] = []
    for row in (row.rstrip().rstrip("│┃").rstrip() for row in [*left, *right]):
        if joined and row.startswith(_BROKEN):
            joined[-1] = f"{joined[-1]} {row.strip()}"
        elif row or (joined and joined[-1]):
            joined.append(row)
    return [_row(row) for row in (head, *joined, keys)]


def _row(row: str) -> str:
    plain = row.rstrip()
    if plain.endswith(("│", "┃")):
        plain = plain[:-1].rstrip()
    if _IN_COLUMNS.search(plain):
        for column, as_wide in _COLUMNS:
            plain = column.sub(as_wide, plain)
        return plain.rstrip()
    text = plain
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text if text == plain else _GAPS.sub("  ", text)
