"""The list of drills: what is hit, what should happen, how it came out last."""

from __future__ import annotations

from haconsole.procedures.drill.ask import ABOUT
from haconsole.telling import say
from haconsole.ui.drilling import Last, Offer
from haconsole.words import t

from . import marks
from .drillahead import prediction_lines
from .drillwords import BRIEFLY, KINDS, bracket_text, foreseen_text
from .ink import Ink, Line, Tone, cells, fit, ink, spread, width_of, wrap
from .units import short_duration

_NAME = 13


def offer_line(offer: Offer, width: int, now: float, *, hosts: int) -> Line:
    """Return a drill's row; ``hosts``: the cells of the longest target."""
    about = ABOUT[offer.scenario]
    mark = marks.WARN if about.cuts_off or about.twice else " "
    left: Line = (
        ink(f" {fit(offer.scenario.value, _NAME)}", Tone.STRONG),
        Ink(f"{mark} ", Tone.WARNING),
        ink(f"{fit(offer.target or '–', hosts)}  ", Tone.TEXT),
    )
    right = last_line(offer.last, now, brief=width < 100)
    text, tone = expected(offer, brief=width < 100)
    room = width - width_of(left) - width_of(right) - 2
    return spread((*left, Ink(fit(text, max(0, room)), tone)), right, width)


def expected(offer: Offer, *, brief: bool = False) -> tuple[str, Tone]:
    """Return what should happen, or why nothing can."""
    if offer.problem is not None:
        return f"{marks.BAD} {say(offer.problem)}", Tone.MUTED
    if offer.prediction is None:
        return t("not known yet"), Tone.UNKNOWN
    warned = bool(offer.prediction.why_not)
    text = foreseen_text(offer.prediction, brief=brief)
    return (f"{marks.WARN} {text}", Tone.WARNING) if warned else (text, Tone.TEXT)


def last_line(last: Last | None, now: float, *, brief: bool) -> Line:
    """Return how it came out last, and how long ago that was."""
    if last is None:
        return (Ink(t("never "), Tone.MUTED),)
    glyph, _, tone = KINDS[last.kind]
    if not last.healthy:
        glyph, tone = marks.BAD, Tone.CRITICAL
    ago = t("{span} ago ", span=short_duration(now - last.at))
    if brief:
        return (Ink(f"{glyph} ", tone), Ink(ago, Tone.MUTED))
    felt = bracket_text(last.lower_s, last.upper_s) if last.upper_s else t(BRIEFLY[last.kind])
    return (Ink(f"{glyph} {felt}  ", tone), Ink(ago, Tone.MUTED))


def offer_text(offer: Offer) -> str:
    """Return a row as plain text, to be copied or searched."""
    return f"{offer.scenario.value} {offer.target}: {expected(offer)[0]}"


def widest_target(offers: tuple[Offer, ...]) -> int:
    """Return the cells that the targets take."""
    return max(4, min(16, max((cells(offer.target) for offer in offers), default=4)))


def about_lines(offer: Offer | None, cluster: str, width: int, room: int) -> list[Line]:
    """Return ``room`` lines about the drill under the cursor."""
    if offer is None:
        return [()] * room
    about = ABOUT[offer.scenario]
    host = offer.target or t("the VIP's owner")
    fault = t(about.fault, host=host)
    lines: list[Line] = [
        (Ink(f" {say(about.title)}: ", Tone.STRONG), ink(f"{fault}.", Tone.TEXT)),
    ]
    lines = wrap(lines[0], width - 1, hang=3)
    if about.cuts_off:
        text = t("The console may lose {host} until it undoes the fault by itself.", host=host)
        if about.twice:
            text = t("The console loses {host} until it is up again. It asks twice.", host=host)
        lines += wrap((Ink(f" {marks.WARN} {text}", Tone.WARNING),), width - 1, hang=3)
    if offer.prediction is not None:
        lines += prediction_lines(offer.prediction, width)
    elif offer.problem is not None:
        lines += wrap((ink(f"   {say(offer.problem)}", Tone.WARNING),), width - 1, hang=3)
    shell = t("The same from a shell:")
    line = f"haconsole drill INVENTORY {offer.scenario.value}"
    if len(lines) > room - 1:
        lines = [*lines[: room - 2], (Ink("   …", Tone.MUTED),)]
    lines += [()] * (room - 1 - len(lines))
    return [*lines, (Ink(f" {shell} ", Tone.MUTED), ink(line, Tone.ACCENT))]


def access_lines(
    cluster: str | None,
    *,
    writable: bool,
    door: bool,
    reading: bool,
    problem: str,
    width: int,
    recording: bool = False,
) -> list[Line]:
    """Return which cluster would be drilled, and whether that can be done here: always two lines.

    One line on a screen that is wide.
    """
    tone = Tone.WARNING
    if recording:
        text = t("This is a recording: nothing can be drilled in it. What drills have measured: "
                 "`haconsole journal list`.")  # fmt: skip
    elif not door:
        text = t("There are no hosts behind this console: nothing can be drilled.")
    elif cluster is None:
        text = t("Choose one cluster first: ] shows the next.")
    elif problem:
        text = t("The drills cannot be told now: {why} r tries again.", why=problem)
    elif reading:
        text, tone = t("Reading cluster {name}: what would happen?", name=cluster), Tone.INFO
    elif writable:
        text = t("On cluster {name}. Every fault is undone by the node itself, whatever becomes of "
                 "this console.", name=cluster)  # fmt: skip
        tone = Tone.TEXT
    else:
        text = t("READ-ONLY: predictions and plans can be looked at; `haconsole INVENTORY --write` "
                 "runs drills, where the inventory allows it.")  # fmt: skip
        tone = Tone.ACCENT
    lines = wrap((Ink(" "), ink(text, tone)), width - 1, hang=1)
    # As many lines whatever is said, so that the list stays where it is.
    return (lines + [()] * 2)[: 1 if width >= 120 else 2]
