"""Whether a weighted check moves the VIP, counted as keepalived counts."""

from __future__ import annotations

from collections.abc import Iterator

from haconsole.domain.notes import note
from haconsole.domain.vrrp import effective
from haconsole.procedures.form import Objection

from .pair import PairSettings

_KEY = "check_weight"


def weighing(pair: PairSettings) -> Iterator[Objection]:
    """Refuse a weight by which a failed check would leave the VIP where it is.

    Counted is the case that matters: everything is well, then the check fails on the LB that is
    on top, and only there. A weight of 0 means FAULT and always moves it.
    """
    weight = pair.check.weight if pair.check else 0
    if weight == 0 or len(pair.lbs) < 2:
        return
    well = {lb.host: effective(lb.priority, weight, passes=True) for lb in pair.lbs}
    order = sorted(pair.lbs, key=lambda lb: lb.priority, reverse=True)
    top, second = order[0], order[1]
    gap = top.priority - second.priority
    keys = (_KEY, f"priority.{top.host}", f"priority.{second.host}")
    if gap and well[top.host] == well[second.host]:
        yield Objection(
            note(
                "With the weight {weight} both {top} and {second} reach priority {same}, the "
                "highest there is: who owns the VIP is left to chance.",
                weight=weight,
                top=top.host,
                second=second.host,
                same=well[top.host],
            ),
            keys,
        )
        return
    fails = effective(top.priority, weight, passes=False)
    if fails >= well[second.host]:
        yield Objection(
            note(
                "The weight {weight} is too small for the gap of {gap} between the priorities: "
                "when the check fails on {top}, it has priority {fails} and {second} has {other}, "
                "so the VIP stays. Use 0 (FAULT), or a number beyond {gap}.",
                weight=weight,
                gap=gap,
                top=top.host,
                fails=fails,
                second=second.host,
                other=well[second.host],
            ),
            keys,
        )
