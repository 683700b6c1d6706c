"""VRRP in numbers: priorities and timers, as the RFCs have them and as keepalived keeps them.

Sources: RFC 3768 (version 2), RFC 5798 (version 3), keepalived's ``vrrp.h``, ``vrrp.c`` and
``vrrp_scheduler.c`` of the tags 1.3.5, 2.0.0, 2.2.7 and 2.4.3. All times are seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: RFC 3768, 5.3.4 and RFC 5798, 5.2.4: 255 owns the addresses itself, 0 says "I stop".
STOP, OWNER = 0, 255
MIN_PRIORITY, MAX_PRIORITY = 1, 254
#: keepalived.conf(5), vrrp_instance: what counts where the file does not say.
DEFAULT_PRIORITY = 100
DEFAULT_ADVERT_INT_S = 1.0
#: RFC 3768, 6.1 and RFC 5798, 6.1: adverts that may be missed (``down_timer_adverts``, 2.2.3).
DOWN_ADVERTS = 3
#: keepalived.conf(5), vrrp_script: what a weight may be, either way.
MAX_WEIGHT = 253
#: keepalived.conf(5), ``vrrp_garp_master_delay``: when the second set of gratuitous ARPs goes out.
GARP_DELAY_S = 5.0
#: The first version that discards lower adverts and takes the addresses at once when it is master.
NEW_ELECTION = (2, 0, 0)
#: Largest advert_int that version 2 can say: 8 bits of seconds (RFC 3768, 5.3.7).
MOST_V2_S = 255.0
#: Largest advert_int that version 3 can say: 12 bits of centiseconds (RFC 5798, 5.2.7).
MOST_V3_S = 40.95


def clamp(priority: int) -> int:
    """Return a priority with weights as keepalived uses it: 1–254.

    ``vrrp_set_effective_priority`` (2.x), ``vrrp_update_priority`` (1.3.5).
    """
    return max(MIN_PRIORITY, min(MAX_PRIORITY, priority))


def counts(weight: int, *, passes: bool) -> int:
    """Return what a check adds to the priority now.

    keepalived.conf(5): a positive weight is added while the check passes, a negative one while
    it fails.
    """
    return weight if passes is (weight > 0) else 0


def effective(priority: int, weight: int, *, passes: bool) -> int:
    """Return an LB's effective priority under one check, as keepalived counts it.

    For a weight of 0 the priority stays: a failed check means FAULT then.
    """
    return effective_sum(priority, [(weight, passes)])


def effective_sum(priority: int, checks: Iterable[tuple[int, bool]]) -> int:
    """Return the effective priority under several checks: (weight, whether it passes).

    The sum is kept as it is and only what is used of it is clamped (``total_priority``). The
    priority 255 is never changed by weights.
    """
    if priority == OWNER:
        return OWNER
    return clamp(priority + sum(counts(weight, passes=passes) for weight, passes in checks))


def advert_int(configured_s: float | None, vrrp_version: int) -> float:
    """Return the interval that is used for a configured one, seconds.

    ``vrrp_complete_instance`` (2.2.7): version 2 rounds to whole seconds, 1–255 (RFC 3768,
    5.3.7); version 3 to centiseconds, 0.01–40.95 s (RFC 5798, 5.2.7).
    """
    if not configured_s or configured_s < 0:
        return DEFAULT_ADVERT_INT_S
    if vrrp_version == 2:
        return float(min(MOST_V2_S, max(1, int(configured_s + 0.5))))
    return min(MOST_V3_S, max(1, int(configured_s * 100 + 0.5 + 1e-6)) / 100)


def skew_s(priority: int, advert_int_s: float, vrrp_version: int = 2) -> float:
    """Return by how much a lower priority waits longer, seconds.

    RFC 3768, 6.1: ``(256 - priority) / 256``; RFC 5798, 6.1: that part of the master's interval.
    """
    skew = (256 - priority) / 256
    return skew * advert_int_s if vrrp_version == 3 else skew


def master_down_s(
    priority: int, advert_int_s: float, vrrp_version: int = 2, adverts: int = DOWN_ADVERTS
) -> float:
    """Return after how many seconds without an advert the master counts as dead.

    RFC 3768, 6.1 and RFC 5798, 6.1; ``VRRP_MS_DOWN_TIMER`` (2.2.7). ``advert_int_s`` is the
    master's, which a version 3 backup takes over from its adverts.
    """
    return adverts * advert_int_s + skew_s(priority, advert_int_s, vrrp_version)


@dataclass(frozen=True, slots=True)
class Bounds:
    """From and to, seconds, both possible."""

    min_s: float
    max_s: float

    def __add__(self, other: Bounds) -> Bounds:
        """Return the bounds of one after the other."""
        return Bounds(self.min_s + other.min_s, self.max_s + other.max_s)

    def admits(self, soonest_s: float, latest_s: float, slack_s: float = 0.0) -> bool:
        """Whether a time that is known to lie between two values may be within."""
        return latest_s >= self.min_s - slack_s and soonest_s <= self.max_s + slack_s

    def __str__(self) -> str:
        """Return ``2.61–3.61``."""
        return f"{self.min_s:.2f}–{self.max_s:.2f}"


@dataclass(frozen=True, slots=True)
class Waits:
    """What an LB waits for before it takes the addresses.

    ``priority`` is its own effective one (the base priority before keepalived 2.0:
    ``VRRP_TIMER_SKEW`` of 1.3.5), ``advert_int_s`` the master's interval. ``old``: keepalived
    before 2.0, which sends an advert ("Transition to MASTER STATE") and takes the addresses one
    interval later ("Entering MASTER STATE"; ``vrrp_state_goto_master``, 1.3.5).
    """

    priority: int
    advert_int_s: float = DEFAULT_ADVERT_INT_S
    vrrp_version: int = 2
    adverts: int = DOWN_ADVERTS
    old: bool = False

    @property
    def skew_s(self) -> float:
        """Skew time, seconds."""
        return skew_s(self.priority, self.advert_int_s, self.vrrp_version)

    @property
    def master_down_s(self) -> float:
        """Master-down interval, seconds."""
        return master_down_s(self.priority, self.advert_int_s, self.vrrp_version, self.adverts)

    @property
    def entering_s(self) -> float:
        """From the end of the timer until the addresses are taken, seconds."""
        return self.advert_int_s if self.old else 0.0

    @property
    def stopped(self) -> Bounds:
        """From an advert with priority 0 on (RFC 3768, 6.4.2; RFC 5798, 6.4.2): the skew."""
        return Bounds(self.skew_s + self.entering_s, self.skew_s + self.entering_s)

    @property
    def lost(self) -> Bounds:
        """From the master's silent death on: it may have spoken just before, or be about to."""
        most = self.master_down_s + self.entering_s
        return Bounds(most - self.advert_int_s, most)

    @property
    def begun(self) -> Bounds:
        """From its own entry into BACKUP on, while no better advert comes."""
        most = self.master_down_s + self.entering_s
        return Bounds(most, most)


def check_bounds(times: int, interval_s: float, run_s: float) -> Bounds:
    """Return how long a change takes to be noticed by a check, seconds.

    ``times``: ``fall`` or ``rise``. The daemon starts the script every ``interval_s`` whatever
    it said before (``vrrp_script_thread``, 1.3.5 to 2.4.3), so the first look comes between at
    once and one interval later; ``run_s`` is how long a run takes at most.
    """
    return Bounds((times - 1) * interval_s, times * interval_s + run_s)
