"""The register of commands: one class an action, and no two that want the same key."""

from __future__ import annotations

import itertools

import pytest

from haconsole.ui.commands.base import SCREEN_SCOPES, Command, Registry, Scope, registry
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.screens.help import HelpScreen
from haconsole.ui.screens.hits import HitsScreen
from haconsole.ui.screens.home import HomeScreen
from haconsole.ui.screens.node import NodeScreen
from haconsole.ui.screens.timeline import TimelineScreen
from tests.support.states import healthy
from tests.ui.helpers import console, text_of

SCREENS: list[type[ConsoleScreen]] = [
    HomeScreen,
    NodeScreen,
    HitsScreen,
    TimelineScreen,
    HelpScreen,
]


class MoveVip(Command):
    """Move a VIP to another LB."""

    id = "test.move-vip"
    keys = ("M",)
    name = "move"
    dangerous = True
    ran = 0

    def run(self, screen: ConsoleScreen) -> None:
        """Count."""
        MoveVip.ran += 1


def test_keys_are_unique_on_every_screen() -> None:
    for scopes in SCREEN_SCOPES.values():
        keys = [
            key for command in registry.available(scopes, writable=True) for key in command.keys
        ]
        assert len(keys) == len(set(keys))


def test_the_register_refuses_a_second_owner_of_a_key() -> None:
    class Other(MoveVip):
        """Do something else."""

        id = "test.other"
        scope = Scope.HOME

    with pytest.raises(ValueError, match=r"test\.other and test\.move-vip both want \['M'\]"):
        Registry([MoveVip, Other])
    with pytest.raises(ValueError, match="two commands are called"):
        Registry([MoveVip, MoveVip])


def test_every_command_describes_itself() -> None:
    for command in registry:
        description = command.description()
        assert len(description) > 10, command.id
        assert description.endswith("."), command.id
        assert command.name, command.id
        assert command.run is not Command.run, command.id


def test_ids_are_unique() -> None:
    ids = [command.id for command in registry]
    assert len(ids) == len(set(ids))


def test_a_changing_command_is_absent_in_read_only() -> None:
    made = Registry([*registry, MoveVip])
    scopes = SCREEN_SCOPES["home"]
    assert MoveVip not in made.available(scopes, writable=False)
    assert MoveVip in made.available(scopes, writable=True)
    for command in registry.available(scopes, writable=False):
        assert not command.dangerous


@pytest.mark.parametrize("screen", SCREENS)
def test_every_command_of_a_screen_is_bound_there(screen: type[ConsoleScreen]) -> None:
    wanted = {
        key
        for command in registry.available(SCREEN_SCOPES[screen.mode], writable=True)
        for key in command.keys
    }
    bound = set(screen._merge_bindings().key_to_bindings)
    assert wanted <= bound


async def test_a_changing_command_is_refused_in_read_only_even_when_called() -> None:
    async with console(healthy()) as (app, feed, _):
        registry.add(MoveVip)
        try:
            screen = app.screen
            assert isinstance(screen, HomeScreen)
            screen.action_command("test.move-vip")
            assert MoveVip.ran == 0
            feed._writable = True
            screen.action_command("test.move-vip")
            assert MoveVip.ran == 1
        finally:
            del registry._commands["test.move-vip"]


@pytest.mark.parametrize("writable", [False, True])
async def test_help_lists_every_command_that_is_to_be_had(writable: bool) -> None:
    async with console(healthy(), size=(120, 160)) as (app, feed, pilot):
        feed._writable = writable
        await pilot.press("question_mark")
        text = " ".join(text_of(app.screen).split())
        for command in registry:
            shown = " ".join(command.description().split()[:4]) in text
            assert shown is (writable or not command.dangerous), command.id


def test_no_destructive_command_has_a_single_key_or_a_chord() -> None:
    dangerous = [command for command in registry if command.dangerous]
    assert all(not command.keys for command in dangerous)


def test_scopes_of_different_screens_may_share_keys() -> None:
    pairs = itertools.combinations(SCREEN_SCOPES.values(), 2)
    assert all(set(one) & set(other) for one, other in pairs)
