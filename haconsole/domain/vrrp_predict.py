"""What a drill should show, said before anything is touched.

From the live configuration, versions and states: who takes over, how long clients wait and what
that time is made of, whether two own the VIP, whether it fails back; and where it will not fail
over, why. The times of each way are in ``vrrp_moves``, the reasons in ``vrrp_why``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from .daemon import VrrpState
from .notes import Note, note
from .vrrp_moves import (
    HANDOVER_S,
    STALE_ARP_S,
    Move,
    faulted,
    handover,
    looks,
    next_advert,
    outranked,
    recovered,
    reweighed,
    silent,
    started,
    told,
)
from .vrrp_prediction import Prediction, Scenario
from .vrrp_router import Router, current_owner
from .vrrp_terms import NO_TIME, Span, seconds, span
from .vrrp_why import Decision, Way, able_peers, decide

#: From the first service that ends at a shutdown until keepalived says 0 (systemd ends the
#: services of a target side by side).
SHUTDOWN_S = 2.0


def predict(
    scenario: Scenario,
    lbs: Sequence[Router],
    *,
    target: str | None = None,
    fails: Collection[str] | None = None,
    backends: Sequence[str] = (),
) -> Prediction:
    """Return what ``scenario`` should do to a pair (or more LBs).

    ``target``: the LB that is hit, the owner by default; for ``backend-down`` the web node, one
    of ``backends`` (those that answer now). ``fails``: the names of the checks that will fail
    (``nginx-*``, ``check-fail``), all that the target tracks by default. A crash or freeze is
    taken to last: nobody restarts the daemon. Raises ``ValueError`` for an unknown target.
    """
    owner = current_owner(lbs)
    if scenario is Scenario.BACKEND_DOWN:
        return _backend(owner, target or (backends[0] if backends else ""), backends)
    hit = next((lb for lb in lbs if lb.name == target), None) if target else owner
    if hit is None:
        if target:
            raise ValueError(f"{target} is none of the LBs")
        return Prediction(
            scenario=scenario, target="", owner=None, outage=None, why_not=_nobody(lbs)
        )
    if scenario is Scenario.FAILBACK:
        return _noted(_failback(hit, owner, lbs), lbs)
    base = Prediction(scenario=scenario, target=hit.name, owner=owner.name if owner else None)
    if owner is None or (hit.name != owner.name and scenario is not Scenario.PARTITION):
        return _noted(_bystander(base, hit), lbs)
    return _noted(_hit(base, owner, lbs, fails), lbs)


def _nobody(lbs: Sequence[Router]) -> tuple[Note, ...]:
    """Return why none of the LBs can own the VIP."""
    return tuple(why for lb in lbs if (why := lb.unable()) is not None)


def _hit(
    base: Prediction, owner: Router, lbs: Sequence[Router], fails: Collection[str] | None
) -> Prediction:
    """The owner is hit."""
    if base.scenario in (Scenario.NGINX_STOP, Scenario.NGINX_BROKEN, Scenario.CHECK_FAIL):
        serves = base.scenario is Scenario.CHECK_FAIL
        return _checked(base, owner, decide(owner, lbs, fails), serves=serves)
    if base.scenario is Scenario.SWITCHOVER:
        return _switchover(base, owner, lbs)
    takers, nobody = able_peers(owner, lbs)
    if not takers:
        answers = base.scenario in (Scenario.CRASH, Scenario.FREEZE, Scenario.PARTITION)
        return replace(base, outage=NO_TIME if answers else None, why_not=nobody)
    return _WAYS[base.scenario](base, owner, takers[0])


def _taken(base: Prediction, taker: Router, takeover: Span, felt: Span) -> Prediction:
    """Somebody takes over; clients only gain by it if its nginx answers."""
    outage: Span | None = felt + handover()
    why: tuple[Note, ...] = ()
    if not taker.serves:
        outage = None
        why = (note("{host} takes the VIP, but its nginx does not answer", host=taker.name),)
    return replace(
        base, takes_over=taker.name, takeover=takeover, outage=outage, why_not=base.why_not + why
    )


def _returns(base: Prediction, owner: Router, taker: Router, move: Move) -> Prediction:
    """Say whether the owner gets the VIP back from the taker, and how."""
    if not owner.preempts:
        said = note("{host} has nopreempt and does not take the VIP back", host=owner.name)
        return replace(base, notes=(*base.notes, said))
    if owner.priority() <= taker.priority():
        said = note(
            "{host} is not above {other} ({mine}, {theirs}) and does not take the VIP back",
            host=owner.name,
            other=taker.name,
            mine=owner.priority(),
            theirs=taker.priority(),
        )
        return replace(base, notes=(*base.notes, said))
    return replace(
        base,
        fails_back=True,
        failback=move.takes,
        failback_outage=move.gap + handover(),
    )


def _stopped(base: Prediction, owner: Router, taker: Router) -> Prediction:
    way = told(owner, taker)
    return _returns(_taken(base, taker, way, way), owner, taker, started(owner, taker))


def _rebooted(base: Prediction, owner: Router, taker: Router) -> Prediction:
    ends = span(
        note("up to {s} s from the end of nginx to keepalived's", s=seconds(SHUTDOWN_S)),
        0.0,
        SHUTDOWN_S,
    )
    way = ends + told(owner, taker)
    said = note(
        "If {host} goes down without ending its services, it is as for a crash: {s} s at most.",
        host=owner.name,
        s=seconds(silent(owner, taker).max_s),
    )
    taken = _taken(replace(base, notes=(said,)), taker, way, way)
    return _returns(taken, owner, taker, started(owner, taker))


def _unplugged(base: Prediction, owner: Router, taker: Router) -> Prediction:
    """The owner's link goes, and with it its nginx's way to the web nodes.

    Requests that are under way then fail there, with the connection (no route) or after
    ``proxy_read_timeout``; nginx asks nobody who failed for ``fail_timeout``
    (ngx_http_upstream_module), and "no live upstreams" is a 502 for whoever comes in that time.
    Measured on real hosts: with 5 s and 10 s, a VIP that was back after 14.4 s cost 0.6 to 1.4 s
    in two of six drills.
    """
    way = silent(owner, taker)
    back = _returns(_taken(base, taker, way, way), owner, taker, recovered(owner, taker))
    if not back.fails_back or not owner.left_out_s:
        return back
    said = note(
        "up to {s} s while nginx on {host} leaves out web nodes that it did not reach "
        "(fail_timeout)",
        s=seconds(owner.left_out_s),
        host=owner.name,
    )
    felt = back.failback_outage + span(said, 0.0, owner.left_out_s)
    return replace(back, failback_outage=felt)


def _silenced(base: Prediction, owner: Router, taker: Router) -> Prediction:
    """A daemon dies or sleeps; its kernel keeps the address, and nginx goes on answering there."""
    said = note(
        "The kernel of {host} keeps the VIP and nginx there goes on answering, until {taker} tells "
        "everybody that it has it too.",
        host=owner.name,
        taker=taker.name,
    )
    both = replace(base, two_owners=True, notes=(said,))
    taken = _taken(both, taker, silent(owner, taker), NO_TIME)
    if base.scenario is Scenario.CRASH:
        return _returns(taken, owner, taker, started(owner, taker))
    return _rejoined(taken, owner, taker)


def _parted(base: Prediction, owner: Router, taker: Router) -> Prediction:
    said = note(
        "{host} and {taker} both own the VIP until they hear one another again; clients reach the "
        "one that spoke last.",
        host=owner.name,
        taker=taker.name,
    )
    both = replace(base, two_owners=True, notes=(said,))
    taken = _taken(both, taker, silent(owner, taker), NO_TIME)
    return _rejoined(taken, owner, taker)


def _rejoined(base: Prediction, owner: Router, taker: Router) -> Prediction:
    """Two masters hear one another: the lower yields to the better's next advert.

    The better one repeats its gratuitous ARPs only when it hears a lower advert
    (``vrrp_state_master_rx``). If the lower one hears first, it goes in silence, and clients keep
    its MAC (keepalived #160) until the better one's refresh, or until they ask again: measured
    with 2.2.7, 39 s; nothing at all when the better one heard first, an advert earlier. A frozen
    daemon finds the other's adverts in its socket when it wakes up, so it always hears them.
    """
    best, other = (owner, taker) if owner.rank > taker.rank else (taker, owner)
    felt = handover()
    first = None
    notes = base.notes
    if base.scenario is Scenario.PARTITION and not other.answers_higher:
        first = best.name
        stale_s = min(best.garp_refresh_s or STALE_ARP_S, STALE_ARP_S)
        said = note(
            "up to {s} s of stale ARP, if {other} hears {best} first", s=seconds(stale_s),
            other=other.name, best=best.name,
        )  # fmt: skip
        felt = felt + span(said, 0.0, stale_s)
        advice = note(
            "Let {best} hear {other} again first, and an advert later the other way round: then "
            "{best} tells clients its address anew.",
            best=best.name,
            other=other.name,
        )
        notes = (*notes, advice)
    back = best is owner
    return replace(
        base,
        fails_back=back,
        failback=next_advert(best) if back else None,
        failback_outage=felt,
        undo_first=first,
        notes=notes,
    )


_WAYS: dict[Scenario, Callable[[Prediction, Router, Router], Prediction]] = {
    Scenario.STOP: _stopped,
    Scenario.REBOOT: _rebooted,
    Scenario.LINK_DOWN: _unplugged,
    Scenario.CRASH: _silenced,
    Scenario.FREEZE: _silenced,
    Scenario.PARTITION: _parted,
}


def _checked(base: Prediction, owner: Router, decision: Decision, *, serves: bool) -> Prediction:
    """Checks fail; ``serves``: nginx still answers, so that only the handover is felt."""
    base = replace(base, why_not=decision.why_not)
    if owner.instance.other_tracks:
        names = ", ".join(owner.instance.other_tracks)
        said = note(
            "{host} also watches {names} (track_process, track_file, track_bfd): what they say "
            "is not in this prediction.",
            host=owner.name,
            names=names,
        )
        base = replace(base, notes=(*base.notes, said))
    if not decision.takers:
        lets_go = decision.way is Way.FAULT
        return replace(base, outage=NO_TIME if serves and not lets_go else None)
    taker = decision.takers[0]
    noticed = looks(decision.checks)
    well = looks(decision.checks, well=True)
    if decision.way is Way.FAULT:
        move, back = faulted(owner, taker), recovered(owner, taker)
    else:
        move, back = outranked(owner, taker), reweighed(owner, taker)
    takeover = noticed + move.takes
    taken = _taken(base, taker, takeover, move.gap if serves else takeover)
    return _returns(taken, owner, taker, Move(well + back.takes, back.gap))


def _switchover(base: Prediction, owner: Router, lbs: Sequence[Router]) -> Prediction:
    """The priorities are turned round, gently: the next best LB is put above the owner."""
    takers, nobody = able_peers(owner, lbs)
    ready = tuple(lb for lb in takers if lb.preempts)
    if not ready:
        held = tuple(
            note("{host} has nopreempt, so a higher priority alone does not make it take over",
                 host=lb.name)
            for lb in takers
        )  # fmt: skip
        return replace(base, why_not=held or nobody)
    taker = ready[0]
    move = outranked(owner, taker)
    taken = _taken(base, taker, move.takes, move.gap)
    return _returns(taken, owner, taker, reweighed(owner, taker))


def _failback(hit: Router, owner: Router | None, lbs: Sequence[Router]) -> Prediction:
    """The LB's keepalived is started, while the best of the others owns the VIP."""
    away = replace(hit, running=False)
    others = [away if lb.name == hit.name else lb for lb in lbs]
    if owner is None or owner.name == hit.name:
        owner = current_owner([lb for lb in others if lb.running])
    base = Prediction(
        scenario=Scenario.FAILBACK, target=hit.name, owner=owner.name if owner else None
    )
    if owner is None:
        _, nobody = able_peers(hit, lbs)
        return replace(base, outage=None, why_not=nobody)
    back = replace(hit, running=True, frozen=False, state=VrrpState.BACKUP)
    seen = _returns(base, back, owner, started(back, owner))
    if not seen.fails_back:
        return replace(seen, why_not=seen.notes, notes=())
    felt = seen.failback_outage if back.serves else None
    return replace(
        seen,
        takes_over=hit.name,
        takeover=seen.failback,
        outage=felt,
        fails_back=False,
        failback=None,
        failback_outage=NO_TIME,
    )


def _backend(owner: Router | None, target: str, backends: Sequence[str]) -> Prediction:
    """A web node goes. nginx hands a request that is refused to the next one (``error timeout``
    of ``proxy_next_upstream``, on by default): nobody waits, unless there is no next one.
    """
    base = Prediction(
        scenario=Scenario.BACKEND_DOWN, target=target, owner=owner.name if owner else None
    )
    others = [name for name in backends if name != target]
    if not others:
        why = note("there is no other web node than {host}", host=target)
        return replace(base, outage=None, why_not=(why,))
    said = note("nginx asks {others} at once when {host} refuses", host=target,
                others=", ".join(others))  # fmt: skip
    return replace(base, outage=span(said, 0.0, HANDOVER_S))


def _bystander(base: Prediction, hit: Router) -> Prediction:
    said = note("{host} does not own the VIP: nothing moves", host=hit.name)
    return replace(base, notes=(said,))


def _noted(base: Prediction, lbs: Sequence[Router]) -> Prediction:
    """Add what is remarkable about the LBs whatever the scenario."""
    notes = list(base.notes)
    priorities: dict[int, list[str]] = {}
    for lb in lbs:
        priorities.setdefault(lb.priority(), []).append(lb.name)
    for priority, names in priorities.items():
        if len(names) > 1:
            notes.append(
                note(
                    "{hosts} have the same priority {priority}: neither takes the VIP from the "
                    "other, and between two owners the higher address stays.",
                    hosts=", ".join(names),
                    priority=priority,
                )
            )
    old = [lb.name for lb in lbs if lb.old]
    if old:
        notes.append(
            note(
                "keepalived before 2.0 on {hosts}: each election takes an advert longer, and a "
                "return costs clients one or two.",
                hosts=", ".join(old),
            )
        )
    return replace(base, notes=tuple(notes))
