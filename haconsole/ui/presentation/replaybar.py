"""The line that tells that this is a recording: where in it one is, and how it is moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from haconsole.domain.verdict import Level
from haconsole.journal.replay_reel import Stop
from haconsole.words import t

from . import marks
from .ink import Ink, Line, Tone, clip, width_of
from .units import day_of, time_of_day, time_with_ms

#: Where one is on the bar, what was before it, what is to come, and what the operator marked.
HERE, PLAYED, TO_COME, MARKED = "█", "━", "─", "◆"
#: Cells that the bar takes at least; without them there is none.
_LEAST = 8
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Position:
    """A moment of a recording. Times in epoch seconds; ``speed``: times life's."""

    first: float
    last: float
    now: float
    playing: bool
    speed: float
    stops: tuple[Stop, ...] = ()

    @property
    def is_long(self) -> bool:
        """Whether a time of day alone does not say which moment is meant."""
        return self.last - self.first >= _DAY_S


def replay_line(at: Position, width: int) -> Line:
    """Return the bar in one line: badge, play or pause, the moment, the bar, the end, the keys."""
    sign = "▶" if at.playing else "║"
    word = t("playing") if at.playing else t("paused")
    rate = f" ×{at.speed:g}"
    now = time_with_ms(at.now)
    if width >= 100 or at.is_long:
        now = f"{day_of(at.now)} {now}"
    left: list[Ink] = [
        Ink(" "),
        Ink(f" {t('RECORDING')} ", Tone.BADGE_WARNING, "screen.command('replay.play')"),
        Ink(f" {sign} {word}{rate}  ", Tone.STRONG, "screen.command('replay.play')"),
        Ink(f"{now} ", Tone.TEXT),
    ]
    right: list[Ink] = [Ink(f" {time_of_day(at.last)}", Tone.MUTED)]
    keys = _keys(at, width)
    room = width - width_of(tuple(left)) - width_of(tuple(right)) - width_of(keys) - 1
    bar = _bar(at, room) if room >= _LEAST else ()
    return clip((*left, *bar, *right, *keys), width)


def _keys(at: Position, width: int) -> Line:
    words = [("P", t("pause") if at.playing else t("play"))]
    if width >= 100:
        words += [(", .", t("step")), ("< >", t("trouble")), ("- +", t("speed"))]
    parts: list[Ink] = []
    for key, word in words:
        parts += [Ink(f"  {key}", Tone.KEY), Ink(f" {word}", Tone.MUTED)]
    return tuple(parts)


def _bar(at: Position, room: int) -> Line:
    """Return ``room`` cells; a click on one goes to its moment."""
    span = max(at.last - at.first, 1e-6)
    here = _cell(at.now, at.first, span, room)
    cells = [
        Ink(PLAYED, Tone.ACCENT) if cell < here else Ink(TO_COME, Tone.LINE) for cell in range(room)
    ]
    for cell, ink in _stops(at.stops, at.first, span, room):
        cells[cell] = ink
    cells[here] = Ink(HERE, Tone.STRONG)
    return tuple(
        ink._replace(action=_go(at.first + span * (cell + 0.5) / room))
        for cell, ink in enumerate(cells)
    )


def _stops(
    stops: Iterable[Stop], first: float, span: float, room: int
) -> Iterable[tuple[int, Ink]]:
    # The worst last: it stands where several share a cell.
    ordered = sorted(stops, key=lambda stop: stop.level.rank if stop.level else 10)
    for stop in ordered:
        glyph, tone = _look(stop.level)
        yield _cell(stop.at, first, span, room), Ink(glyph, tone)


def _look(level: Level | None) -> tuple[str, Tone]:
    return (MARKED, Tone.INFO) if level is None else marks.LEVEL[level]


def _cell(at: float, first: float, span: float, room: int) -> int:
    return min(room - 1, max(0, int((at - first) / span * room)))


def _go(at: float) -> str:
    return f"screen.command('replay.go', '{at:.3f}')"
