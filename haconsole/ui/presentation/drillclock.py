"""The running outage against what was predicted: a clock, a bar with the predicted band in it.

Where clients should feel less than the VIP's move takes (its old owner answers meanwhile), the
clock is that of the move, and what clients feel stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

from haconsole.procedures.drill.standing import DrillProgress, Stage
from haconsole.words import t

from .drillwords import bounds_text, bracket_text, moves_later
from .ink import Ink, Line, Tone, cells, clip, spread

#: How far the bar goes beyond the longest predicted outage.
_BEYOND = 1.5
#: The least that the bar spans, seconds: so that a gentle handover does not fill it in a blink.
_LEAST_S = 0.5
_DONE, _BAND, _REST, _NEEDLE = "█", "▒", "─", "▌"


@dataclass(frozen=True, slots=True)
class Clock:
    """An outage so far. ``running``: requests still fail; ``band``: predicted bounds, seconds.

    ``open_ended``: it is predicted to last until the fault is undone. ``moves``: it is not the
    outage's but the VIP's, from the fault until another kernel has it.
    """

    seconds: float | None
    running: bool
    band: tuple[float, float] | None
    open_ended: bool = False
    moves: bool = False

    @property
    def tone(self) -> Tone:
        """Green within what was predicted or before it, red beyond it."""
        if self.seconds is None:
            return Tone.MUTED
        if self.band is None:
            return Tone.WARNING if self.open_ended else Tone.CRITICAL
        if self.seconds > self.band[1]:
            return Tone.CRITICAL
        if self.seconds >= self.band[0]:
            return Tone.OK
        return Tone.INFO


def clock_of(progress: DrillProgress, now: float) -> Clock:
    """Return the clock at ``now`` (console's clock)."""
    foreseen = progress.prediction
    outage = foreseen.outage if foreseen is not None else None
    band = (outage.min_s, outage.max_s) if outage is not None and outage.max_s > 0 else None
    began, ended = progress.outage_from, progress.outage_to
    running = began is not None and (ended is None or ended < began) and not progress.stage.over
    seconds: float | None = None
    if began is not None:
        end = now if running else ended if ended is not None else now
        seconds = max(0.0, end - began)
    return Clock(seconds, running, band, open_ended=foreseen is not None and outage is None)


def _move_of(progress: DrillProgress, now: float) -> Clock | None:
    """Return the clock of the VIP's move, where that is the one to look at."""
    foreseen, fault_at = progress.prediction, progress.fault_at
    if foreseen is None or not moves_later(foreseen) or foreseen.takeover is None:
        return None
    band = (foreseen.takeover.min_s, foreseen.takeover.max_s)
    if fault_at is None:
        return Clock(None, False, band, moves=True)
    taken = (
        one.at
        for one in progress.owned
        if one.owns and one.node == foreseen.takes_over and one.at + one.error_s >= fault_at[0]
    )
    at = next(taken, None)
    undone = at is None and progress.undone_at is not None
    running = at is None and not undone and not progress.stage.over
    end = now if at is None and not undone else at if at is not None else progress.undone_at
    return Clock(max(0.0, (end or now) - fault_at[0]), running, band, moves=True)


def span_s(clock: Clock, limit_s: float) -> float:
    """Return how many seconds the bar is wide: doubled whenever the clock passes its end."""
    if clock.band is not None:
        whole = max(_LEAST_S, clock.band[1] * _BEYOND)
    else:
        whole = limit_s if clock.open_ended else _LEAST_S
    while clock.seconds is not None and clock.seconds > whole:
        whole *= 2
    return whole


def clock_lines(progress: DrillProgress, width: int, now: float) -> list[Line]:
    """Return the clock: how long, the bar, what stands under it. Always three lines."""
    outage = clock_of(progress, now)
    clock = _move_of(progress, now) or outage
    whole = span_s(clock, progress.ask.limit_s)
    told = _moved(clock, outage) if clock.moves else _told(progress, clock)
    room = max(10, width - 4)
    return [
        spread(told, _predicted(clock), width - 1),
        (Ink("  "), *_bar(clock, whole, room)),
        (Ink("  "), *_scale(clock, whole, room)),
    ]


def _told(progress: DrillProgress, clock: Clock) -> Line:
    head = Ink(f" {t('OUTAGE')}  ", Tone.HEAD)
    measured = progress.measurement
    if measured is not None and measured.outages:
        text = bracket_text(measured.lower_s, measured.upper_s)
        return (head, Ink(text, Tone.STRONG), Ink(f"  {t('measured')}", Tone.MUTED))
    if clock.seconds is None:
        if progress.fault_at is None or progress.stage is Stage.BREAKING:
            return (head, Ink(t("not begun"), Tone.MUTED))
        return (head, Ink(t("none so far: every request was answered"), Tone.OK))
    tail = t("so far") if clock.running else t("then clients were answered again")
    return (head, Ink(f"{clock.seconds:.2f} s", clock.tone), Ink(f"  {tail}", Tone.MUTED))


def _moved(clock: Clock, outage: Clock) -> Line:
    """Return how long the VIP's move takes, and what clients have felt of it."""
    head = Ink(f" {t('TAKEOVER')}  ", Tone.HEAD)
    if clock.seconds is None:
        return (head, Ink(t("not begun"), Tone.MUTED))
    tail = t("so far") if clock.running else ""
    felt = (Ink(t("every request answered"), Tone.OK),)
    if outage.seconds is not None:
        late = outage.band is None or outage.seconds > outage.band[1]
        tone = Tone.CRITICAL if late else Tone.OK
        felt = (Ink(t("clients waited {time}", time=f"{outage.seconds:.2f} s"), tone),)
    parts = (Ink(f"{clock.seconds:.2f} s", clock.tone), Ink(f"  {tail:<6}  ", Tone.MUTED))
    return (head, *parts, *felt)


def _predicted(clock: Clock) -> Line:
    if clock.band is not None:
        bounds = bounds_text(*clock.band)
        return (Ink(t("predicted "), Tone.MUTED), Ink(bounds, Tone.STRONG))
    if clock.open_ended:
        return (Ink(t("predicted: until the fault is undone"), Tone.MUTED),)
    return (Ink(t("predicted: none"), Tone.MUTED),)


def _place(seconds: float, whole: float, room: int) -> int:
    return max(0, min(room - 1, int(seconds / whole * room)))


def _bar(clock: Clock, whole: float, room: int) -> Line:
    needle = -1 if clock.seconds is None else _place(clock.seconds, whole, room)
    low, high = (-1, -2)
    if clock.band is not None:
        low, high = (_place(edge, whole, room) for edge in clock.band)
    parts: list[Ink] = []
    for cell in range(room):
        inside = low <= cell <= high
        if cell == needle:
            look = Ink(_NEEDLE if cell < room - 1 else _DONE, clock.tone)
        elif cell < needle:
            tone = Tone.OK if inside else Tone.CRITICAL if 0 <= high < cell else Tone.INFO
            look = Ink(_DONE, tone if clock.band is not None else clock.tone)
        else:
            look = Ink(_BAND, Tone.OK) if inside else Ink(_REST, Tone.LINE)
        if parts and parts[-1].tone is look.tone:
            parts[-1] = Ink(parts[-1].text + look.text, look.tone)
        else:
            parts.append(look)
    return tuple(parts)


def _scale(clock: Clock, whole: float, room: int) -> Line:
    """Return 0, the band's bounds under the band, and the bar's end."""
    end = f"{whole:.2g} s" if whole < 10 else f"{whole:.0f} s"
    if clock.band is None:
        return clip((Ink("0" + " " * (room - 1 - len(end)) + end, Tone.MUTED),), room)
    text = f"▲ {bounds_text(*clock.band)}"
    at = max(2, min(_place(clock.band[0], whole, room), room - len(end) - cells(text) - 1))
    left = "0".ljust(at)
    rest = " " * (room - at - cells(text) - len(end)) + end
    return (Ink(left, Tone.MUTED), Ink(text, Tone.OK), Ink(rest, Tone.MUTED))
