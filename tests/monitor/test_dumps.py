"""When keepalived is asked for a dump."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from haconsole.demo.serve import running
from haconsole.domain.events import LinkStatus
from haconsole.domain.verdict import Level, judge
from haconsole.inventory import load
from haconsole.monitor.monitor import Monitor
from haconsole.transport.commands import Command, Result
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from tests.support.waiting import until

_LOOK, _DUMP = "keepalived's processes", "keepalived's dump"


class _Noting(Transport):
    """A door that notes what lb01 is asked of keepalived, and lets something happen meanwhile."""

    def begin(self) -> None:
        self.asked: list[str] = []
        self.meanwhile: Callable[[], None] | None = None

    async def run(self, host: str, command: Command) -> Result:
        result = await super().run(host, command)
        if host == "lb01" and command.name in (_LOOK, _DUMP):
            self.asked.append(command.name)
            if self.meanwhile is not None and command.name == _DUMP:
                self.asked.clear()
                then, self.meanwhile = self.meanwhile, None
                then()
        return result


@contextlib.asynccontextmanager
async def watching() -> AsyncIterator[tuple[_Noting, Monitor]]:
    """A demo that is watched, its journals too."""
    async with running() as demo:
        door = _Noting(load(demo.inventory), prompter=NoPrompter())
        door.begin()
        monitor = Monitor(door)
        task = asyncio.create_task(monitor.run())
        try:
            await until(lambda: judge(monitor.state, monitor.now()).level is Level.OK, 20)
            await until(lambda: monitor.state.host("lb01").journal.value, 10)
            yield door, monitor
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def test_what_changes_while_a_dump_is_on_its_way_wants_another_one() -> None:
    """Else the dump of before the change would be taken for one of after it, for a minute."""
    async with watching() as (door, monitor):
        watch = monitor._watches["lb01"]
        door.meanwhile = watch.want
        watch.want()
        await until(lambda: door.meanwhile is None and len(door.asked) >= 2, 15)
        assert door.asked[:2] == [_LOOK, _DUMP]


async def test_a_host_that_was_away_is_asked_for_a_dump() -> None:
    """It may have rebooted, and its daemon have the process ids of the one before."""
    async with watching() as (door, monitor):
        connection = door._node("lb01").link.connection
        assert connection is not None
        connection.abort()
        await until(lambda: monitor.state.host("lb01").link.status is not LinkStatus.UP, 10)
        door.asked.clear()
        await until(lambda: len(door.asked) >= 2, 15)
        assert door.asked[:2] == [_LOOK, _DUMP]
