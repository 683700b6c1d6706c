"""``cat``, ``head``, ``tail``, ``tee``, ``wc``: parts of files (POSIX and GNU coreutils)."""

from __future__ import annotations

import re
from collections import deque

from ..errors import words_of
from ..invocation import Invocation, Program
from ..streams import OpenFile
from . import following
from .inputs import complain, contents, each, lines_of, whole
from .options import Options, options

_SUFFIXES = {"": 1, "b": 512, "k": 1024, "K": 1024, "kB": 1000, "M": 1 << 20, "MB": 10**6}


async def cat(inv: Invocation) -> int:
    """``cat [-n] [-u] [FILE…]``."""
    given = await options(inv, "nubestvAET")
    status, number = 0, 0
    expected = len(given.words) or 1
    async for path, file in each(inv, given.words):
        expected -= 1
        try:
            while data := await file.read():
                if "n" in given:
                    for line in lines_of(data):
                        number += 1
                        await inv.stdout.write(b"%6d\t" % number + line)
                else:
                    await inv.stdout.write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            await complain(inv, path, error)
            status = 1
    return status or int(expected > 0)


async def _count(inv: Invocation, text: str, what: str) -> tuple[str, int]:
    """Return the sign and the number of ``-n``/``-c``; ends the program at nonsense."""
    match = re.fullmatch(r"([-+]?)(\d+)([a-zA-Z]*)", text)
    if not match or match[3] not in _SUFFIXES:
        await inv.fail(f"invalid number of {what}: ‘{text}’".replace("‘", "'").replace("’", "'"))
        raise AssertionError
    return match[1], int(match[2]) * _SUFFIXES[match[3]]


def _old_style(inv: Invocation) -> None:
    """``-5`` means ``-n 5``."""
    if len(inv.argv) > 1 and re.fullmatch(r"-\d+", inv.argv[1]):
        inv.argv[1:2] = ["-n", inv.argv[1][1:]]


async def head(inv: Invocation) -> int:
    """``head [-n LINES | -c BYTES] [FILE…]``; a leading ``-`` leaves out as many at the end."""
    _old_style(inv)
    given = await options(inv, "qv", "nc", long=("lines=:n", "bytes=:c", "quiet:q"))
    as_bytes = "c" in given
    text = given.values["c" if as_bytes else "n"] if "c" in given or "n" in given else "10"
    sign, count = await _count(inv, text, "bytes" if as_bytes else "lines")
    expected = len(given.words) or 1
    many = len(given.words) > 1 and "q" not in given
    first = True
    async for path, file in each(inv, given.words, verb="open '{path}' for reading"):
        expected -= 1
        if many:
            await inv.stdout.write(f"{'' if first else chr(10)}==> {path} <==\n")
        first = False
        await _head_of(inv, file, count, as_bytes=as_bytes, cut=sign == "-")
    return int(expected > 0)


async def _head_of(
    inv: Invocation, file: OpenFile, count: int, *, as_bytes: bool, cut: bool
) -> None:
    if cut:
        data = await whole(file)
        kept = data[: max(0, len(data) - count)] if as_bytes else b""
        if not as_bytes:
            lines = lines_of(data)
            kept = b"".join(lines[: max(0, len(lines) - count)])
        await inv.stdout.write(kept)
        return
    while count > 0:
        data = await (file.read(count) if as_bytes else file.readline())
        if not data:
            return
        count -= len(data) if as_bytes else 1
        await inv.stdout.write(data)


