"""Words of drills that list, screen and dialogs share: times, predictions, stages, verdicts."""

from __future__ import annotations

from haconsole.domain.notes import Note
from haconsole.domain.outage import Measurement
from haconsole.domain.vrrp_prediction import Prediction
from haconsole.domain.vrrp_terms import Span
from haconsole.procedures.drill.ask import ABOUT, Ask
from haconsole.procedures.drill.standing import Kind, Stage, Verdict
from haconsole.telling import say
from haconsole.words import t

from . import marks
from .ink import Tone

#: Below this a time is told in milliseconds.
_SMALL_S = 0.0995
#: Words and tone of each verdict.
KINDS: dict[Kind, tuple[str, str, Tone]] = {
    Kind.AS_PREDICTED: (marks.GOOD, "AS PREDICTED", Tone.OK),
    Kind.DIFFERENT: (marks.WARN, "NOT AS PREDICTED", Tone.WARNING),
    Kind.OPPOSITE: (marks.BAD, "THE OPPOSITE OF WHAT WAS PREDICTED", Tone.CRITICAL),
    Kind.VOID: (marks.UNKNOWN, "VOID: THE MEASUREMENT PROVES NOTHING", Tone.UNKNOWN),
    Kind.ABORTED: (marks.WARN, "ABORTED", Tone.WARNING),
}
#: The same in a word, for lists.
BRIEFLY: dict[Kind, str] = {
    Kind.AS_PREDICTED: "as predicted",
    Kind.DIFFERENT: "different",
    Kind.OPPOSITE: "opposite",
    Kind.VOID: "void",
    Kind.ABORTED: "aborted",
}
#: Glyph, word and tone of each stage.
STAGES: dict[Stage, tuple[str, str, Tone]] = {
    Stage.PREFLIGHT: ("·", "LOOKING", Tone.INFO),
    Stage.READY: (marks.IDLE, "READY", Tone.STRONG),
    Stage.REFUSED: (marks.BAD, "REFUSED", Tone.CRITICAL),
    Stage.ARMING: ("▶", "ARMING", Tone.INFO),
    Stage.BREAKING: ("▶", "BREAKING", Tone.WARNING),
    Stage.OBSERVING: ("▶", "WATCHING", Tone.WARNING),
    Stage.WAITING: (marks.UNKNOWN, "WAITING", Tone.UNKNOWN),
    Stage.UNDOING: ("◀", "UNDOING", Tone.INFO),
    Stage.SETTLING: ("▶", "SETTLING", Tone.INFO),
    Stage.DONE: (marks.GOOD, "DONE", Tone.OK),
    Stage.FAILED: (marks.BAD, "FAILED", Tone.CRITICAL),
}


def seconds_text(seconds: float) -> str:
    """Return a time as an operator compares it: ``0 s``, ``12 ms``, ``0.66 s``, ``12.5 s``."""
    if seconds <= 0:
        return "0 s"
    if seconds < _SMALL_S:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.2f} s" if seconds < 9.995 else f"{round(seconds, 1):g} s"


def bounds_text(min_s: float, max_s: float) -> str:
    """Return predicted bounds: ``0.61–0.71 s``, ``≤ 12 ms``, ``1.00 s`` where both are the same."""
    if max_s < _SMALL_S:
        low, high, unit = f"{min_s * 1000:.0f}", f"{max_s * 1000:.0f}", "ms"
    else:
        low, high, unit = f"{min_s:.2f}", f"{max_s:.2f}", "s"
    if low == high:
        return f"{low} {unit}"
    return f"≤ {high} {unit}" if not float(low) else f"{low}–{high} {unit}"


def bracket_text(lower_s: float, upper_s: float | None) -> str:
    """Return a measured bracket, to the millisecond: ``0.612–0.616 s``, ``at least 0.612 s``."""
    if upper_s is None:
        return t("at least {time}", time=f"{lower_s:.3f} s")
    if upper_s < _SMALL_S:
        low, high, unit = f"{lower_s * 1000:.1f}", f"{upper_s * 1000:.1f}", "ms"
    else:
        low, high, unit = f"{lower_s:.3f}", f"{upper_s:.3f}", "s"
    return f"{low} {unit}" if low == high else f"{low}–{high} {unit}"


