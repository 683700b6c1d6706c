"""One finding, whole: what clients notice, what mends it, what shows it, what it is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from haconsole.domain.model import Cluster
from haconsole.domain.rules.case import Missing
from haconsole.domain.rules.finding import Evidence, Finding
from haconsole.domain.state import Moment, MomentKind, Severity
from haconsole.procedures.catalogue import ENTRIES
from haconsole.telling import say
from haconsole.ui.triaging import Chart, Row
from haconsole.words import t

from . import marks
from .glance import Glance
from .ink import Ink, Line, Tone, cells, clip, fit, ink, spread, width_of, wrap
from .timeline import moment_line, moment_text
from .units import duration, time_of_day

_LABEL = 11
#: Moments that belong together lie no further apart, seconds; how many are told, from when on.
_APART_S = 15.0
_BEFORE, _AFTER = 4, 8
_LOOK_BACK = 300
_BAD = (Severity.WARNING, Severity.ERROR)


@dataclass(frozen=True, slots=True)
class Piece:
    """A line of the detail. ``key`` stays while ages pass; ``text`` is what ``c`` copies.

    ``whole``: what the line is part of, where that is more.
    """

    key: tuple[object, ...]
    line: Line
    text: str
    whole: str = ""


def detail_pieces(
    glance: Glance,
    chart: Chart,
    row: Row | None,
    cluster: Cluster | None,
    width: int,
    *,
    air: bool = False,
) -> tuple[Piece, ...]:
    """Return all that is known of a finding (``None``: there is none), then what led to it.

    ``air``: parts stand apart.
    """
    parts: list[Iterable[Piece]] = []
    if row is not None:
        several = len(glance.state.site.clusters) > 1
        parts += _finding(row, glance, width, several=several)
    parts += [_moments(glance, cluster, width), _missing(chart.missing, width)]
    pieces: list[Piece] = []
    for index, part in enumerate(parts):
        told = list(part)
        if air and told and pieces:
            pieces.append(Piece(("air", index), (), ""))
        pieces += told
    return tuple(pieces)


def finding_text(row: Row, *, several: bool = False) -> str:
    """Return a finding as plain text, to be shown to a colleague.

    ``several``: the site has more than one cluster.
    """
    one = row.finding
    lines = [
        f"{one.severity.value} {row.cluster} {one.cause} "
        f"({say(one.sureness)}, {one.confidence:.2f})",
        say(one.title),
        t("impact: {text}", text=say(one.impact)),
    ]
    for evidence in one.evidence:
        when = f"{time_of_day(evidence.at)} " if evidence.at else ""
        by = f"   [{evidence.command}]" if evidence.command else ""
        lines.append(f"- {when}{say(evidence.note)}{by}")
    lines += [t("ruled out: {text}", text=say(said)) for said in one.ruled_out]
    shell = one.fix.shell(row.cluster if several else "")
    how = f" ({shell})" if shell else ""
    lines.append(t("fix: {text}{how}", text=say(one.fix.note), how=how))
    return "\n".join(lines)


def _finding(row: Row, glance: Glance, width: int, *, several: bool) -> Iterator[Iterable[Piece]]:
    """Yield the parts of a finding."""
    one = row.finding
    yield _title(one, width)
    yield _labelled("clients", t("CLIENTS"), say(one.impact), Tone.TEXT, width)
    yield _fix(one, one.fix.shell(row.cluster if several else ""), glance.writable, width)
    yield [
        piece
        for index, evidence in enumerate(one.evidence)
        for piece in _evidence(evidence, index, glance.now, width)
    ]
    yield _ruled_out(one, width)


def _ruled_out(one: Finding, width: int) -> Iterator[Piece]:
    for index, said in enumerate(one.ruled_out):
        label = t("RULED OUT") if index == 0 else ""
        yield from _labelled(f"not {index}", label, say(said), Tone.MUTED, width)


def _title(one: Finding, width: int) -> Iterator[Piece]:
    glyph, tone = marks.LEVEL[one.severity]
    lines = wrap((Ink(f" {glyph} ", tone), ink(say(one.title), Tone.STRONG)), width - 1, hang=3)
    # The cause's own name stands at the end of the title, or below it where there is no room.
    name: Line = (ink(one.cause, Tone.MUTED), Ink(" "))
    if width_of(lines[-1]) + 2 + width_of(name) > width:
        lines.append(())
    lines[-1] = spread(lines[-1], name, width)
    for index, line in enumerate(lines):
        yield Piece(("title", index), line, f"{one.cause}: {say(one.title)}")


def _labelled(
    key: str,
    label: str,
    text: str,
    tone: Tone,
    width: int,
    *,
    copied: str = "",
    whole: str = "",
) -> Iterator[Piece]:
    """Yield a text beside its label, in as many lines as it takes."""
    head = Ink(f" {fit(label, _LABEL)}", Tone.HEAD)
    for index, line in enumerate(wrap((ink(text, tone),), width - _LABEL - 2)):
        first = head if index == 0 else Ink(" " * (_LABEL + 1))
        yield Piece((key, index), (first, *line), copied or text, whole or text)


def _fix(one: Finding, shell: str, writable: bool, width: int) -> Iterator[Piece]:
    yield from _labelled("fix", t("FIX"), say(one.fix.note), Tone.TEXT, width)
    entry = ENTRIES.get(one.fix.procedure or "")
    if entry is None:
        return
    text = t("opens “{title}”", title=say(entry.title))
    if not writable:
        text += t(", to look at: this session is READ-ONLY; started with --write it can be run")
    parts: Line = (Ink("f ", Tone.KEY, "screen.command('triage.fix')"), ink(text, Tone.ACCENT))
    for index, line in enumerate(wrap(parts, width - _LABEL - 2, hang=2)):
        yield Piece(("how", index), (Ink(" " * (_LABEL + 1)), *line), shell)
    line = (Ink(" " * (_LABEL + 1)), Ink("$ ", Tone.MUTED), ink(shell, Tone.MUTED))
    yield Piece(("shell",), clip(line, width - 1), shell)


def _evidence(one: Evidence, index: int, now: float, width: int) -> Iterator[Piece]:
    """Yield what was seen, then where, how long ago and by which command it is seen again."""
    label = t("EVIDENCE") if index == 0 else ""
    text = say(one.note)
    copied = one.command or text
    key = f"seen {index}"
    whole = f"{text}\n{one.node or ''}$ {one.command}" if one.command else text
    yield from _labelled(key, label, text, Tone.TEXT, width, copied=copied, whole=whole)
    parts: list[Ink] = [Ink(" " * (_LABEL + 1))]
    where = [one.node or t("anywhere")]
    if one.at is not None:
        where += [time_of_day(one.at), t("{span} ago", span=duration(now - one.at))]
    parts.append(ink(" · ".join(where), Tone.MUTED))
    if one.command:
        shown = " ".join(one.command.split())
        parts += [Ink("  $ ", Tone.MUTED), ink(shown, Tone.ACCENT)]
    yield Piece((key, "by"), clip(tuple(parts), width - 1), copied, whole)


def _moments(glance: Glance, cluster: Cluster | None, width: int) -> Iterator[Piece]:
    """Yield what changed just before it began, and then."""
    site = glance.state.site
    hosts = (*cluster.hosts, *site.jumps) if cluster is not None else site.every_host
    found = what_led_to_it(glance, frozenset(host.name for host in hosts))
    if not found:
        return
    head = t("WHAT CHANGED, on all nodes, on one clock  (4 shows all)")
    yield Piece(("moments",), (Ink(f" {head}", Tone.HEAD),), head)
    names = max(5, min(16, max(cells(moment.host) for moment in found)))
    for moment in found:
        line = clip(moment_line(glance, moment, names), width - 1)
        yield Piece(("moment", moment.at, moment.host, str(moment.note)), line, moment_text(moment))


def what_led_to_it(glance: Glance, hosts: frozenset[str]) -> tuple[Moment, ...]:
    """Return the moments around the beginning of the latest trouble, oldest first.

    The newest ones, where there was no trouble.
    """
    newest = [
        moment
        for moment in glance.state.timeline[-_LOOK_BACK:]
        if (not moment.host or moment.host in hosts)
        and not (moment.kind is MomentKind.JOURNAL and moment.severity is Severity.INFO)
    ]
    bad = [
        index
        for index, moment in enumerate(newest)
        if moment.severity in _BAD and moment.kind is not MomentKind.JOURNAL
    ]
    if not bad:
        return tuple(newest[-_AFTER:])
    first = last = bad.pop()
    while bad and newest[first].at - newest[bad[-1]].at <= _APART_S:
        first = bad.pop()
    # Where troubles never end, the latest of them matters.
    begin = max(first - _BEFORE, last + 1 - _BEFORE - _AFTER, 0)
    return tuple(newest[begin : max(last + 1, begin + _BEFORE + _AFTER)])


def _missing(missing: tuple[Missing, ...], width: int) -> Iterator[Piece]:
    for index, one in enumerate(missing):
        label = t("NOT KNOWN") if index == 0 else ""
        yield from _labelled(f"missing {index}", label, say(one.note), Tone.UNKNOWN, width)
