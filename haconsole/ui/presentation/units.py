"""How times, rates and shares are written: the same everywhere, and short."""

from __future__ import annotations

from datetime import datetime


def duration(seconds: float) -> str:
    """Return a span in its two largest units: ``41 s``, ``3 m 20 s``, ``3 d 4 h``."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} m {whole % 60} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} m"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def short_duration(seconds: float) -> str:
    """Return a span in its largest unit: ``41 s``, ``3 m``, ``4 d``."""
    return " ".join(duration(seconds).split()[:2])


def took(seconds: float) -> str:
    """Return how long something took: ``0.4 s``, ``12 s``, ``3 m 20 s``."""
    return f"{max(0.0, seconds):.1f} s" if seconds < 9.95 else duration(seconds)


def latency(seconds: float) -> str:
    """Return a response time: ``0.8 ms``, ``12 ms``, ``1.25 s``; ``-`` where none was logged."""
    if seconds < 0:
        return "-"
    if seconds < 0.01:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.2f} s"


def rate(per_second: float) -> str:
    """Return a rate: ``0.4/s``, ``128/s``, ``12.3k/s``."""
    if per_second <= 0:
        return "0/s"
    if per_second < 9.95:
        return f"{per_second:.1f}/s"
    if per_second < 9950:
        return f"{per_second:.0f}/s"
    return f"{per_second / 1000:.1f}k/s"


def percent(share: float) -> str:
    """Return a share (0–1) as ``50.1 %``; all of it is ``100 %``, never by rounding."""
    if share >= 1:
        return "100 %"
    return f"{min(share * 100, 99.9):.1f} %"


def number(count: int) -> str:
    """Return a count with its thousands apart: ``1,234,567``."""
    return f"{count:,}"


def time_of_day(at: float) -> str:
    """Return ``14:02:31`` in the operator's zone; ``at`` in epoch seconds."""
    return _local(at).strftime("%H:%M:%S") if at > 0 else "--:--:--"


def time_with_ms(at: float) -> str:
    """Return ``14:02:31.204`` in the operator's zone; ``at`` in epoch seconds."""
    if at <= 0:
        return "--:--:--.---"
    local = _local(at)
    return f"{local:%H:%M:%S}.{local.microsecond // 1000:03d}"


def day_of(at: float) -> str:
    """Return ``2026-11-22`` in the operator's zone; ``at`` in epoch seconds."""
    return _local(at).strftime("%Y-%m-%d") if at > 0 else ""


def offset(seconds: float) -> str:
    """Return a clock's offset with its sign: ``+0.3 ms``, ``-1.20 s``, ``0.0 ms``."""
    size = latency(abs(seconds))
    sign = "" if size == "0.0 ms" else "-" if seconds < 0 else "+"
    return sign + size


def sparkline(values: list[int], width: int) -> str:
    """Return the newest ``width`` values as bars; the largest of them is three quarters high.

    So an even flow looks even, and not like a wall.
    """
    if width <= 0:
        return ""
    recent = values[-width:]
    top = max(recent, default=0)
    if top <= 0:
        return "▁" * len(recent)
    return "".join("▁▂▃▄▅▆"[round(value / top * 5)] for value in recent)


def _local(at: float) -> datetime:
    # A node may claim any time; the year 9998 is as far as every zone can be computed.
    return datetime.fromtimestamp(min(at, 253_370_764_800.0)).astimezone()
