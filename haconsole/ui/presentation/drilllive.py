"""A drill as it goes: where it is, what the nodes are like, what happened, in one body of lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from haconsole.domain.notes import Note
from haconsole.domain.state import Severity
from haconsole.procedures.drill.standing import DrillProgress, NodeView, Row, Stage
from haconsole.telling import say
from haconsole.words import t

from . import marks
from .drillafter import figure_lines, verdict_lines
from .drillahead import LOCKED, ahead_lines
from .drillclock import clock_lines
from .drillstrip import OWNS, strip_lines
from .drillwords import STAGES, fault_text, foreseen_text, place_text, seconds_text
from .ink import BLANK, Ink, Line, Tone, cells, clip, fit, ink, spread, wrap
from .units import duration, number, percent, time_with_ms, took

#: Stages in which a fault is being made, is there, or is being undone.
BUSY = frozenset(
    {
        Stage.ARMING,
        Stage.BREAKING,
        Stage.OBSERVING,
        Stage.WAITING,
        Stage.UNDOING,
        Stage.SETTLING,
    }
)
_WAY: tuple[tuple[str, frozenset[Stage]], ...] = (
    ("look", frozenset({Stage.PREFLIGHT, Stage.READY, Stage.REFUSED})),
    ("arm", frozenset({Stage.ARMING})),
    ("break", frozenset({Stage.BREAKING})),
    ("watch", frozenset({Stage.OBSERVING, Stage.WAITING})),
    ("undo", frozenset({Stage.UNDOING})),
    ("settle", frozenset({Stage.SETTLING})),
    ("verdict", frozenset({Stage.DONE, Stage.FAILED})),
)
_LATE_S = 0.002


def way_line(stage: Stage) -> Line:
    """Return the way of a drill, and where on it this one is."""
    parts: list[Ink] = [Ink(" ")]
    for index, (word, stages) in enumerate(_WAY):
        if index:
            parts.append(Ink(" › ", Tone.MUTED))
        here = stage in stages
        parts.append(Ink(f" {t(word)} ", Tone.BADGE) if here else Ink(t(word), Tone.MUTED))
    return tuple(parts)


def head_lines(progress: DrillProgress, width: int, now: float) -> list[Line]:
    """Return where the drill is and what was done, then what was predicted. Always two lines."""
    glyph, word, tone = STAGES[progress.stage]
    if locked_only(progress):
        glyph, word, tone = marks.IDLE, "READ-ONLY", Tone.ACCENT
    stage = Ink(f" {glyph} {t(word)}  ", tone)
    left: Line = (stage, ink(_sentence(progress), Tone.STRONG))
    right: Line = ()
    began = progress.run.began
    if progress.stage in BUSY and began is not None:
        right = (Ink(f"{duration(now - began)} ", Tone.MUTED),)
    said: Line = ()
    if progress.prediction is not None:
        said = (
            Ink(f"   {t('predicted')}  ", Tone.MUTED),
            ink(foreseen_text(progress.prediction), Tone.TEXT),
        )
    return [spread(clip(left, width - 8), right, width), clip(said, width)]


def locked_only(progress: DrillProgress) -> bool:
    """Whether nothing but the session's own lock speaks against the drill."""
    names = {one.name for one in progress.refusals}
    return progress.stage is Stage.REFUSED and names == {LOCKED}


#: What is done at a stage, where that is not the fault itself.
_DOING: dict[Stage, str] = {
    Stage.PREFLIGHT: "the pair is read; nothing is touched",
    Stage.READY: "nothing has been touched yet",
    Stage.REFUSED: "nothing was touched",
    Stage.ARMING: "the node is given the undo, before anything is broken",
    Stage.UNDOING: "the fault is undone",
    Stage.SETTLING: "undone; until the pair is as it was before",
}


def _sentence(progress: DrillProgress) -> str:
    doing = _DOING.get(progress.stage)
    return t(doing) if doing is not None else fault_text(progress.ask, progress.prediction)


# The nodes


def node_lines(
    nodes: Sequence[NodeView], lbs: Collection[str], width: int, now: float, *, room: int = 99
) -> list[Line]:
    """Return the table of nodes; ``room``: at most so many lines, its header included."""
    if not nodes or room < 2:
        return []
    names = max(5, min(12, max(cells(node.host) for node in nodes)))
    wide = 16 if width >= 100 else 12
    titles = (fit(t("NODE"), names), fit(t("VIP"), 9), fit(t("KEEPALIVED"), wide),
              fit(t("NGINX"), wide), fit(t("LINK"), 10), t("UNDO"))  # fmt: skip
    lines: list[Line] = [clip((Ink(" " + "  ".join(titles), Tone.HEAD),), width)]
    return lines + [
        clip(_node(node, names, wide, now, lb=node.host in lbs), width)
        for node in nodes[: room - 1]
    ]


