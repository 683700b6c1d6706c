"""A keepalived.conf as a tree that keeps every byte: ``str`` and ``bytes`` give the file back.

The tree is of the text, not of its meaning: definitions are not expanded and conditions not
decided (see :mod:`haconsole.parsers.conf_text` for that). No representation of a node shows more
than its first word, because the others may be secrets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, TypeAlias

from haconsole.domain.conf import ConfProblem

from .lexer import Condition, Kind, Piece


class TextKind(Enum):
    """What a stretch of text is that is no statement."""

    BLANK = "blank"
    COMMENT = "comment"
    #: ``$NAME=…`` with all of its lines.
    DEFINITION = "definition"
    #: A ``~SEQ`` or ``~LST`` line.
    SEQUENCE = "sequence"
    #: A brace that closes nothing.
    STRAY = "stray"
    #: A byte order mark.
    MARK = "mark"
    #: What is too long to be read.
    UNREAD = "unread"


class Word(NamedTuple):
    """A word as it is written, and the white space before it."""

    gap: str
    kind: Kind
    text: str

    @property
    def value(self) -> str:
        """The word without quotes and escapes."""
        return Piece(self.kind, self.text, 0).value


@dataclass(slots=True, eq=False, repr=False)
class Text:
    """Lines that are no statement. ``line`` counts from 1."""

    kind: TextKind
    raw: str
    line: int = 0

    def __repr__(self) -> str:
        """Return what it is, and nothing of it."""
        return f"Text({self.kind.value}, line {self.line})"


@dataclass(slots=True, eq=False, repr=False)
class Entry:
    """A statement: words in a line, or in a part of one.

    ``rest`` is what follows up to the line's end and with it: white space and a comment.
    """

    words: list[Word]
    indent: str = ""
    condition: Condition | None = None
    condition_gap: str = ""
    rest: str = ""
    line: int = 0

    @property
    def key(self) -> str:
        """The first word, ``""`` for a block without a name."""
        return self.words[0].value if self.words else ""

    @property
    def values(self) -> tuple[str, ...]:
        """The words after the first."""
        return tuple(word.value for word in self.words[1:])

    @property
    def head(self) -> str:
        """Indentation, condition and words, as they are written."""
        words = "".join(word.gap + word.text for word in self.words)
        condition = self.condition.text if self.condition else ""
        return f"{self.indent}{condition}{self.condition_gap}{words}"

    def __repr__(self) -> str:
        """Return its kind and first word alone."""
        return f"{type(self).__name__}({self.key!r}, line {self.line})"


class Head(NamedTuple):
    """Another head of a block, for other config ids."""

    condition: Condition
    values: tuple[str, ...]


@dataclass(slots=True, eq=False, repr=False)
class Block(Entry):
    """A statement with others in braces.

    ``opening`` is the text from after the last word to the brace, which may stand lines below;
    ``opening_rest`` what follows the brace in its line. ``closing`` is empty where it is never
    closed. ``others``: ``@a x {`` and ``@b y {`` in successive lines are heads of one block.
    """

    opening: str = " {"
    opening_rest: str = ""
    children: list[Node] = field(default_factory=list)
    closing: str = "}"
    others: tuple[Head, ...] = ()

    @property
    def statements(self) -> Iterator[Entry]:
        """The entries and blocks directly in it."""
        return (child for child in self.children if isinstance(child, Entry))


Node: TypeAlias = Text | Entry


@dataclass(slots=True, eq=False, repr=False)
class Document:
    """A file. ``problems``: braces and quotes that do not fit, and what cannot be read."""

    file: str
    children: list[Node] = field(default_factory=list)
    problems: tuple[ConfProblem, ...] = ()

    @property
    def statements(self) -> Iterator[Entry]:
        """The entries and blocks at the top level."""
        return (child for child in self.children if isinstance(child, Entry))

    @property
    def is_whole(self) -> bool:
        """Whether all of the file was read."""
        return not any(isinstance(n, Text) and n.kind is TextKind.UNREAD for n in self.walk())

    def walk(self) -> Iterator[Node]:
        """Yield every node, a block before what is in it."""
        levels = [iter(self.children)]
        while levels:
            node = next(levels[-1], None)
            if node is None:
                levels.pop()
                continue
            yield node
            if isinstance(node, Block):
                levels.append(iter(node.children))

    def __str__(self) -> str:
        """Return the text: what was read, changed where it was edited and nowhere else."""
        parts: list[str] = []
        levels: list[tuple[Iterator[Node], Block | None]] = [(iter(self.children), None)]
        while levels:
            siblings, block = levels[-1]
            node = next(siblings, None)
            if node is None:
                levels.pop()
                if block is not None:
                    parts += (block.closing, block.rest)
            elif isinstance(node, Block):
                parts += (node.head, node.opening, node.opening_rest)
                levels.append((iter(node.children), node))
            elif isinstance(node, Entry):
                parts += (node.head, node.rest)
            else:
                parts.append(node.raw)
        return "".join(parts)

    def __bytes__(self) -> bytes:
        """Return the file's bytes, those that were no UTF-8 too."""
        return encoded(str(self))

    def __repr__(self) -> str:
        """Return the file's name and nothing of it."""
        return f"Document({self.file!r})"


def decoded(data: bytes) -> str:
    """Return bytes as text from which :func:`encoded` gets exactly them again."""
    return data.decode("utf-8", "surrogateescape")


def encoded(text: str) -> bytes:
    """Return the bytes that a text came from."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte: no file, but a text, had it
        return text.encode("utf-8", "surrogatepass")
