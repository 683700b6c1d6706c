"""Redirections: opening what they name, putting it in place, taking it back."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from ..errors import words_of
from ..process import Process
from ..streams import Fixed, OpenFile
from .state import ShellError
from .syntax import Redirect

if TYPE_CHECKING:
    from .interp import Shell

#: What each descriptor is to become; ``None`` closes it.
Opened: TypeAlias = "list[tuple[int, OpenFile | None]]"
_MODES = {
    "<": {"read": True},
    ">": {"write": True, "create": True, "truncate": True},
    ">|": {"write": True, "create": True, "truncate": True},
    ">>": {"append": True, "create": True},
    "<>": {"read": True, "write": True, "create": True},
}


async def prepare(shell: Shell, redirects: Sequence[Redirect]) -> Opened:
    """Expand and open; raises ``ShellError`` in dash's words.

    A descriptor that an earlier redirection of the same command sets is seen by a later one.
    """
    opened: Opened = []
    seen: dict[int, OpenFile | None] = {}
    for redirect in redirects:
        file = await _open(shell, redirect, seen)
        seen[redirect.fd] = file
        opened.append((redirect.fd, file))
    return opened


async def _open(
    shell: Shell, redirect: Redirect, seen: dict[int, OpenFile | None]
) -> OpenFile | None:
    if redirect.here is not None:
        text = await shell.expander.text(redirect.here.body)
        return Fixed(text.encode("utf-8", "surrogateescape"))
    target = await shell.expander.text(redirect.target)
    if redirect.op in ("<&", ">&"):
        return _duplicate(shell, target, seen)
    modes = dict(_MODES[redirect.op])
    caller = shell.process.caller
    if redirect.op == ">" and "C" in shell.state.options:
        modes["exclusive"] = not shell.machine.files.exists(target, caller) or (
            shell.machine.files.is_file(target, caller)
        )
    try:
        return shell.machine.files.open(target, caller, **modes)
    except OSError as error:
        reading = redirect.op == "<"
        missing = error.errno in (errno.ENOENT, errno.ENOTDIR)
        if missing:
            words = "No such file" if reading else "Directory nonexistent"
        else:
            words = words_of(error)
        verb = "open" if reading else "create"
        raise ShellError(f"cannot {verb} {target}: {words}") from None


def _duplicate(shell: Shell, target: str, seen: dict[int, OpenFile | None]) -> OpenFile | None:
    if target == "-":
        return None
    if not target.isdigit():
        raise ShellError("Syntax error: Bad fd number")
    number = int(target)
    file = seen[number] if number in seen else shell.process.fds.get(number)
    if file is None:
        raise ShellError(f"{number}: Bad file descriptor")
    return file


def apply(process: Process, opened: Opened) -> dict[int, OpenFile | None]:
    """Put descriptors in place; returns what they were, held open."""
    saved: dict[int, OpenFile | None] = {}
    for number, file in opened:
        if number not in saved:
            before = process.fds.get(number)
            saved[number] = before.share() if before is not None else None
        if file is None:
            process.close_fd(number)
        else:
            process.open_fd(number, file)
    return saved


def forget(saved: dict[int, OpenFile | None]) -> None:
    """Let the redirections stay (``exec``)."""
    for file in saved.values():
        if file is not None:
            file.release()


def restore(process: Process, saved: dict[int, OpenFile | None]) -> None:
    """Take the redirections back."""
    for number, file in saved.items():
        if file is None:
            process.close_fd(number)
            continue
        if process.alive:
            process.open_fd(number, file)
        file.release()
