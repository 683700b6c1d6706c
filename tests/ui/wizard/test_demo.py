"""The wizard on the demo's hosts, by keys: the real engine, real files, a real way back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from haconsole.domain.notes import note
from haconsole.inventory import load
from haconsole.monitor.monitor import Monitor
from haconsole.procedures.catalogue import ENTRIES, Entry
from haconsole.transport.commands import Command, Effect, LedgerEntry
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from haconsole.ui.app import ConsoleApp
from haconsole.ui.screens.confirm import ConfirmScreen
from haconsole.ui.wizard import Stage
from tests.ui.helpers import text_of

from . import notefile
from .stage import confirm, press_button

ENTRY = Entry("note", note("Leave a note"), note("A file on every LB."), notefile.__name__)
HOSTS = (sys.executable, "-m", "haconsole", "demo", "--hosts-only", "--until-eof", "--rate", "0")
PATIENCE_S = 60.0


class Wizard:
    """A console on a demo, and what its ledger says."""

    def __init__(self, app: ConsoleApp, pilot: Pilot[int], door: Transport) -> None:
        self.app, self.pilot, self.door = app, pilot, door

    @property
    def text(self) -> str:
        return text_of(self.app.screen)

    async def until(self, *words: str, also: Callable[[], object] = lambda: True) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not (all(word in self.text for word in words) and also()):
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"{words} not on:\n{self.text}") from None

    async def preview(self, text: str) -> None:
        """Open the wizard from the palette, answer its question, look at the plan."""
        await self.pilot.press("colon", *"apply note")
        await self.until("apply note")
        await self.pilot.press("enter")
        await self.until("What stands in /etc/iptables/rules.v4")
        await self.pilot.press("ctrl+u", *text)
        await self.pilot.press("ctrl+n")
        await self.until("read it back", also=self.ready)

    def ready(self) -> bool:
        wizard = self.app.desk.wizard
        return (
            wizard is not None and wizard.progress.status == "ready" and "Looking" not in self.text
        )

    def asks(self) -> bool:
        wizard = self.app.desk.wizard
        return wizard is not None and wizard.stage is Stage.ASKING

    async def run(self) -> None:
        await press_button(self.app, self.pilot, "run")
        await self.until(also=lambda: isinstance(self.app.screen, ConfirmScreen))
        await confirm(self.app, self.pilot)

    async def read(self, host: str) -> str:
        return (await self.door.run(host, Command("read", f"cat {notefile.PATH} 2>&1"))).stdout

    async def close(self) -> None:
        await press_button(self.app, self.pilot, "close")


@contextlib.asynccontextmanager
async def demo(folder: Path, *, writable: bool) -> AsyncIterator[tuple[Wizard, list[LedgerEntry]]]:
    ledger: list[LedgerEntry] = []
    with subprocess.Popen(
        HOSTS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "TMPDIR": str(folder)},
    ) as hosts:
        assert hosts.stdin is not None
        assert hosts.stdout is not None
        try:
            inventory = Path((await asyncio.to_thread(hosts.stdout.readline)).strip())
            door = Transport(
                load(inventory), prompter=NoPrompter(), writable=writable, ledger=ledger.append
            )
            app = ConsoleApp(Monitor(door), door=door)
            async with app.run_test(size=(100, 32)) as pilot:
                wizard = Wizard(app, pilot, door)
                await wizard.until("SERVING")
                yield wizard, ledger
        finally:
            hosts.stdin.close()
            await asyncio.to_thread(hosts.wait, 20)


@pytest.fixture(autouse=True)
def in_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENTRIES, ENTRY.name, ENTRY)


def changes_of(ledger: list[LedgerEntry]) -> list[LedgerEntry]:
    return [entry for entry in ledger if entry.effect is Effect.CHANGES]


async def test_from_the_palette_to_the_file_and_back(tmp_path: Path) -> None:
    async with demo(tmp_path, writable=True) as (wizard, ledger):
        await wizard.preview("all is well")
        assert "2 steps change something on lb02 and lb01" in wizard.text
        assert "+all is well" in wizard.text
        assert changes_of(ledger) == []
        await wizard.run()
        await wizard.until("DONE in", "2 changes are made", also=lambda: not wizard.app.desk.busy)
        assert [await wizard.read(host) for host in ("lb01", "lb02")] == ["all is well\n"] * 2
        placed = [entry.host for entry in changes_of(ledger) if "place" in entry.name]
        assert placed == sorted(placed, reverse=True), "the backup first"

        await press_button(wizard.app, wizard.pilot, "roll-back")
        await confirm(wizard.app, wizard.pilot)
        await wizard.until("ROLLED BACK", "2 are undone", also=lambda: not wizard.app.desk.busy)
        assert "No such file" in await wizard.read("lb01")


async def test_somebody_elses_file_is_asked_about_and_comes_back(tmp_path: Path) -> None:
    async with demo(tmp_path, writable=True) as (wizard, ledger):
        theirs = f"mkdir -p /etc/iptables && echo theirs >{notefile.PATH}"
        await wizard.door.run("lb02", Command("theirs", theirs, Effect.CHANGES, root=True))
        await wizard.preview("ours")
        await wizard.until("[ ] not ours", "-theirs", "+ours")
        await press_button(wizard.app, wizard.pilot, "run")
        assert await wizard.read("lb02") == "theirs\n"
        wizard.app.screen.set_focus(wizard.app.screen.query_one("#steps"))
        await wizard.pilot.press("space")
        await wizard.until("[x] replace")
        await wizard.run()
        await wizard.until("DONE in", also=lambda: not wizard.app.desk.busy)
        assert await wizard.read("lb02") == "ours\n"

        await wizard.close()
        wizard.app.desk.start_over()
        await wizard.until("What stands in", also=wizard.asks)
        await wizard.pilot.press("ctrl+n")
        await wizard.until("Nothing to change", also=wizard.ready)
        before = len(changes_of(ledger))
        await wizard.run()
        await wizard.until("DONE in", also=lambda: not wizard.app.desk.busy)
        assert len(changes_of(ledger)) == before, "a second run changes nothing"


async def test_read_only_looks_and_changes_nothing(tmp_path: Path) -> None:
    async with demo(tmp_path, writable=False) as (wizard, ledger):
        await wizard.preview("all is well")
        assert "Run: read-only" in wizard.text
        assert wizard.app.desk.wizard is not None
        await wizard.app.desk.wizard.execute()
        await wizard.until("Nothing was changed")
        assert "No such file" in await wizard.read("lb01")
        assert all(entry.outcome == "refused" for entry in changes_of(ledger))
