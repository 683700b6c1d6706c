"""The head of the triage screen: the verdict, the findings as a list, what a closer look takes."""

from __future__ import annotations

from haconsole.domain.model import Cluster
from haconsole.domain.rules.finding import ActiveCheck
from haconsole.domain.verdict import Level
from haconsole.telling import say
from haconsole.ui.triageward import LONGEST_S
from haconsole.ui.triaging import Chart, Row
from haconsole.words import t, tn

from . import marks
from .glance import Glance
from .head import since_text, verdict_lines, vip_word
from .ink import Ink, Line, Tone, cells, clip, fit, ink, spread, width_of, wrap
from .units import duration, short_duration

_WORD = 9
_TAKES = {
    ActiveCheck.WIRE: "a capture of VRRP on each LB",
    ActiveCheck.COUNTERS: "the counters of adverts, twice",
    ActiveCheck.ARP: "pings from other hosts on the segment",
    ActiveCheck.REQUESTS: "a request to every VIP and host",
}


def head_lines(glance: Glance, cluster: Cluster | None, width: int, room: int) -> list[Line]:
    """Return the verdict in words, a line a VIP; at most ``room`` lines."""
    blind = glance.failure is not None or glance.lost_jump(cluster) is not None
    if blind or glance.starting(cluster) or cluster is None:
        return verdict_lines(glance, cluster, width, room=2)[:room]
    lines: list[Line] = []
    for view in glance.views(cluster):
        glyph, word, tone = vip_word(view)
        strong = Tone.STRONG if tone is Tone.OK else Tone.TEXT
        span = since_text(glance, view)
        line = (
            Ink(f" {glyph} {word}  ", tone),
            ink(say(view.headline), strong),
            ink(f" {span}" if span else "", Tone.TEXT),
        )
        lines.append(clip(line, width))
    return lines[:room]


def summary_line(chart: Chart, now: float, width: int) -> Line:
    """Return how much was found, and how old that is."""
    if chart.judged_at is None:
        return (Ink(f" {marks.UNKNOWN} {t('Not judged yet.')}", Tone.UNKNOWN),)
    count = len(chart.rows)
    glyph, tone = marks.LEVEL[chart.level]
    if count:
        told = tn("{count} finding, worst first", "{count} findings, worst first", count)
        if count == 1:
            told = t("1 finding")
    elif chart.level is Level.OK:
        told = t("Nothing wrong was found.")
    else:
        told = t("Nothing wrong was found, and not everything could be seen.")
    left: Line = (Ink(f" {glyph} ", tone), Ink(told, Tone.TEXT))
    age = t("judged {span} ago ", span=short_duration(max(0.0, now - chart.judged_at)))
    right: Line = (Ink(age, Tone.MUTED if now - chart.judged_at < 10 else Tone.STALE),)
    if chart.settling:
        said = t("an owner is changing now  ")
        if width_of(left) + cells(said) + width_of(right) + 3 < width:
            right = (Ink(said, Tone.WARNING), *right)
    return spread(left, right, width)


def finding_line(row: Row, width: int, *, cluster: int = 0) -> Line:
    """Return a finding's row: how bad, what, how sure. ``cluster``: cells for its cluster's name.

    The name is not told where it is 0.
    """
    one = row.finding
    glyph, tone = marks.LEVEL[one.severity]
    left: list[Ink] = [Ink(f" {glyph} {fit(t(one.severity.value), _WORD)}", tone)]
    if cluster:
        left.append(Ink(f"{fit(row.cluster, cluster)}  ", Tone.MUTED))
    right: Line = (ink(f" {say(one.sureness)} ", Tone.MUTED),)
    room = max(0, width - width_of(tuple(left)) - width_of(right))
    left.append(ink(fit(say(one.title), room), Tone.TEXT))
    return (*left, *right)


def row_text(row: Row) -> str:
    """Return a finding's row as plain text, to be searched."""
    one = row.finding
    return f"{one.severity.value} {row.cluster} {one.cause} {say(one.title)} {' '.join(one.nodes)}"


def closer_lines(chart: Chart, now: float, width: int) -> list[Line]:
    """Return what a closer look takes, or how far it is: always two lines, one where it is wide."""
    rows = 1 if width >= 120 else 2
    lines = wrap(_closer(chart, now), width - 1, hang=1)
    if len(lines) > rows:
        lines = [*lines[: rows - 1], clip(_joined(lines[rows - 1 :]), width - 1)]
    return (lines + [()] * rows)[:rows]


def _joined(lines: list[Line]) -> Line:
    return tuple(part for line in lines for part in line)


def _closer(chart: Chart, now: float) -> Line:
    if chart.recording:
        text = t("This is a recording: judged from what was recorded until this moment. No host "
                 "is asked; > goes to the next trouble.")  # fmt: skip
        return (Ink(f" {text}", Tone.MUTED),)
    if not chart.can_look:
        text = t("There are no hosts behind this console: this is judged from what it shows.")
        return (Ink(f" {text}", Tone.MUTED),)
    if chart.since is not None:
        text = t(
            "Looking closer for {span}, at most {most} s: {what}.",
            span=duration(now - chart.since),
            most=int(LONGEST_S),
            what=checks_text(chart.taking),
        )
        return (Ink(f" {text}", Tone.INFO),)
    text = t(
        "looks closer: {what}. It changes nothing and ends within {most} s.",
        what=checks_text(chart.wants),
        most=int(LONGEST_S),
    )
    parts: list[Ink] = [Ink(" ")]
    if chart.problem:
        parts.append(ink(f"{chart.problem} ", Tone.WARNING))
    elif chart.looked_at is not None:
        ago = short_duration(max(0.0, now - chart.looked_at))
        parts.append(Ink(t("Looked closer {span} ago. ", span=ago), Tone.TEXT))
    parts += [Ink("l", Tone.KEY), Ink(f" {text}", Tone.MUTED)]
    return tuple(parts)


def checks_text(checks: tuple[ActiveCheck, ...]) -> str:
    """Return what is taken, in words."""
    return ", ".join(t(_TAKES[check]) for check in checks)
