"""What came of a drill: the verdict in words first, then measured beside predicted."""

from __future__ import annotations

from collections.abc import Mapping

from haconsole.domain.outage import Hits, Measurement
from haconsole.domain.outage_series import Failure
from haconsole.domain.vrrp_prediction import Prediction
from haconsole.domain.vrrp_terms import Span
from haconsole.procedures.drill.standing import DrillProgress
from haconsole.telling import say
from haconsole.words import t

from . import marks
from .drillwords import bounds_text, bracket_text, clients_text, seconds_text, verdict_words
from .ink import Ink, Line, Tone, cells, clip, fit, ink, wrap
from .units import number, percent

_LABEL, _MEASURED = 13, 22
_FAILURES: dict[Failure, str] = {
    Failure.TIMEOUT: "no answer in time",
    Failure.REFUSED: "refused",
    Failure.UNREACHABLE: "unreachable",
    Failure.RESET: "reset",
    Failure.STATUS: "5xx",
    Failure.SLOW: "too late",
    Failure.OTHER: "other",
}


def verdict_lines(progress: DrillProgress, width: int) -> list[Line]:
    """Return the verdict and its reasons; what went wrong where there is none."""
    lines: list[Line] = []
    if progress.verdict is not None:
        glyph, words, tone = verdict_words(progress.verdict)
        lines += wrap((Ink(f" {glyph} {words}", tone),), width - 1, hang=3)
        for reason in progress.verdict.reasons:
            lines += wrap((Ink("   "), ink(say(reason), Tone.TEXT)), width - 1, hang=3)
        if not progress.verdict.healthy:
            text = t("The pair is not as it was before: look at it before anything else (1).")
            lines += wrap((Ink("   "), Ink(text, Tone.CRITICAL)), width - 1, hang=3)
    if progress.problem is not None:
        text = f" {marks.BAD} {say(progress.problem)}"
        lines += wrap((ink(text, Tone.CRITICAL),), width - 1, hang=3)
    return lines


def figure_lines(progress: DrillProgress, width: int) -> list[Line]:
    """Return what was measured beside what was predicted, then what the clients felt."""
    measured, foreseen = progress.measurement, progress.prediction
    if measured is None:
        return []
    lines = [_row("", t("MEASURED"), t("PREDICTED"), width, tone=Tone.HEAD)]
    lines.append(_row(t("clients"), _felt(measured), _bounds(foreseen), width))
    lines += _detected(measured, foreseen, width)
    back = progress.return_measurement
    if back is not None:
        wanted = clients_text(foreseen.failback_outage) if foreseen is not None else ""
        if foreseen is not None and foreseen.failback_outage.max_s > 0:
            wanted = _span(foreseen.failback_outage)
        lines.append(_row(t("return"), _felt(back), wanted, width))
    lines += _wrapped(t("requests"), _requests(measured), width)
    lines += _overlap(measured, width)
    if progress.report:
        lines.append(clip(_wrapped(t("report"), progress.report, 10_000)[0], width - 1))
    lines += _hits(measured.hits, width)
    lines += _wrapped(t("exact to"), _sure(measured, progress), width)
    return lines


def _felt(measured: Measurement) -> str:
    if not measured.outages:
        return t("nothing failed")
    return bracket_text(measured.lower_s, measured.upper_s)


def _span(span: Span) -> str:
    return bounds_text(span.min_s, span.max_s)


def _bounds(foreseen: Prediction | None) -> str:
    if foreseen is None:
        return ""
    if foreseen.outage is None:
        return t("until it is undone")
    if foreseen.outage.max_s <= 0:
        return t("nothing fails")
    return _span(foreseen.outage)


def _row(
    label: str, measured: str, predicted: str, width: int, *, tone: Tone | None = None
) -> Line:
    return (
        Ink(f"   {fit(label, _LABEL)}", Tone.MUTED),
        ink(fit(measured, max(_MEASURED, cells(measured) + 2)), tone or Tone.STRONG),
        ink(fit(predicted, max(0, width - _LABEL - _MEASURED - 5)), tone or Tone.TEXT),
    )


