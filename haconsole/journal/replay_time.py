"""Moments as they are typed: ``14:02:31``, ``2026-11-22 14:02``, ``+1m30s``, ``end-30s``."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from haconsole.words import t

_SPAN = re.compile(
    r"(?P<sign>[+-])(?:(?P<h>\d{1,4})h)?(?:(?P<m>\d{1,5})m)?(?:(?P<s>\d{1,7}(?:\.\d{1,6})?)s?)?"
)
_CLOCK = re.compile(r"(?P<h>\d{1,2}):(?P<m>\d\d)(?::(?P<s>\d\d(?:\.\d{1,6})?))?")


class MomentError(Exception):
    """A text names no moment; the message is the sentence to show."""


def parse_moment(text: str, first: float, last: float) -> float:
    """Return epoch seconds; raises ``MomentError``.

    ``+SPAN`` is after ``first``, ``end-SPAN`` before ``last``. A time of day is the operator's, on
    the first day from ``first`` on that has it; a date without a zone is his too.
    """
    text = text.strip()
    if text == "end":
        return last
    text = text.removeprefix("end") if text.startswith("end-") else text
    span = _SPAN.fullmatch(text)
    if span is not None and len(text) > 1:
        seconds = int(span["h"] or 0) * 3600 + int(span["m"] or 0) * 60 + float(span["s"] or 0)
        return first + seconds if span["sign"] == "+" else last - seconds
    clock = _CLOCK.fullmatch(text)
    try:
        if clock is not None:
            return _on_the_day(clock, first)
        return datetime.fromisoformat(text).astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        raise MomentError(
            t("'{text}' is no moment: write 14:02:31, 2026-11-22T14:02:31, +90 (seconds after the "
              "beginning), +1h30m or end-30s.", text=text)
        ) from None  # fmt: skip


def _on_the_day(clock: re.Match[str], first: float) -> float:
    begun = datetime.fromtimestamp(first).astimezone()
    seconds = float(clock["s"] or 0)
    day = begun.replace(
        hour=int(clock["h"]), minute=int(clock["m"]), second=int(seconds),
        microsecond=int(seconds % 1 * 1e6),
    )  # fmt: skip
    # The very second in which the recording began is not the next day's.
    if day.timestamp() < first - 1:
        day += timedelta(days=1)
    return day.timestamp()
