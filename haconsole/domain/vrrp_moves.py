"""How long each way takes by which a VIP moves from one LB to another, and what it costs.

Sources: RFC 3768, 6.4 and RFC 5798, 6.4; keepalived's ``vrrp.c``, ``vrrp_scheduler.c`` and
``vrrp_track.c``, 2.0.0 to 2.4.3, and of 1.3.5 where an LB is ``old``. Times are seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .notes import note
from .vrrp import Bounds, check_bounds
from .vrrp_router import Router, Tracked
from .vrrp_terms import NO_TIME, Span, seconds, span

#: From the end of a timer until clients are answered: addresses, gratuitous ARPs, scheduling.
HANDOVER_S = 0.1
#: How long a check of a dead service runs at most: nobody listens, so it is refused.
CHECK_RUN_S = 0.2
#: A start forks, reads its file and runs each check once before the instance begins to wait.
START_S = 0.5
#: After this long even a client that heard no gratuitous ARP asks again (Linux, arp(7):
#: base_reachable_time × 1.5 + delay_first_probe_time + 3 × retrans_time).
STALE_ARP_S = 45.0 + 5.0 + 3.0


@dataclass(frozen=True, slots=True)
class Move:
    """The VIP goes to another LB.

    ``takes``: from the cause until the new owner's kernel has it. ``gap``: for how much of that
    nobody has it, although the old owner could still serve.
    """

    takes: Span
    gap: Span = NO_TIME


def handover() -> Span:
    """Return from the last timer's end to the first answer."""
    return span(note("up to {s} s until it answers", s=seconds(HANDOVER_S)), 0.0, HANDOVER_S)


def _missed(lb: Router, interval_s: float) -> Span:
    most = lb.down_adverts
    return span(
        note("{low}–{high} adverts of {s} s", low=most - 1, high=most, s=seconds(interval_s)),
        (most - 1) * interval_s,
        most * interval_s,
    )


def _skew(lb: Router, interval_s: float) -> Span:
    skew = lb.waits(interval_s).skew_s
    return span(note("skew {s} s of {host}", s=seconds(skew), host=lb.name), skew)


def _entering(lb: Router, least: int = 1, most: int | None = None) -> Span:
    """Before 2.0: an advert first, the addresses one interval later; for each election."""
    most = most or least
    if not lb.old:
        return Span()
    said = note(
        "{n} × {s} s of {host}'s election (keepalived before 2.0)",
        n=least if least == most else f"{least}–{most}",
        s=seconds(lb.advert_int_s),
        host=lb.name,
    )
    return span(said, least * lb.advert_int_s, most * lb.advert_int_s)


def silent(owner: Router, taker: Router) -> Span:
    """From the owner's last breath: it says nothing more (RFC 3768, 6.4.2: Master_Down_Timer).

    Its newest advert was up to one interval old, so the timer has run for as much already.
    """
    interval_s = owner.advert_int_s
    return _missed(taker, interval_s) + _skew(taker, interval_s) + _entering(taker)


def told(owner: Router, taker: Router) -> Span:
    """From the owner's advert with priority 0 (RFC 3768, 6.4.2): the skew alone."""
    return _skew(taker, owner.advert_int_s) + _entering(taker)


def next_advert(lb: Router) -> Span:
    """Return how long until an LB's next advert."""
    said = note("up to {s} s until {host}'s next advert", s=seconds(lb.advert_int_s), host=lb.name)
    return span(said, 0.0, lb.advert_int_s)


def faulted(owner: Router, taker: Router) -> Move:
    """From a failure that means FAULT: the owner lets go and says 0.

    2.x does both at once (``down_instance``); before 2.0 the owner sees it when its next advert
    is due (``vrrp_master``).
    """
    gap = told(owner, taker)
    return Move((next_advert(owner) if owner.old else Span()) + gap, gap)


