"""POSIX regular expressions, basic and extended, as Python has them (POSIX.1-2017, XBD 9)."""

from __future__ import annotations

import re

_CLASSES = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z",
    "space": r" \t\n\r\f\v", "blank": r" \t", "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9A-Fa-f",
    "print": r"\x20-\x7e", "graph": r"\x21-\x7e", "cntrl": r"\x00-\x1f\x7f",
}  # fmt: skip
_GNU = {"w": r"\w", "W": r"\W", "s": r"\s", "S": r"\S", "b": r"\b", "B": r"\B", "<": r"\b(?=\w)",
        ">": r"\b(?<=\w)", "`": r"\A", "'": r"\Z", "n": r"\n", "t": r"\t"}  # fmt: skip


def bracket(text: str, at: int) -> tuple[str, int]:
    """Translate ``[…]`` at ``at``; returns it and where it ends. ``ValueError`` without an end."""
    i = at + 1
    negate = text.startswith("^", i)
    i += negate
    out: list[str] = []
    first = True
    while True:
        if i >= len(text):
            raise ValueError("Unmatched [, [^, [:, [., or [=")
        if text[i] == "]" and not first:
            return f"[{'^' if negate else ''}{''.join(out)}]", i + 1
        first = False
        if text.startswith("[:", i):
            name, found, _ = text[i + 2 :].partition(":]")
            if not found or name not in _CLASSES:
                raise ValueError("Invalid character class name")
            out.append(_CLASSES[name])
            i += len(name) + 4
            continue
        c = text[i]
        out.append("-" if c == "-" and out else re.escape(c) if c != "-" else r"\-")
        i += 1


def translate(text: str, *, extended: bool) -> str:
    """Return Python's form of an expression; raises ``ValueError`` in GNU's words."""
    return _Translator(text, extended=extended).run()


class _Translator:
    def __init__(self, text: str, *, extended: bool) -> None:
        self._text, self._extended = text, extended
        self._out: list[str] = []
        self._depth = 0

    def run(self) -> str:
        i = 0
        while i < len(self._text):
            c = self._text[i]
            if c == "[":
                piece, i = bracket(self._text, i)
                self._out.append(piece)
            elif c == "\\":
                if i + 1 >= len(self._text):
                    raise ValueError("Trailing backslash")
                self._escaped(self._text[i + 1])
                i += 2
            else:
                self._plain(c, i)
                i += 1
        if self._depth:
            raise ValueError("Unmatched ( or \\(")
        return "".join(self._out)

    def _at_start(self) -> bool:
        return not self._out or self._out[-1] in ("(", "|", "^")

    def _plain(self, c: str, at: int) -> None:
        if c == "*":
            self._out.append(r"\*" if self._at_start() else "*")
        elif c == ".":
            self._out.append(".")
        elif c == "^" and (self._extended or self._at_start()):
            self._out.append("^")
        elif c == "$" and (self._extended or self._ends(at + 1)):
            self._out.append("$")
        elif self._extended and c in "()|+?{}":
            self._special(c)
        else:
            self._out.append(re.escape(c))

    def _ends(self, at: int) -> bool:
        rest = self._text[at:]
        return not rest or rest.startswith((r"\)", r"\|"))

    def _special(self, c: str) -> None:
        if c == ")" and self._depth == 0:
            if not self._extended:
                raise ValueError("Unmatched ) or \\)")
            self._out.append(r"\)")
            return
        self._depth += {"(": 1, ")": -1}.get(c, 0)
        if c in "+?*{" and self._at_start():
            self._out.append(re.escape(c))
            return
        self._out.append(c)

    def _escaped(self, c: str) -> None:
        if not self._extended and c in "()|+?{}":
            self._special(c)
        elif c.isdigit() and c != "0":
            self._out.append(f"(?:\\{c})")
        elif c in _GNU:
            self._out.append(_GNU[c])
        else:
            self._out.append(re.escape(c))


def compile_posix(text: str, *, extended: bool, ignore_case: bool = False) -> re.Pattern[str]:
    """Return the compiled expression; raises ``ValueError`` in GNU's words."""
    try:
        return re.compile(translate(text, extended=extended), re.IGNORECASE if ignore_case else 0)
    except re.error:
        raise ValueError("Invalid regular expression") from None
