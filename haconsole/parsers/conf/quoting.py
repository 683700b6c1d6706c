"""Quotes and escapes in the commands of scripts: what the daemon starts, by its version.

``alloc_strvec_quoted_escaped`` of ``lib/parser.c`` (2.0.6) and ``set_script_params_array`` of
``lib/notify.c``; keepalived.conf(5), "Quoted strings".
"""

from __future__ import annotations

import re
from typing import NamedTuple

from haconsole.parsers.keepalived_version import Version

from .lexer import BLANKS

#: A run of text, a quote or an escape; whether a quote is open decides what each means.
_PART = re.compile(
    r"[^\\\"' \t\r\f\v\n]+|\\(?P<escape>.?)|(?P<quote>[\"'])|(?P<blank>\s)", re.DOTALL
)
_HEX, _LONG_HEX = re.compile("[0-9a-fA-F]{1,2}"), re.compile("[0-9a-fA-F]+")
_OCTAL = re.compile("[0-7]{1,3}")
_SIGNS = {"a": 7, "b": 8, "E": 27, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}


class Rules(NamedTuple):
    r"""How escapes are read: taken off at all, and ``\x`` with any number of digits (to 2.3.1)."""

    escapes: bool = True
    long_hex: bool = False


def split_quoted(text: str, rules: Rules = Rules()) -> tuple[str, ...] | None:  # noqa: B008 - immutable
    """Split into words at white space outside quotes; ``None`` where a quote stays open."""
    words: list[str] = []
    current: list[str] | None = None
    quote, pos = "", 0
    while match := _PART.match(text, pos):
        part, pos = match[0], match.end()
        if match["blank"] and not quote:
            if current is not None:
                words.append("".join(current))
            current = None
            continue
        current = [] if current is None else current
        if match["escape"] is not None:
            if not match["escape"]:
                return None
            part, pos = _escaped(text, match.start() + 1, rules) if rules.escapes else (part, pos)
        elif match["quote"] and part == quote:
            quote, part = "", ""
        elif match["quote"] and not quote:
            quote, part = part, ""
        current.append(part)
    if quote:
        return None
    return (*words, "".join(current)) if current is not None else tuple(words)


def _escaped(text: str, pos: int, rules: Rules) -> tuple[str, int]:
    """Return what an escape stands for, and where it ends; ``pos`` is after its backslash."""
    sign = text[pos]
    hexadecimal = (_LONG_HEX if rules.long_hex else _HEX).match(text, pos + 1)
    if sign == "x" and hexadecimal:
        return chr(int(hexadecimal[0][-2:], 16)), hexadecimal.end()
    if sign == "c" and pos + 1 < len(text):
        return chr(ord(text[pos + 1]) & 0x1F), pos + 2
    if octal := _OCTAL.match(text, pos):
        return chr(int(octal[0], 8) & 0xFF), octal.end()
    return chr(_SIGNS[sign]) if sign in _SIGNS else sign, pos + 1


def script_words(line: str, version: Version | None = None) -> tuple[str, ...]:
    """Return the command and parameters that ``script "…"`` or ``notify "…"`` starts.

    ``line`` is the whole statement. The line is split first and the command in it again. Before
    2.0.6 only white space splits. Empty where the daemon cannot make words of it.
    """
    if version is not None and version < (2, 0, 6):
        _, _, command = line.strip(BLANKS).partition(" ")
        return tuple(command.strip(BLANKS).strip('"').split())
    old = version is not None and version < (2, 3, 2)
    outer = split_quoted(line, Rules(escapes=old, long_hex=old))
    if outer is None or len(outer) < 2:
        return ()
    return split_quoted(outer[1], Rules(long_hex=old)) or ()