def measured_text(measured: Measurement) -> str:
    """Return what clients waited, as it was measured."""
    if not measured.outages and measured.upper_s is not None:
        return t("nothing failed (an outage below {time} is not seen)",
                 time=bracket_text(measured.upper_s, measured.upper_s))  # fmt: skip
    return bracket_text(measured.lower_s, measured.upper_s)


def clients_text(outage: Span | None) -> str:
    """Return what clients are expected to feel."""
    if outage is None:
        return t("clients wait until it is undone")
    if not outage.terms or outage.max_s <= 0:
        return t("clients notice nothing")
    return t("clients wait {bounds}", bounds=bounds_text(outage.min_s, outage.max_s))


def foreseen_text(foreseen: Prediction, *, brief: bool = False) -> str:
    """Return a prediction in one line: who takes over, and what clients feel."""
    if brief:
        return _brief(foreseen)
    felt = clients_text(foreseen.outage)
    host = foreseen.takes_over
    if host is not None:
        when = _later(foreseen)
        if when:
            return t("{host} takes over after {when}, {felt}", host=host, when=when, felt=felt)
        return t("{host} takes over, {felt}", host=host, felt=felt)
    if foreseen.why_not:
        return t("nobody takes over, {felt}", felt=felt)
    if foreseen.owner is None:
        return t("nobody owns the VIP, {felt}", felt=felt)
    return t("the VIP stays on {host}, {felt}", host=foreseen.owner, felt=felt)


def moves_later(foreseen: Prediction) -> bool:
    """Whether the VIP moves later than clients tell: its old owner answers until then."""
    if foreseen.takeover is None or foreseen.outage is None:
        return False
    return foreseen.takeover.min_s > foreseen.outage.max_s


def _later(foreseen: Prediction) -> str:
    """Return when the VIP moves, where clients do not tell."""
    if foreseen.takeover is None or not moves_later(foreseen):
        return ""
    return bounds_text(foreseen.takeover.min_s, foreseen.takeover.max_s)


def _brief(foreseen: Prediction) -> str:
    outage = foreseen.outage
    if outage is None:
        felt = t("clients wait for the undo")
    elif outage.max_s <= 0:
        felt = t("clients notice nothing")
    else:
        felt = t("clients {bounds}", bounds=bounds_text(outage.min_s, outage.max_s))
    host, when = foreseen.takes_over, _later(foreseen)
    if host is not None and when:
        return t("{host} after {when} · {felt}", host=host, when=when, felt=felt)
    if host is not None:
        return t("{host} takes over · {felt}", host=host, felt=felt)
    if foreseen.why_not or foreseen.owner is None:
        return t("nobody takes over · {felt}", felt=felt)
    return t("stays on {host} · {felt}", host=foreseen.owner, felt=felt)


def fault_text(ask: Ask, foreseen: Prediction | None) -> str:
    """Return what is done, as a sentence without its full stop."""
    host = ask.target or (foreseen.target if foreseen is not None else "") or t("the VIP's owner")
    return t(ABOUT[ask.scenario].fault, host=host)


def title_text(ask: Ask) -> str:
    """Return a scenario's title: ``Stop keepalived``."""
    return say(ABOUT[ask.scenario].title)


def verdict_words(verdict: Verdict) -> tuple[str, str, Tone]:
    """Return glyph, words and tone of a verdict; a pair that is not well is never good."""
    glyph, words, tone = KINDS[verdict.kind]
    if not verdict.healthy:
        return marks.BAD, t("{verdict}, AND THE PAIR IS NOT AS BEFORE", verdict=t(words)), (
            Tone.CRITICAL
        )  # fmt: skip
    return glyph, t(words), tone


def place_text(place: str, known: Note | None = None) -> str:
    """Return where the probe runs, in words."""
    if known is not None:
        return say(known)
    words = {"": t("through the jump host, where there is one"), "jump": t("through the jump host"),
             "here": t("from this machine")}  # fmt: skip
    return words.get(place) or t("from {host}", host=place)
