"""A drill on the demo's hosts, by keys: the real session, a real fault, a real undo, a report."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from haconsole.inventory import load
from haconsole.monitor.monitor import Monitor
from haconsole.procedures.drill.standing import DrillProgress, Stage
from haconsole.transport.commands import Effect, LedgerEntry
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from haconsole.ui.app import ConsoleApp
from tests.ui.helpers import text_of

from .stage import confirm, press_button

HOSTS = (sys.executable, "-m", "haconsole", "demo", "--hosts-only", "--until-eof", "--rate", "0")
PATIENCE_S = 90.0


class Screen:
    """A console on a demo, what its ledger says, and every stage that was seen."""

    def __init__(self, app: ConsoleApp, pilot: Pilot[int], ledger: list[LedgerEntry]) -> None:
        self.app, self.pilot, self.ledger = app, pilot, ledger
        self.stages: list[Stage] = []

    @property
    def text(self) -> str:
        return text_of(self.app.screen)

    @property
    def progress(self) -> DrillProgress:
        progress = self.app.desk.drills.progress
        assert progress is not None
        return progress

    @property
    def changes(self) -> list[LedgerEntry]:
        return [entry for entry in self.ledger if entry.effect is Effect.CHANGES]

    async def until(self, *words: str, also: Callable[[], object] = lambda: True) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not (all(word in self.text for word in words) and also()):
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"{words} not on:\n{self.text}") from None

    async def prepare(self, scenario: str) -> None:
        """Choose a drill from the list."""
        await self.pilot.press("7")
        await self.until("stop ", also=lambda: not self.app.desk.drills.reading)
        names = [offer.scenario.value for offer in self.app.desk.drills.offers]
        await self.pilot.press("home", *["j"] * names.index(scenario), "enter")
        await self.until("takes over", also=lambda: self.progress.stage is not Stage.PREFLIGHT)

    async def begin(self) -> None:
        """Confirm it, and note what it goes through."""
        drill = self.app.desk.drills.drill
        assert drill is not None
        drill.subscribe(lambda progress: self._saw(progress.stage))
        await press_button(self.app, self.pilot, "begin")
        await confirm(self.app, self.pilot)

    def _saw(self, stage: Stage) -> None:
        if stage not in self.stages:
            self.stages.append(stage)


@contextlib.asynccontextmanager
async def demo(folder: Path, *, writable: bool) -> AsyncIterator[Screen]:
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
            async with app.run_test(size=(110, 34)) as pilot:
                screen = Screen(app, pilot, ledger)
                await screen.until("SERVING")
                yield screen
        finally:
            hosts.stdin.close()
            await asyncio.to_thread(hosts.wait, 20)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the journal is kept while this is tested."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "haconsole" / "drills"


async def test_from_the_list_to_the_report(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with demo(tmp_path, writable=True) as screen:
        await screen.prepare("stop")
        await screen.until("READY", "lb02, after 0.61 s", "Arm the undo", "Stop keepalived")
        assert screen.changes == []
        await screen.begin()
        await screen.until("WATCHING", "by itself in", "lb02   ◆ owner")
        await screen.pilot.press("u")
        await screen.until("MEASURED", also=lambda: not screen.app.desk.drills.busy)
        order = [Stage.ARMING, Stage.BREAKING, Stage.OBSERVING, Stage.UNDOING, Stage.DONE]
        assert [stage for stage in screen.stages if stage in order] == order
        verdict = screen.progress.verdict
        assert verdict is not None
        assert verdict.healthy
        assert screen.progress.measurement is not None
        assert screen.progress.measurement.worst is not None
        assert {"lb01", "lb02"} <= {event.node for event in screen.progress.owned}
        # It is kept, can be copied, and stands in the list from now on.
        copied: list[str] = []
        monkeypatch.setattr(screen.app, "copy_to_clipboard", copied.append)
        await screen.pilot.press("c")
        await screen.until(also=lambda: copied)
        assert copied[0].startswith("#")
        kept = [json.loads(file.read_text()) for file in state.glob("*.json")]
        assert [one["verdict"] for one in kept] == [verdict.kind.value]
        await screen.pilot.press("escape")
        await screen.until("ago", also=lambda: screen.app.current_mode == "drills")


async def test_read_only_predicts_and_touches_nothing(tmp_path: Path, state: Path) -> None:
    async with demo(tmp_path, writable=False) as screen:
        await screen.prepare("crash")
        await screen.until("READ-ONLY  nothing was touched", "lb02, after 2.61–3.61 s", "--write")
        assert screen.app.screen.query_one("#begin").disabled
        assert not screen.app.screen.query_one("#force").display
        assert screen.changes == []
        assert not state.exists()
