"""The text of a keepalived.conf as a tree: statements, blocks, lines; secrets left out.

Rules of keepalived's own reader (``lib/parser.c``, 1.3.5 to 2.4.3): ``#`` and ``!`` begin a
comment anywhere outside quotes, unless escaped; quotes do not stretch over lines; ``{`` and
``}`` outside quotes are words of their own; a backslash at a line's end joins the next line.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from haconsole.domain.conf import ConfProblem
from haconsole.domain.notes import note

from .masking import MASK

#: Characters of a file that are read; an honest one has a few thousand.
MAX_TEXT = 1 << 20
MAX_DEPTH = 32
_MAX_PROBLEMS = 100
#: Characters of ``auth_pass`` that count (RFC 2338, 5.3.10).
_AUTH_LENGTH = 8
_SECRET_KEYS = frozenset({"auth_pass", "password", "key"})
_TOKEN = re.compile(
    r"(?P<space>[ \t\r\f\v]+|\\\r?\n)|(?P<end>\n)|(?P<comment>[#!][^\n]*)"
    r'|"(?P<quoted>[^"\n]*)"|(?P<open_quote>"[^\n]*)|(?P<brace>[{}])'
    r'|(?P<word>(?:\$\{[^{}\s]{0,200}\}|\\[#!]|[^\s"{}#!])+)'
)
#: Keys the fingerprints of this session: they are worth nothing to anyone else.
_SESSION_KEY = secrets.token_bytes(32)


def fingerprint(secret: str) -> str:
    """Return what stands for a password in comparisons within this session."""
    counted = secret.encode("utf-8", "replace")[:_AUTH_LENGTH]
    return hmac.new(_SESSION_KEY, counted, hashlib.sha256).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Token:
    """A word, and where it stands (both count from 1). Quotes and escapes are taken off."""

    text: str
    line: int
    column: int
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A line's words and, where it opens a block, the statements in it.

    A secret's words are masked, and ``fingerprint`` stands for it.
    """

    tokens: tuple[Token, ...]
    block: tuple[Statement, ...] | None = None
    fingerprint: str | None = None

    @property
    def key(self) -> str:
        """The first word."""
        return self.tokens[0].text if self.tokens else ""

    @property
    def values(self) -> tuple[str, ...]:
        """The words after the first."""
        return tuple(token.text for token in self.tokens[1:])

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.tokens[0].line if self.tokens else 0


@dataclass(frozen=True, slots=True)
class ConfTree:
    """A file: its statements, and what could not be understood."""

    file: str
    statements: tuple[Statement, ...]
    problems: tuple[ConfProblem, ...] = ()


class _Builder:
    """Puts words together to statements and blocks; a stack, so that depth costs nothing."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[ConfProblem] = []
        self._levels: list[list[Statement]] = [[]]
        self._heads: list[tuple[Token, ...]] = []
        self._words: list[Token] = []
        #: Blocks open beyond the deepest that is kept.
        self._too_deep = 0

    def problem(self, line: int, template: str, **values: str | int) -> None:
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.append(ConfProblem(self.file, line, note(template, **values)))

    def word(self, token: Token) -> None:
        if not self._too_deep:
            self._words.append(token)

    def end_line(self) -> None:
        if self._words:
            self._levels[-1].append(_statement(tuple(self._words)))
            self._words.clear()

    def open(self, token: Token) -> None:
        if self._too_deep or len(self._levels) > MAX_DEPTH:
            if not self._too_deep:
                self.problem(token.line, "blocks are nested deeper than {n} levels", n=MAX_DEPTH)
            self._too_deep += 1
            return
        if not self._words:  # the brace stands on a line of its own
            before = self._levels[-1]
            if before and before[-1].block is None and before[-1].fingerprint is None:
                self._words.extend(before.pop().tokens)
            else:
                self.problem(token.line, "a block opens without a name before it")
        self._heads.append(tuple(self._words) or (token,))
        self._words.clear()
        self._levels.append([])

    def close(self, token: Token) -> None:
        if self._too_deep:
            self._too_deep -= 1
            return
        self.end_line()
        if not self._heads:
            self.problem(token.line, "a closing brace too many")
            return
        self._close_block()

    def finish(self) -> tuple[Statement, ...]:
        self.end_line()
        while self._heads:
            head = self._heads[-1][0]
            self.problem(head.line, "the block {name} is never closed", name=head.text[:60])
            self._close_block()
        return tuple(self._levels[0])

    def _close_block(self) -> None:
        block = tuple(self._levels.pop())
        self._levels[-1].append(Statement(self._heads.pop(), block))


def _statement(words: tuple[Token, ...]) -> Statement:
    """Mask what follows a secret's name, which on a crammed line is not the first word."""
    at = next(
        (
            index
            for index, word in enumerate(words[:-1])
            if word.text in _SECRET_KEYS and (index == 0 or word.text == "auth_pass")
        ),
        None,
    )
    if at is None:
        return Statement(words)
    secret = " ".join(token.text for token in words[at + 1 :])
    masked = tuple(Token(MASK, w.line, w.column, w.quoted) for w in words[at + 1 :])
    return Statement((*words[: at + 1], *masked), fingerprint=fingerprint(secret))


def parse_tree(text: str, file: str = "keepalived.conf") -> ConfTree:
    """Read a file into a tree. Never raises: what is wrong is in ``problems``, with its line.

    Takes time in proportion to the text; what goes past 1 MiB or 32 levels is left out, with a
    problem that says so.
    """
    builder = _Builder(file)
    for kind, token in _tokens(text[:MAX_TEXT]):
        match kind:
            case "end":
                builder.end_line()
            case "brace" if token.text == "{":
                builder.open(token)
            case "brace":
                builder.close(token)
            case "open_quote":
                builder.problem(token.line, "a quote is not closed on its line")
                builder.word(token)
            case _:
                builder.word(token)
    if len(text) > MAX_TEXT:
        builder.problem(1, "the file is longer than {n} bytes; the rest is not read", n=MAX_TEXT)
    statements = builder.finish()
    if "\0" in text[:MAX_TEXT]:
        line = text.count("\n", 0, text.index("\0")) + 1
        builder.problem(line, "a NUL byte: this is no text file")
    return ConfTree(file, statements, tuple(builder.problems))


def _tokens(text: str) -> Iterator[tuple[str, Token]]:
    line, line_start = 1, 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "comment":
            continue
        if kind in ("end", "space"):
            if kind == "end":
                yield kind, Token("", line, 0)
            if match[0].endswith("\n"):
                line, line_start = line + 1, match.end()
            continue
        word = match[kind].lstrip('"') if kind == "open_quote" else match[kind]
        if kind == "word":
            word = word.replace("\\#", "#").replace("\\!", "!")
        yield kind, Token(word, line, match.start() - line_start + 1, kind == "quoted")
