"""Checks are tried again and again, and held where that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from haconsole.domain.notes import note
from haconsole.training.checking import Checking
from haconsole.training.lesson import Check
from haconsole.training.standing import Seen
from haconsole.transport.errors import TransportError


@dataclass
class World:
    now: float = 0.0
    true: set[str] = field(default_factory=set)


@dataclass
class Probe:
    name: str

    async def look(self, world: World, settings: Mapping[str, str]) -> Seen:
        if self.name == "cut":
            raise TransportError("lb01 cannot be reached.")
        if self.name == "wrong":
            raise ZeroDivisionError
        return Seen(self.name in world.true, note("it is so"))


def checking(world: World, *checks: Check) -> Checking:
    probes = {name: Probe(name) for name in ("a", "b", "cut", "wrong")}
    return Checking(checks, probes, world, lambda: world.now)


async def test_all_must_hold_at_the_same_time_each_for_as_long_as_it_has_to() -> None:
    world = World()
    one = checking(world, Check("a", hold_s=2.0), Check("b"))
    world.true = {"a"}
    await one.look()
    world.now = 1.0
    world.true = {"a", "b"}
    await one.look()
    assert not one.hold
    world.now = 2.5
    world.true = {"a"}
    await one.look()
    assert [view.check.probe for view in one.failing] == ["b"]
    world.true = {"b"}
    await one.look()
    world.true, world.now = {"a", "b"}, 4.0
    await one.look()
    assert not one.hold, "a was interrupted: it has to hold anew"
    world.now = 6.0
    await one.look()
    assert one.hold
    assert all(view.done for view in one.finish())


async def test_what_cannot_be_told_does_not_pass_and_says_why() -> None:
    one = checking(World(), Check("cut"), Check("wrong"), Check("unknown"))
    views = await one.look()
    assert [view.seen.ok for view in views] == [None, None, None]
    assert str(views[0].seen.note) == "lb01 cannot be reached."
    assert "ZeroDivisionError" in str(views[1].seen.note)
    assert "no probe unknown" in str(views[2].seen.note)
    assert not one.hold


async def test_a_step_without_checks_holds() -> None:
    one = checking(World())
    await one.look()
    assert one.hold
    assert one.patience_s == 0.0
