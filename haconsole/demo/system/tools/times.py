"""``date`` and ``sleep``: the host's clock, which is UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from ..invocation import Invocation, Program
from .options import options, usage

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def duration(text: str) -> float | None:
    """Return the seconds of ``1.5``, ``10s``, ``2m``, ``inf``; ``None`` for anything else."""
    if text in ("inf", "infinity"):
        return float(10**9)
    match = re.fullmatch(r"(\d+\.?\d*|\.\d+)([smhd]?)", text)
    return float(match[1]) * _UNITS[match[2]] if match else None


def parse_date(text: str, now: float) -> float | None:
    """Return the seconds since the epoch for ``@N``, ``now``, ISO 8601, ``N units ago``."""
    text = text.strip()
    if re.fullmatch(r"@-?\d+(\.\d+)?", text):
        return float(text[1:])
    if text in ("now", "today", ""):
        return now
    match = re.fullmatch(r"([-+]?\d+)\s*(sec|second|min|minute|hour|day|week)s?(\s+ago)?", text)
    if match:
        unit = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}[match[2][0]]
        return now + int(match[1]) * unit * (-1 if match[3] else 1)
    try:
        found = datetime.fromisoformat(text.removesuffix(" UTC").replace("Z", "+00:00"))
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def format_date(template: str, nanoseconds: int) -> str:
    """Return the time in a format of date(1), in the C locale and UTC."""
    seconds, rest = divmod(nanoseconds, 10**9)
    at = datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)

    def one(match: re.Match[str]) -> str:
        flag, width, c = match[1], match[2], match[3]
        text = _field(c, at, seconds, rest)
        if text is None:
            return match[0]
        if c == "N":
            return text[: int(width)] if width else text
        if flag == "-":
            return text.lstrip("0 ") or "0"
        return text.rjust(int(width), "0") if width else text

    return re.sub(r"%([-_0^]?)(\d*)(:?:?[A-Za-z%])", one, template)


def _field(c: str, at: datetime, seconds: int, rest: int) -> str | None:
    day, month = _DAYS[at.weekday()], _MONTHS[at.month - 1]
    clock = f"{at:%H:%M:%S}"
    simple = {
        "s": str(seconds), "N": f"{rest:09d}", "a": day, "A": _LONG_DAYS[at.weekday()],
        "b": month, "h": month, "T": clock, "F": f"{at:%Y-%m-%d}", "R": f"{at:%H:%M}",
        "D": f"{at:%m/%d/%y}", "z": "+0000", ":z": "+00:00", "Z": "UTC", "e": f"{at.day:>2}",
        "n": "\n", "t": "\t", "%": "%", "u": str(at.isoweekday()), "k": f"{at.hour:>2}",
        "c": f"{day} {month} {at.day:>2} {clock} {at.year}", "x": f"{at:%m/%d/%y}", "X": clock,
        "r": f"{at:%I:%M:%S} {'AM' if at.hour < 12 else 'PM'}", "p": "AM" if at.hour < 12 else "PM",
        "C": f"{at.year // 100:02}",
    }  # fmt: skip
    if c in simple:
        return simple[c]
    if c in "YmdHMSyjIwUWVG":
        return at.strftime(f"%{c}")
    return f"{at:%B}" if c == "B" else None


async def date(inv: Invocation) -> int:
    """``date [-u] [-R] [-I[SPEC]] [-d DATE | -r FILE] [+FORMAT]``."""
    inv.argv = [f"--iso-8601={w[2:]}" if w.startswith("-I") else w for w in inv.argv]
    given = await options(
        inv, "uR", "dr", long=("date=:d", "utc:u", "universal:u", "iso-8601=", "reference=:r",
                               "rfc-email:R")
    )  # fmt: skip
    now = inv.machine.clock()
    if "d" in given:
        found = parse_date(given.values["d"], now)
        if found is None:
            return await inv.error(f"invalid date '{given.values['d']}'")
        now = found
    # A float holds today's seconds to a quarter of a microsecond; more digits would be noise.
    nanoseconds = round(now * 1e6) * 1000
    if "r" in given:
        nanoseconds = inv.files.stat(given.values["r"], inv.process.caller).mtime_ns
    template = "+%a %b %e %H:%M:%S %Z %Y"
    if "R" in given:
        template = "+%a, %d %b %Y %H:%M:%S %z"
    if "iso-8601" in given:
        spec = given.values["iso-8601"]
        template = {"": "+%F", "date": "+%F", "ns": "+%FT%T,%N%:z"}.get(spec, "+%FT%T%:z")
    if given.words:
        template = given.words[0]
        if not template.startswith("+"):
            return await inv.error(f"invalid date '{template}'")
    await inv.print(format_date(template[1:], nanoseconds))
    return 0


async def sleep(inv: Invocation) -> int:
    """``sleep NUMBER[smhd]…``."""
    if not inv.args:
        await usage(inv, "missing operand")
    total = 0.0
    for word in inv.args:
        seconds = duration(word)
        if seconds is None:
            await usage(inv, f"invalid time interval '{word}'")
        total += seconds
    await inv.sleep(total)
    return 0


PROGRAMS: dict[str, Program] = {"date": date, "sleep": sleep}
