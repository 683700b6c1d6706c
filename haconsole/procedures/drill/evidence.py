"""From what was written down in a drill to what it showed: samples, kernels and stamps. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from haconsole.domain.drill_verdict import Seen, end_owner
from haconsole.domain.notes import Note, note
from haconsole.domain.outage import AROUND_S, MAX_WIDTH_S, Measurement, Outage, measure
from haconsole.domain.outage_series import Injection, OwnerEvent, Sample, owners_at
from haconsole.domain.vrrp_prediction import Prediction, Scenario

#: Samples that are judged with an outage which ends in the undoing, after its end, seconds.
_TAIL_S = 0.05
#: A rhythm at which a bracket can be as narrow as promised, seconds between two requests.
_FINE_S = 1 / 400
#: Before a fault that needs preparing, only so much counts as its baseline, seconds.
_PREPARED_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a drill wrote down; every moment is on the console's clock.

    ``since``: from when on the baseline was good. ``initial``: the LBs whose kernels held the VIP
    when ``events`` begin. ``broken`` and ``undone``: around what was done, ``None``: it was not.
    ``last_undone``: around the undoing of the last host, where they follow one another.
    ``owners``: who held it in the end; ``unseen``: LBs that were cut off meanwhile.
    """

    samples: Sequence[Sample]
    events: Sequence[OwnerEvent] = ()
    initial: tuple[str, ...] = ()
    since: float = 0.0
    broken: Injection | None = None
    undone: Injection | None = None
    last_undone: Injection | None = None
    owners: tuple[str, ...] | None = None
    unseen: tuple[str, ...] = ()
    early: Note | None = None
    left: tuple[Note, ...] = field(default=())


def shifted(samples: Sequence[Sample], offset_s: float) -> list[Sample]:
    """Return samples of a clock that is ``offset_s`` ahead on the console's, by sending time."""
    moved = [
        Sample(
            one.sent_at - offset_s,
            None if one.answered_at is None else one.answered_at - offset_s,
            one.failure,
            one.backend,
            one.node,
            None if one.due_at is None else one.due_at - offset_s,
            one.connected,
        )
        for one in samples
    ]
    moved.sort(key=lambda one: one.sent_at)
    return moved


def understand(prediction: Prediction, told: Material) -> Seen:
    """Return what the drill showed."""
    if told.broken is None:
        return Seen(broken=False, early=told.early, left=told.left, end_owners=told.owners)
    since = told.since
    if prediction.scenario is Scenario.FAILBACK:
        since = max(since, told.broken.before - _PREPARED_S)
    rows = [one for one in told.samples if one.sent_at >= since]
    begin = owners_at(told.events, told.initial, since)
    during, after, lasting = _parted(rows, told.undone)
    until = told.undone.before if told.undone else float("inf")
    then = [one for one in told.events if since < one.at <= until]
    first = measure(during, events=then, initial=tuple(begin), fault=told.broken)
    taken = _taken(then, told, begin)
    first = _strict(first)
    begun = [
        one.first_failed_at
        for one in first.outages
        if one.last_failed_at >= told.broken.before - AROUND_S
    ]
    # One that began later, after clients had been answered again, is another matter.
    lasted = lasting is not None and begun[:1] == [lasting.first_failed_at]
    return Seen(
        measurement=first if taken is not None else replace(first, detect_s=None),
        back=_back(after, told) if told.undone else None,
        lasted=lasted,
        taken_by=taken,
        returned_s=_returned(prediction, told),
        end_owners=told.owners,
        unseen=told.unseen,
        early=told.early,
        left=told.left,
    )


def _strict(told: Measurement) -> Measurement:
    """Declare void what is wider than 5 ms, where the probe's rhythm was fine enough for less."""
    worst = told.worst
    if told.void or worst is None or worst.width_s is None or told.interval_s > _FINE_S:
        return told
    if worst.width_s <= MAX_WIDTH_S:
        return told
    said = note(
        "the outage is known to {width} ms only: a request's answer took {flight} ms, and the "
        "probe was up to {lag} ms late",
        width=round(worst.width_s * 1000, 1),
        flight=round(worst.flight_s * 1000, 1),
        lag=round(told.lag_s * 1000, 1),
    )
    return replace(told, void=(said,))


def _parted(
    rows: list[Sample], undone: Injection | None
) -> tuple[list[Sample], list[Sample], Outage | None]:
    """Cut a series where the fault was undone; an outage that lasts until then is not cut.

    Returns the samples before, those after, and the outage that lasted.
    """
    if undone is None:
        return rows, [], None
    cut, lasting = undone.before, None
    for outage in measure(rows).outages:
        ends = outage.first_good_at
        if outage.first_failed_at < undone.before and (ends is None or ends > undone.before):
            lasting = outage
            cut = float("inf") if ends is None else ends + _TAIL_S
    during = [one for one in rows if one.sent_at < cut]
    return during, [one for one in rows if one.sent_at >= cut], lasting


def _taken(events: Sequence[OwnerEvent], told: Material, begin: frozenset[str]) -> str | None:
    """Return the LB whose kernel took the VIP because of the fault."""
    broken = told.broken
    assert broken is not None  # noqa: S101 - asked for where there was a fault
    before = owners_at(events, tuple(begin), broken.before)
    return next(
        (
            one.node
            for one in events
            if one.owns and one.node not in before and one.at + one.error_s >= broken.before
        ),
        None,
    )


def _back(rows: list[Sample], told: Material) -> Measurement | None:
    assert told.undone is not None  # noqa: S101 - asked for where it was undone
    if not rows:
        return None
    then = [one for one in told.events if one.at > told.undone.before]
    begin = owners_at(told.events, told.initial, told.undone.before)
    return measure(rows, events=then, initial=tuple(begin), fault=told.undone)


def _returned(prediction: Prediction, told: Material) -> tuple[float, float] | None:
    """Return (least, most) seconds from the undoing until its owner alone held the VIP.

    Where the owner had to take it, its own kernel's word counts: the other one's goodbye comes
    with the first advert, a moment later.
    """
    owner = end_owner(prediction)
    if not prediction.fails_back or told.undone is None or told.owners != (owner,):
        return None
    counted = told.undone
    if prediction.undo_first is not None and told.last_undone is not None:
        counted = told.last_undone
    then = [one for one in told.events if one.at + one.error_s >= told.undone.before]
    took = [one for one in then if one.node == owner and one.owns]
    left = [one for one in then if one.node != owner and not one.owns]
    found = (took or left)[-1:]
    if not found or (found[0].node in told.unseen and found[0].error_s > 1.0):
        return None
    at, error_s = found[0].at, found[0].error_s
    return max(0.0, at - error_s - counted.after), max(0.0, at + error_s - counted.before)
