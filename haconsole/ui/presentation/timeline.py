"""The time line: what changed on all nodes, on the console's clock."""

from __future__ import annotations

from haconsole.domain.state import Moment, MomentKind, Severity
from haconsole.telling import say
from haconsole.words import t

from . import marks
from .glance import Glance
from .ink import Ink, Line, Tone, clip, fit, ink, join, spread
from .units import day_of, latency, offset, time_with_ms

_KINDS = {
    MomentKind.VIP: "VIP",
    MomentKind.VRRP: "VRRP",
    MomentKind.SERVICE: "service",
    MomentKind.CHECK: "check",
    MomentKind.LINK: "link",
    MomentKind.ANSWER: "answer",
    MomentKind.JOURNAL: "journal",
}
_WIDEST_KIND = 7


def moment_line(glance: Glance, moment: Moment, names: int, *, own_time: bool = False) -> Line:
    """Return a moment's line. ``own_time``: with the node's own stamp, where it had one."""
    glyph, tone = marks.SEVERITY[moment.severity]
    parts = [Ink(f" {time_with_ms(moment.at)} ", Tone.MUTED)]
    if own_time:
        stamp = time_with_ms(moment.node_at) if moment.node_at is not None else ""
        parts.append(Ink(fit(stamp, 12) + " ", Tone.STALE))
    loud = tone if moment.severity in (Severity.WARNING, Severity.ERROR) else Tone.TEXT
    if moment.kind is MomentKind.JOURNAL and moment.severity is Severity.INFO:
        loud = Tone.MUTED
    if moment.kind in (MomentKind.VIP, MomentKind.VRRP) and moment.severity is Severity.GOOD:
        loud = Tone.STRONG
    parts += [
        ink(fit(moment.host or t("here"), names) + " ", Tone.TEXT),
        Ink(f"{glyph} ", tone),
        Ink(fit(t(_KINDS[moment.kind]), _WIDEST_KIND) + " ", Tone.MUTED),
        ink(say(moment.note), loud),
    ]
    return tuple(parts)


def moment_text(moment: Moment) -> str:
    """Return a moment as one line of plain text, to be copied or searched."""
    return (
        f"{time_with_ms(moment.at)} {moment.host} {moment.severity.value} "
        f"{_KINDS[moment.kind]} {say(moment.note)}"
    )


def timeline_header(names: int, *, own_time: bool = False) -> Line:
    """Return the titles over the moments."""
    parts = [Ink(" " + fit(t("TIME"), 12) + " ", Tone.HEAD)]
    if own_time:
        parts.append(Ink(fit(t("NODE'S CLOCK"), 12) + " ", Tone.HEAD))
    parts.append(Ink(fit(t("NODE"), names) + " ", Tone.HEAD))
    parts.append(Ink("  " + fit(t("ABOUT"), _WIDEST_KIND) + " ", Tone.HEAD))
    parts.append(Ink(t("WHAT CHANGED"), Tone.HEAD))
    return tuple(parts)


def clocks_line(glance: Glance, names: tuple[str, ...], width: int) -> Line:
    """Return how far each node's clock is ahead of the console's, worst first."""
    rows: list[tuple[float, Line]] = []
    unknown: list[str] = []
    for name in names:
        clock = glance.host(name).clock.value
        if clock is None:
            unknown.append(name)
            continue
        off = abs(clock.offset_s)
        tone = Tone.WARNING if off > max(0.5, clock.error_s) else Tone.TEXT
        within = latency(clock.error_s)
        rows.append(
            (off, (ink(f"{name} ", Tone.MUTED), Ink(f"{offset(clock.offset_s)} ±{within}", tone)))
        )
    rows.sort(key=lambda row: -row[0])
    parts = [line for _, line in rows]
    if unknown:
        who = ", ".join(unknown) if len(unknown) <= 2 else str(len(unknown))
        parts.append((ink(t("{who} not known", who=who), Tone.UNKNOWN),))
    return clip((Ink(f" {t('clock offsets')}  ", Tone.HEAD), *join(parts)), width)


def days_line(glance: Glance, shown: int, width: int, mode: Line) -> Line:
    """Return how much the time line holds, from which day on."""
    line = glance.state.timeline
    left: list[Ink] = [Ink(f" {t('TIMELINE')}  ", Tone.HEAD)]
    left.append(Ink(t("{shown} of {all} moments", shown=shown, all=len(line)), Tone.TEXT))
    if line:
        left.append(Ink(t(", since {day}", day=day_of(line[0].at)), Tone.MUTED))
    if glance.state.timeline_dropped:
        dropped = t(" · {count} older dropped", count=glance.state.timeline_dropped)
        left.append(Ink(dropped, Tone.WARNING))
    return spread(tuple(left), (*mode, Ink(" ")), width)


def latest_lines(glance: Glance, hosts: frozenset[str], width: int, rows: int) -> list[Line]:
    """Return the newest moments worth a line on the home screen, oldest first."""
    found: list[Moment] = []
    for moment in reversed(glance.state.timeline):
        quiet = moment.kind is MomentKind.JOURNAL and moment.severity is Severity.INFO
        if not quiet and (not moment.host or moment.host in hosts):
            found.append(moment)
            if len(found) == rows:
                break
    if not found:
        return [(Ink(f" {t('Nothing has changed yet.')}", Tone.MUTED),)]
    names = max(len(moment.host) for moment in found)
    return [
        clip(moment_line(glance, moment, min(max(names, 5), 16)), width)
        for moment in reversed(found)
    ]
