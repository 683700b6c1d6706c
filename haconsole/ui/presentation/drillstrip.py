"""The strip of a drill: the probe's answers, who held the VIP, what was done, on one axis.

A cell is a slot of time (100 ms); the newest stands at the right edge and all move left together.
Once the drill is over the strip stands still, with the fault in sight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from haconsole.domain.outage_series import owners_at
from haconsole.procedures.drill.standing import Beat, DrillProgress
from haconsole.words import t

from .ink import Ink, Line, Tone, cells, clip, fit, ink

#: What a slot looks like: all answered, all failed, some of both, nothing asked.
GOOD, BAD, MIXED, NOTHING = "·", "✖", "▲", " "
#: Who holds the VIP, and the marks over the strip.
OWNS, FAULT, UNDONE = "◆", "▼", "◀"
#: Cells of time that stand before the fault once the drill is over.
_BEFORE = 10
_TICK_S = 1.0
_EDGE_S = 1e-5


@dataclass(frozen=True, slots=True)
class Window:
    """``count`` slots of ``slot_s`` seconds from ``begin`` on (epoch seconds)."""

    begin: float
    slot_s: float
    count: int

    @property
    def end(self) -> float:
        """When the last slot is over."""
        return self.begin + self.slot_s * self.count

    def cell(self, at: float) -> int | None:
        """Return the cell that a moment falls into; ``None``: it is not in sight."""
        # Epoch seconds are known to a quarter of a microsecond.
        place = int((at - self.begin + _EDGE_S) // self.slot_s)
        return place if 0 <= place < self.count else None

    def time(self, cell: int) -> float:
        """Return the middle of a cell."""
        return self.begin + (cell + 0.5) * self.slot_s


def window_of(progress: DrillProgress, count: int, now: float) -> Window:
    """Return the slots on show: the newest, or, when all is over, those from the fault on."""
    beats, slot_s = progress.probe.beats, progress.probe.slot_s
    newest = beats[-1].at + slot_s if beats else now
    begin = newest - slot_s * count
    if progress.stage.over and progress.fault_at is not None:
        wanted = progress.fault_at[0] - _BEFORE * slot_s
        oldest = beats[0].at if beats else wanted
        # On the grid of the beats, so that each still fills one cell.
        wanted = oldest + round((max(wanted, oldest) - oldest) / slot_s) * slot_s
        begin = max(min(wanted, begin), oldest) if wanted <= begin else begin
    return Window(begin, slot_s, count)


def strip_lines(progress: DrillProgress, lbs: Sequence[str], width: int, now: float) -> list[Line]:
    """Return the marks, the probe's cells, a lane for each LB, and the axis."""
    names = max(5, min(12, max((cells(name) for name in lbs), default=5)))
    shown = window_of(progress, max(10, width - names - 3), now)
    lines = [_marks(progress, shown, names, width), _answers(progress.probe.beats, shown, names)]
    if progress.owned or _first(progress):
        lines += [_lane(progress, name, shown, names, now) for name in lbs]
    return [clip(line, width) for line in (*lines, _axis(progress, shown, names))]


def _first(progress: DrillProgress) -> tuple[str, ...]:
    """Return who held the VIP before the first event."""
    foreseen = progress.prediction
    return (foreseen.owner,) if foreseen is not None and foreseen.owner else ()


def _label(text: str, names: int, tone: Tone = Tone.MUTED) -> Ink:
    return ink(f" {fit(text, names)} ", tone)


def _marks(progress: DrillProgress, shown: Window, names: int, width: int) -> Line:
    """Return the line over the strip: when the fault was made, and when it was undone."""
    said: dict[int, tuple[str, Tone]] = {}
    if progress.fault_at is not None:
        cell = shown.cell(progress.fault_at[0])
        if cell is not None:
            said[cell] = (f"{FAULT} {t('fault')}", Tone.WARNING)
    if progress.undone_at is not None:
        cell = shown.cell(progress.undone_at)
        if cell is not None:
            said[cell] = (f"{UNDONE} {t('undone')}", Tone.INFO)
    parts: list[Ink] = [_label("", names)]
    at, room = 0, width - names - 3
    order = sorted(said)
    for index, cell in enumerate(order):
        text, tone = said[cell]
        limit = order[index + 1] if index + 1 < len(order) else room
        if cell + cells(text) > limit:
            text = text[0]
        parts += [Ink(" " * (cell - at)), Ink(text, tone)]
        at = cell + cells(text)
    return tuple(parts)


