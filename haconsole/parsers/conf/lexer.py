"""The characters of a keepalived.conf as pieces that leave nothing out: the language's one lexer.

keepalived reads lines (``lib/parser.c``: ``read_line``, ``decomment``, ``alloc_strvec``, 1.3.5
to 2.4.3): ``#`` and ``!`` begin a comment anywhere outside quotes unless a backslash is before
them; quotes do not stretch over lines, and a backslash joins lines in definitions alone; words
end at C's white space, at a quote and at a brace, whatever stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

#: White space within a line, as C's ``isspace`` has it: a no-break space is part of a word.
BLANKS = " \t\r\f\v"
_MARK = re.compile(r'[!#"\\]')
_CODE = re.compile(
    r"(?P<space>[ \t\r\f\v\n]+)"
    r'|(?P<quoted>"[^"]*")|(?P<unclosed>"[^"]*)|(?P<open>\{)|(?P<close>\})'
    r'|(?P<word>(?:\$\{[A-Za-z0-9_ \t]{1,200}\}|[^ \t\r\f\v\n"{}])+)'
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_DEFINITION = re.compile(r"\$(?P<name>[A-Za-z_][A-Za-z0-9_]*)=[ \t]*")
_CONDITION = re.compile(r"@(?P<not>\^?)(?P<id>[^ \t]*)(?P<gap>[ \t]*)")


class Kind(Enum):
    """What a piece is."""

    SPACE = "space"
    WORD = "word"
    QUOTED = "quoted"
    UNCLOSED = "unclosed"
    OPEN = "open"
    CLOSE = "close"


_KINDS = {kind.value: kind for kind in Kind}
#: The kinds that are words to keepalived.
WORDS = (Kind.WORD, Kind.QUOTED, Kind.UNCLOSED)


class Piece(NamedTuple):
    """Characters of a line's code. ``start`` counts from 0 in that code."""

    kind: Kind
    text: str
    start: int

    @property
    def value(self) -> str:
        """What keepalived takes it for: without quotes, and with escaped comment signs plain."""
        if self.kind is Kind.QUOTED:
            return self.text[1:-1]
        if self.kind is Kind.UNCLOSED:
            return self.text[1:]
        return unescaped(self.text) if "\\" in self.text else self.text


class Line(NamedTuple):
    """A line in four parts; put together they are the line."""

    indent: str
    #: Without white space around it.
    code: str
    #: White space and the comment, where there is one.
    comment: str
    #: The line's end; nothing on a last line that has none.
    end: str
    #: A quote is open at its end, so that a comment character did not count.
    unterminated: bool = False

    @property
    def continues(self) -> bool:
        """Whether a definition goes on after it (before 2.4.0 also when a comment says so)."""
        return self.code.endswith("\\") or ends_in_backslash(self.comment)


def ends_in_backslash(text: str) -> bool:
    """Whether the last character is a backslash that no other one escapes."""
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def lines(text: str) -> Iterator[str]:
    """Yield the lines with their ends. A carriage return alone ends none (``fgets``)."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def split_line(text: str, *, escapes: bool = True) -> Line:
    """Take a line, with its end or without, into its parts.

    ``escapes``: a backslash takes the meaning from what is behind it (2.0.9 and later).
    """
    body = text[:-1].rstrip("\r") if text.endswith("\n") else text
    end = text[len(body) :]
    at, unterminated = (
        _comment_start(body, escapes=escapes) if _MARK.search(body) else (len(body), False)
    )
    head, comment = body[:at], body[at:]
    code = head.strip(BLANKS)
    indent = head[: len(head) - len(head.lstrip(BLANKS))]
    gap = head[len(indent) + len(code) :]
    return Line(indent, code, gap + comment, end, unterminated)


def _comment_start(body: str, *, escapes: bool) -> tuple[int, bool]:
    """Find where a line's comment begins (``decomment``); its length where there is none."""
    quoted = False
    pos = 0
    while found := _MARK.search(body, pos):
        pos = found.end()
        match found[0]:
            case '"':
                quoted = not quoted
            case "\\":
                pos += escapes
            case _ if not quoted:
                return found.start(), False
            case _:
                pass
    return len(body), quoted


def pieces(code: str) -> Iterator[Piece]:
    """Yield the pieces of a line's code; put together they are the code."""
    for match in _CODE.finditer(code):
        yield Piece(_KINDS[match.lastgroup or ""], match[0], match.start())


def unescaped(text: str) -> str:
    """Return text without the backslashes before ``#`` and ``!``; the others stay."""
    return _ESCAPE.sub(lambda m: m[1] if m[1] in "#!" else m[0], text)


def definition(code: str) -> tuple[str, str] | None:
    """Return name and value of ``$NAME=VALUE``, or ``None`` (1.4.0 and later)."""
    match = _DEFINITION.match(code)
    return (match["name"], code[match.end() :]) if match else None


class Condition(NamedTuple):
    """``@id`` or ``@^id`` (1.3.7) before a line: it counts where ``keepalived -i`` says so."""

    text: str
    config_id: str
    negative: bool

    def holds(self, config_id: str | None) -> bool:
        """Whether a line counts for a config id; ``None`` is no id at all."""
        return (self.config_id == config_id) is not self.negative


def condition(code: str) -> tuple[Condition, str, str] | None:
    """Return a line's condition, the white space after it and the rest; ``None`` without one."""
    match = _CONDITION.match(code)
    if not match:
        return None
    text = match[0][: len(match[0]) - len(match["gap"])]
    return Condition(text, match["id"], bool(match["not"])), match["gap"], code[match.end() :]


def is_sequence(code: str) -> bool:
    """Whether a line is repeated by ``~SEQ`` (2.0.9) or ``~LST`` (2.1.0)."""
    return code.startswith(("~SEQ", "~LST"))


def plain(code: str) -> str:
    """Return code as ``decomment`` leaves it.

    Escapes are taken off outside quotes alone; a last backslash moves up to the word before it.
    """
    if "\\" not in code:
        return code
    parts: list[str] = []
    quoted, start, pos = False, 0, 0
    while found := _MARK.search(code, pos):
        pos = found.end()
        if found[0] == '"':
            quoted = not quoted
        elif found[0] == "\\":
            if not quoted and code[pos : pos + 1] in ("#", "!"):
                parts.append(code[start : found.start()])
                start = pos
            if pos == len(code):
                return "".join((*parts, code[start : pos - 1].rstrip(" \t"), "\\"))
            pos += 1
    return "".join((*parts, code[start:]))
