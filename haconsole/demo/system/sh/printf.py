"""``printf`` and ``echo``: formats and escapes as dash has them."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SPEC = re.compile(r"%([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d*))?([diouxXcsbfFeEgG%])")
_SIMPLE = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\",
}  # fmt: skip
_OCTAL = re.compile(r"[0-7]{1,3}")


class _Stop(Exception):  # noqa: N818 - not an error
    r"""``\c``: no more output."""


def _byte(value: int) -> str:
    return bytes([value & 0xFF]).decode("utf-8", "surrogateescape")


def unescape(text: str, *, zero: bool) -> tuple[str, bool]:
    r"""Replace escapes; ``zero``: octals begin with ``\0`` (``echo``, ``%b``).

    The second value is whether ``\c`` ended the text.
    """
    if "\\" not in text:
        return text, False
    out: list[str] = []
    i = 0
    while i < len(text):
        c = text[i]
        i += 1
        if c != "\\" or i >= len(text):
            out.append(c)
            continue
        e = text[i]
        if e in _SIMPLE:
            out.append(_SIMPLE[e])
            i += 1
        elif e == "c" and zero:
            return "".join(out), True
        elif zero and e == "0":
            match = _OCTAL.match(text, i + 1)
            out.append(_byte(int(match[0], 8) if match else 0))
            i = match.end() if match else i + 1
        elif match := _OCTAL.match(text, i):
            out.append(_byte(int(match[0], 8)))
            i = match.end()
        else:
            out.append("\\")
    return "".join(out), False


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def echo_text(words: Sequence[str]) -> bytes:
    """Return what dash's ``echo`` writes."""
    newline = True
    if words and words[0] == "-n":
        newline, words = False, words[1:]
    text, stopped = unescape(" ".join(words), zero=True)
    return _raw(text + ("\n" if newline and not stopped else ""))


class _Arguments:
    def __init__(self, words: Sequence[str], problems: list[str]) -> None:
        self._words = list(words)
        self.problems = problems
        self.taken = 0

    @property
    def left(self) -> bool:
        return self.taken < len(self._words)

    def text(self) -> str:
        self.taken += 1
        return self._words[self.taken - 1] if self.taken <= len(self._words) else ""

    def number(self) -> int:
        text = self.text()
        if text[:1] in ("'", '"'):
            return ord(text[1]) if len(text) > 1 else 0
        match = re.match(r"\s*([-+]?)(0[xX][0-9a-fA-F]+|\d+)", text)
        if match is None:
            if text:
                self.problems.append(f"{text}: expected numeric value")
            return 0
        digits = match[2]
        if match.end() != len(text):
            self.problems.append(f"{text}: not completely converted")
        octal = len(digits) > 1 and digits[0] == "0" and digits[1] not in "xX"
        value = int(re.match(r"[0-7]+", digits)[0], 8) if octal else int(digits, 0)  # type: ignore[index]
        return -value if match[1] == "-" else value

    def real(self) -> float:
        text = self.text()
        try:
            return float(text or "0")
        except ValueError:
            self.problems.append(f"{text}: expected numeric value")
            return 0.0


def format_all(words: Sequence[str]) -> tuple[bytes, list[str]]:
    """Return what ``printf FORMAT WORD…`` writes, and what it complains about."""
    problems: list[str] = []
    if not words:
        return b"", ["usage: printf format [arg ...]"]
    arguments = _Arguments(words[1:], problems)
    out: list[str] = []
    try:
        while True:
            before = arguments.taken
            _once(words[0], arguments, out)
            if not arguments.left or arguments.taken == before:
                break
    except _Stop:
        pass
    return _raw("".join(out)), problems


def _once(template: str, arguments: _Arguments, out: list[str]) -> None:
    at = 0
    while at < len(template):
        start = template.find("%", at)
        if start < 0:
            start = len(template)
        out.append(unescape(template[at:start], zero=False)[0])
        if start == len(template):
            return
        match = _SPEC.match(template, start)
        if match is None:
            arguments.problems.append(f"{template[start : start + 2]}: invalid directive")
            raise _Stop
        _convert(match, arguments, out)
        at = match.end()


def _convert(match: re.Match[str], arguments: _Arguments, out: list[str]) -> None:
    flags, width, precision, kind = match[1], match[2], match[3], match[4]
    if kind == "%":
        out.append("%")
        return
    if width == "*":
        width = str(arguments.number())
    if precision == "*":
        precision = str(arguments.number())
    spec = f"%{flags}{width or ''}" + ("" if precision is None else f".{precision}")
    if kind == "c":
        out.append(f"{spec}s" % arguments.text()[:1])
    elif kind == "s":
        out.append(f"{spec}s" % arguments.text())
    elif kind == "b":
        text, stopped = unescape(arguments.text(), zero=True)
        out.append(f"{spec}s" % text)
        if stopped:
            raise _Stop
    elif kind in "di":
        out.append(f"{spec}d" % arguments.number())
    elif kind in "ouxX":
        number = arguments.number() & 0xFFFFFFFFFFFFFFFF
        text = f"{spec}{'d' if kind == 'u' else kind}" % number
        out.append(text.replace("0o", "0") if kind == "o" else text)
    else:
        out.append(f"{spec}{kind}" % arguments.real())
