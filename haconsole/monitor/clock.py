"""How far a node's clock is ahead of the console's, by a question small enough to be exact."""

from __future__ import annotations

from haconsole.domain.facts import Clock
from haconsole.domain.readings import Reading
from haconsole.parsers.errors import ParseError
from haconsole.transport.commands import Command, Result
from haconsole.words import t

#: Seconds between two questions: quartz drifts by less than 6 ms in that time.
PERIOD_S = 60.0
_DRIFT = 100e-6
#: The quickest of so many answers is the most exact one.
TRIES = 3
#: An offset that is less exact than this many seconds is asked for again with the next reading.
GOOD_ENOUGH_S = 0.002
COMMAND = Command(name="clock", script="date +%s.%N", timeout_s=5.0)


def is_due(known: Reading[Clock], now: float) -> bool:
    """Whether the offset should be asked for: it is old, or not exact enough."""
    if known.value is None or known.at is None or now - known.at >= PERIOD_S:
        return True
    return known.value.error_s > GOOD_ENOUGH_S


def is_better(read: Clock, known: Reading[Clock], now: float) -> bool:
    """Whether a new answer tells more than the old one does by now."""
    if known.value is None or known.at is None:
        return True
    return read.error_s <= known.value.error_s + _DRIFT * (now - known.at)


def understand(result: Result) -> Clock:
    """Return the offset, right within half the command's duration.

    A ``date`` without ``%N`` (busybox) prints a literal instead: whole seconds then.
    Raises ``ParseError`` when the answer is no time.
    """
    whole, _, fraction = result.stdout.strip().partition(".")
    exact = fraction.isdigit()
    try:
        node = float(f"{whole}.{fraction}") if exact else int(whole) + 0.5
    except ValueError:
        raise ParseError(t("the node's date prints no epoch seconds")) from None
    middle = result.started_at + result.seconds / 2
    return Clock(node - middle, result.seconds / 2 + (0.0 if exact else 0.5))
