"""Faults from the palette: where something can make them and the session may write, only there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import OptionList

from haconsole.monitor.faults import FaultKind
from haconsole.monitor.feed import FeedError
from haconsole.ui.app import ConsoleApp
from haconsole.ui.commands.faults import Heal, MakeFault
from haconsole.ui.commands.palette import ConsoleProvider
from haconsole.ui.screens.base import ConsoleScreen
from tests.support.states import healthy
from tests.ui.helpers import feed_of, until


class Breaker:
    """Notes what it is asked to do, and does it when it is let."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.go = asyncio.Event()
        self.error: str | None = None

    def names(self) -> Sequence[FaultKind]:
        return (
            FaultKind("stop", "keepalived is stopped", ("lb01",)),
            FaultKind("crash", "keepalived is killed", ("lb01", "lb02")),
        )

    async def make(self, name: str, host: str | None = None) -> str:
        self.asked.append((name, host))
        await self.go.wait()
        if self.error:
            raise FeedError(self.error)
        return f"{name}: made."

    async def heal(self) -> str:
        return await self.make("heal")


@asynccontextmanager
async def console(
    breaker: Breaker | None, *, writable: bool = True
) -> AsyncIterator[tuple[ConsoleApp, Pilot[int]]]:
    app = ConsoleApp(feed_of(healthy(), writable=writable), faults=breaker)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        yield app, pilot


def offered(app: ConsoleApp) -> list[str]:
    rows = [title for title, _, _ in ConsoleProvider(app.screen)._offers()]
    return [title for title in rows if title.startswith(("fault: ", "heal"))]


def told(app: ConsoleApp) -> list[str]:
    return [notice.message for notice in app._notifications]


async def choose(pilot: Pilot[int], app: ConsoleApp, words: str, *keys: str) -> None:
    await pilot.press("colon", *words)
    await until(pilot, lambda: app.screen.query_one(OptionList).option_count)
    await pilot.press(*(keys or ("enter",)))
    await until(pilot, lambda: not isinstance(app.screen, CommandPalette))


async def test_a_fault_is_made_once_and_its_answer_shown() -> None:
    breaker = Breaker()
    async with console(breaker) as (app, pilot):
        assert any("fault crash" in text for text in told(app)), "what to try"
        assert offered(app) == ["fault: stop on lb01", "fault: crash on lb01, lb02", "heal"]
        await choose(pilot, app, "fault crash")
        await until(pilot, lambda: breaker.asked == [("crash", None)])
        assert "crash: made." not in told(app)
        breaker.go.set()
        await until(pilot, lambda: "crash: made." in told(app))
        await choose(pilot, app, "heal")
        await until(pilot, lambda: "heal: made." in told(app))


async def test_why_a_fault_cannot_be_made_is_told() -> None:
    breaker = Breaker()
    breaker.go.set()
    breaker.error = "firewalld does not run on [b]lb01."
    async with console(breaker) as (app, pilot):
        await choose(pilot, app, "fault stop")
        await until(pilot, lambda: breaker.error in told(app))


async def test_enter_twice_chooses_once() -> None:
    breaker = Breaker()
    async with console(breaker) as (app, pilot):
        await pilot.press("colon", *"fault crash")
        await until(pilot, lambda: app.screen.query_one(OptionList).option_count)
        palette = app.screen
        await pilot.press("enter", "enter")
        await until(pilot, lambda: app.screen is not palette)
        await until(pilot, lambda: breaker.asked)
        assert breaker.asked == [("crash", None)]


@pytest.mark.parametrize(("there", "writable"), [(True, False), (False, True), (False, False)])
async def test_elsewhere_there_are_no_faults(there: bool, writable: bool) -> None:
    breaker = Breaker()
    async with console(breaker if there else None, writable=writable) as (app, pilot):
        assert offered(app) == []
        assert told(app) == []
        screen = app.screen
        assert isinstance(screen, ConsoleScreen)
        for command, argument in ((MakeFault, "crash"), (Heal, "")):
            assert command.dangerous
            screen.action_command(command.id, argument)
        await pilot.pause()
        assert breaker.asked == []
        assert told(app) == []