def _look(beat: Beat | None) -> tuple[str, Tone]:
    if beat is None or not (beat.good or beat.failed):
        return NOTHING, Tone.LINE
    if not beat.failed:
        return GOOD, Tone.OK
    return (MIXED, Tone.WARNING) if beat.good else (BAD, Tone.CRITICAL)


def _answers(beats: Sequence[Beat], shown: Window, names: int) -> Line:
    by_cell: dict[int, Beat] = {}
    for beat in beats:
        cell = shown.cell(beat.at + shown.slot_s / 2)
        if cell is not None:
            before = by_cell.get(cell, Beat(beat.at))
            by_cell[cell] = Beat(beat.at, before.good + beat.good, before.failed + beat.failed)
    looks = [_look(by_cell.get(cell)) for cell in range(shown.count)]
    return (_label(t("probe"), names), *_runs(looks))


def _lane(progress: DrillProgress, name: str, shown: Window, names: int, now: float) -> Line:
    """Return the cells in which an LB's kernel held the VIP, grey where that is not sure."""
    seen_to = min(now, shown.end)
    away = _away(progress)
    vague = [one for one in progress.owned if one.node == name and one.error_s > shown.slot_s]
    looks: list[tuple[str, Tone]] = []
    for cell in range(shown.count):
        at = shown.time(cell)
        if not progress.since <= at <= seen_to:
            looks.append((" ", Tone.LINE))
            continue
        owners = owners_at(progress.owned, _first(progress), at)
        alone = Tone.OK if len(owners - away) < 2 else Tone.WARNING
        unsure = name in away or any(abs(at - one.at) < one.error_s for one in vague)
        tone = Tone.STALE if unsure else alone
        looks.append((OWNS, tone) if name in owners else ("·", Tone.LINE))
    return (_label(name, names), *_runs(looks))


def _away(progress: DrillProgress) -> frozenset[str]:
    """Return the nodes that cannot be seen now: what is painted of them is the last of it."""
    if progress.stage.over:
        return frozenset()
    return frozenset(name for name, node in progress.nodes.items() if not node.link_up)


def _runs(looks: Sequence[tuple[str, Tone]]) -> Line:
    """Return cells as few runs of ink."""
    parts: list[Ink] = []
    for glyph, tone in looks:
        if parts and parts[-1].tone is tone:
            parts[-1] = Ink(parts[-1].text + glyph, tone)
        else:
            parts.append(Ink(glyph, tone))
    return tuple(parts)


def _axis(progress: DrillProgress, shown: Window, names: int) -> Line:
    """Return whole seconds from the fault on, or, before it, what a cell is."""
    if progress.fault_at is None:
        text = t("one cell is {ms} ms; the newest is at the right", ms=round(shown.slot_s * 1000))
        return (_label("", names), Ink(text, Tone.MUTED))
    zero = progress.fault_at[0]
    row = [" "] * shown.count
    each = _TICK_S * max(1, round(8 * shown.slot_s / _TICK_S))
    first = int((shown.begin - zero) // each)
    free = 0
    for number in range(first, first + int(shown.count * shown.slot_s / each) + 2):
        cell = shown.cell(zero + number * each)
        text = f"{number * each:+g} s" if number else "0"
        if cell is not None and cell >= free and cell + len(text) <= shown.count:
            row[cell : cell + len(text)] = text
            free = cell + len(text) + 1
    return (_label("", names), Ink("".join(row).rstrip(), Tone.MUTED))


def legend_line() -> Line:
    """Return what the cells mean."""
    return (
        Ink(f" {GOOD} ", Tone.OK), Ink(t("answered"), Tone.MUTED),
        Ink(f"  {BAD} ", Tone.CRITICAL), Ink(t("failed"), Tone.MUTED),
        Ink(f"  {MIXED} ", Tone.WARNING), Ink(t("both"), Tone.MUTED),
        Ink(f"  {OWNS} ", Tone.OK), Ink(t("holds the VIP"), Tone.MUTED),
    )  # fmt: skip
