"""The tree that a shell script is parsed into (POSIX.1-2017, Shell Command Language, 2.10)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


class ShellSyntaxError(Exception):
    """A script cannot be parsed; ``line`` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message, self.line = message, line


class IncompleteError(ShellSyntaxError):
    """The text ended where more must follow."""


@dataclass(frozen=True, slots=True)
class Lit:
    """Characters that stand for themselves; ``quoted``: also if they look special."""

    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Param:
    """``$name`` or ``${name op word}``; ``op`` is ``""``, ``#name`` for a length, or ``:-`` etc."""

    name: str
    op: str
    word: Word | None
    quoted: bool


@dataclass(frozen=True, slots=True)
class CmdSub:
    """``$(…)`` or backquotes."""

    script: Script
    quoted: bool


@dataclass(frozen=True, slots=True)
class Arith:
    """``$((…))``; the parts give the expression's text."""

    parts: tuple[Part, ...]
    quoted: bool


Part: TypeAlias = "Lit | Param | CmdSub | Arith"
_SPECIAL = frozenset("*?[\\~")


@dataclass(frozen=True, slots=True)
class Word:
    """A word. ``plain``: its text, where no expansion can change it."""

    parts: tuple[Part, ...]
    plain: str | None = None

    @staticmethod
    def of(parts: list[Part]) -> Word:
        """Build a word and see whether it is plain."""
        if len(parts) == 1 and isinstance(parts[0], Lit):
            lit = parts[0]
            if lit.quoted or not _SPECIAL.intersection(lit.text):
                return Word(tuple(parts), lit.text)
        elif all(
            isinstance(p, Lit) and (p.quoted or not _SPECIAL.intersection(p.text)) for p in parts
        ):
            return Word(tuple(parts), "".join(p.text for p in parts if isinstance(p, Lit)))
        return Word(tuple(parts))

    @property
    def bare(self) -> str | None:
        """The text if nothing of it was quoted or expanded: what may be a reserved word."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Lit) and not self.parts[0].quoted:
            return self.parts[0].text
        return None


@dataclass(slots=True)
class HereDoc:
    """A here-document's body, filled in when the parser has passed its line."""

    delimiter: str
    literal: bool
    strip: bool
    body: Word = field(default_factory=lambda: Word(()))


@dataclass(frozen=True, slots=True)
class Redirect:
    """``fd op target``."""

    fd: int
    op: str
    target: Word
    here: HereDoc | None = None


@dataclass(frozen=True, slots=True)
class Simple:
    """Assignments, words and redirections."""

    assigns: tuple[tuple[str, Word], ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands that feed each other."""

    commands: tuple[Node, ...]
    negate: bool


@dataclass(frozen=True, slots=True)
class AndOr:
    """``first && … || …``."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Script:
    """Commands one after the other; each may run in the background.

    ``error``: what is wrong with what follows them; they run before it is told, as in dash.
    """

    items: tuple[tuple[Node, bool], ...]
    error: ShellSyntaxError | None = None


@dataclass(frozen=True, slots=True)
class Subshell:
    """``( … )``."""

    body: Script


@dataclass(frozen=True, slots=True)
class Group:
    """``{ …; }``."""

    body: Script


@dataclass(frozen=True, slots=True)
class If:
    """``if``; each branch has a condition; ``otherwise`` is the ``else``."""

    branches: tuple[tuple[Script, Script], ...]
    otherwise: Script | None


@dataclass(frozen=True, slots=True)
class While:
    """``while``, or ``until``."""

    condition: Script
    body: Script
    until: bool


@dataclass(frozen=True, slots=True)
class For:
    """``for``; ``words`` is ``None`` for the positional parameters."""

    name: str
    words: tuple[Word, ...] | None
    body: Script


@dataclass(frozen=True, slots=True)
class Case:
    """``case``; patterns and what they run."""

    subject: Word
    items: tuple[tuple[tuple[Word, ...], Script], ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A function's definition."""

    name: str
    body: Node


@dataclass(frozen=True, slots=True)
class Redirected:
    """A compound command with redirections."""

    body: Node
    redirects: tuple[Redirect, ...]


Node: TypeAlias = (
    "Simple | Pipeline | AndOr | Script | Subshell | Group | If | While | For | Case | Function"
    " | Redirected"
)
