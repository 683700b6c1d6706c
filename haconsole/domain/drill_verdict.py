"""What came of a drill, against what was predicted: a verdict, and its reasons in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from .notes import Note, note
from .outage import Measurement
from .vrrp_moves import HANDOVER_S
from .vrrp_prediction import Prediction, Scenario
from .vrrp_terms import Span

#: What two kernels' scheduling may add to a timer, or take from it, seconds.
SLACK_S = 0.02
#: Two kernels hold the VIP for this long, seconds, in any handover without a gap.
OVERLAP_S = 0.2


class Kind(StrEnum):
    """A verdict, as JSON and trends know it."""

    AS_PREDICTED = "as-predicted"
    #: What happened is outside of what was predicted.
    DIFFERENT = "different"
    #: It fails over, although it was predicted that it does not, or the other way round.
    OPPOSITE = "opposite"
    #: The measurement proves nothing.
    VOID = "void"
    #: The drill was ended before it showed anything.
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it. ``healthy``: the pair is as before afterwards, with nothing left."""

    kind: Kind
    reasons: tuple[Note, ...] = ()
    healthy: bool = True

    @property
    def good(self) -> bool:
        """Whether the drill proves what was predicted, and left the pair as it was."""
        return self.kind is Kind.AS_PREDICTED and self.healthy


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a drill showed. Times in seconds.

    ``lasted``: clients were without an answer until the fault was undone. ``taken_by``: the LB
    whose kernel took the VIP meanwhile, ``None``: none was seen to. ``returned_s``: (least, most)
    from the undoing until the kernel of the LB that is to own it in the end was the only one.
    ``end_owners``: who held it when all had settled, ``None``: not seen. ``unseen``: LBs whose
    kernel could not be seen while the fault was there. ``early``: why it ended before its time;
    ``left``: what is not as before.
    """

    broken: bool = True
    measurement: Measurement | None = None
    back: Measurement | None = None
    lasted: bool = False
    taken_by: str | None = None
    returned_s: tuple[float, float] | None = None
    end_owners: tuple[str, ...] | None = None
    unseen: tuple[str, ...] = ()
    early: Note | None = None
    left: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class _Finding:
    kind: Kind
    note: Note


def end_owner(prediction: Prediction) -> str | None:
    """Return the LB that should own the VIP once the fault is undone and all has settled."""
    if prediction.takes_over is None or prediction.fails_back:
        return prediction.owner
    return prediction.takes_over


def judge(prediction: Prediction, seen: Seen) -> Verdict:
    """Return the verdict on a drill."""
    healthy = not seen.left
    if not seen.broken or seen.measurement is None:
        why = (seen.early or note("the fault was not made"), *seen.left)
        return Verdict(Kind.ABORTED, why, healthy)
    if seen.measurement.void:
        return Verdict(Kind.VOID, (*seen.measurement.void, *seen.left), healthy)
    found = [
        *_takeover(prediction, seen, seen.measurement),
        *_outage(prediction, seen, seen.measurement),
        *_owners(prediction, seen, seen.measurement),
        *_return(prediction, seen),
    ]
    kinds = {one.kind for one in found}
    kind = next((one for one in (Kind.OPPOSITE, Kind.DIFFERENT) if one in kinds), Kind.AS_PREDICTED)
    reasons = [one.note for one in found]
    if seen.early is not None:
        reasons.insert(0, seen.early)
        if kind is not Kind.AS_PREDICTED:
            kind = Kind.ABORTED
    return Verdict(kind, (*reasons, *seen.left), healthy)


def _takeover(prediction: Prediction, seen: Seen, told: Measurement) -> Iterator[_Finding]:
    """Who took the VIP, and when."""
    expected, taker = prediction.takes_over, seen.taken_by
    if expected is None:
        if taker is not None:
            yield _Finding(
                Kind.OPPOSITE,
                note("{host} took the VIP: predicted was that nobody does", host=taker),
            )
        elif not seen.unseen:
            yield _Finding(Kind.AS_PREDICTED, _nobody(prediction))
        else:
            yield _Finding(
                Kind.AS_PREDICTED,
                note("nobody was seen to take the VIP ({hosts} could not be seen)",
                     hosts=", ".join(seen.unseen)),
            )  # fmt: skip
    elif taker is None and expected in seen.unseen:
        yield _Finding(
            Kind.AS_PREDICTED,
            note("whether {host} took the VIP could not be seen: it was cut off", host=expected),
        )
    elif taker is None:
        yield _Finding(
            Kind.OPPOSITE,
            note("nobody took the VIP: predicted was that {host} does", host=expected),
        )
    elif taker != expected:
        yield _Finding(
            Kind.DIFFERENT,
            note("{host} took the VIP: predicted was {other}", host=taker, other=expected),
        )
    elif told.detect_s is None or prediction.takeover is None:
        yield _Finding(Kind.AS_PREDICTED, note("{host} took the VIP, as predicted", host=taker))
    else:
        fits = _fits(prediction.takeover, told.detect_s, late_s=HANDOVER_S)
        yield _Finding(
            Kind.AS_PREDICTED if fits else Kind.DIFFERENT,
            note(
                "{host} took the VIP after {seen} s: predicted {span} s",
                host=taker,
                seen=between(*told.detect_s),
                span=between(prediction.takeover.min_s, prediction.takeover.max_s),
            ),
        )


def _nobody(prediction: Prediction) -> Note:
    if prediction.why_not:
        return note(
            "nobody took the VIP over, as predicted: {why}",
            why=prediction.why_not[0],
        )
    return note("the VIP did not move, as predicted")


def _outage(prediction: Prediction, seen: Seen, told: Measurement) -> Iterator[_Finding]:
    """What clients felt while the fault was there."""
    upper_s = told.upper_s if told.upper_s is not None else told.lower_s
    bracket = (told.lower_s, upper_s)
    felt = between(*bracket)
    if prediction.outage is None:
        if seen.lasted:
            said = note(
                "clients were without an answer for {seen} s, until the fault was undone, as "
                "predicted",
                seen=felt,
            )
            yield _Finding(Kind.AS_PREDICTED, said)
        elif told.worst is None:
            said = note("clients went on being answered: predicted was that they are not")
            yield _Finding(Kind.OPPOSITE, said)
        else:
            said = note(
                "clients were answered again after {seen} s: predicted was that they wait until "
                "the fault is undone",
                seen=felt,
            )
            yield _Finding(Kind.OPPOSITE, said)
        return
    span = between(prediction.outage.min_s, prediction.outage.max_s)
    if seen.lasted:
        said = note(
            "clients were without an answer for {seen} s, until the fault was undone: predicted "
            "{span} s",
            seen=felt,
            span=span,
        )
        yield _Finding(Kind.OPPOSITE, said)
        return
    fits = _fits(prediction.outage, bracket)
    kind = Kind.AS_PREDICTED if fits else Kind.DIFFERENT
    if told.worst is None:
        said = note(
            "no request failed (what is shorter than {ms} ms would not be seen): predicted {span} "
            "s",
            ms=f"{upper_s * 1000:.1f}",
            span=span,
        )
    else:
        said = note(
            "clients were without an answer for {seen} s: predicted {span} s", seen=felt, span=span
        )
    yield _Finding(kind, said)


def _owners(prediction: Prediction, seen: Seen, told: Measurement) -> Iterator[_Finding]:
    """Whether two kernels held the VIP at once. What could not be seen is not judged."""
    if seen.unseen:
        said = note(
            "the kernel of {hosts} could not be seen while it was cut off: whether two owned the "
            "VIP is not known",
            hosts=", ".join(seen.unseen),
        )
        yield _Finding(Kind.AS_PREDICTED, said)
        return
    two_s = told.owned.two_s
    values = {"seconds": f"{two_s:.2f}"}
    if prediction.two_owners and seen.taken_by == prediction.takes_over is not None:
        if two_s > 0:
            said = note("two kernels held the VIP for {seconds} s, as predicted", **values)
            yield _Finding(Kind.AS_PREDICTED, said)
        else:
            said = note("two kernels were predicted to hold the VIP, and never did")
            yield _Finding(Kind.DIFFERENT, said)
    elif not prediction.two_owners and two_s > OVERLAP_S + told.owned.error_s:
        said = note("two kernels held the VIP for {seconds} s: predicted was one", **values)
        yield _Finding(Kind.DIFFERENT, said)


def _return(prediction: Prediction, seen: Seen) -> Iterator[_Finding]:
    """What happened once the fault was undone."""
    owner = end_owner(prediction)
    if seen.end_owners is not None and owner is not None and seen.end_owners != (owner,):
        said = note(
            "the VIP is on {hosts} in the end: predicted was {owner}",
            hosts=", ".join(seen.end_owners) or note("no LB"),
            owner=owner,
        )
        yield _Finding(Kind.DIFFERENT, said)
        return
    if prediction.fails_back:
        yield from _came_back(prediction, seen, owner or "")
    if seen.back is None:
        return
    if seen.back.void:
        said = note("what the way back cost is not known: {why}", why=seen.back.void[0])
        yield _Finding(Kind.AS_PREDICTED, said)
        return
    # Of a drill in which nobody took over, the way back is the end of its outage.
    if seen.back.worst is None or prediction.takes_over is None:
        return
    upper_s = seen.back.upper_s if seen.back.upper_s is not None else seen.back.lower_s
    felt = (seen.back.lower_s, upper_s)
    said = note(
        "the way back cost clients {seen} s: predicted {span} s",
        seen=between(*felt),
        span=between(prediction.failback_outage.min_s, prediction.failback_outage.max_s),
    )
    fits = felt[0] <= prediction.failback_outage.max_s + SLACK_S
    yield _Finding(Kind.AS_PREDICTED if fits else Kind.DIFFERENT, said)


def _came_back(prediction: Prediction, seen: Seen, owner: str) -> Iterator[_Finding]:
    # A reboot's way back is counted from keepalived's start, which is not stamped.
    counted = prediction.scenario is not Scenario.REBOOT
    if seen.returned_s is None or prediction.failback is None or not counted:
        if seen.end_owners is not None:
            said = note("the VIP went back to {host}, as predicted", host=owner)
            yield _Finding(Kind.AS_PREDICTED, said)
        return
    fits = _fits(prediction.failback, seen.returned_s, late_s=HANDOVER_S)
    said = note(
        "the VIP was back on {host} {seen} s after the fault was undone: predicted {span} s",
        host=owner,
        seen=between(*seen.returned_s),
        span=between(prediction.failback.min_s, prediction.failback.max_s),
    )
    yield _Finding(Kind.AS_PREDICTED if fits else Kind.DIFFERENT, said)


def _fits(span: Span, seen_s: tuple[float, float], *, late_s: float = SLACK_S) -> bool:
    """Whether a time known to lie between two values may be within the predicted ones."""
    return seen_s[1] >= span.min_s - SLACK_S and seen_s[0] <= span.max_s + late_s


def between(least_s: float, most_s: float) -> str:
    """Return two bounds as a sentence shows them: ``2.61–3.71``, or one where they are alike.

    What is short is told to the millisecond.
    """
    if not most_s:
        return "0"
    digits = 2 if most_s >= 0.1 else 3
    least, most = f"{least_s:.{digits}f}", f"{most_s:.{digits}f}"
    if not least_s:
        least = "0"
    return most if least == most else f"{least}–{most}"
