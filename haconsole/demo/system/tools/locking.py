"""``flock``: a lock on a file while a command runs, or while a descriptor is open."""

from __future__ import annotations

import asyncio

from ..errors import words_of
from ..fileio import FileStream
from ..invocation import Invocation, Program
from ..streams import OpenFile
from .options import options

#: sysexits.h: EX_USAGE, EX_DATAERR, EX_NOINPUT, EX_UNAVAILABLE.
_USAGE, _BAD_DATA, _NO_INPUT, _NO_COMMAND = 64, 65, 66, 69


_LONG = (
    *("shared:s", "exclusive:x", "nonblock:n", "nb:n", "unlock:u", "close:o", "wait=:w"),
    *("timeout=:w", "conflict-exit-code=:E", "no-fork:F", "verbose:v"),
)


async def flock(inv: Invocation) -> int:
    """``flock [-sxnu] [-w S] [-E STATUS] (FILE (-c TEXT | COMMAND…) | NUMBER)``."""
    given = await options(inv, "sxnuoFv", "wE", stop_early=True, long=_LONG)
    if not given.words:
        await inv.error("not enough arguments")
        await inv.stderr.write("Try 'flock --help' for more information.\n")
        return _USAGE
    file = await _opened(inv, given.words)
    inode = file.node.inode if isinstance(file, FileStream) else id(file)
    if "u" in given:
        inv.machine.locks.unlock(inode, file)
        return 0
    limit = 0.0 if "n" in given else float(given.values["w"]) if "w" in given else None
    if not await _taken(inv, inode, file, limit, shared="s" in given):
        return int(given.values.get("E", "1"))
    argv = given.words[1:]
    if not argv:
        return 0
    if argv[0] == "-c":
        argv = ["/bin/sh", "-c", *argv[1:]]
    kept = {n: f for n, f in inv.process.fds.items() if f is not file}
    try:
        child = inv.spawn(argv, fds=kept if "o" in given else None)
    except OSError as error:
        return await inv.error(f"failed to execute {argv[0]}: {words_of(error)}", _NO_COMMAND)
    return await child.wait()


async def _opened(inv: Invocation, words: list[str]) -> OpenFile:
    """Return the file to lock: a descriptor of ours, or a path, which is made where it lacks."""
    if len(words) == 1:
        if not words[0].isdigit():
            await inv.fail(f"bad file descriptor: '{words[0]}'", _USAGE)
        found = inv.process.fds.get(int(words[0]))
        if found is None:
            await inv.fail(f"{words[0]}: Bad file descriptor", _BAD_DATA)
        return found
    try:
        caller = inv.process.caller
        folder = inv.files.is_dir(words[0], caller)
        file = inv.files.open(words[0], caller, read=True, create=not folder)
    except OSError as error:
        await inv.fail(f"cannot open lock file {words[0]}: {words_of(error)}", _NO_INPUT)
    inv.process.open_fd(max(inv.process.fds, default=2) + 1, file)
    return file


async def _taken(
    inv: Invocation, inode: int, file: OpenFile, limit: float | None, *, shared: bool
) -> bool:
    """Lock, waiting for as many seconds as ``limit`` says; whether that worked."""
    locks = inv.machine.locks
    try:
        async with asyncio.timeout(limit or None):
            while not locks.flock(inode, file, shared=shared):
                if limit == 0:
                    return False
                free = asyncio.Event()
                locks.when_free(free.set)
                await free.wait()
    except TimeoutError:
        return False
    return True


PROGRAMS: dict[str, Program] = {"flock": flock}
