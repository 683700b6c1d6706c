"""What a keepalived.conf says, as a tree: statements, blocks, lines; secrets left out.

Conditions are decided, definitions put in and included files read before, as keepalived does
(:mod:`haconsole.parsers.conf.expand`). To change a file, take :func:`haconsole.parsers.conf.parse`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace

from haconsole.domain.conf import ConfProblem
from haconsole.domain.notes import note

from .conf.expand import Expander, LogicalLine
from .conf.lexer import Kind
from .conf.parse import MAX_PROBLEMS, MAX_TEXT
from .conf.reading import Reading
from .keepalived_version import Version
from .masking import MASK

__all__ = ["MAX_DEPTH", "MAX_TEXT", "ConfTree", "Statement", "Token", "fingerprint", "parse_tree"]

MAX_DEPTH = 32
#: Characters of ``auth_pass`` that count (RFC 2338, 5.3.10).
_AUTH_LENGTH = 8
_SECRET_KEYS = frozenset({"auth_pass", "password", "key"})
#: Keys the fingerprints of this session: they are worth nothing to anyone else.
_SESSION_KEY = secrets.token_bytes(32)


def fingerprint(secret: str) -> str:
    """Return what stands for a password in comparisons within this session."""
    counted = secret.encode("utf-8", "replace")[:_AUTH_LENGTH]
    return hmac.new(_SESSION_KEY, counted, hashlib.sha256).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Token:
    """A word, and where it stands (both count from 1). Quotes and escapes are taken off.

    ``raw`` is the word as it is written, empty for a secret's.
    """

    text: str
    line: int
    column: int
    quoted: bool = False
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A line's words and, where it opens a block, the statements in it.

    A secret's words are masked, and ``fingerprint`` stands for it; ``secret_bytes`` is how long
    its first word is. ``file`` is the one that it stands in.
    """

    tokens: tuple[Token, ...]
    block: tuple[Statement, ...] | None = None
    fingerprint: str | None = None
    file: str = ""
    secret_bytes: int = 0

    @property
    def key(self) -> str:
        """The first word."""
        return self.tokens[0].text if self.tokens else ""

    @property
    def values(self) -> tuple[str, ...]:
        """The words after the first."""
        return tuple(token.text for token in self.tokens[1:])

    @property
    def text(self) -> str:
        """The words as they are written, with the white space between them as blanks."""
        parts: list[str] = []
        end = self.tokens[0].column if self.tokens else 0
        for token in self.tokens:
            raw = token.raw or token.text
            parts += (" " * (token.column - end), raw)
            end = token.column + len(raw)
        return "".join(parts)

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.tokens[0].line if self.tokens else 0


@dataclass(frozen=True, slots=True)
class ConfTree:
    """A file: its statements, and what could not be understood.

    ``includes`` are the names that it includes, ``missing`` those paths and patterns of them for
    which the reading had no file. ``version``: of the daemon that it was read for.
    """

    file: str
    statements: tuple[Statement, ...]
    problems: tuple[ConfProblem, ...] = ()
    includes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    version: Version | None = None


class _Builder:
    """Puts words together to statements and blocks; a stack, so that depth costs nothing."""

    def __init__(self, problems: list[ConfProblem]) -> None:
        self._problems = problems
        self._file = ""
        self._levels: list[list[Statement]] = [[]]
        self._heads: list[Statement] = []
        self._words: list[Token] = []
        #: Blocks open beyond the deepest that is kept.
        self._too_deep = 0
        #: The line before ended in a secret and a backslash: its author means this line too.
        self._secret_goes_on = False

    def line(self, line: LogicalLine) -> None:
        """Take a line's words; braces open and close blocks wherever they stand."""
        self._file = line.file
        for piece in line.pieces():
            column = line.column + piece.start
            quoted = piece.kind is Kind.QUOTED
            token = Token(piece.value, line.number, column, quoted, piece.text)
            if piece.kind is Kind.OPEN:
                self._open(token)
            elif piece.kind is Kind.CLOSE:
                self._close(token)
            elif not self._too_deep:
                self._words.append(token)
        self._end_line()

    def finish(self) -> tuple[Statement, ...]:
        while self._heads:
            head = self._heads[-1]
            self._file = head.file
            self._problem(head.line, "the block {name} is never closed", name=head.key[:60])
            self._close_block()
        return tuple(self._levels[0])

    def _problem(self, line: int, template: str, **values: str | int) -> None:
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(ConfProblem(self._file, line, note(template, **values)))

    def _end_line(self) -> None:
        if self._words:
            statement = _statement(tuple(self._words), self._file, all_of_it=self._secret_goes_on)
            self._levels[-1].append(statement)
            last = self._words[-1].text
            is_secret = statement.fingerprint is not None or last.rstrip("\\") in _SECRET_KEYS
            self._secret_goes_on = is_secret and last.endswith("\\")
            self._words.clear()

    def _open(self, token: Token) -> None:
        if self._too_deep or len(self._levels) > MAX_DEPTH:
            if not self._too_deep:
                self._problem(token.line, "blocks are nested deeper than {n} levels", n=MAX_DEPTH)
            self._too_deep += 1
            return
        head = Statement(tuple(self._words) or (token,), file=self._file)
        if not self._words:  # the brace stands on a line of its own
            before = self._levels[-1]
            if before and before[-1].block is None and before[-1].fingerprint is None:
                head = before.pop()
            else:
                self._problem(token.line, "a block opens without a name before it")
        self._heads.append(head)
        self._words.clear()
        self._levels.append([])

    def _close(self, token: Token) -> None:
        if self._too_deep:
            self._too_deep -= 1
            return
        self._end_line()
        if not self._heads:
            self._problem(token.line, "a closing brace too many")
            return
        self._close_block()

    def _close_block(self) -> None:
        block = tuple(self._levels.pop())
        self._levels[-1].append(replace(self._heads.pop(), block=block))


def _statement(words: tuple[Token, ...], file: str, *, all_of_it: bool) -> Statement:
    """Mask what follows a secret's name, which on a crammed line is not the first word."""
    at = next(
        (
            index
            for index, word in enumerate(words[:-1])
            if word.text in _SECRET_KEYS and (index == 0 or word.text == "auth_pass")
        ),
        None,
    )
    if all_of_it:
        at = -1
    if at is None:
        return Statement(words, file=file)
    secret = " ".join(token.text for token in words[at + 1 :])
    masked = tuple(Token(MASK, w.line, w.column, w.quoted) for w in words[at + 1 :])
    tokens = (*words[: at + 1], *masked)
    length = len(words[at + 1].text.encode("utf-8", "replace"))
    return Statement(tokens, fingerprint=fingerprint(secret), file=file, secret_bytes=length)


def parse_tree(
    text: str, file: str = "keepalived.conf", reading: Reading | None = None
) -> ConfTree:
    """Read a file into a tree. Never raises: what is wrong is in ``problems``, with its line.

    Takes time in proportion to the text and to what its definitions make of it; what goes past
    1 MiB of a file, 4 MiB altogether or 32 levels is left out, with a problem that says so.
    """
    reading = reading or Reading()
    expander = Expander(text, file, reading)
    builder = _Builder(expander.problems)
    for line in expander.lines():
        builder.line(line)
    statements = builder.finish()
    includes = expander.includes
    return ConfTree(
        file,
        statements,
        tuple(expander.problems),
        tuple(includes.patterns),
        tuple(dict.fromkeys(includes.missing)),
        reading.version,
    )
