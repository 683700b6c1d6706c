"""Keys that come faster than the screen changes, as over a slow link."""

from __future__ import annotations

from textual.events import Key
from textual.widgets import Input

from haconsole.ui.app import ConsoleApp
from haconsole.ui.screens.base import ConsoleScreen
from tests.support.states import healthy
from tests.ui.helpers import console, until

NAMES = {"/": "slash", ":": "colon", "?": "question_mark", "!": "exclamation_mark", " ": "space"}


def at_once(app: ConsoleApp, *keys: str) -> None:
    """Let keys arrive as they do in one packet: none waits for what the one before does."""
    for key in keys:
        app.post_message(Key(NAMES.get(key, key), key if len(key) == 1 else None))


async def test_what_is_typed_at_once_after_the_filters_key_is_the_filter() -> None:
    async with console(healthy()) as (app, _, pilot):
        at_once(app, *"/q1:!?")
        await until(pilot, lambda: app.screen.query_one("FilterBar Input", Input).value == "q1:!?")
        assert app.is_running
        assert app.current_mode == "home"
        assert isinstance(app.screen, ConsoleScreen)
        assert not app.screen.faults_only


async def test_what_is_typed_at_once_after_the_palettes_key_is_sought_there() -> None:
    async with console(healthy()) as (app, _, pilot):
        at_once(app, *":node web02")
        await until(pilot, lambda: app.screen.query(Input) and not app._waiting)
        await until(pilot, lambda: app.screen.query_one(Input).value == "node web02")
        assert app.is_running


async def test_commands_at_once_are_done_in_their_order() -> None:
    async with console(healthy()) as (app, _, pilot):
        at_once(app, *"2n3", "escape", "4", *"/vip", "enter")
        await until(pilot, lambda: app.current_mode == "timeline" and not app._waiting)
        await until(pilot, lambda: getattr(app.screen, "search").text == "vip")  # noqa: B009
        assert app.session.node.name == "lb02"


async def test_a_key_for_what_is_gone_does_not_hold_up_the_next() -> None:
    async with console(healthy()) as (app, _, pilot):
        bar = app.screen.query_one("FilterBar Input", Input)
        await pilot.press("slash")
        await until(pilot, lambda: app.focused is bar)
        await bar.remove()
        at_once(app, "escape", "2")
        await until(pilot, lambda: app.current_mode == "node", turns=2000)
