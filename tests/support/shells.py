"""Somebody at a node's terminal: types, and waits for what the screen shows."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

from haconsole.transport.door import Door
from haconsole.ui.terminal.shell import Shell, Stage


class Sitting:
    """A shell, and its screen as text."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell

    @property
    def lines(self) -> list[str]:
        """All lines, those that scrolled away first; without blanks at their ends."""
        cells = self.shell.cells
        rows = [*cells.history, *(cells.row(y) for y in range(cells.lines))]
        return ["".join(text for text, _ in row).rstrip() for row in rows]

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines).rstrip("\n")

    def type(self, text: str) -> None:
        """Type it, a carriage return for each newline."""
        assert self.shell._type(text.replace("\n", "\r").encode()), "nobody there"

    async def until(self, pattern: str, timeout_s: float = 15.0) -> re.Match[str]:
        """Wait until the screen matches."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while asyncio.get_running_loop().time() < deadline:
            if match := re.search(pattern, self.text, re.MULTILINE):
                return match
            await asyncio.sleep(0.01)
        raise AssertionError(f"no {pattern!r} on:\n{self.text}")

    async def run(self, command: str, timeout_s: float = 15.0) -> str:
        """Type a command, wait for the next prompt; returns what it printed."""
        before = len(self.lines_so_far())
        self.type(f"{command}\n")
        last = command.splitlines()[-1] if command else ""
        prompts = r"(?:[\w@:~/.\[\] -]*[#$]) ?$"
        deadline = asyncio.get_running_loop().time() + timeout_s
        while asyncio.get_running_loop().time() < deadline:
            lines = self.lines_so_far()
            if len(lines) > before and re.fullmatch(prompts, lines[-1]):
                shown = lines[before - 1 : -1]
                echoed = re.compile(rf"(^|[#$>] ){re.escape(last)}$")
                ends = [i for i, line in enumerate(shown) if echoed.search(line)]
                ends = ends or [i for i, line in enumerate(shown) if line and last.endswith(line)]
                at = ends[-1] if ends else 0
                return "\n".join(shown[at + 1 :])
            await asyncio.sleep(0.01)
        raise AssertionError(f"{command!r} does not end:\n{self.text}")

    def lines_so_far(self) -> list[str]:
        """Lines up to the cursor's."""
        cells = self.shell.cells
        return self.lines[: len(cells.history) + cells.cursor.y + 1]


@contextlib.asynccontextmanager
async def sitting(
    door: Door, host: str = "lb01", *, cols: int = 100, rows: int = 30
) -> AsyncIterator[Sitting]:
    """Sit down at a node's terminal; hang up at the end."""
    shell = Shell(door, host)
    shell.begin(cols, rows)
    task = asyncio.create_task(shell.run())
    try:
        seat = Sitting(shell)
        await seat.until(r"[#$%>] ?$|Enter opens")
        yield seat
    finally:
        shell.close()
        await asyncio.wait_for(task, 10)
        assert shell.stage is Stage.ENDED
