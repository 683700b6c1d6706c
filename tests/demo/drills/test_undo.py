"""Every fault on the demo: the node undoes it by itself when its console is killed, or cut off."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import pytest
import pytest_asyncio

from haconsole.domain.vrrp_prediction import Scenario
from haconsole.inventory import load
from haconsole.procedures.drill.leftovers import clear_undone, leftovers
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from tests.demo.drills.hosts import World, console, difference, until, world

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow, pytest.mark.alone]
LIMIT_S = 10.0
#: What the second LB of a partition waits longer: an advert and a second.
LATER_S = 2.0
#: Drills that do not disturb one another, each with the hosts whose undo it is; a demo each.
BATCHES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "services": {
        "stop@lb01": ("lb01",),
        "nginx-stop@lb01": ("lb01",),
        "freeze@lb02": ("lb02",),
        "nginx-broken@lb02": ("lb02",),
        "backend-down@web01": ("web01",),
        "backend-down@web02": ("web02",),
    },
    "elections": {
        "crash@lb01": ("lb01",),
        "check-fail@lb02": ("lb02",),
        "partition@": ("lb01", "lb02"),
        "switchover@lb01": ("lb02",),
    },
    "link": {"link-down@lb01": ("lb01",), "failback@lb02": ("lb02",)},
    "reboot": {"reboot@lb01": ("lb01",)},
}
Story = Callable[[World, str], Awaitable[None]]


async def test_every_scenario_is_here() -> None:
    named = {drill.partition("@")[0] for batch in BATCHES.values() for drill in batch}
    assert named == {scenario.value for scenario in Scenario}


def undos(batch: str) -> list[tuple[str, str, str]]:
    """(what the console is told, the drill's id, host) of every undo of a batch."""
    found = []
    for number, (drill, hosts) in enumerate(BATCHES[batch].items()):
        drill_id = re.sub("[^a-z0-9]+", "-", f"{drill}-{number}").strip("-")
        found += [(f"{drill}={drill_id}", drill_id, host) for host in hosts]
    return found


@contextlib.asynccontextmanager
async def broken(w: World, batch: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A console at the moment at which all of its faults are made."""
    words = dict.fromkeys(word for word, _, _ in undos(batch))
    async with console(w.inventory, f"{LIMIT_S:g}", *words) as process:
        waiting = {(drill_id, host) for _, drill_id, host in undos(batch)}

        def made() -> bool:
            assert process.returncode is None
            waiting.difference_update(
                [(name, host) for name, host in waiting if w.read(host, name, "broken")]
            )
            return not waiting

        await until(made, 120.0, lambda: f"not broken: {waiting}")
        yield process


async def see_undone(w: World, batch: str) -> None:
    """Every node has undone its fault by itself, and in time."""
    for _, name, host in undos(batch):
        if batch == "reboot":
            await w.host(host).power.settled()
            continue
        await until(
            lambda host=host, name=name: bool(w.read(host, name, "undone")),  # type: ignore[misc]
            LIMIT_S + 10,
            f"{name} on {host} is not undone",
        )
        _, undone, who = w.read(host, name, "undone")
        made = w.read(host, name, "broken")
        assert who == "timer"
        later = LATER_S if name.startswith("partition") and host != "lb01" else 0.0
        assert float(undone) - float(made[0]) <= LIMIT_S + 2.0 + later


async def see_same(w: World, before: Mapping[str, list[str]], *, records: bool) -> None:
    """The hosts are as before; ``records``: but for what a dead console leaves."""

    def now() -> str:
        found = difference(before, w.snapshot()).splitlines()
        return "\n".join(r for r in found if not (records and "/var/lib/haconsole/" in r))

    await until(lambda: not now(), 30.0, now)


async def killed(w: World, batch: str) -> None:
    before = w.snapshot()
    # There its node has no systemd-run, but a process that sleeps.
    w.host("web02").machine.files.unlink("/usr/bin/systemd-run")
    async with broken(w, batch) as process:
        process.kill()
        await process.wait()
        await see_undone(w, batch)
    await see_same(w, before, records=True)
    door = Transport(load(w.inventory), prompter=NoPrompter(), writable=True)
    await door.start()
    try:
        cluster = door.site.clusters[0]
        for host in (*cluster.lbs, *cluster.webs):
            await door.wait_up(host.name)
        found = {(left.drill_id, left.host): left for left in await leftovers(door, cluster)}
        assert set(found) == {(name, host) for _, name, host in undos(batch)}
        assert all(left.broken and not left.pending for left in found.values())
        assert await clear_undone(door, cluster) == ()
        assert await leftovers(door, cluster) == ()
    finally:
        await door.close()
    await see_same(w, before, records=False)


async def cut_off(w: World, batch: str) -> None:
    before = w.snapshot()
    async with broken(w, batch) as process:
        w.cut(off=True)
        await see_undone(w, batch)
        w.cut(off=False)
        said, _ = await process.communicate(b"go on\n")
        assert b"\nended done" in said, said.decode()
    await see_same(w, before, records=False)


STORIES: dict[str, Story] = {"killed": killed, "cut off": cut_off}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def told() -> AsyncIterator[Mapping[tuple[str, str], asyncio.Task[None]]]:
    """Every story, on a demo of its own, some at a time: each waits for the nodes' timers."""
    places = asyncio.Semaphore(3)

    async def tell(story: Story, batch: str) -> None:
        async with places, world() as w:
            await story(w, batch)

    tasks = {
        (name, batch): asyncio.create_task(tell(story, batch))
        for name, story in STORIES.items()
        for batch in BATCHES
    }
    yield tasks
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("name", STORIES)
async def test_the_node_undoes_it(
    told: Mapping[tuple[str, str], asyncio.Task[None]], name: str, batch: str
) -> None:
    await told[name, batch]
