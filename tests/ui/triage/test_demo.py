"""Real faults on the demo's hosts: the screen names the cause, and the key opens what mends it."""

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

from haconsole.demo.faults import DemoFaults
from haconsole.inventory import load
from haconsole.monitor.monitor import Monitor
from haconsole.transport.commands import Effect, LedgerEntry
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from haconsole.ui.app import ConsoleApp
from haconsole.ui.wizard import Stage
from tests.ui.helpers import text_of

HOSTS = (sys.executable, "-m", "haconsole", "demo", "--hosts-only", "--until-eof", "--rate", "0")
PATIENCE_S = 60.0


class Screen:
    """A console on a demo, what breaks the demo, and every command that was run."""

    def __init__(
        self, app: ConsoleApp, pilot: Pilot[int], faults: DemoFaults, ledger: list[LedgerEntry]
    ) -> None:
        self.app, self.pilot, self.faults, self.ledger = app, pilot, faults, ledger
        self.bells = 0

    @property
    def text(self) -> str:
        return text_of(self.app.screen)

    @property
    def changes(self) -> list[LedgerEntry]:
        return [entry for entry in self.ledger if entry.effect is Effect.CHANGES]

    def ring(self) -> None:
        self.bells += 1

    async def until(
        self, *words: str, without: str = "", also: Callable[[], object] = lambda: True
    ) -> None:
        def so() -> bool:
            text = self.text
            told = all(word in text for word in words)
            return told and not (without and without in text) and bool(also())

        try:
            async with asyncio.timeout(PATIENCE_S):
                while not so():
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{words} not on:\n{self.text}") from None

    async def asked(self, procedure: str) -> dict[str, str]:
        """Press the key of the fix, and return the answers that its wizard begins with."""
        await self.pilot.press("f")
        desk = self.app.desk
        await self.until(also=lambda: desk.wizard is not None)
        assert desk.wizard is not None
        assert desk.wizard.entry.name == procedure
        wizard = desk.wizard
        await self.until(also=lambda: wizard.stage in (Stage.ASKING, Stage.PREVIEW))
        return wizard.answers


@pytest.fixture(scope="module")
async def hosts(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Path, DemoFaults]]:
    """Serve one demo for the module."""
    folder = tmp_path_factory.mktemp("demo")
    with subprocess.Popen(
        HOSTS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "TMPDIR": str(folder)},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            inventory = Path((await asyncio.to_thread(process.stdout.readline)).strip())
            yield inventory, DemoFaults(process.stdin, process.stdout)
        finally:
            process.stdin.close()
            await asyncio.to_thread(process.wait, 20)


@contextlib.asynccontextmanager
async def console(hosts: tuple[Path, DemoFaults]) -> AsyncIterator[Screen]:
    inventory, faults = hosts
    ledger: list[LedgerEntry] = []
    door = Transport(load(inventory), prompter=NoPrompter(), writable=True, ledger=ledger.append)
    app = ConsoleApp(Monitor(door), door=door)
    async with app.run_test(size=(110, 34)) as pilot:
        screen = Screen(app, pilot, faults, ledger)
        app.bell = screen.ring  # type: ignore[method-assign]  # the terminal's
        try:
            await screen.until("● SERVING", "answer ✓ 200")
            yield screen
        finally:
            await faults.heal()


@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_wrong_is_named_and_mended_by_one_key(
    hosts: tuple[Path, DemoFaults],
) -> None:
    """Split brain by firewall, a ghost, a dead backend: one console sees them come and go."""
    async with console(hosts) as screen:
        press = screen.pilot.press
        await press("5")
        await screen.until("Nothing wrong was found.")
        assert screen.bells == 0

        await screen.faults.make("vrrp-block")
        await screen.until("SPLIT BRAIN", "✖ CRITICAL", "firewall-blocks-vrrp", "certain")
        assert "CLIENTS" in screen.text
        assert screen.bells == 1
        await press("1")
        await screen.until("cause: The firewall drops VRRP")
        await press("5")
        await screen.until("firewall-blocks-vrrp")
        answers = await screen.asked("recover-split-brain")
        assert answers["vip"] == "10.0.0.100"
        await screen.faults.heal()
        screen.app.desk.triage.go()
        await screen.until("● SERVING", "Nothing wrong was found.")

        await screen.faults.make("crash")
        await screen.until("GHOST VIP", "ghost-vip", "has died and left 10.0.0.100 behind")
        await screen.asked("recover-ghost-vip")
        await screen.faults.heal()
        screen.app.desk.triage.go()
        await screen.until("● SERVING", "Nothing wrong was found.")

        await screen.faults.make("nginx-stop", "web02")
        await screen.until("backend-dead", "nginx on web02 does not run")
        answers = await screen.asked("restart-nginx")
        assert answers["host"] == "web02"
        assert screen.changes == []


@pytest.mark.asyncio(loop_scope="module")
async def test_a_closer_look_changes_nothing(hosts: tuple[Path, DemoFaults]) -> None:
    async with console(hosts) as screen:
        await screen.pilot.press("5")
        await screen.until("Nothing wrong was found.")
        before = len(screen.ledger)
        await screen.pilot.press("l")
        await screen.until("Looked closer", without="Looking closer")
        assert len(screen.ledger) > before
        assert screen.changes == []
        await screen.until("Nothing wrong was found.")
