"""What is wrong with an inventory, said so that its author can put it right."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from haconsole.words import t

#: How much of a value from the file an error shows.
SHOWN_CHARACTERS = 48
#: The path of a problem of the file as a whole.
WHOLE = "inventory"
#: Unicode categories that must not reach a terminal: controls, formats, surrogates, unassigned.
_UNSHOWABLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. ``line`` counts from 1; ``path`` is dotted, as in ``clusters.pair.vips[0]``.

    ``message`` says what is wrong and what was expected; it holds no control characters.
    """

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        """Return ``file:line: path: message``, as compilers print, so that editors can jump."""
        return f"{self.file}:{self.line}: {self.path}: {self.message}"


class InventoryError(Exception):
    """An inventory cannot be used; ``problems`` has at least one entry, sorted by line."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class Report:
    """Collects the problems of one file."""

    def __init__(self, file: str) -> None:
        self.file = cleaned(file)
        self._problems: dict[Problem, None] = {}

    def __bool__(self) -> bool:
        """Whether anything is wrong."""
        return bool(self._problems)

    def add(self, line: int, path: str, message: str) -> None:
        """Note a problem; the same one twice (through an alias) counts once."""
        self._problems[Problem(self.file, line, path or WHOLE, message)] = None

    def refuse(self, line: int, path: str, what: str, expected: str) -> None:
        """Note a problem from its two halves."""
        self.add(line, path, t("{what}; expected {expected}", what=what, expected=expected))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong, sorted by line."""
        return tuple(sorted(self._problems, key=lambda problem: problem.line))

    def raise_if_any(self) -> None:
        """Raise :class:`InventoryError` when anything is wrong."""
        if self._problems:
            raise InventoryError(self.problems)


def cleaned(text: str) -> str:
    """Return ``text`` with every character that a terminal might obey written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode("ascii")
        if unicodedata.category(char) in _UNSHOWABLE
        else char
        for char in text
    )


def shown(text: str) -> str:
    """Return a value from the file fit for an error: cleaned, shortened and in quotes."""
    short = cleaned(text[:SHOWN_CHARACTERS])
    return f"'{short}…'" if len(text) > SHOWN_CHARACTERS else f"'{short}'"


def dotted(parent: str, key: str) -> str:
    """Return the path of ``key`` in the mapping at ``parent``; odd keys stand in quotes."""
    plain = key.replace("_", "").replace("-", "").isalnum() and len(key) <= SHOWN_CHARACTERS
    name = key if plain else '"' + shown(key)[1:-1] + '"'
    return f"{parent}.{name}" if parent else name


def item(parent: str, index: int) -> str:
    """Return the path of an item of the list at ``parent``; ``index`` counts from 0."""
    return f"{parent}[{index}]"