def outranked(owner: Router, taker: Router, *, weighs: Router | None = None) -> Move:
    """From the owner's priority falling below the taker's, or the taker's rising above it.

    2.x discards lower adverts until its timer ends, and the owner yields to the first better
    one: no gap. Before 2.0 a lower advert makes the taker send its own at once, the owner yields
    to that, and the taker takes the addresses two intervals later (``vrrp_state_backup``). A
    ``preempt_delay`` of the taker holds it back here too. ``weighs``: whose priority changed,
    the owner's by default.
    """
    counted = _counted(weighs or owner) + _delay(taker, 0.0)
    if not taker.old:
        return Move(counted + silent(owner, taker))
    gap = _entering(taker, 2)
    return Move(counted + next_advert(owner) + gap, gap)


def _counted(lb: Router) -> Span:
    """Before 2.0 a priority is counted anew once an interval (``vrrp_update_priority``)."""
    if not lb.old:
        return Span()
    said = note(
        "up to {s} s until {host} counts its priority anew (keepalived before 2.0)",
        s=seconds(lb.advert_int_s),
        host=lb.name,
    )
    return span(said, 0.0, lb.advert_int_s)


def looks(checks: Sequence[Tracked], *, well: bool = False) -> Span:
    """Return how long checks need to notice a failure, or (``well``) a recovery.

    Of several the first that decides counts: the bounds are the smallest of each.
    """
    found: list[tuple[Bounds, Tracked, int]] = []
    for one in checks:
        times = (one.script.rise if well else one.script.fall) or 1
        run_s = min(CHECK_RUN_S, one.timeout_s)
        found.append((check_bounds(times, one.interval_s, run_s), one, times))
    if not found:
        return Span()
    first, one, times = min(found, key=lambda each: (each[0].max_s, each[0].min_s))
    least = min(bounds.min_s for bounds, _, _ in found)
    said = note(
        "{n} × {s} s of the check {check}",
        n=f"{times - 1}–{times}",
        s=seconds(one.interval_s),
        check=one.script.name,
    )
    return span(said, least, first.max_s)


def started(lb: Router, owner: Router) -> Move:
    """From the start of an LB's keepalived, while a lower one owns the VIP.

    2.x begins as BACKUP, whatever the file says, and discards the lower adverts
    (``vrrp_init_state``). Before 2.0 ``state MASTER`` counts: it sends its advert as soon as it
    hears another's, or after one interval, the owner yields at once, and it takes the addresses
    one interval later; a BACKUP forces an election, which costs two.
    """
    begins = span(note("up to {s} s to start", s=seconds(START_S)), 0.0, START_S)
    # Before 2.0 it begins without its weights (vrrp_init_state), and may be the lower one so far.
    claims = lb.begins_as_master and (lb.base_priority, lb.rank[1]) > owner.rank
    if lb.old and not claims and lb.base_priority <= owner.priority():
        begins = begins + _counted(lb)
    return _back(lb, owner, begins, (1 if lb.begins_as_master else 2, 1 if claims else 2))


def recovered(lb: Router, owner: Router) -> Move:
    """From the end of what meant FAULT (a check without weight, a link).

    2.x goes to BACKUP and waits a whole master-down interval (``try_up_instance``); before 2.0
    the next advert of the lower owner makes it master (``vrrp_leave_fault``).
    """
    return _back(lb, owner, Span(), (1, 1))


def _back(lb: Router, owner: Router, begins: Span, elections: tuple[int, int]) -> Move:
    delay = _delay(lb, -lb.advert_int_s)
    if lb.old:
        gap = _entering(lb, *elections)
        return Move(begins + delay + next_advert(owner) + gap, gap)
    waits = lb.waits(owner.advert_int_s)
    said = note("{n} adverts of {s} s", n=lb.down_adverts, s=seconds(owner.advert_int_s))
    down = span(said, waits.master_down_s - waits.skew_s)
    return Move(begins + delay + down + _skew(lb, owner.advert_int_s))


def reweighed(lb: Router, owner: Router) -> Move:
    """From the moment at which a check's weight puts an LB above the owner again."""
    return outranked(owner, lb, weighs=lb)


def _delay(lb: Router, soonest_s: float) -> Span:
    """``preempt_delay`` runs from the first lower advert on, and ends between two adverts."""
    delay_s = lb.preempt_delay_s
    if not delay_s:
        return Span()
    said = note("preempt_delay {s} s of {host}", s=seconds(delay_s), host=lb.name)
    return span(said, max(0.0, delay_s + soonest_s), delay_s + lb.advert_int_s)
