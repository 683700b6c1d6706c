"""Shell patterns: matching, cutting, pathname expansion (POSIX.1-2017, 2.13)."""

from __future__ import annotations

import re
from functools import lru_cache

from ..nodes import Caller
from ..tree import Tree

_CLASSES = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z",
    "space": r"\s", "blank": r" \t", "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9A-Fa-f",
    "print": r"\x20-\x7e", "graph": r"\x21-\x7e", "cntrl": r"\x00-\x1f\x7f",
}  # fmt: skip
Segments = tuple[tuple[str, bool], ...]


def _bracket(text: str, at: int) -> tuple[str, int] | None:
    """Read ``[…]`` at ``at``; returns its regular expression and where it ends."""
    i = at + 1
    negate = text[i : i + 1] in ("!", "^")
    i += negate
    out: list[str] = []
    first = True
    while i < len(text):
        c = text[i]
        if c == "]" and not first:
            return f"[{'^' if negate else ''}{''.join(out)}]", i + 1
        first = False
        if text.startswith("[:", i):
            name, found, _ = text[i + 2 :].partition(":]")
            if found and name in _CLASSES:
                out.append(_CLASSES[name])
                i += len(name) + 4
                continue
        if c == "\\" and i + 1 < len(text):
            i += 1
            c = text[i]
        out.append("-" if c == "-" else re.escape(c))
        i += 1
    return None


@lru_cache(maxsize=1024)
def regex(segments: Segments) -> str:
    """Return the regular expression of a pattern: (text, quoted) pieces in a row."""
    out: list[str] = []
    for text, quoted in segments:
        if quoted:
            out.append(re.escape(text))
            continue
        i = 0
        while i < len(text):
            c = text[i]
            i += 1
            if c == "*":
                out.append(".*")
            elif c == "?":
                out.append(".")
            elif c == "[" and (found := _bracket(text, i - 1)):
                try:
                    re.compile(found[0])
                    out.append(found[0])
                except re.error:
                    out.append("(?!)")
                i = found[1]
            elif c == "\\" and i < len(text):
                out.append(re.escape(text[i]))
                i += 1
            else:
                out.append(re.escape(c))
    return "".join(out)


@lru_cache(maxsize=1024)
def compiled(segments: Segments) -> re.Pattern[str]:
    """Return the compiled pattern."""
    return re.compile(regex(segments), re.DOTALL)


def matches(segments: Segments, text: str) -> bool:
    """Whether the whole text matches."""
    return compiled(segments).fullmatch(text) is not None


def cut_prefix(text: str, segments: Segments, *, longest: bool) -> str:
    """``${x#p}`` and ``${x##p}``."""
    pattern = compiled(segments)
    ends = range(len(text), -1, -1) if longest else range(len(text) + 1)
    for end in ends:
        if pattern.fullmatch(text, 0, end):
            return text[end:]
    return text


def cut_suffix(text: str, segments: Segments, *, longest: bool) -> str:
    """``${x%p}`` and ``${x%%p}``."""
    pattern = compiled(segments)
    starts = range(len(text) + 1) if longest else range(len(text), -1, -1)
    for start in starts:
        if pattern.fullmatch(text, start):
            return text[:start]
    return text


def has_magic(segments: Segments) -> bool:
    """Whether pathname expansion has anything to do."""
    return any(not quoted and any(c in text for c in "*?[") for text, quoted in segments)


def expand_path(tree: Tree, caller: Caller, segments: Segments) -> list[str]:
    """Return the paths that match, sorted; the list is empty where none does."""
    parts: list[list[tuple[str, bool]]] = [[]]
    for text, quoted in segments:
        for index, piece in enumerate(text.split("/")):
            if index:
                parts.append([])
            if piece:
                parts[-1].append((piece, quoted))
    found = [""]
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        pieces = tuple(part)
        grown: list[str] = []
        for base in found:
            grown += _step(tree, caller, base, pieces)
        found = grown if last else [f"{path}/" for path in grown]
    return sorted(path for path in found if tree.exists(path or ".", caller, follow=False))


def _step(tree: Tree, caller: Caller, base: str, part: Segments) -> list[str]:
    if not has_magic(part):
        plain = "".join(re.sub(r"\\(.)", r"\1", t) if not q else t for t, q in part)
        return [base + plain]
    try:
        names = tree.listdir(base or ".", caller)
    except OSError:
        return []
    if part[0][0].startswith("."):
        names = [".", "..", *names]
    else:
        names = [name for name in names if not name.startswith(".")]
    return [base + name for name in names if matches(part, name)]
