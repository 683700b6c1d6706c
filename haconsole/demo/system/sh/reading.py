"""Builtins that take words apart: ``read`` and ``getopts``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import words_of
from .state import ShellError

if TYPE_CHECKING:
    from .interp import Shell

_WHITE = " \t\n"


async def read(shell: Shell, argv: list[str]) -> int:
    """Read a line, split it, and set variables (POSIX ``read``)."""
    words = argv[1:]
    raw = False
    while words and words[0].startswith("-") and len(words[0]) > 1:
        option = words.pop(0)
        if option == "--":
            break
        raw = raw or "r" in option
        if "p" in option and words:
            await shell.write(2, words.pop(0))
    if not words:
        raise ShellError("read: arg count")
    try:
        text, marks, ended = await _logical_line(shell, raw=raw)
    except OSError as error:
        raise ShellError(f"read: read error: {words_of(error)}", 1) from None
    ifs = shell.state.variables.values.get("IFS", _WHITE)
    for name, value in zip(words, _assign(text, marks, ifs, len(words)), strict=True):
        shell.state.variables.set(name, value)
    return int(ended)


async def _logical_line(shell: Shell, *, raw: bool) -> tuple[str, set[int], bool]:
    """Return a line, the positions of escaped characters in it, and whether input ended."""
    out: list[str] = []
    marks: set[int] = set()
    while True:
        data = await shell.process.fd(0).readline()
        text = data.replace(b"\0", b"").decode("utf-8", "surrogateescape")
        if raw:
            return text.removesuffix("\n"), marks, not data.endswith(b"\n")
        i = 0
        while i < len(text):
            c = text[i]
            if c == "\\" and i + 1 < len(text):
                i += 1
                if text[i] != "\n":
                    marks.add(len(out))
                    out.append(text[i])
            elif c not in "\n\\":
                out.append(c)
            i += 1
        if text.endswith("\\\n") and not text.endswith("\\\\\n"):
            continue
        return "".join(out), marks, not data.endswith(b"\n")


def _assign(text: str, marks: set[int], ifs: str, count: int) -> list[str]:
    """Split a line for ``count`` variables; the last one takes the rest."""

    def delimits(at: int, kinds: str) -> bool:
        return text[at] in kinds and at not in marks

    white = "".join(c for c in ifs if c in _WHITE)
    i, n = 0, len(text)
    while i < n and delimits(i, white):
        i += 1
    values: list[str] = []
    while len(values) < count - 1 and i < n:
        start = i
        while i < n and not delimits(i, ifs):
            i += 1
        values.append(text[start:i])
        while i < n and delimits(i, white):
            i += 1
        if i < n and delimits(i, ifs):
            i += 1
            while i < n and delimits(i, white):
                i += 1
    end = n
    while end > i and delimits(end - 1, white):
        end -= 1
    rest = text[i:end]
    # One field and its delimiter is just the field (POSIX, "read", last variable).
    if rest and delimits(end - 1, ifs) and not any(delimits(k, ifs) for k in range(i, end - 1)):
        rest = rest[:-1].rstrip(white) if white else rest[:-1]
    return [*values, rest, *[""] * (count - len(values) - 1)]


async def getopts(shell: Shell, argv: list[str]) -> int:
    """Take one option out of the parameters (POSIX ``getopts``)."""
    if len(argv) < 3:
        raise ShellError("getopts: Usage: getopts optstring var [arg]")
    spec, name = argv[1], argv[2]
    words = argv[3:] or shell.state.positional
    variables = shell.state.variables
    index = int(variables.values.get("OPTIND", "1") or 1)
    offset = shell.state.getopts_at if index == shell.state.getopts_index else 1
    word = words[index - 1] if index <= len(words) else ""
    if not word.startswith("-") or word in ("-", "--"):
        variables.set("OPTIND", str(index + (word == "--")))
        variables.set(name, "?")
        return 1
    letter = word[offset]
    offset += 1
    at = spec.find(letter) if letter != ":" else -1
    value = "" if at >= 0 else None
    if at >= 0 and spec[at + 1 : at + 2] == ":":
        value = word[offset:]
        if not value:
            index += 1
            value = words[index - 1] if index <= len(words) else None
        offset = len(word)
    if offset >= len(word):
        index, offset = index + 1, 1
    shell.state.getopts_at, shell.state.getopts_index = offset, index
    variables.set("OPTIND", str(index))
    if value is None:
        return await _bad_option(shell, spec, name, letter, known=at >= 0)
    variables.set(name, letter)
    variables.set("OPTARG", value)
    return 0


async def _bad_option(shell: Shell, spec: str, name: str, letter: str, *, known: bool) -> int:
    variables = shell.state.variables
    if spec.startswith(":"):
        variables.set(name, ":" if known else "?")
        variables.set("OPTARG", letter)
        return 0
    what = f"No arg for -{letter} option" if known else f"Illegal option -{letter}"
    await shell.write(2, f"{what}\n")
    variables.set(name, "?")
    variables.unset("OPTARG")
    return 0
