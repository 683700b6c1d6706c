"""Reading the files that a tool names, or its standard input."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from ..errors import words_of
from ..invocation import Invocation
from ..streams import OpenFile


async def each(
    inv: Invocation, paths: Sequence[str], *, verb: str = ""
) -> AsyncIterator[tuple[str, OpenFile]]:
    """Yield every input that can be opened; complain about the others.

    ``verb``: what GNU tools say before a path: ``cannot open '…' for reading``.
    """
    for path in paths or ["-"]:
        if path == "-":
            yield "-", inv.process.fd(0)
            continue
        try:
            file = inv.files.open(path, inv.process.caller, read=True).share()
        except OSError as error:
            await complain(inv, path, error, verb)
            continue
        try:
            yield path, file
        except GeneratorExit:
            file.release()
            raise
        file.release()


async def complain(inv: Invocation, path: str, error: OSError, verb: str = "") -> None:
    """Say why a path could not be used."""
    if verb:
        await inv.error(f"cannot {verb.format(path=path)}: {words_of(error)}")
    else:
        await inv.error(f"{path}: {words_of(error)}")


async def whole(file: OpenFile) -> bytes:
    """Read everything."""
    parts = []
    while data := await file.read():
        parts.append(data)
    return b"".join(parts)


async def contents(
    inv: Invocation, paths: Sequence[str], *, verb: str = ""
) -> tuple[list[tuple[str, bytes]], int]:
    """Read every input whole; returns path and content of each, and the status so far."""
    found: list[tuple[str, bytes]] = []
    wanted = len(paths) or 1
    async for path, file in each(inv, paths, verb=verb):
        try:
            found.append((path, await whole(file)))
        except OSError as error:
            await complain(inv, path, error)
    return found, int(len(found) < wanted)


def lines_of(data: bytes) -> list[bytes]:
    """Split into lines that keep their newlines; the last may have none."""
    return data.splitlines(keepends=True) if b"\r" not in data else _only_newlines(data)


def _only_newlines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    ended = [line + b"\n" for line in lines[:-1]]
    return [*ended, lines[-1]] if lines[-1] else ended


def text_of(data: bytes) -> str:
    """Decode bytes such that they can be encoded again."""
    return data.decode("utf-8", "surrogateescape")
