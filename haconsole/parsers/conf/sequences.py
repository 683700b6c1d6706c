"""``~SEQ`` (2.0.9) and ``~LST`` (2.1.0): a line that is read once for every value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

#: ``strtol`` with base 0; where there is no number it takes none and gives 0.
_NUMBER = re.compile(r"[ \t]*([-+]?(?:0[xX][0-9a-fA-F]+|[0-9]+))?[ \t]*")
_SEQ = re.compile(r"~SEQ(?P<hex>x?)[ \t]*\([ \t]*(?P<var>[^ \t,){]+)[ \t]*,(?P<args>[^)]*)\)[ \t]*")
_LST = re.compile(r"~LST[ \t]*\([ \t]*")
_ITEM = re.compile(r"[ \t]*([^ \t,})]*)[ \t]*")
_MAX_DIGITS = 18


class Sequence(NamedTuple):
    """What a line sets, round by round, and what is read each time."""

    rounds: Iterator[dict[str, str]]
    text: str


def sequence(code: str, arguments: str | None = None) -> Sequence | None:
    """Read a ``~SEQ`` or ``~LST`` line; ``None`` when keepalived calls it invalid.

    ``arguments`` replace those of a ``~SEQ`` (its definitions are expanded before).
    """
    if code.startswith("~LST"):
        return _list(code)
    match = _SEQ.match(code)
    if not match:
        return None
    numbers = _numbers(match["args"] if arguments is None else arguments)
    span = _span(numbers) if numbers else None
    if span is None or (match["hex"] and min(span[0], span[2]) < 0):
        return None
    form = "x" if match["hex"] else "d"
    rounds = ({match["var"]: format(value, form)} for value in _count(*span))
    return Sequence(rounds, code[match.end() :])


def arguments_of(code: str) -> str | None:
    """Return the numbers of a ``~SEQ``, in which definitions may stand."""
    match = _SEQ.match(code)
    return match["args"] if match else None


def _numbers(text: str) -> list[int] | None:
    numbers = []
    for part in text.split(","):
        match = _NUMBER.fullmatch(part)
        digits = match[1] if match else None
        if match is None or (digits and len(digits) > _MAX_DIGITS):
            return None
        numbers.append(_strtol(digits or "0"))
    return numbers if len(numbers) <= 3 else None


def _strtol(digits: str) -> int:
    bare = digits.lstrip("+-").lower()
    sign = -1 if digits.startswith("-") else 1
    if bare.startswith("0x"):
        return sign * int(bare, 16)
    octal = re.match("0[0-7]*", bare)
    return sign * (int(octal[0], 8) if octal else int(bare))


def _span(numbers: list[int]) -> tuple[int, int, int] | None:
    """Return start, step and end (``add_seq``)."""
    if len(numbers) == 1:
        end = numbers[0]
        return (-1 if end < 0 else 1), (-1 if end < 1 else 1), end
    if len(numbers) == 2:
        start, end = numbers
        return start, (1 if start <= end else -1), end
    start, step, end = numbers
    wrong = not step or (start < end and step < 0) or (start > end and step > 0)
    return None if wrong else (start, step, end)


def _count(start: int, step: int, end: int) -> Iterator[int]:
    """Count as ``read_line`` does: the first value always comes."""
    value = start
    while True:
        yield value
        value += step
        if (value > end) if step > 0 else (value < end):
            return


def _list(code: str) -> Sequence | None:
    head = _LST.match(code)
    if not head:
        return None
    names, pos = _group(code, head.end(), closing=",")
    if names is None or code[pos : pos + 1] != ",":
        return None
    sets: list[list[str]] = []
    while code[pos : pos + 1] == ",":
        pos += 1
        while code[pos : pos + 1] in (" ", "\t"):
            pos += 1
        values, pos = _group(code, pos, closing=",)")
        if values is None or len(values) > len(names):
            return None
        sets.append(values + [""] * (len(names) - len(values)))
    if code[pos : pos + 1] != ")":
        return None
    return Sequence(
        (dict(zip(names, values, strict=True)) for values in sets), code[pos + 1 :].lstrip(" \t")
    )


def _group(code: str, pos: int, *, closing: str) -> tuple[list[str] | None, int]:
    """Read ``a`` or ``{a, b}``; returns what is in it and where it ends."""
    braced = code[pos : pos + 1] == "{"
    items: list[str] = []
    pos += braced
    while item := _ITEM.match(code, pos):
        items.append(item[1])
        pos = item.end()
        sign = code[pos : pos + 1]
        if braced and sign == "}":
            pos += 1
            while code[pos : pos + 1] in (" ", "\t"):
                pos += 1
            return items, pos
        if not braced and sign and sign in closing:
            return items, pos
        if sign != "," or len(items) > 64:
            break
        pos += 1
    return None, pos
