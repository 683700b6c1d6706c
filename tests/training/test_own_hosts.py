"""A lesson on hosts of one's own (here: a demo's, as if they were) leaves them whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from haconsole.demo.keeper import DemoKeeper
from haconsole.procedures.drill.leftovers import leftovers
from haconsole.training import classroom_leaving
from haconsole.training.begun import Begun
from haconsole.training.classroom_seeing import see_anew, until, well
from haconsole.training.hosts_stage import HostsStage
from haconsole.training.school import School
from haconsole.training.standing import Phase
from haconsole.training.tended import Tended
from haconsole.training.verify import prove
from haconsole.transport.commands import Command

from .lessons import LOOK, STOP, act, fault, lesson
from .sitting import Desk, session

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

#: What an act breaks no fault's undo knows of.
BROKEN = replace(
    LOOK,
    setup=(
        act("high-priority", host="lb02", priority="200"),
        act("break-nginx", host="lb01"),
        fault("backend-down", host="web01"),
    ),
)
LESSON = lesson("broken", BROKEN)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    folder = tmp_path_factory.mktemp("record")
    inner = HostsStage()
    stage = Tended(inner, begun=Begun(folder / "hosts.json"))
    with DemoKeeper() as keeper:
        async with session(keeper.inventory, stage, folder) as desk:
            inner.door = desk.door
            stage.take(desk.feed.site, desk.feed.site.clusters[0])
            yield desk


def begun(desk: Desk) -> str:
    """Return the lesson that is noted down as begun and not left."""
    assert isinstance(desk.stage, Tended)
    known = desk.stage.unended(desk.feed.site, desk.feed.site.clusters[0])
    return "" if known is None else known.lesson


async def whole(desk: Desk) -> None:
    """See that nothing is left of a lesson."""
    cluster = desk.feed.site.clusters[0]
    await see_anew(desk.feed, cluster)
    assert await until(desk.feed, lambda: well(desk.feed, cluster), 30.0)
    assert await leftovers(desk.door, cluster) == ()
    conf = Command("ask", "grep priority /etc/keepalived/keepalived.conf; nginx -t", root=True)
    assert "priority 100" in (await desk.door.run("lb02", conf)).stdout
    assert (await desk.door.run("lb01", conf)).exit_status == 0


async def test_what_acts_broke_is_put_back_on_leaving(desk: Desk) -> None:
    async with desk.sitting(LESSON) as learner:
        await learner.room.enter()
        await until(desk.feed, lambda: learner.progress.phase is Phase.PASSED, 30.0)
        assert begun(desk) == "broken"
        assert await learner.room.leave() is None
        said = [str(one.doing) for one in learner.told if one.phase is Phase.RESETTING]
        assert any("put back to where this lesson begins" in one for one in said)
        assert begun(desk) == ""
        await whole(desk)


async def test_what_could_not_be_put_back_is_said_and_offered_to_the_next_console(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with desk.sitting(LESSON) as learner:
        await learner.room.enter()
        await until(desk.feed, lambda: learner.progress.phase is Phase.PASSED, 30.0)
        with monkeypatch.context() as hurry:
            hurry.setattr(classroom_leaving, "BACK_S", 0.01)
            told = str(await learner.room.leave())
        assert "The hosts were not put back: it takes longer" in told
        assert begun(desk) == "broken"
        # As the next console would.
        assert isinstance(desk.stage, Tended)
        assert isinstance(desk.stage.stage, HostsStage)
        again = HostsStage()
        school = School(
            [LESSON], again, desk.record, begun=Begun(desk.record.file.with_name("hosts.json"))
        )
        school.attach(desk.door, desk.feed)
        doing: list[str] = []
        cluster = desk.feed.site.clusters[0]
        assert school.unended(cluster) is not None
        assert await school.put_back(cluster, lambda one: doing.append(str(one))) is None
        assert doing
        assert school.unended(cluster) is None
        await whole(desk)


async def test_a_proof_that_is_cut_off_puts_them_back(desk: Desk) -> None:
    told: list[str] = []
    waits = replace(STOP, predict=None, setup=BROKEN.setup, solve=())
    async with desk.sitting(lesson("cut-off", waits)) as learner:

        async def proving() -> None:
            async for _ in prove(learner.room, tell=lambda one: told.append(str(one))):
                pass

        task = asyncio.create_task(proving())
        assert await until(desk.feed, lambda: learner.progress.phase is Phase.WORKING, 60.0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert any("put back to where this lesson begins" in one for one in told), told
        assert begun(desk) == ""
        await whole(desk)
