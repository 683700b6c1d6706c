"""The console as a person has it, on hosts as ``haconsole demo`` serves them; keys in, words out."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from haconsole.demo.faults import DemoFaults
from haconsole.inventory import load
from haconsole.journal.ledger import Ledger
from haconsole.monitor.monitor import Monitor
from haconsole.transport.transport import Transport
from haconsole.ui.app import ConsoleApp
from haconsole.ui.prompter import ScreenPrompter
from tests.ui.helpers import rows

#: Seconds that the screen may take to say what it must; VRRP's own timers are among them.
PATIENCE_S = 30.0
_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Hosts:
    """``haconsole demo --hosts-only`` in a process of its own, and what breaks it."""

    inventory: Path
    faults: DemoFaults


@contextlib.asynccontextmanager
async def hosts(folder: Path, *options: str) -> AsyncIterator[Hosts]:
    """Serve a demo whose files are in ``folder``; see that nothing of it is left at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, "-m", "haconsole", "demo", "--hosts-only", "--until-eof", *options]
    with subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "TMPDIR": str(folder)},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            inventory = Path((await asyncio.to_thread(process.stdout.readline)).strip())
            assert inventory.is_file(), "the demo did not start"
            yield Hosts(inventory, DemoFaults(process.stdin, process.stdout))
        finally:
            process.stdin.close()
            await asyncio.to_thread(process.wait, 20)
    assert process.returncode == 0
    assert list(folder.iterdir()) == []


class Console:
    """A console on a demo, driven by keys; only what its screen says is looked at."""

    def __init__(self, app: ConsoleApp, pilot: Pilot[int]) -> None:
        self._app = app
        self._pilot = pilot

    @property
    def rows(self) -> list[str]:
        """What stands on the screen, a text a row, as the terminal gets it."""
        return rows(self._app.screen)

    @property
    def text(self) -> str:
        """The rows as one text."""
        return "\n".join(self.rows)

    @property
    def said(self) -> list[str]:
        """The notices that were shown and have not passed yet."""
        return [notice.message for notice in self._app._notifications]

    async def press(self, *keys: str) -> None:
        """Press keys, each when the one before has done what it does."""
        for key in keys:
            await self._pilot.press(key)

    async def type(self, words: str) -> None:
        """Type words."""
        await self.press(*words)

    async def resize(self, size: tuple[int, int]) -> None:
        """Give the terminal another size: columns, rows."""
        await self._pilot.resize_terminal(*size)

    async def until(self, *patterns: str, without: str = "", timeout_s: float = PATIENCE_S) -> str:
        """Return the screen as soon as it shows all ``patterns``, and ``without`` nowhere."""
        try:
            async with asyncio.timeout(timeout_s):
                while missing := self._missing(patterns, without):
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            raise AssertionError(f"{missing} within {timeout_s:g} s on:\n{self.text}") from None
        return self.text

    def _missing(self, patterns: Sequence[str], without: str) -> str:
        text = self.text
        for pattern in patterns:
            if not re.search(pattern, text, re.MULTILINE):
                return f"no {pattern!r}"
        return f"still {without!r}" if without and re.search(without, text, re.MULTILINE) else ""

    async def choose(self, words: str, row: str) -> None:
        """Choose a row of the palette: type ``words``, see the row, press Enter."""
        await self.press("colon")
        await self.until("Search for commands")
        await self.type(words)
        await self.until(re.escape(row), without="No matches")
        await self.press("enter")
        await self.until(" q quit")


@contextlib.asynccontextmanager
async def console(
    demo: Hosts,
    ledger: Path,
    *,
    size: tuple[int, int] = (80, 24),
    write: bool = True,
    notices: bool = False,
) -> AsyncIterator[Console]:
    """Open a console as ``haconsole demo`` does; ``ledger`` is where its ledger is written."""
    prompter = ScreenPrompter()
    book = Ledger(ledger)
    door = Transport(load(demo.inventory), prompter=prompter, writable=write, ledger=book.record)
    app = ConsoleApp(Monitor(door), faults=demo.faults)
    prompter.attach(app)
    try:
        async with app.run_test(size=size, notifications=notices) as pilot:
            yield Console(app, pilot)
    finally:
        prompter.detach()
        book.close()