def _node(node: NodeView, names: int, wide: int, now: float, *, lb: bool) -> Line:
    link = (
        (marks.GOOD, t("up"), Tone.OK) if node.link_up else (marks.UNKNOWN, t("away"), Tone.UNKNOWN)
    )
    glyph, word, tone = link
    return (
        ink(f" {fit(node.host, names)}  ", Tone.STRONG if node.owns else Tone.TEXT),
        *(_vip_cell(node) if lb else (Ink(" " * 9),)),
        Ink("  "),
        _service(node.keepalived, wide, seen=node.link_up) if lb else Ink(" " * wide),
        Ink("  "),
        _service(node.nginx, wide, seen=node.link_up),
        Ink("  "),
        Ink(fit(f"{glyph} {word}", 10), tone),
        Ink("  "),
        *_undo(node, now),
    )


def _vip_cell(node: NodeView) -> Line:
    tone = Tone.OK if node.link_up else Tone.STALE
    if node.owns is None:
        return (Ink(fit(marks.UNKNOWN, 9), Tone.UNKNOWN),)
    if node.owns:
        return (Ink(fit(f"{OWNS} {t('owner')}", 9), tone),)
    return (Ink(fit("·", 9), Tone.MUTED),)


def _service(said: Note | None, wide: int, *, seen: bool) -> Ink:
    text = say(said)
    if not text:
        return Ink(fit(marks.UNKNOWN, wide), Tone.UNKNOWN)
    return ink(fit(text, wide), Tone.TEXT if seen else Tone.STALE)


def _undo(node: NodeView, now: float) -> Line:
    if node.undo_due_at is None:
        return (Ink("–", Tone.MUTED),)
    left = node.undo_due_at - now
    if left > 0:
        return (Ink(t("by itself in {span}", span=duration(left + 0.999)), Tone.ACCENT),)
    return (Ink(t("was due {span} ago", span=duration(-left)), Tone.WARNING),)


# The probe


def probe_line(progress: DrillProgress, width: int) -> Line:
    """Return how much was asked and how much of it failed."""
    probe = progress.probe
    head = Ink(f" {t('PROBE')}  ", Tone.HEAD)
    if probe.place is None and not probe.sent:
        return (head, Ink(t("not begun"), Tone.MUTED))
    parts: list[Ink] = [head, Ink(f"{probe.rate_hz:g}/s", Tone.TEXT)]
    parts.append(Ink(f" · {t('{sent} sent', sent=number(probe.sent))}", Tone.MUTED))
    share = f" ({percent(probe.failed / probe.sent)})" if probe.sent and probe.failed else ""
    failed = t("{failed} failed", failed=number(probe.failed)) + share
    parts += [Ink(" · ", Tone.MUTED), Ink(failed, Tone.WARNING if probe.failed else Tone.OK)]
    if probe.lag_s >= _LATE_S:
        late = t("{lag} ms late", lag=f"{probe.lag_s * 1000:.0f}")
        parts.append(Ink(f" · {late}", Tone.WARNING))
    if probe.stalled_s >= 0.1:
        stalled = t("stalled {time}", time=seconds_text(probe.stalled_s))
        parts.append(Ink(f" · {stalled}", Tone.MUTED))
    where = place_text(progress.ask.place, probe.place)
    parts.append(ink(f" · {where}", Tone.MUTED))
    return clip(tuple(parts), width)


# What is said calmly


def calm_lines(progress: DrillProgress, width: int, now: float) -> list[Line]:
    """Return what will happen by itself, whoever is watching. Always two lines."""
    due = [node for node in progress.nodes.values() if node.undo_due_at is not None]
    if progress.stage is Stage.WAITING:
        away = [node for node in due if not node.link_up] or due
        text = " ".join(_comes_back(node, now) for node in away)
        text = text or t("The node is away; it comes back by itself.")
        more = t("Nothing has to be done, and closing the console is safe.")
        calm = Tone.UNKNOWN
        parts = (Ink(f" {marks.UNKNOWN} ", calm), ink(f"{text} {more}", calm))
        return [*wrap(parts, width - 1, hang=3), BLANK][:2]
    if due:
        text = t("It goes on by itself; closing the console is safe.")
        return [(Ink(f"   {text}", Tone.MUTED),), BLANK]
    return [BLANK, BLANK]


def _comes_back(node: NodeView, now: float) -> str:
    left = (node.undo_due_at or now) - now
    if left > 0:
        span = duration(left + 0.999)
        return t("{host} cannot be reached and undoes it by itself in {span}.",
                 host=node.host, span=span)  # fmt: skip
    return t("{host} has undone it by itself ({span} ago) unless its clock stands; it is looked "
             "for.", host=node.host, span=duration(-left))  # fmt: skip


