"""One plan at a time on a cluster, also where two plans share no host: every plan locks the LBs."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

import pytest

from haconsole.commandline.applying import Teller
from haconsole.demo import serve
from haconsole.demo.serve import Demo
from haconsole.domain.notes import note
from haconsole.procedures import lock
from haconsole.procedures.engine import Run
from haconsole.procedures.lock import lock_file
from haconsole.procedures.plan import Phase, Plan, Step
from haconsole.procedures.progress import RunStatus, StepStatus
from haconsole.procedures.render import as_json, as_markdown, as_text
from haconsole.procedures.steps.shell import changes
from haconsole.transport.transport import Transport
from haconsole.ui.presentation.planhead import head_lines
from tests.procedures.engine.deaf import Sessions
from tests.support.entering import entering
from tests.support.waiting import until

HOSTS = ("lb01", "lb02", "web01", "web02")


@pytest.fixture
async def demo() -> AsyncIterator[Demo]:
    async with serve.running(rate=0.0) as running:
        yield running


def step(host: str, script: str = "true") -> Step:
    return Step(
        id=f"try@{host}",
        title=note("try"),
        reason=note("a test"),
        host=host,
        do=changes("try", script),
    )


def plan_of(*steps: Step) -> Plan:
    return Plan("try", note("Try"), "pair", (Phase(note("All"), tuple((one,) for one in steps)),))


@pytest.mark.parametrize("host", ["lb02", "web01"])
async def test_plans_for_different_hosts_of_a_cluster_keep_each_other_out(
    demo: Demo, host: str
) -> None:
    slow = step("lb01", "while [ ! -e /run/go ]; do sleep 0.05; done")
    async with entering(demo.inventory, HOSTS) as one, entering(demo.inventory, HOSTS) as other:
        first = Run(one, plan_of(slow), who="anna@desk")
        running = asyncio.create_task(first.execute())
        await until(lambda: first.progress.of(slow.id).status is StepStatus.RUNNING)
        second = Run(other, plan_of(step(host)), who="ben@desk")
        refused = await second.execute()
        assert refused.status is RunStatus.FAILED
        assert str(refused.problem).startswith("lb01 is locked: anna@desk has run a plan there")
        assert second.progress.of(f"try@{host}").status is StepStatus.PENDING
        demo.cluster.hosts["lb01"].machine.files.install("/run/go", "")
        assert (await running).status is RunStatus.DONE
        assert (await second.execute()).status is RunStatus.DONE
        assert (first.progress.warnings, second.progress.warnings) == ((), ())


async def down(demo: Demo, door: Transport, host: str) -> None:
    """Stop a host's SSH server, and cut who is in."""
    front = demo.cluster.hosts[host].front
    assert front is not None and front.daemon is not None
    front.daemon.signal(15)
    await until(lambda: not front.listening.is_set())
    lost = asyncio.Event()
    door.on_link(lambda event: lost.set() if event.host == host else None)
    for connection in tuple(front.connections):
        connection.cut()
    await lost.wait()


async def test_an_lb_that_is_down_stops_no_plan_for_the_others(demo: Demo) -> None:
    said = io.StringIO()
    async with entering(demo.inventory, HOSTS) as door:
        await down(demo, door, "lb02")
        going = Run(door, plan_of(step("lb01"), step("web01")))
        going.subscribe(Teller(going.plan, said).hear)
        progress = await going.execute()
    assert progress.status is RunStatus.DONE
    (warning,) = map(str, progress.warnings)
    assert warning.startswith("lb02 is not locked, so another console may change it meanwhile: ")
    assert said.getvalue().startswith(f"! {warning}\n")
    assert f"! {warning}\n" in as_text(going.plan, progress)
    assert f"> {warning}\n" in as_markdown(going.plan, progress)
    assert as_json(going.plan, progress)["warnings"] == [warning]
    head = "".join(one.text for line in head_lines(going.plan, progress, 400, 0.0) for one in line)
    assert warning in head


async def test_a_plan_for_an_lb_that_is_down_is_refused(demo: Demo) -> None:
    async with entering(demo.inventory, HOSTS) as door:
        await down(demo, door, "lb02")
        going = Run(door, plan_of(step("lb02"), step("web01")))
        assert (await going.execute()).status is RunStatus.FAILED
        assert going.progress.of("try@web01").status is StepStatus.PENDING


async def test_an_lb_that_says_nothing_is_not_waited_for(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "BESIDE_S", 0.2)
    async with entering(demo.inventory, HOSTS) as door:
        with Sessions(demo, "lb01").cut():
            going = Run(door, plan_of(step("lb02")))
            progress = await going.execute()
    assert progress.status is RunStatus.DONE
    assert "lb01" in str(progress.warnings[0])


async def test_an_lb_where_nothing_can_be_locked_stops_no_plan_for_the_others(demo: Demo) -> None:
    demo.cluster.hosts["lb02"].machine.files.mkdir(lock_file("pair"))
    async with entering(demo.inventory, HOSTS) as door:
        going = Run(door, plan_of(step("lb01")))
        progress = await going.execute()
        assert progress.status is RunStatus.DONE
        assert "lb02 could not be locked: " in str(progress.warnings[0])
        stopped = await Run(door, plan_of(step("lb02"))).execute()
        assert stopped.status is RunStatus.FAILED
        assert str(stopped.problem).startswith("lb02 could not be locked: ")
