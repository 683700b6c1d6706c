"""From tones to the terminal: rich styles of the running theme, and strips of painted ink."""

from __future__ import annotations

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from haconsole.ui.presentation.ink import Ink, Line, Tone, clean, clip, width_of
from haconsole.ui.theming import tone_colors

_BOLD = frozenset({Tone.STRONG, Tone.CRITICAL, Tone.HEAD, Tone.BADGE, Tone.BADGE_WARNING, Tone.KEY})
_FILLED = {
    Tone.BADGE: "badge-ground",
    Tone.BADGE_WARNING: "badge-warning-ground",
    Tone.MATCH: "match-ground",
}


class Palette:
    """The rich style of every tone, for one theme."""

    def __init__(self, variables: dict[str, str]) -> None:
        colors = tone_colors(variables)
        self._styles = {tone: self._style(tone, colors) for tone in Tone}
        self.cursor = Style(bgcolor=_rich(colors["cursor-ground"]))
        self._with_action: dict[tuple[Tone, str], Style] = {}

    @staticmethod
    def _style(tone: Tone, colors: dict[str, str]) -> Style:
        ground = _FILLED.get(tone)
        return Style(
            color=_rich(colors[tone.value]),
            bgcolor=_rich(colors[ground]) if ground else None,
            bold=tone in _BOLD or None,
            italic=True if tone is Tone.STALE else None,
        )

    def style(self, part: Ink) -> Style:
        """Return the style of a run of ink; its click action is in the style's meta."""
        if not part.action:
            return self._styles[part.tone]
        key = (part.tone, part.action)
        style = self._with_action.get(key)
        if style is None:
            if len(self._with_action) > 1000:
                self._with_action.clear()
            style = self._styles[part.tone] + Style(meta={"@click": part.action})
            self._with_action[key] = style
        return style

    def strip(self, line: Line, width: int, base: Style, *, cursor: bool = False) -> Strip:
        """Return the line as exactly ``width`` cells on ``base``; every control is replaced."""
        line = clip(tuple(part._replace(text=clean(part.text)) for part in line), width)
        over = self.cursor if cursor else None
        ground = base + over if over else base
        segments = []
        for part in line:
            style = ground + self.style(part)
            segments.append(Segment(part.text, style))
        missing = width - width_of(line)
        if missing > 0:
            segments.append(Segment(" " * missing, ground))
        return Strip(segments, max(width, 0))


def _rich(color: str) -> RichColor:
    return RichColor.parse(color)