# The time line


def row_line(row: Row, since: float | None, names: int, width: int) -> Line:
    """Return a line of the time line; ``since``: when the fault was made."""
    glyph, tone = marks.SEVERITY[row.severity]
    after = f"{row.at - since:+9.3f} s" if since is not None else " " * 11
    loud = tone if row.severity in (Severity.WARNING, Severity.ERROR) else Tone.TEXT
    error = f"  ±{row.error_s * 1000:.0f} ms" if row.error_s >= 0.0005 else ""
    left: Line = (
        Ink(f" {time_with_ms(row.at)} ", Tone.MUTED),
        Ink(f"{after}  ", Tone.INFO),
        ink(fit(row.host or t("clients"), names) + " ", Tone.TEXT),
        Ink(f"{glyph} ", tone),
        ink(say(row.note), loud),
    )
    return spread(left, (Ink(f"{error} ", Tone.MUTED),) if error else (), width, gap=0)


def row_text(row: Row, since: float | None) -> str:
    """Return a line of the time line as plain text."""
    after = f"{row.at - since:+.3f} s " if since is not None else ""
    return f"{time_with_ms(row.at)} {after}{row.host} {say(row.note)}"


def names_width(rows: Sequence[Row]) -> int:
    """Return the cells that the hosts of a time line take."""
    return max(7, min(12, max((cells(row.host) for row in rows), default=7)))


# All of it


def body_lines(
    progress: DrillProgress,
    lbs: Sequence[str],
    width: int,
    room: int,
    now: float,
    *,
    writable: bool = True,
) -> list[Line]:
    """Return what stands over the list: at most ``room`` lines."""
    if progress.stage in BUSY:
        return _live(progress, lbs, width, room, now)[:room]
    lines = head_lines(progress, width, now) if not progress.stage.over else []
    if progress.stage is Stage.REFUSED:
        lines = head_lines(progress, width, now)[:1]
    if progress.stage in (Stage.DONE, Stage.FAILED):
        return _over(progress, lbs, width, room, now)
    if progress.problem is not None:
        text = f" {marks.BAD} {say(progress.problem)}"
        lines += wrap((ink(text, Tone.CRITICAL),), width - 1, hang=3)
    if progress.stage is Stage.PREFLIGHT:
        return lines[:room]
    return (lines[:1] + ahead_lines(progress, width, writable=writable))[:room]


def _live(
    progress: DrillProgress, lbs: Sequence[str], width: int, room: int, now: float
) -> list[Line]:
    head = head_lines(progress, width, now) + calm_lines(progress, width, now)
    clock = clock_lines(progress, width, now)
    strip = [probe_line(progress, width), *strip_lines(progress, lbs, width, now)]
    nodes = [progress.nodes[name] for name in _order(progress, lbs)]
    used = len(head) + len(clock) + len(strip)
    air = room - used - len(nodes) - 1 >= 4
    table = node_lines(nodes, lbs, width, now, room=max(3, room - used - (3 if air else 0)))
    gap: list[Line] = [BLANK] if air else []
    return [*head, *gap, *clock, *gap, *strip, *gap, *table]


def _order(progress: DrillProgress, lbs: Sequence[str]) -> list[str]:
    """Return the nodes' names: LBs first, then what is hit, then the others."""
    first = [name for name in lbs if name in progress.nodes]
    hit = progress.ask.target
    rest = [name for name in progress.nodes if name not in first]
    rest.sort(key=lambda name: name != hit)
    return first + rest


def _over(
    progress: DrillProgress, lbs: Sequence[str], width: int, room: int, now: float
) -> list[Line]:
    fault = fault_text(progress.ask, progress.prediction)
    spent = ""
    if progress.run.began is not None and progress.run.ended is not None:
        spent = took(progress.run.ended - progress.run.began)
    done = t("what was done") if progress.fault_at is not None else t("not done")
    said: list[Line] = [
        spread((Ink(f"   {done}: ", Tone.MUTED), ink(fault)),
               (Ink(f"{spent} ", Tone.MUTED),) if spent else (), width)
    ]  # fmt: skip
    lines = [*verdict_lines(progress, width), *said]
    figures = figure_lines(progress, width)
    strip = strip_lines(progress, lbs, width, now) if progress.probe.beats else []
    if len(lines) + len(figures) + len(strip) + 2 <= room:
        return [*lines, BLANK, *figures, BLANK, *strip]
    if len(lines) + len(figures) + len(strip) <= room:
        return [*lines, *figures, *strip]
    return [*lines, *figures][:room]
