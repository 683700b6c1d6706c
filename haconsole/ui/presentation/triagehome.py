"""What the home screen says of a diagnosis: the cause, where it is more than the verdict."""

from __future__ import annotations

from haconsole.telling import say
from haconsole.ui.triaging import Row
from haconsole.words import t

from . import marks
from .ink import Ink, Line, Tone, ink, width_of, wrap


def cause_lines(row: Row | None, width: int) -> list[Line]:
    """Return the cause in a line or two, and the key that shows more; nothing for ``None``."""
    if row is None:
        return []
    one = row.finding
    glyph, tone = marks.LEVEL[one.severity]
    line: Line = (
        Ink(f"   {glyph} ", tone),
        ink(t("cause: {title}", title=say(one.title)), Tone.STRONG),
    )
    sure = ink(f"  {say(one.sureness)}", Tone.MUTED)
    key = Ink("  5", Tone.KEY, "app.show_triage")
    shows = Ink(f" {t('shows why')}", Tone.MUTED, "app.show_triage")
    for tail in ((sure, key, shows), (sure, key), (key, shows)):
        if width_of((*line, *tail)) < width:
            return [(*line, *tail)]
    return wrap((*line, key), width - 1, hang=5)
