"""Brace expansion, which bash has over POSIX (bash(1), Brace Expansion)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .syntax import Lit, Part, Word

_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)")
#: Words that braces may make of one.
_MOST = 1000


def braced(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Return words with ``a{b,c}d`` and ``{1..3}`` written out (bash(1), Brace Expansion)."""
    if not any(
        "{" in p.text for w in words for p in w.parts if isinstance(p, Lit) and not p.quoted
    ):
        return words
    return tuple(made for word in words for made in _expand(word.parts))


def _expand(parts: tuple[Part, ...]) -> Iterator[Word]:
    todo = [list(parts)]
    made = 0
    while todo:
        current = todo.pop(0)
        choices = _first_brace(current)
        if choices is None or made + len(todo) > _MOST:
            made += 1
            yield Word.of([p for p in current if not (isinstance(p, Lit) and p == Lit("", False))]
                          or [Lit("", True)])  # fmt: skip
        else:
            todo[:0] = choices


def _first_brace(parts: list[Part]) -> list[list[Part]] | None:
    """Return what the first brace makes of a word; ``None`` where there is none."""
    for index, part in enumerate(parts):
        if not isinstance(part, Lit) or part.quoted:
            continue
        start = part.text.find("{")
        while start >= 0:
            found = _inside(parts, index, start)
            if found is not None:
                return found
            start = part.text.find("{", start + 1)
    return None


def _inside(parts: list[Part], index: int, start: int) -> list[list[Part]] | None:
    first = parts[index]
    assert isinstance(first, Lit)  # noqa: S101 - the caller looked
    before: list[Part] = [*parts[:index], Lit(first.text[:start], False)]
    rest: list[Part] = [Lit(first.text[start + 1 :], False), *parts[index + 1 :]]
    choices: list[list[Part]] = [[]]
    depth = 0
    for at, part in enumerate(rest):
        if not isinstance(part, Lit) or part.quoted:
            choices[-1].append(part)
            continue
        begin = 0
        for i, c in enumerate(part.text):
            if c == "{":
                depth += 1
            elif c == "}" and depth:
                depth -= 1
            elif c in ",}" and not depth:
                choices[-1].append(Lit(part.text[begin:i], False))
                begin = i + 1
                if c == ",":
                    choices.append([])
                    continue
                after: list[Part] = [Lit(part.text[begin:], False), *rest[at + 1 :]]
                return _made(before, choices, after)
        choices[-1].append(Lit(part.text[begin:], False))
    return None


def _made(
    before: list[Part], choices: list[list[Part]], after: list[Part]
) -> list[list[Part]] | None:
    if len(choices) == 1:
        text = "".join(p.text for p in choices[0] if isinstance(p, Lit))
        match = _RANGE.fullmatch(text)
        if match is None:
            return None
        low, high = int(match[1]), int(match[2])
        step = 1 if low <= high else -1
        numbers = list(range(low, high + step, step))[:_MOST]
        choices = [[Lit(str(number), False)] for number in numbers]
    return [[*before, *choice, *after] for choice in choices]
