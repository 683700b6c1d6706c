"""``cut``, ``tr``, ``sort``, ``uniq``, ``seq``: lines and fields (POSIX and GNU coreutils)."""

from __future__ import annotations

import math
import re
import string
from itertools import groupby

from ..invocation import Invocation, Program
from ..tree import R
from .inputs import contents, lines_of, text_of
from .options import Options, options, usage

_ESCAPES = {
    "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "f": "\f", "v": "\v", "a": "\a", "b": "\b",
}  # fmt: skip
_LETTERS = string.ascii_letters
_CLASSES: dict[str, str] = {
    "alpha": _LETTERS, "digit": string.digits, "alnum": string.digits + _LETTERS,
    "upper": string.ascii_uppercase, "lower": string.ascii_lowercase, "space": "\t\n\v\f\r ",
    "blank": "\t ", "punct": string.punctuation, "xdigit": string.hexdigits,
    "cntrl": "".join(map(chr, [*range(32), 127])), "print": "".join(map(chr, range(32, 127))),
    "graph": "".join(map(chr, range(33, 127))),
}  # fmt: skip


async def _all_lines(inv: Invocation, paths: list[str]) -> tuple[list[str], int]:
    found, status = await contents(inv, paths)
    return [
        text_of(line).removesuffix("\n") for _, data in found for line in lines_of(data)
    ], status


async def _emit(inv: Invocation, lines: list[str]) -> None:
    if lines:
        await inv.stdout.write("".join(f"{line}\n" for line in lines))


def _ranges(text: str) -> list[tuple[int, int]]:
    found = []
    for part in text.split(","):
        match = re.fullmatch(r"(\d*)(-?)(\d*)", part)
        if not match or not (match[1] or match[3]):
            raise ValueError(part)
        first = int(match[1] or 1)
        last = int(match[3]) if match[3] else (1 << 31) if match[2] else first
        found.append((first, last))
    return found


async def cut(inv: Invocation) -> int:
    """``cut (-f LIST [-d C] [-s] | -c LIST | -b LIST) [--complement] [FILE…]``."""
    given = await options(
        inv, "sn", "fdcb", long=("delimiter=:d", "fields=:f", "only-delimited:s", "complement",
                                 "characters=:c", "bytes=:b", "output-delimiter=")
    )  # fmt: skip
    kind = next((k for k in "fcb" if k in given), None)
    if kind is None:
        await usage(inv, "you must specify a list of bytes, characters, or fields")
    try:
        ranges = _ranges(given.values[kind])
    except ValueError:
        await usage(inv, f"invalid field value '{given.values[kind]}'")
    lines, status = await _all_lines(inv, given.words)
    delimiter = given.values.get("d", "\t")
    out = []
    for line in lines:
        if kind == "f" and delimiter not in line:
            if "s" not in given:
                out.append(line)
            continue
        units = line.split(delimiter) if kind == "f" else list(line)
        kept = [
            unit
            for number, unit in enumerate(units, 1)
            if any(a <= number <= b for a, b in ranges) != ("complement" in given)
        ]
        glue = given.values.get("output-delimiter", delimiter if kind == "f" else "")
        out.append(glue.join(kept))
    await _emit(inv, out)
    return status


def _set(text: str) -> list[str]:
    """Expand a set of ``tr``: ranges, classes, escapes."""
    out: list[str] = []
    i = 0
    while i < len(text):
        if text.startswith("[:", i):
            name, found, _ = text[i + 2 :].partition(":]")
            if found and name in _CLASSES:
                out += _CLASSES[name]
                i += len(name) + 4
                continue
        c = text[i]
        i += 1
        if c == "\\" and i < len(text):
            if match := re.compile(r"[0-7]{1,3}").match(text, i):
                c = chr(int(match[0], 8))
                i = match.end()
            else:
                c = _ESCAPES.get(text[i], text[i])
                i += 1
        if text.startswith("-", i) and i + 1 < len(text):
            out += [chr(n) for n in range(ord(c), ord(text[i + 1]) + 1)]
            i += 2
        else:
            out.append(c)
    return out


async def tr(inv: Invocation) -> int:
    """``tr [-cds] SET1 [SET2]``."""
    given = await options(inv, "cCdst", long=("delete:d", "squeeze-repeats:s", "complement:c"))
    if not given.words:
        await usage(inv, "missing operand")
    first = _set(given.words[0])
    second = _set(given.words[1]) if len(given.words) > 1 else []
    text = (await inv.stdin.read_all()).decode("latin-1")
    chosen = set(first)
    complement = "c" in given or "C" in given
    if "d" in given:
        text = "".join(c for c in text if (c in chosen) == complement)
        squeezed = set(second)
    elif second:
        if complement:
            text = "".join(c if c in chosen else second[-1] for c in text)
        else:
            second += second[-1:] * (len(first) - len(second))
            text = text.translate(
                {ord(a): b for a, b in reversed([*zip(first, second, strict=False)])}
            )
        squeezed = set(second)
    else:
        squeezed = {chr(n) for n in range(256)} - chosen if complement else chosen
    if "s" in given:
        text = "".join(
            c for i, c in enumerate(text) if i == 0 or c != text[i - 1] or c not in squeezed
        )
    await inv.stdout.write(text.encode("latin-1"))
    return 0


