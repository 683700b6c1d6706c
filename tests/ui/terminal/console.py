"""The console on a demo's hosts, with somebody at its keys."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from textual.pilot import Pilot

from haconsole.demo.serve import running
from haconsole.demo.world.cluster import DemoCluster
from haconsole.inventory import load
from haconsole.journal.ledger import Ledger
from haconsole.monitor.monitor import Monitor
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from haconsole.ui.app import ConsoleApp
from haconsole.ui.terminal.shell import Shell
from tests.ui.helpers import text_of

PATIENCE_S = 30.0


@dataclass
class Desk:
    """A console, its hosts, and its ledger."""

    app: ConsoleApp
    pilot: Pilot[int]
    door: Transport
    ledger: Ledger
    cluster: DemoCluster

    @property
    def text(self) -> str:
        return text_of(self.app.screen)

    @property
    def shell(self) -> Shell:
        shell = self.app.desk.terminals.shell(self.app.desk.terminals.host)
        assert shell is not None
        return shell

    async def until(self, *patterns: str, also: Callable[[], object] = lambda: True) -> None:
        """Wait until the screen shows all patterns."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not (all(re.search(p, self.text, re.M) for p in patterns) and also()):
                    await self.pilot.pause(0.02)
        except TimeoutError:
            raise AssertionError(f"{patterns} not on:\n{self.text}") from None

    async def type(self, text: str) -> None:
        """Type a text, all of it at once."""
        assert self.shell._type(text.replace("\n", "\r").encode())
        await self.pilot.pause()

    async def press(self, text: str) -> None:
        """Type a text, a key at a time."""
        names = {"\n": "enter", " ": "space"}
        await self.pilot.press(*(names.get(letter, letter) for letter in text))

    async def open(self, host: str = "lb01") -> None:
        """Open a node's screen, and from there its shell."""
        self.app.open_node(host)
        await self.pilot.pause()
        await self.pilot.press("t")
        await self.until(rf"{host}:~#")


@contextlib.asynccontextmanager
async def console(
    *, writable: bool = True, size: tuple[int, int] = (100, 30)
) -> AsyncIterator[Desk]:
    """Run the console on a demo."""
    ledger = Ledger()
    async with running(rate=0) as demo:
        door = Transport(
            load(demo.inventory), prompter=NoPrompter(), writable=writable, ledger=ledger.record
        )
        app = ConsoleApp(Monitor(door), door=door)
        async with app.run_test(size=size) as pilot:
            desk = Desk(app, pilot, door, ledger, demo.cluster)
            await desk.until("SERVING")
            yield desk
        ledger.close()
