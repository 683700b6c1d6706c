"""Whether a failed check moves the VIP, and in sentences why it would not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum

from .notes import Note, note
from .vrrp_router import Router, Tracked


class Way(Enum):
    """By what the owner loses the VIP when its checks fail."""

    FAULT = "fault"
    WEIGHT = "weight"


@dataclass(frozen=True, slots=True)
class Decision:
    """What failing checks do to the owner.

    ``way`` ``None``: nothing moves, for the reasons in ``why_not``. ``checks``: those that
    decide; ``takers``: the LBs that may take over, best first.
    """

    way: Way | None
    checks: tuple[Tracked, ...] = ()
    takers: tuple[Router, ...] = ()
    why_not: tuple[Note, ...] = ()


def able_peers(owner: Router, lbs: Sequence[Router]) -> tuple[tuple[Router, ...], tuple[Note, ...]]:
    """Return who could take over from the owner, best first, and why the others could not."""
    able, why = [], []
    for lb in lbs:
        if lb.name == owner.name:
            continue
        reason = lb.unable()
        if reason is None:
            able.append(lb)
        else:
            why.append(reason)
    if not able and not why:
        why.append(note("there is no other LB than {host}", host=owner.name))
    return tuple(sorted(able, key=lambda lb: lb.rank, reverse=True)), tuple(why)


def decide(owner: Router, lbs: Sequence[Router], fails: Collection[str] | None) -> Decision:
    """Return what happens when checks fail on the owner, and only there.

    ``fails``: the names of the checks that fail, ``None`` for all that it tracks.
    """
    takers, nobody = able_peers(owner, lbs)
    awake = []
    why: list[Note] = list(_untracked(owner))
    for one in owner.tracked():
        if fails is not None and one.script.name not in fails:
            continue
        if one.asleep is None:
            awake.append(one)
        else:
            why.append(one.asleep)
    faults = tuple(one for one in awake if not one.weight)
    if faults:
        if takers:
            return Decision(Way.FAULT, faults, takers)
        return Decision(Way.FAULT, faults, (), nobody)
    if not awake:
        return Decision(None, why_not=(*why, *(() if takers else nobody)))
    return _weigh(owner, takers, tuple(awake), (*why, *nobody))


def _weigh(
    owner: Router, takers: tuple[Router, ...], checks: tuple[Tracked, ...], nobody: tuple[Note, ...]
) -> Decision:
    if not takers:
        return Decision(None, checks, (), nobody)
    failing = owner.priority({one.script.name for one in checks})
    above = tuple(lb for lb in takers if lb.priority() > failing)
    ready = tuple(lb for lb in above if lb.preempts)
    if ready:
        return Decision(Way.WEIGHT, checks, ready)
    if above:
        return Decision(None, checks, (), tuple(_held(lb) for lb in above))
    return Decision(None, checks, (), (_too_small(owner, takers[0], checks, failing),))


def _held(lb: Router) -> Note:
    """``nopreempt`` accepts every advert (``vrrp_state_backup``; keepalived #2483)."""
    return note(
        "{host} has nopreempt, so a lower priority of the owner alone never makes it take over; "
        "with weight 0 the failed check means FAULT, and it would",
        host=lb.name,
    )


def _too_small(owner: Router, peer: Router, checks: tuple[Tracked, ...], failing: int) -> Note:
    weights = ", ".join(str(one.weight) for one in checks)
    values: dict[str, str | int] = {
        "weight": weights,
        "owner": owner.name,
        "fails": failing,
        "peer": peer.name,
        "other": peer.priority(),
        "gap": owner.base_priority - peer.base_priority,
    }
    if all(one.weight > 0 for one in checks):
        return note(
            "the weight {weight} is added while the check passes, and is not more than the gap of "
            "{gap} between the priorities: when it fails, {owner} has {fails} and {peer} has "
            "{other}, so the VIP stays",
            **values,
        )
    return note(
        "the weight {weight} is too small for the gap of {gap} between the priorities: when the "
        "check fails, {owner} has {fails} and {peer} has {other}, so the VIP stays",
        **values,
    )


def _untracked(owner: Router) -> tuple[Note, ...]:
    if owner.instance.track_scripts:
        return ()
    names = ", ".join(script.name for script in owner.conf.scripts)
    if names:
        return (
            note(
                "{host} defines the check {checks}, but {instance} does not track it "
                "(track_script)",
                host=owner.name,
                checks=names,
                instance=owner.instance.name,
            ),
        )
    return (note("{host} has no check, so keepalived asks nobody about nginx", host=owner.name),)
