"""JSON that a host printed: decoded without any of the ways in which a decoder can blow up."""

from __future__ import annotations

import json
from typing import TypeGuard

from .errors import ParseError

#: Longest text that is decoded, in characters; the largest honest one is far below.
MAX_TEXT = 16 << 20


def load(text: str, what: str) -> object:
    """Decode ``text``; raises ``ParseError`` naming ``what`` (``ip -j address``, …) if it cannot.

    A nesting too deep for the decoder and a number too long for it are errors like any other.
    """
    if len(text) > MAX_TEXT:
        raise ParseError(f"The output of {what} is too long to be true.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ParseError(f"The output of {what} is not valid JSON.") from None


def is_object(value: object) -> TypeGuard[dict[str, object]]:
    """Whether ``value`` is a JSON object (its keys are always strings)."""
    return isinstance(value, dict)


def objects(value: object) -> list[dict[str, object]]:
    """Return the objects of a JSON array; anything else in it is left out."""
    return [entry for entry in value if is_object(entry)] if isinstance(value, list) else []


def text_of(entry: dict[str, object], key: str) -> str | None:
    """Return a string value, ``None`` when it is missing or something else."""
    value = entry.get(key)
    return value if isinstance(value, str) else None


def int_of(entry: dict[str, object], key: str) -> int | None:
    """Return a whole number, ``None`` when it is missing or something else."""
    value = entry.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number_of(entry: dict[str, object], key: str) -> float | None:
    """Return a number, ``None`` when it is missing, something else or not finite."""
    value = entry.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if abs(number) < float("inf") else None
