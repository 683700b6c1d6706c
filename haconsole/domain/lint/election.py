"""Settings that contradict each other between the LBs of one election.

For files and for settings that are not a file yet (the wizards) alike. Sources:
keepalived.conf(5); keepalived's ``vrrp.c`` (1.3.5 to 2.4.3) for what it does with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from haconsole.domain.notes import Note, NoteValue, note
from haconsole.domain.vrrp import effective


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, as one of ``rules.RULES``.

    ``keys``: the settings that it is about, ``setting`` or ``setting.NAME`` for one LB's.
    ``fatal``: no sane pair is built with it.
    """

    rule: str
    note: Note
    keys: tuple[str, ...]
    fatal: bool = True


@dataclass(frozen=True, slots=True)
class Member:
    """An LB in the election: what its file says."""

    name: str
    priority: int
    begins_as_master: bool = False
    router_id: str = ""


def states(members: Sequence[Member]) -> Iterator[Fault]:
    """Find equal priorities, and beginnings that make the VIP move for nothing."""
    by_priority: dict[int, list[str]] = {}
    for one in members:
        by_priority.setdefault(one.priority, []).append(one.name)
    masters = [one for one in members if one.begins_as_master]
    for priority, names in by_priority.items():
        if len(names) < 2:
            continue
        both = sum(one.name in names for one in masters) > 1
        values: dict[str, NoteValue] = {"hosts": ", ".join(names), "priority": priority}
        said = (
            note(
                "{hosts} have the same priority {priority} and both begin as MASTER: both take the "
                "VIP, and which of them yields is decided by their addresses.",
                **values,
            )
            if both
            else note(
                "{hosts} have the same priority {priority}: which of them owns the VIP is "
                "decided by who is first. Give them different ones.",
                **values,
            )
        )
        yield Fault(
            "same-priority-masters" if both else "same-priority",
            said,
            tuple(f"priority.{name}" for name in names),
            fatal=both,
        )
    if members:
        yield from _beginnings(members, masters)


def _beginnings(members: Sequence[Member], masters: Sequence[Member]) -> Iterator[Fault]:
    top = max(members, key=lambda one: one.priority)
    if len(masters) > 1:
        yield Fault(
            "masters",
            note(
                "{hosts} all begin as MASTER: at each start they take the VIP from one another.",
                hosts=", ".join(one.name for one in masters),
            ),
            tuple(f"state.{one.name}" for one in masters),
            fatal=False,
        )
    elif masters and masters[0].priority < top.priority:
        yield Fault(
            "lower-master",
            note(
                "{low} begins as MASTER, but {high} has the higher priority: the VIP moves at "
                "once.",
                low=masters[0].name,
                high=top.name,
            ),
            (f"state.{masters[0].name}",),
            fatal=False,
        )


def router_ids(members: Sequence[Member]) -> Iterator[Fault]:
    """Find LBs that call themselves by one name."""
    ids = [one.router_id for one in members if one.router_id]
    if len(set(ids)) < len(ids):
        yield Fault(
            "same-router-id",
            note("Two LBs have the same router_id, so that logs and mails cannot tell them apart."),
            tuple(f"router_id.{one.name}" for one in members if ids.count(one.router_id) > 1),
            fatal=False,
        )


def preemption(
    members: Sequence[Member], *, preempt: bool, preempt_delay_s: float, weight: int
) -> Iterator[Fault]:
    """Find what ``nopreempt`` and ``preempt_delay`` do not go with.

    ``weight``: that of a check that every member tracks, 0 without one.
    """
    masters = tuple(one.name for one in members if one.begins_as_master)
    keys = ("preempt", *(f"state.{name}" for name in masters))
    if not preempt and masters:
        yield Fault(
            "nopreempt-master",
            note(
                "Without preemption every LB has to begin as BACKUP: {host} begins as MASTER, and "
                "takes the VIP back whenever it starts.",
                host=", ".join(masters),
            ),
            keys,
        )
    if not preempt and weight:
        yield Fault(
            "nopreempt-weight",
            note(
                "Without preemption a weight moves nothing: a lower priority alone never makes "
                "the owner yield, so the service is dead and the VIP stays. Use weight 0 (FAULT)."
            ),
            ("preempt", "check_weight"),
        )
    if preempt and preempt_delay_s and masters:
        yield Fault(
            "delay-master",
            note(
                "A delay before preemption only counts where every LB begins as BACKUP: "
                "keepalived drops it on {host}, which begins as MASTER.",
                host=", ".join(masters),
            ),
            ("preempt_delay", *keys[1:]),
        )


def weighing(members: Sequence[Member], weight: int) -> Iterator[Fault]:
    """Find a weight by which a failed check would leave the VIP where it is.

    Counted is the case that matters: everything is well, then the check fails on the LB that is
    on top, and only there. A weight of 0 means FAULT and always moves it.
    """
    if weight == 0 or len(members) < 2:
        return
    order = sorted(members, key=lambda one: one.priority, reverse=True)
    top, second = order[0], order[1]
    well = [effective(one.priority, weight, passes=True) for one in (top, second)]
    gap = top.priority - second.priority
    keys = ("check_weight", f"priority.{top.name}", f"priority.{second.name}")
    if gap and well[0] == well[1]:
        yield Fault(
            "weight-tie",
            note(
                "With the weight {weight} both {top} and {second} reach priority {same}, the "
                "highest there is: who owns the VIP is left to chance.",
                weight=weight,
                top=top.name,
                second=second.name,
                same=well[0],
            ),
            keys,
        )
        return
    fails = effective(top.priority, weight, passes=False)
    if fails >= well[1]:
        yield Fault(
            "weight-too-small",
            note(
                "The weight {weight} is too small for the gap of {gap} between the priorities: "
                "when the check fails on {top}, it has priority {fails} and {second} has {other}, "
                "so the VIP stays. Use 0 (FAULT), or a number beyond {gap}.",
                weight=weight,
                gap=gap,
                top=top.name,
                fails=fails,
                second=second.name,
                other=well[1],
            ),
            keys,
        )
