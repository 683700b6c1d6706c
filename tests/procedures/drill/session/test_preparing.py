"""A drill is looked at on the demo while one of its hosts does not answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from haconsole.demo import serve
from haconsole.domain.vrrp_prediction import Scenario
from haconsole.inventory import load
from haconsole.lab.topology import VIP
from haconsole.monitor.feed import Feed
from haconsole.monitor.monitor import Monitor
from haconsole.procedures.drill.ask import Ask
from haconsole.procedures.drill.session import Drill
from haconsole.procedures.drill.standing import DrillProgress, Stage
from haconsole.transport.commands import Command, Result
from haconsole.transport.errors import LinkDownError
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport


class Cut(Transport):
    """A door that loses the link to one host under every command that a drill sends."""

    lost = ""

    async def run(self, host: str, command: Command) -> Result:
        if host == self.lost:
            raise LinkDownError(f"The link to {host} was lost.")
        return await super().run(host, command)


@contextlib.asynccontextmanager
async def watched() -> AsyncIterator[tuple[Cut, Feed]]:
    async with serve.running() as demo:
        door = Cut(load(demo.inventory), prompter=NoPrompter(), writable=True)
        feed = Monitor(door)
        watching = asyncio.create_task(feed.run())
        try:
            yield door, feed
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


async def test_only_hosts_that_a_drill_needs_stand_in_its_way() -> None:
    async with watched() as (door, feed):

        async def prepared(lost: str) -> DrillProgress:
            door.lost = lost
            ask = Ask(scenario=Scenario.STOP, vip=VIP, force=True)
            return await Drill(door, feed, door.site.clusters[0], ask).prepare()

        # The first one waits until every host was read; what speaks against that is not asked.
        await prepared("")
        web = await prepared("web02")
        assert web.stage is Stage.READY, web.refusals
        lb = await prepared("lb02")
        assert lb.stage is Stage.REFUSED
        hard = {one.name for one in lb.refusals if not one.forcible}
        assert {"not-read", "last-undo"} <= hard
