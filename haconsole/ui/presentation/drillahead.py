"""What is said before a drill: what should happen and why, what speaks against it, its settings."""

from __future__ import annotations

from haconsole.domain.vrrp_prediction import Prediction
from haconsole.domain.vrrp_terms import Span
from haconsole.procedures.drill.ask import ABOUT, Ask
from haconsole.procedures.drill.standing import DrillProgress, Refusal
from haconsole.telling import say
from haconsole.words import t

from . import marks
from .drillwords import bounds_text, clients_text, fault_text, place_text, seconds_text
from .ink import Ink, Line, Tone, ink, wrap

_LABEL = 13
#: The refusal that says no more than that this session is read-only.
LOCKED = "read-only"


def prediction_lines(foreseen: Prediction, width: int) -> list[Line]:
    """Return what should happen, with the terms that each time is the sum of."""
    lines = _pair(t("takes over"), *_takes_over(foreseen), width)
    lines += _terms(foreseen.takeover, width)
    tone = Tone.STRONG if foreseen.outage is not None else Tone.WARNING
    lines += _pair(t("clients"), _felt(foreseen.outage), tone, width)
    lines += _terms(foreseen.outage, width)
    if foreseen.two_owners:
        text = t("from then on, until it is undone, two LBs hold the VIP")
        lines += _pair(t("two owners"), text, Tone.WARNING, width)
    if foreseen.takes_over is not None:
        lines += _pair(t("afterwards"), _afterwards(foreseen), Tone.TEXT, width)
        lines += _terms(foreseen.failback if foreseen.fails_back else None, width)
    for why in foreseen.why_not:
        lines += _pair("", f"{marks.WARN} {say(why)}", Tone.WARNING, width, hang=2)
    for known in foreseen.notes:
        lines += _pair("", f"· {say(known)}", Tone.MUTED, width, hang=2)
    return lines


def _takes_over(foreseen: Prediction) -> tuple[str, Tone]:
    if foreseen.takes_over is not None:
        if foreseen.takeover is None:
            return foreseen.takes_over, Tone.STRONG
        after = bounds_text(foreseen.takeover.min_s, foreseen.takeover.max_s)
        return t("{host}, after {time}", host=foreseen.takes_over, time=after), Tone.STRONG
    if foreseen.why_not:
        return t("nobody: it will not fail over"), Tone.WARNING
    if foreseen.owner is None:
        return t("nobody; nobody owns the VIP now"), Tone.WARNING
    return t("nobody; the VIP stays on {host}", host=foreseen.owner), Tone.STRONG


def _felt(outage: Span | None) -> str:
    if outage is None:
        return t("wait until it is undone")
    if outage.max_s <= 0:
        return t("notice nothing")
    return t("wait {bounds}", bounds=bounds_text(outage.min_s, outage.max_s))


def _afterwards(foreseen: Prediction) -> str:
    if not foreseen.fails_back:
        return t("once it is undone, the VIP stays where it is")
    host = foreseen.owner or foreseen.target
    after = ""
    if foreseen.failback is not None and foreseen.failback.terms:
        bounds = bounds_text(foreseen.failback.min_s, foreseen.failback.max_s)
        after = t(" after {time}", time=bounds)
    felt = clients_text(foreseen.failback_outage)
    return t("once it is undone, {host} takes it back{after}; {felt}",
             host=host, after=after, felt=felt)  # fmt: skip


def _terms(span: Span | None, width: int) -> list[Line]:
    """Return what a time is made of, where that is more than the time itself."""
    if span is None or not span.terms or span.max_s <= 0:
        return []
    return _pair("", f"= {say(span.note)}", Tone.MUTED, width, hang=2)


def _pair(label: str, text: str, tone: Tone, width: int, *, hang: int = 0) -> list[Line]:
    head = Ink(f"   {label:<{_LABEL}}", Tone.MUTED)
    return wrap((head, ink(text, tone)), width - 1, hang=3 + _LABEL + hang)


def refusal_lines(refusals: tuple[Refusal, ...], width: int, *, force: bool) -> list[Line]:
    """Return what speaks against the drill, and whether it can be gone over."""
    lines: list[Line] = []
    for one in refusals:
        if one.name == LOCKED:
            lines += wrap((Ink(" · ", Tone.ACCENT), ink(say(one.note), Tone.ACCENT)), width - 1)
            continue
        over = force and one.forcible
        glyph, tone = (marks.WARN, Tone.WARNING) if over else (marks.BAD, Tone.CRITICAL)
        said = say(one.note)
        said += t(" (forced)") if over else "" if one.forcible else t(" (cannot be forced)")
        lines += wrap((Ink(f" {glyph} ", tone), ink(said, tone)), width - 1, hang=3)
    return lines


def setting_lines(ask: Ask, width: int, *, rate_hz: float, place: str) -> list[Line]:
    """Return the limit and the probe's place, each with the key that changes it."""
    limit = t("the node undoes it by itself after {limit}, whatever becomes of this console",
              limit=seconds_text(ask.limit_s))  # fmt: skip
    if ABOUT[ask.scenario].twice:
        limit = t("there is nothing to undo: the host comes back by itself")
    lines: list[Line] = []
    for label, key, text in (
        (t("limit"), "l", limit),
        (t("probe"), "p", t("{rate}/s {place}", rate=f"{rate_hz:g}", place=place)),
    ):
        head = (Ink(f" {key} ", Tone.KEY), Ink(f"{label:<{_LABEL}}", Tone.MUTED), ink(text))
        lines += wrap(head, width - 1, hang=3 + _LABEL)
    return lines


def ahead_lines(progress: DrillProgress, width: int, *, writable: bool) -> list[Line]:
    """Return all that is said before the fault is made."""
    ask, foreseen = progress.ask, progress.prediction
    about = ABOUT[ask.scenario]
    lines: list[Line] = []
    lines += refusal_lines(progress.refusals, width, force=ask.force)
    if foreseen is not None:
        lines += _pair(t("the fault"), fault_text(ask, foreseen), Tone.TEXT, width)
        lines += prediction_lines(foreseen, width)
    place = place_text(ask.place, progress.probe.place)
    rate = progress.probe.rate_hz or ask.rate_hz
    lines += setting_lines(ask, width, rate_hz=rate, place=place)
    if about.cuts_off:
        text = t("The console may lose the node meanwhile: that is part of it, and the node finds "
                 "its own way back.")  # fmt: skip
        lines += wrap((Ink(f" {marks.WARN} {text}", Tone.WARNING),), width - 1, hang=3)
    if not writable and not any(one.name == LOCKED for one in progress.refusals):
        text = t("READ-ONLY: this can be looked at. `haconsole INVENTORY --write` runs it, where "
                 "the inventory allows it.")  # fmt: skip
        lines += wrap((Ink(" "), Ink(text, Tone.ACCENT)), width - 1, hang=1)
    return lines
