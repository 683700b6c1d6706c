"""What bash has over POSIX and people type: ``&>``, ``source``, ``history``, ``jobs``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from .builtins import SPECIAL
from .parser import Feed, Parser, script_of
from .state import ShellExit
from .syntax import Lit, Redirect, Script, Word

if TYPE_CHECKING:
    from .interp import Shell

Builtin: TypeAlias = "Callable[[Shell, list[str]], Awaitable[int]]"


class BashParser(Parser):
    """Knows ``&>FILE`` and ``&>>FILE``: both outputs (bash(1), REDIRECTION)."""

    def __init__(self, text: str, line: int = 1) -> None:
        super().__init__(text, line)
        self._second: Redirect | None = None

    def script(self, text: str) -> Script:
        """Parse what stands between backquotes."""
        return parse_bash(text)

    def operator(self) -> str:
        """Return the operator that stands here; ``&>`` is none that ends a command."""
        found = super().operator()
        return "" if found == "&" and self.text.startswith("&>", self.i) else found

    def _redirect(self) -> Redirect | None:
        if self._second is not None:
            second, self._second = self._second, None
            return second
        self.skip_blanks()
        if not self.text.startswith("&>", self.i):
            return super()._redirect()
        appends = self.text.startswith("&>>", self.i)
        self.i += 3 if appends else 2
        self.skip_blanks()
        target = self.word()
        if target is None:
            raise self._unexpected()
        self._second = Redirect(2, ">&", Word.of([Lit("1", False)]))
        return Redirect(1, ">>" if appends else ">", target)


class BashFeed(BashParser, Feed):
    """The same for a text that may go on."""


@lru_cache(maxsize=512)
def parse_bash(text: str) -> Script:
    """Parse a whole text as bash does. A mistake is kept in the result, as by ``parse``."""
    return script_of(BashParser(text))


async def _source(shell: Shell, argv: list[str]) -> int:
    return await SPECIAL["."](shell, argv)


async def _history(shell: Shell, argv: list[str]) -> int:
    lines = shell.state.typed
    await shell.write(1, "".join(f"{n:5}  {line}\n" for n, line in enumerate(lines, 1)))
    return 0


async def _logout(shell: Shell, argv: list[str]) -> int:
    raise ShellExit(shell.state.status)


async def _jobs(shell: Shell, argv: list[str]) -> int:
    running = [job for job in shell.state.jobs.values() if job.alive]
    for number, job in enumerate(running, 1):
        words = " ".join(job.argv)
        await shell.write(
            1, f"[{number}]{'+' if job is running[-1] else ' '}  Running  {words} &\n"
        )
    return 0


#: Builtins that bash has and POSIX has not.
BASH: dict[str, Builtin] = {
    "source": _source, "history": _history, "logout": _logout, "jobs": _jobs,
}  # fmt: skip