def _number(text: str) -> float:
    match = re.match(r"\s*-?\d*\.?\d*", text)
    try:
        return float(match[0]) if match else 0.0
    except ValueError:
        return 0.0


def _key(spec: str, separator: str | None, line: str) -> str:
    """Return what ``-k START[,END]`` picks; characters within fields are not supported."""
    first, _, last = spec.partition(",")
    fields = line.split(separator) if separator else re.findall(r"\s*\S+", line)
    start = int(re.match(r"\d+", first)[0]) - 1  # type: ignore[index]
    end = int(re.match(r"\d+", last)[0]) if last else len(fields)  # type: ignore[index]
    return (separator or "").join(fields[start:end])


def _sort_key(given: Options, line: str) -> tuple[float | str, ...]:
    parts: list[float | str] = []
    for spec in [value for key, value in given.every if key == "k"] or [""]:
        text = _key(spec, given.values.get("t"), line) if spec else line
        if "n" in given or spec.rstrip("r").endswith("n"):
            parts.append(_number(text))
        elif "V" in given:
            parts.append(
                "".join(p.zfill(12) if p.isdigit() else p for p in re.split(r"(\d+)", text))
            )
        else:
            parts.append(text.lower() if "f" in given else text)
    return tuple(parts)


async def sort(inv: Invocation) -> int:
    """``sort [-nrufV] [-t C] [-k SPEC]… [-o FILE] [FILE…]``, in the C locale."""
    given = await options(
        inv, "nrufVbsgh", "tko", long=("numeric-sort:n", "reverse:r", "unique:u", "key=:k",
                                       "field-separator=:t", "version-sort:V")
    )  # fmt: skip
    for path in given.words:
        if path != "-" and not inv.files.allows(path, R, inv.process.caller):
            missing = not inv.files.exists(path, inv.process.caller)
            words = "No such file or directory" if missing else "Permission denied"
            return await inv.error(f"cannot read: {path}: {words}", 2)
    lines, status = await _all_lines(inv, given.words)
    reverse = "r" in given
    ordered = lines if "s" in given else sorted(lines, reverse=reverse)
    ordered = sorted(ordered, key=lambda line: _sort_key(given, line), reverse=reverse)
    if "u" in given:
        ordered = [
            next(group) for _, group in groupby(ordered, lambda line: _sort_key(given, line))
        ]
    if "o" in given:
        text = "".join(f"{line}\n" for line in ordered)
        inv.files.write(given.values["o"], text, inv.process.caller)
    else:
        await _emit(inv, ordered)
    return status * 2


async def uniq(inv: Invocation) -> int:
    """``uniq [-cdui] [FILE]``."""
    given = await options(inv, "cdui", long=("count:c", "repeated:d", "unique:u"))
    lines, status = await _all_lines(inv, given.words[:1])
    out = []
    for _, group in groupby(lines, lambda line: line.lower() if "i" in given else line):
        same = list(group)
        if ("d" in given and len(same) == 1) or ("u" in given and len(same) > 1):
            continue
        out.append(f"{len(same):>7} {same[0]}" if "c" in given else same[0])
    await _emit(inv, out)
    return status


async def seq(inv: Invocation) -> int:
    """``seq [-w] [-s SEP] [FIRST [STEP]] LAST``."""
    words = inv.args
    separator, wide = "\n", False
    while words and re.match(r"-[ws]", words[0]):
        option = words.pop(0)
        wide |= option == "-w"
        if option.startswith("-s"):
            separator = option[2:] or words.pop(0)
    if not 1 <= len(words) <= 3:
        await usage(inv, "missing operand" if not words else f"extra operand '{words[-1]}'")
    for word in words:
        if not re.fullmatch(r"[-+]?\d+(\.\d+)?", word):
            await usage(inv, f"invalid floating point argument: '{word}'")
    places = max(len(word.partition(".")[2]) for word in words[:2] or ["0"])
    numbers = [float(word) for word in words]
    first = numbers[0] if len(numbers) > 1 else 1.0
    step = numbers[1] if len(numbers) == 3 else 1.0
    if step == 0:
        await usage(inv, "invalid Zero increment value: '0'")
    count = max(0, math.floor((numbers[-1] - first) / step + 1e-9) + 1)
    texts = [f"{first + step * n:.{places}f}" for n in range(count)]
    if wide and texts:
        width = max(len(text) for text in texts)
        texts = [text.zfill(width) for text in texts]
    if texts:
        await inv.stdout.write(separator.join(texts) + "\n")
    return 0


PROGRAMS: dict[str, Program] = {"cut": cut, "tr": tr, "sort": sort, "uniq": uniq, "seq": seq}