def _wrapped(label: str, text: str, width: int, tone: Tone = Tone.TEXT) -> list[Line]:
    head = Ink(f"   {fit(label, _LABEL)}", Tone.MUTED)
    return wrap((head, ink(text, tone)), width - 1, hang=3 + _LABEL)


def _detected(measured: Measurement, foreseen: Prediction | None, width: int) -> list[Line]:
    wanted = ""
    if foreseen is not None and foreseen.takeover is not None:
        host = foreseen.takes_over or ""
        wanted = t("{bounds}, {host}", bounds=_span(foreseen.takeover), host=host)
    elif foreseen is not None and foreseen.takes_over is None:
        wanted = t("nobody")
    if measured.detect_s is None:
        return [_row(t("taken over"), t("by nobody"), wanted, width)]
    told = bracket_text(*measured.detect_s)
    if measured.first_node:
        told = t("{time}, {host}", time=told, host=measured.first_node)
    return [_row(t("taken over"), told, wanted, width)]


def _requests(measured: Measurement) -> str:
    failed = sum(measured.failed.values())
    if not failed:
        return t("{sent} sent, none failed", sent=number(measured.sent))
    kinds = ", ".join(
        f"{number(count)} {t(_FAILURES[kind])}"
        for kind, count in sorted(measured.failed.items(), key=lambda item: -item[1])
    )
    share = percent(failed / measured.sent) if measured.sent else ""
    return t("{failed} of {sent} failed ({share}): {kinds}", failed=number(failed),
             sent=number(measured.sent), share=share, kinds=kinds)  # fmt: skip


def _overlap(measured: Measurement, width: int) -> list[Line]:
    owned = measured.owned
    if not (owned.two_s or owned.none_s):
        return []
    error = t("(± {time})", time=seconds_text(owned.error_s)) if owned.error_s > 0 else ""
    parts = []
    if owned.two_s > owned.error_s:
        parts.append(t("two LBs held the VIP for {time}", time=seconds_text(owned.two_s)))
    if owned.none_s > owned.error_s:
        parts.append(t("nobody held it for {time}", time=seconds_text(owned.none_s)))
    if not parts:
        text = t("how long none or two held the VIP is not known {error}", error=error)
        return _wrapped(t("owners"), text, width, Tone.UNKNOWN)
    tone = Tone.WARNING if owned.two_s > owned.error_s else Tone.TEXT
    return _wrapped(t("owners"), f"{', '.join(parts)} {error}".rstrip(), width, tone)


def _hits(hits: Hits, width: int) -> list[Line]:
    """Return the answers of each backend before, during and after, where it was told."""
    parts = ((t("before"), hits.before), (t("during"), hits.during), (t("after"), hits.after))
    names = sorted({name for _, part in parts for name in part if name})
    if not names:
        return []
    told = [f"{word} {_shares(part, names)}" for word, part in parts]
    return _wrapped(t("backends"), "; ".join(told), width)


def _shares(part: Mapping[str, int], names: list[str]) -> str:
    counted = [f"{name} {number(part[name])}" for name in names if part.get(name)]
    if part.get(""):
        counted.append(t("not told {count}", count=number(part[""])))
    return " · ".join(counted) or t("none")


def _sure(measured: Measurement, progress: DrillProgress) -> str:
    worst = measured.worst
    parts = []
    if worst is not None and worst.width_s is not None:
        parts.append(t("{width} ms", width=f"{worst.width_s * 1000:.1f}"))
    parts.append(t("probe ≤ {lag} ms late", lag=f"{measured.lag_s * 1000:.1f}"))
    if progress.probe.stalled_s >= 0.1:
        stalled = seconds_text(progress.probe.stalled_s)
        parts.append(t("open connection stalled {time}", time=stalled))
    return ", ".join(parts)
