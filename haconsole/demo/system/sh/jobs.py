"""Builtins about other processes: ``wait`` and ``kill``."""

from __future__ import annotations

import asyncio
import errno
from typing import TYPE_CHECKING

from ..errors import words_of
from ..process import Process
from ..signals import Sig, name_of, parse
from .state import ShellError

if TYPE_CHECKING:
    from .interp import Shell


async def wait(shell: Shell, argv: list[str]) -> int:
    """Wait for background commands; a signal with a trap ends the waiting (POSIX ``wait``)."""
    jobs = shell.state.jobs
    if len(argv) == 1:
        for pid in list(jobs):
            interrupted = await _wait_for(shell, jobs[pid])
            if interrupted is not None:
                return interrupted
            jobs.pop(pid, None)
        return 0
    status = 0
    for word in argv[1:]:
        if not word.isdigit():
            raise ShellError(f"wait: No such job: {word}")
        job = jobs.get(int(word))
        if job is None:
            status = 127
            continue
        interrupted = await _wait_for(shell, job)
        if interrupted is not None:
            return interrupted
        status = job.status or 0
        jobs.pop(int(word), None)
    return status


async def _wait_for(shell: Shell, job: Process) -> int | None:
    """Wait for one job; returns the status of ``wait`` if a trapped signal came first."""
    state = shell.state
    state.interrupted.clear()
    ending = shell.process.start(job.wait())
    signal = shell.process.start(state.interrupted.wait())
    try:
        await asyncio.wait((ending, signal), return_when=asyncio.FIRST_COMPLETED)
    finally:
        ending.cancel()
        signal.cancel()
    if job.alive and state.pending:
        return 128 + state.pending[0]
    return None


async def kill(shell: Shell, argv: list[str]) -> int:
    """Send a signal (POSIX ``kill``)."""
    words = argv[1:]
    number = int(Sig.TERM)
    if words and words[0] == "-l":
        return await _list(shell, words[1:])
    if words and words[0].startswith("-") and words[0] != "--":
        word = words.pop(0)[1:]
        if word == "s" and words:
            word = words.pop(0)
        known = parse(word)
        if known is None:
            raise ShellError(f"kill: Illegal option -{word}"[:60])
        number = known
    if words and words[0] == "--":
        words.pop(0)
    if not words:
        usage = "[-s sigspec | -signum | -sigspec] [pid | job]... or\nkill -l [exitstatus]"
        raise ShellError(f"kill: Usage: kill {usage}")
    status = 0
    for word in words:
        status |= await _kill_one(shell, word, number)
    # Whoever signalled itself must not go on.
    await asyncio.sleep(0)
    return status


async def _kill_one(shell: Shell, word: str, number: int) -> int:
    if not word.lstrip("-").isdigit():
        await shell.complain(f"kill: No such process: {word}" if not word.startswith("%") else word)
        return 1
    try:
        shell.machine.processes.kill(int(word), number, shell.process)
    except OSError as error:
        words = words_of(error)
        if error.errno in (errno.ESRCH, errno.EPERM):
            await shell.complain(f"kill: {words}\n")
        return 1
    return 0


async def _list(shell: Shell, words: list[str]) -> int:
    if words and words[0].isdigit():
        number = int(words[0])
        await shell.write(1, f"{name_of(number - 128 if number > 128 else number)}\n")
    else:
        await shell.write(1, "".join(f"{signal.name}\n" for signal in Sig))
    return 0
