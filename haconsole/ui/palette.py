"""From tones to the terminal: rich styles of the running theme, and strips of painted ink."""

from __future__ import annotations

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from haconsole.ui.presentation.ink import Ink, Line, Tone, cells, clean, fit
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
        self._grounds: dict[tuple[Style, bool], dict[Tone, Style]] = {}

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

    def _on(self, base: Style, *, cursor: bool) -> dict[Tone, Style]:
        """Return the styles of all tones on a ground; made once for each."""
        styles = self._grounds.get((base, cursor))
        if styles is None:
            ground = base + self.cursor if cursor else base
            styles = {tone: ground + style for tone, style in self._styles.items()}
            self._grounds[base, cursor] = styles
        return styles

    def strip(self, line: Line, width: int, base: Style, *, cursor: bool = False) -> Strip:
        """Return the line as exactly ``width`` cells on ``base``; every control is replaced."""
        ground = base + self.cursor if cursor else base
        styles = self._on(base, cursor=cursor)
        segments: list[Segment] = []
        room = max(width, 0)
        for part in line:
            if room <= 0:
                break
            text = clean(part.text)
            taken = cells(text)
            if taken > room:
                text, taken = fit(text, room), room
            style = styles[part.tone] if not part.action else ground + self.style(part)
            segments.append(Segment(text, style))
            room -= taken
        if room > 0:
            segments.append(Segment(" " * room, ground))
        return Strip(segments, max(width, 0))


def _rich(color: str) -> RichColor:
    return RichColor.parse(color)
