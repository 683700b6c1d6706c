"""Configuration files in ink: comments, blocks, keys, strings and numbers told apart.

keepalived.conf and nginx's files are alike enough for one set of rules: ``#`` (and keepalived's
``!``) begin a comment, ``{`` opens a block, the first word of a line is its key.
"""

from __future__ import annotations

import re

from .ink import BLANK, Ink, Line, Tone, clean

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<comment>\#.*|!(?=\s|$).*)
      | (?P<string>"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)
      | (?P<brace>[{};])
      | (?P<word>[^\s{};"'\#]+)
      | (?P<other>.)""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"[-+]?\d[\d.:/]*[a-z%]{0,2}")
_LONGEST = 2000


def config_lines(text: str) -> list[Line]:
    """Return a file's lines with their numbers."""
    rows = text.expandtabs(4).splitlines()
    digits = max(3, len(str(len(rows))))
    return [
        (Ink(f" {number:>{digits}} ", Tone.LINE), *config_line(row[:_LONGEST]))
        for number, row in enumerate(rows, 1)
    ]


def config_line(row: str) -> Line:
    """Return one line of a file, without a number."""
    parts: list[Ink] = []
    first = True
    opens = row.rstrip().endswith("{")
    for match in _TOKEN.finditer(clean(row)):
        kind, text = match.lastgroup, match.group()
        tone = Tone.TEXT
        if kind == "comment":
            tone = Tone.MUTED
        elif kind == "string":
            tone = Tone.ACCENT
        elif kind == "brace":
            tone, first = Tone.LINE, True
        elif kind == "word":
            tone = _word_tone(text, first=first, opens=opens)
            first = False
        parts.append(Ink(text, tone))
    return tuple(parts) if parts else BLANK


def _word_tone(text: str, *, first: bool, opens: bool) -> Tone:
    if first:
        return Tone.STRONG if opens else Tone.INFO
    if text.startswith("$"):
        return Tone.KEY
    if _NUMBER.fullmatch(text):
        return Tone.ACCENT
    return Tone.TEXT
