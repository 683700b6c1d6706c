"""``grep`` and its kin (POSIX, GNU grep)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..invocation import Invocation, Program
from ..nodes import Directory
from .inputs import contents, lines_of, text_of
from .options import Options, options
from .regexes import translate

_LONG = (
    "quiet:q", "silent:q", "extended-regexp:E", "fixed-strings:F", "invert-match:v", "count:c",
    "ignore-case:i", "only-matching:o", "line-number:n", "files-with-matches:l",
    "files-without-match:L", "no-messages:s", "word-regexp:w", "line-regexp:x", "recursive:r",
    "no-filename:h", "with-filename:H", "regexp=:e", "max-count=:m", "color=", "line-buffered",
    "after-context=:A", "before-context=:B", "context=:C", "text:a",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Job:
    given: Options
    pattern: re.Pattern[str]
    named: bool


async def grep(inv: Invocation) -> int:
    """``grep [-EFGPqvcionlLswxrhH] [-m N] [-A N] [-B N] [-C N] [-e RE]… [RE] [FILE…]``."""
    given = await options(inv, "EFGPqvcionlLswxrRhHaz", "emABCf", long=_LONG)
    given.flags.update({"E": 1} if inv.name == "egrep" else {"F": 1} if inv.name == "fgrep" else {})
    sources = [value for key, value in given.every if key == "e"]
    words = given.words
    if not sources:
        if not words:
            await inv.stderr.write(f"Usage: {inv.name} [OPTION]... PATTERNS [FILE]...\n")
            return 2
        sources = [words.pop(0)]
    try:
        pattern = _pattern("\n".join(sources).split("\n"), given)
    except ValueError as error:
        return await inv.error(str(error), 2)
    recursive = "r" in given or "R" in given
    if recursive:
        words = [path for word in words or ["."] for path in _below(inv, word)]
    named = ("H" in given or len(words) > 1 or recursive) and "h" not in given
    quiet_about = "s" in given
    found, failed = await contents(_Mute(inv) if quiet_about else inv, words)
    matched = False
    for path, data in found:
        matched |= await _one(inv, _Job(given, pattern, named), path, data)
        if matched and "q" in given:
            return 0
    return 2 if failed else int(not matched)


class _Mute(Invocation):
    """An invocation that says nothing about files that cannot be read (``-s``)."""

    def __init__(self, inv: Invocation) -> None:
        super().__init__(inv.machine, inv.process, inv.argv)

    async def error(self, text: str, status: int = 1) -> int:
        """Say nothing."""
        return status


def _below(inv: Invocation, path: str) -> Iterator[str]:
    caller = inv.process.caller
    if not inv.files.is_dir(path, caller):
        yield path
        return
    for name in inv.files.listdir(path, caller):
        child = posixpath.join(path, name)
        if not isinstance(inv.files.find(child, caller, follow=False), Directory):
            yield child
        else:
            yield from _below(inv, child)


def _pattern(sources: list[str], given: Options) -> re.Pattern[str]:
    if "F" in given:
        parts = [re.escape(source) for source in sources]
    elif "P" in given:
        parts = sources
    else:
        parts = [translate(source, extended="E" in given) for source in sources]
    text = "|".join(f"(?:{part})" for part in parts)
    if len(parts) == 1:
        text = parts[0]
    if "w" in given:
        text = rf"(?<!\w)(?:{text})(?!\w)"
    if "x" in given:
        text = rf"^(?:{text})$"
    try:
        return re.compile(text, re.IGNORECASE if "i" in given else 0)
    except re.error:
        raise ValueError("Invalid regular expression") from None


async def _one(inv: Invocation, job: _Job, path: str, data: bytes) -> bool:
    given, search = job.given, job.pattern.search
    invert = "v" in given
    most = int(given.values.get("m", "-1"))
    lines = [text_of(line).removesuffix("\n") for line in lines_of(data)]
    hits: list[int] = []
    for index, line in enumerate(lines):
        if 0 <= most <= len(hits):
            break
        if (search(line) is None) == invert:
            hits.append(index)
            if "q" in given:
                return True
    shown = "(standard input)" if path == "-" else path
    if "L" in given or "l" in given:
        if bool(hits) == ("l" in given):
            await inv.print(shown)
    elif "c" in given:
        await inv.print(f"{shown}:{len(hits)}" if job.named else str(len(hits)))
    elif "q" not in given:
        await inv.stdout.write("".join(_rows(job, shown, lines, hits)))
    return bool(hits)


def _rows(job: _Job, shown: str, lines: list[str], hits: list[int]) -> Iterator[str]:
    given = job.given

    def prefix(index: int, mark: str) -> str:
        name = f"{shown}{mark}" if job.named else ""
        return name + (f"{index + 1}{mark}" if "n" in given else "")

    if "o" in given:
        for index in hits:
            for match in job.pattern.finditer(lines[index]):
                if match[0]:
                    yield f"{prefix(index, ':')}{match[0]}\n"
        return
    yield from _with_context(given, lines, hits, prefix)


def _with_context(
    given: Options, lines: list[str], hits: list[int], prefix: Callable[[int, str], str]
) -> Iterator[str]:
    both = given.values.get("C", "0")
    before = int(given.values.get("B", both))
    after = int(given.values.get("A", both))
    shown, last = set(hits), -1
    for hit in hits:
        for index in range(max(last + 1, hit - before), min(len(lines), hit + after + 1)):
            if (before or after) and last >= 0 and index > last + 1:
                yield "--\n"
            yield f"{prefix(index, ':' if index in shown else '-')}{lines[index]}\n"
            last = index


PROGRAMS: dict[str, Program] = {"grep": grep, "egrep": grep, "fgrep": grep}