async def tail(inv: Invocation) -> int:
    """``tail [-n LINES | -c BYTES] [-f | -F] [-s SECONDS] [--pid=PID] [FILE…]``."""
    _old_style(inv)
    given = await options(
        inv,
        "fFqv",
        "ncs",
        long=("lines=:n", "bytes=:c", "follow", "retry", "pid=", "sleep-interval=:s",
              "quiet:q", "-disable-inotify"),
    )  # fmt: skip
    as_bytes = "c" in given
    text = given.values["c" if as_bytes else "n"] if "c" in given or "n" in given else "10"
    sign, count = await _count(inv, text, "bytes" if as_bytes else "lines")
    follows = any(name in given for name in ("f", "F", "follow"))
    status = 0
    last: str | None = None
    followed: list[following.Followed] = []
    for path in given.words or ["-"]:
        header = len(given.words) > 1 and "q" not in given
        try:
            file = _open(inv, path)
        except OSError as error:
            await inv.error(f"cannot open '{path}' for reading: {words_of(error)}")
            status = 1
            if "F" in given:
                followed.append(following.Followed(path, None))
            continue
        if header:
            await inv.stdout.write(f"{'' if last is None else chr(10)}==> {path} <==\n")
        last = path
        try:
            await _tail_of(inv, file, count, as_bytes=as_bytes, from_start=sign == "+")
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            await inv.error(f"error reading '{path}': {words_of(error)}")
            status = 1
        followed.append(following.Followed(path, file))
    if follows:
        return await _follow(inv, given, followed, last)
    for entry in followed:
        entry.close()
    return status


def _open(inv: Invocation, path: str) -> OpenFile:
    if path == "-":
        return inv.process.fd(0).share()
    return inv.files.open(path, inv.process.caller, read=True).share()


async def _follow(
    inv: Invocation, given: Options, followed: list[following.Followed], last: str | None
) -> int:
    follower = following.Follower(
        inv,
        followed,
        by_name="F" in given,
        pause_s=float(given.values.get("s", "1.0")),
        pid=int(given.values["pid"]) if "pid" in given else None,
        headers=len(given.words) > 1 and "q" not in given,
        last=last,
    )
    return await follower.run()


async def _tail_of(
    inv: Invocation, file: OpenFile, count: int, *, as_bytes: bool, from_start: bool
) -> None:
    data = await whole(file)
    if as_bytes:
        kept = data[max(0, count - 1) :] if from_start else data[len(data) - count :]
        kept = data if not from_start and count > len(data) else kept
    elif from_start:
        kept = b"".join(lines_of(data)[max(0, count - 1) :])
    else:
        kept = b"".join(deque(lines_of(data), maxlen=count))
    if kept and not (as_bytes and count == 0 and not from_start):
        await inv.stdout.write(kept)


async def tee(inv: Invocation) -> int:
    """``tee [-a] [FILE…]``."""
    given = await options(inv, "ai", long=("append:a",))
    files = []
    status = 0
    for path in given.words:
        append = "a" in given
        try:
            file = inv.files.open(
                path, inv.process.caller, write=True, create=True, append=append,
                truncate=not append,
            )  # fmt: skip
        except OSError as error:
            await complain(inv, path, error)
            status = 1
            continue
        files.append(file.share())
    while data := await inv.stdin.read():
        for file in files:
            try:
                await file.write(data)
            except OSError as error:
                await inv.error(f"write error: {words_of(error)}")
                status = 1
        await inv.stdout.write(data)
    for file in files:
        file.release()
    return status


async def wc(inv: Invocation) -> int:
    """``wc [-clmw] [FILE…]``."""
    given = await options(inv, "clmw", long=("lines:l", "words:w", "bytes:c", "chars:m"))
    chosen = [kind for kind in "lwmc" if kind in given] or ["l", "w", "c"]
    found, status = await contents(inv, given.words)
    rows = [
        (
            {
                "l": data.count(b"\n"), "w": len(data.split()), "c": len(data),
                "m": len(data.decode("utf-8", "replace")),
            },
            path,
        )
        for path, data in found
    ]  # fmt: skip
    if len(given.words) > 1:
        total = {kind: sum(row[kind] for row, _ in rows) for kind in "lwmc"}
        rows.append((total, "total"))
    alone = len(chosen) == 1 and len(rows) == 1
    size = max((len(str(row[k])) for row, _ in rows for k in "lwmc"), default=1)
    width = 1 if alone else size if given.words else 7
    for row, path in rows:
        numbers = " ".join(f"{row[kind]:>{width}}" for kind in chosen)
        await inv.print(numbers + ("" if path == "-" else f" {path}"))
    return status


PROGRAMS: dict[str, Program] = {"cat": cat, "head": head, "tail": tail, "tee": tee, "wc": wc}
