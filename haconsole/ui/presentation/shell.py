"""Shell scripts and diffs in ink: enough to be read at a glance, nothing is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .config import config_line
from .ink import Ink, Line, Tone, clean

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<comment>(?<!\S)\#.*)
      | (?P<string>"(?:[^"\\]|\\.)*"?|'[^']*'?)
      | (?P<variable>\$(?:\w+|\{[^}]*\}?|[@*\#?$!-]))
      | (?P<mark>[;&|()<>{}]+)
      | (?P<word>[^\s;&|()<>{}"'$]+)
      | (?P<other>.)""",
    re.VERBOSE,
)
_WORDS = frozenset(
    ("if", "then", "else", "elif", "fi", "for", "in", "do", "done", "while", "until")
) | {"case", "esac", "return", "exit", "set", "trap"}
_TONES = {
    "comment": Tone.MUTED,
    "string": Tone.ACCENT,
    "variable": Tone.KEY,
    "mark": Tone.LINE,
}


def script_lines(script: str) -> list[Line]:
    """Return a script's lines as they are, with comments, strings and variables told apart."""
    return [_script_line(row) for row in script.expandtabs(4).strip("\n").splitlines()]


def _script_line(row: str) -> Line:
    parts: list[Ink] = []
    for match in _TOKEN.finditer(clean(row)):
        kind, text = match.lastgroup or "", match.group()
        tone = _TONES.get(kind, Tone.TEXT)
        if kind == "word" and text in _WORDS:
            tone = Tone.INFO
        parts.append(Ink(text, tone))
    return tuple(parts)


def diff_lines(rows: Iterable[str]) -> list[Line]:
    """Return a unified diff in ink; lines that stay are coloured as configuration."""
    return [_diff_line(row) for row in rows]


def _diff_line(row: str) -> Line:
    text = clean(row.expandtabs(4))
    if row.startswith(("--- ", "+++ ")):
        return (Ink(text, Tone.HEAD),)
    if row.startswith("@@"):
        return (Ink(text, Tone.INFO),)
    if row.startswith("+"):
        return (Ink(text, Tone.OK),)
    if row.startswith("-"):
        return (Ink(text, Tone.CRITICAL),)
    return (Ink(" "), *config_line(text[1:]))
