"""How far a node's clock is ahead of the console's, by a question small enough to be exact."""

from __future__ import annotations

from haconsole.domain.facts import Clock
from haconsole.parsers.errors import ParseError
from haconsole.transport.commands import Command, Result
from haconsole.words import t

#: Seconds between two questions: quartz drifts by less than 10 ms in that time (≤ 100 ppm).
PERIOD_S = 60.0
#: The quickest of so many answers is the most exact one.
TRIES = 3
COMMAND = Command(name="clock", script="date +%s.%N", timeout_s=5.0)


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
