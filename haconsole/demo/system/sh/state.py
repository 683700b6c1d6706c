"""What a shell knows: variables, functions, parameters, options, traps; and how it is left."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from ..process import Process
from .syntax import Node

SPECIAL_OPTIONS = {
    "e": "errexit", "u": "nounset", "x": "xtrace", "f": "noglob", "n": "noexec", "v": "verbose",
    "C": "noclobber", "a": "allexport", "m": "monitor", "i": "interactive", "s": "stdin",
}  # fmt: skip


class ShellError(Exception):
    """Something that ends a command (in a special builtin: the shell) with a message."""

    def __init__(self, message: str, status: int = 2) -> None:
        super().__init__(message)
        self.message, self.status = message, status


class ShellExit(Exception):  # noqa: N818 - not an error
    """``exit``."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class FunctionReturn(ShellExit):
    """``return``."""


class LoopExit(Exception):  # noqa: N818 - not an error
    """``break`` and ``continue``: how many loops are left."""

    def __init__(self, loops: int, *, again: bool) -> None:
        super().__init__(loops)
        self.loops, self.again = loops, again


@dataclass
class Variables:
    """Names and values. Every change goes through :meth:`set` or :meth:`unset`."""

    values: dict[str, str] = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)
    readonly: set[str] = field(default_factory=set)
    export_all: bool = False

    def copy(self) -> Variables:
        """Return what a subshell gets."""
        return Variables(dict(self.values), set(self.exported), set(self.readonly), self.export_all)

    def set(self, name: str, value: str) -> None:
        """Set a variable; raises ``ShellError`` where it is read-only."""
        if name in self.readonly:
            raise ShellError(f"{name}: is read only")
        self.values[name] = value
        if self.export_all:
            self.exported.add(name)

    def unset(self, name: str) -> None:
        """Unset a variable; raises ``ShellError`` where it is read-only."""
        if name in self.readonly:
            raise ShellError(f"unset: {name}: is read only")
        self.values.pop(name, None)
        self.exported.discard(name)

    def environment(self) -> dict[str, str]:
        """Return what programs get."""
        return {n: self.values[n] for n in sorted(self.exported) if n in self.values}


@dataclass
class State:
    """Everything that a subshell copies."""

    arg0: str
    pid: int
    ppid: int
    variables: Variables = field(default_factory=Variables)
    functions: dict[str, Node] = field(default_factory=dict)
    positional: list[str] = field(default_factory=list)
    options: set[str] = field(default_factory=set)
    #: Condition (a signal's number, 0 for EXIT) → action; ``""`` ignores.
    traps: dict[int, str] = field(default_factory=dict)
    status: int = 0
    background: int = 0
    line: int = 1
    #: Loops and functions around the command that runs now.
    loops: int = 0
    calls: int = 0
    #: How many ``eval`` are around the command that runs now.
    evals: int = 0
    #: Above 0 a failing command does not end the shell under ``set -e``.
    tested: int = 0
    #: Signals that came and whose traps are still to be run.
    pending: list[int] = field(default_factory=list)
    jobs: dict[int, Process] = field(default_factory=dict)
    interrupted: asyncio.Event = field(default_factory=asyncio.Event)
    locals: list[dict[str, str | None]] = field(default_factory=list)
    getopts_at: int = 1
    getopts_index: int = 1
    #: Whether it is bash, with what that has over POSIX.
    bash: bool = False
    #: Lines that were typed at its prompt.
    typed: list[str] = field(default_factory=list)

    def copy(self) -> State:
        """Return what a subshell starts with: traps are reset but for ignored signals."""
        return State(
            self.arg0,
            self.pid,
            self.ppid,
            self.variables.copy(),
            dict(self.functions),
            list(self.positional),
            set(self.options),
            {number: action for number, action in self.traps.items() if not action},
            self.status,
            self.background,
            self.line,
            self.loops,
            self.calls,
            self.evals,
            self.tested,
            bash=self.bash,
            typed=self.typed,
        )
