"""Deeds that are stopped, or cannot be undone: nothing is done after a stop, nothing kept from it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Access, Cluster, Host, Role, Vip
from haconsole.domain.notes import note
from haconsole.procedures.drill.standing import Stage
from haconsole.procedures.engine import Run
from haconsole.procedures.plan import Phase, Plan, Step
from haconsole.procedures.progress import RunStatus
from haconsole.training.deeds import DeedError, Doer
from haconsole.training.faults.plan import Made
from haconsole.training.lesson import Deed, DeedKind
from haconsole.transport.commands import Command, Effect
from tests.support.waiting import until

from .lessons import act


def host(name: str, role: Role = Role.LB) -> Host:
    return Host(name, role, Access(name))


PAIR = Cluster("pair", (host("lb01"), host("lb02")), (host("web01", Role.WEB),), (Vip("10.0.0.9"),))


class Feed:
    """Hosts of which some cannot be reached."""

    def __init__(self, *lost: str) -> None:
        self.state = self
        self.lost = lost

    def host(self, name: str) -> Any:
        status = LinkStatus.LOST if name in self.lost else LinkStatus.UP
        return SimpleNamespace(link=SimpleNamespace(status=status), offset_s=0.0)

    def now(self) -> float:
        return 0.0


def doer(*lost: str) -> Any:
    return Doer(None, Feed(*lost), PAIR, lambda plan, run: None)  # type: ignore[arg-type]


def made(name: str, *hosts: str) -> Made:
    pieces: Any = tuple(SimpleNamespace(host=one) for one in hosts)
    return Made(name, name, note("{name}", name=name), pieces)


def broken(one: Any, monkeypatch: pytest.MonkeyPatch, fails: Mapping[str, str]) -> list[str]:
    """Let undoing fail so; returns the list of what is tried."""
    tried: list[str] = []
    monkeypatch.setattr(
        "haconsole.training.classroom_faults.plan_undo", lambda fault, cluster: fault.name
    )

    async def execute(plan: str) -> None:
        tried.append(plan)
        if plan in fails:
            raise DeedError(note("{why}", why=fails[plan]))

    one._execute = execute
    return tried


async def test_a_fault_that_stays_keeps_no_other_from_being_undone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = doer()
    tried = broken(one, monkeypatch, {"newest": "no way", "middle": "nor here"})
    for name, where in (("oldest", "web01"), ("middle", "lb02"), ("newest", "lb01")):
        one.breaking.add(made(name, where), "step")
    with pytest.raises(DeedError, match="no way"):
        await one.heal()
    assert tried == ["newest", "middle", "oldest"]
    assert [fault.name for fault in one.breaking.of(None)] == ["newest", "middle"]


async def test_what_can_be_reached_is_undone_before_what_cannot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = doer("lb01")
    tried = broken(one, monkeypatch, {})
    one.breaking.add(made("web", "web01"), "step")
    one.breaking.add(made("below", "lb02"), "step")
    one.breaking.add(made("both", "lb01", "lb02"), "step")
    await one.heal()
    # On one host the newest still goes first: what was before it came before it.
    assert tried == ["web", "both", "below"]
    assert one.breaking.of(None) == ()


class StillDrill:
    """A drill that is read until it is let go on."""

    plan = None

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.calls: list[str] = []
        self.listeners: list[Any] = []

    def subscribe(self, listener: Any) -> None:
        self.listeners.append(listener)

    async def prepare(self) -> Any:
        await self.gate.wait()
        return SimpleNamespace(stage=Stage.READY, run=None, refusals=())

    async def execute(self) -> Any:
        self.calls.append("execute")
        for each in self.listeners:
            each(SimpleNamespace(stage=Stage.ARMING, run=None))
        return SimpleNamespace(stage=Stage.DONE, run=None, problem=None)

    def undo_now(self) -> None:
        self.calls.append("undo")


async def test_a_drill_that_is_stopped_while_it_is_read_is_not_done() -> None:
    one, drill = doer(), StillDrill()
    one._drill_of = lambda deed: drill
    doing = asyncio.create_task(one.do([Deed(DeedKind.DRILL, "stop")], owner="step"))
    await until(lambda: one.running)
    one.stop()
    drill.gate.set()
    with pytest.raises(DeedError, match="it was stopped"):
        await doing
    assert "execute" not in drill.calls


async def test_a_drill_that_is_stopped_before_it_can_end_ends_as_soon_as_it_can() -> None:
    one, drill = doer(), StillDrill()
    one._drill_of = lambda deed: drill
    execute = drill.execute

    async def late() -> Any:
        one.stop()
        drill.calls.clear()
        return await execute()

    drill.execute = late  # type: ignore[method-assign]
    drill.gate.set()
    await one.do([Deed(DeedKind.DRILL, "stop")], owner="step")
    assert drill.calls == ["execute", "undo"]


async def test_a_change_that_is_stopped_while_it_is_planned_is_not_made() -> None:
    one, gate, ran = doer(), asyncio.Event(), []

    async def plan(deed: Deed) -> str:
        gate.set()
        await go_on.wait()
        return "plan"

    async def execute(plan: str) -> None:
        ran.append(plan)

    go_on = asyncio.Event()
    one._plan, one._execute = plan, execute
    doing = asyncio.create_task(one.do([act("service")], owner="step"))
    await gate.wait()
    one.stop()
    go_on.set()
    with pytest.raises(DeedError, match="it was stopped"):
        await doing
    assert ran == []


async def test_a_run_that_is_stopped_while_it_looks_does_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    change = Command("change", "true", Effect.CHANGES, root=True)
    step = Step(id="one", title=note("one"), reason=note("one"), host="lb01", do=change)
    # Without a door: the first thing that it did to a host would end the test.
    run = Run(None, Plan("x", note("x"), "pair", (Phase(note("x"), ((step,),)),)))  # type: ignore[arg-type]
    looks, go_on = asyncio.Event(), asyncio.Event()

    async def survey(name: str) -> None:
        looks.set()
        await go_on.wait()

    monkeypatch.setattr(run, "_survey_host", survey)
    going = asyncio.create_task(run.execute())
    await looks.wait()
    run.stop()
    go_on.set()
    assert (await going).status is RunStatus.STOPPED
