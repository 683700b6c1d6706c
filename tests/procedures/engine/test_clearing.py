"""Links that are lost just when a job is over: its folder goes all the same, and it is done once.

Between a job's exit status, which the console has read, and the end of its folder nobody waits
for the link any more. Each window of that is provoked where it is, in the transport.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import ClassVar

import pytest

from haconsole.demo import serve
from haconsole.demo.serve import Demo
from haconsole.domain.notes import note
from haconsole.procedures import clearing, lock, stepping
from haconsole.procedures.engine import Run
from haconsole.procedures.plan import Phase, Plan, Step
from haconsole.procedures.progress import RunStatus, StepStatus
from haconsole.procedures.steps.shell import changes, reads
from haconsole.transport import gates
from haconsole.transport.commands import Command, Result
from haconsole.transport.errors import CommandTimeoutError, LinkDownError, failure
from haconsole.transport.jobs import JOBS
from haconsole.transport.shell import Shell
from tests.procedures.driving import told
from tests.support.entering import entering

HOSTS = ("web01", "web02")
FILE = "/run/clearing"


def writing(name: str, host: str) -> Step:
    """A step that adds its name to a file, and looks at nothing first: done twice, it shows."""
    return Step(
        id=f"{name}@{host}",
        title=note("write {name}", name=name),
        reason=note("a test"),
        host=host,
        do=changes("write", f"echo {name} >>{FILE}"),
        verify=reads("is it there", f"grep -q -x {name} {FILE}"),
        undo=changes("take it back", f"echo -{name} >>{FILE}"),
    )


def plan() -> Plan:
    lanes = tuple(tuple(writing(name, host) for name in ("one", "two")) for host in HOSTS)
    return Plan("try", note("Try"), "web", (Phase(note("All"), lanes, parallel=True),))


@dataclass
class Losing:
    """Loses the link to web02 in the removal of the ``number``-th job there, ``times`` in a row."""

    demo: Demo
    way: str
    number: int
    times: int = 1
    asked: int = 0
    lost: int = 0
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    WAYS: ClassVar = ("before it is sent", "in the middle", "with the answer", "in silence")

    def install(self, patch: pytest.MonkeyPatch) -> None:
        run = Shell.run

        async def losing(shell: Shell, command: Command) -> Result:
            if command.name != "clear away" or shell._host != "web02":
                return await run(shell, command)
            self.asked += 1
            if self.asked < self.number or self.lost == self.times:
                return await run(shell, command)
            self.lost += 1
            return await self._lose(run, shell, command)

        patch.setattr(Shell, "run", losing)

    async def _lose(self, run: Callable, shell: Shell, command: Command) -> Result:
        if self.way == "in silence":
            self.demo.cluster.wire.set_cable("web02", plugged=False)
            try:
                with pytest.raises(CommandTimeoutError) as error:
                    await run(shell, replace(command, timeout_s=0.1))
            finally:
                self.demo.cluster.wire.set_cable("web02", plugged=True)
            raise error.value
        if self.way == "in the middle":
            halves = command.script.partition("&& rm -rf")
            assert halves[1]
            await run(shell, replace(command, script=f"{halves[0]}; }}"))
        elif self.way == "with the answer":
            await run(shell, command)
        channel = shell._process._channel
        assert channel is not None
        channel.get_connection().abort()
        raise failure(LinkDownError, "The link to {host} was lost.", host=shell._host)


def left(demo: Demo) -> dict[str, list[str]]:
    """What there is of jobs, finished or not, by host."""
    found = {}
    for name, host in demo.cluster.hosts.items():
        files = host.machine.files
        names = files.listdir(JOBS) if files.is_dir(JOBS) else []
        if names:
            found[name] = sorted(names)
    return found


def written(demo: Demo) -> dict[str, list[str]]:
    return {name: demo.cluster.hosts[name].machine.files.read_text(FILE).split() for name in HOSTS}


def everywhere(*words: str) -> dict[str, list[str]]:
    return {name: list(words) for name in HOSTS}


@pytest.fixture
async def demo(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Demo]:
    for module, name in (
        (gates, "FIRST_DELAY_S"),
        (gates, "LONGEST_DELAY_S"),
        (stepping, "LINK_GAP_S"),
        (lock, "RETRY_GAP_S"),
        (clearing, "GAP_S"),
    ):
        monkeypatch.setattr(module, name, 0.02)
    async with serve.running(rate=0.0) as running:
        yield running


@pytest.mark.parametrize("number", [1, 2], ids=["another job follows", "the plan ends with it"])
@pytest.mark.parametrize("way", Losing.WAYS)
async def test_a_link_lost_in_the_removal_leaves_nothing(
    demo: Demo, monkeypatch: pytest.MonkeyPatch, way: str, number: int
) -> None:
    losing = Losing(demo, way, number, times=2)
    losing.install(monkeypatch)
    async with entering(demo.inventory, HOSTS) as door:
        going = Run(door, plan())
        await going.execute()
        assert going.progress.status is RunStatus.DONE, told(going)
        assert losing.lost == 2
        assert left(demo) == {}
        assert written(demo) == everywhere("one", "two")
        assert all(going.progress.of(s.id).status is StepStatus.DONE for s in going.plan.steps)


async def test_so_does_one_that_is_lost_while_it_is_taken_back(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with entering(demo.inventory, HOSTS) as door:
        going = Run(door, plan())
        await going.execute()
        losing = Losing(demo, "before it is sent", 2)
        losing.install(monkeypatch)
        await going.roll_back()
        assert going.progress.status is RunStatus.ROLLED_BACK
        assert losing.lost == 1
        assert left(demo) == {}
        assert written(demo) == everywhere("one", "two", "-two", "-one")


async def test_a_plan_does_not_wait_for_ever_and_the_next_one_clears(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clearing, "PATIENCE_S", 0.3)
    with monkeypatch.context() as patch:
        losing = Losing(demo, "before it is sent", 2, times=1_000_000)
        losing.install(patch)
        async with entering(demo.inventory, HOSTS) as door:
            going = Run(door, plan())
            await going.execute()
            assert going.progress.status is RunStatus.DONE, told(going)
    assert list(left(demo)) == ["web02"]
    async with entering(demo.inventory, HOSTS) as door:
        again = Run(door, plan())
        await again.execute()
        assert again.progress.status is RunStatus.DONE, told(again)
    assert left(demo) == {}
    assert written(demo) == everywhere("one", "two", "one", "two")


async def test_the_next_plan_clears_what_went_by_halves(demo: Demo) -> None:
    """Of a folder that is no whole job any more only some of its files may be there."""
    files = demo.cluster.hosts["web01"].machine.files
    boot = files.read("/proc/sys/kernel/random/boot_id")
    for name, inside in ((".over-x", "script"), ("x", "boot"), ("y", "begun/x"), ("z", "pid")):
        files.install(f"{JOBS}/{name}/{inside}", boot)
    async with entering(demo.inventory, HOSTS) as door:
        going = Run(door, plan())
        await going.execute()
        assert going.progress.status is RunStatus.DONE, told(going)
    assert left(demo) == {}
