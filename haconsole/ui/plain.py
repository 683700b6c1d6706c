"""Screens for terminals that know ASCII only: one filter over everything that is painted."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_PAIRS = {
    "●": "*", "○": "o", "◌": "?", "✖": "X", "✓": "+", "▲": "!", "◆": "#", "›": ">", "…": "~",
    "─": "-", "│": "|", "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+", "┬": "+",
    "┴": "+", "┼": "+", "╌": ".", "╎": ":", "▶": ">", "◀": "<", "→": ">", "←": "<", "↑": "^",
    "↓": "v", "⇡": "^", "⇣": "v", "·": ".", "–": "-", "—": "-", "−": "-", "±": "~", "≤": "<",
    "≥": ">", "×": "x", "▁": "_", "▂": ".", "▃": ":", "▄": "-", "▅": "=", "▆": "+", "▇": "*",
    "█": "#", "▌": "|", "▐": "|", "▏": "|", "▕": "|", "▎": "|", "▔": "-", "▀": "-", "━": "-",
    "┃": "|", "╸": "-", "╺": "-", "║": "|", "═": "=", "╭": "+", "╮": "+", "╰": "+", "╯": "+",
    "┏": "+", "┓": "+", "┗": "+", "┛": "+", "▊": "|", "▍": "|", "▋": "|", "▉": "|", "🔎": "/ ",
    "\u00a0": " ", "‘": "'", "’": "'", "“": '"', "”": '"', "•": "*", "⏎": "<", "◂": "<", "▸": ">",
    "▼": "v", "▒": "%", "░": ".",
}  # fmt: skip


@lru_cache(4096)
def to_ascii(text: str) -> str:
    """Return ``text`` in ASCII and in as many cells: a like character, or ``?``."""
    if text.isascii():
        return text
    folded = []
    for char in text:
        if char.isascii():
            folded.append(char)
        else:
            size = cell_len(char)
            folded.append(_PAIRS.get(char, "?" * size)[:size].ljust(size))
    return "".join(folded)


class AsciiFilter(LineFilter):
    """Folds all that any widget paints to ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with their texts folded."""
        return [
            Segment(to_ascii(text), style, control) if not control else segment
            for segment in segments
            for text, style, control in (segment,)
        ]
