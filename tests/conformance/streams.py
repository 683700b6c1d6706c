"""The streams of the product, begun on a healthy pair over a door of their own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from haconsole.domain.model import Host
from haconsole.monitor import streams
from haconsole.monitor.hitlog import Finder, follow, paths
from haconsole.parsers.nginx_log import HitParser
from haconsole.parsers.systemd import parse_journal_json
from haconsole.transport.commands import Command
from haconsole.transport.door import Lines
from haconsole.transport.transport import Transport
from tests.live.watching import Operator

from .answers import script_of
from .worlds import Watched

#: Clients or the console's own question reach the VIP at least every two seconds.
_WITHIN_S = 10.0


@contextlib.asynccontextmanager
async def _door(case: Watched) -> AsyncIterator[Transport]:
    door = Transport(case.watch.state.site, prompter=Operator())
    await door.start()
    try:
        yield door
    finally:
        await door.close()


async def begin_streams(case: Watched) -> dict[str, set[str]]:
    """Follow every stream until it has told something; returns on which hosts it did."""
    told: dict[str, set[str]] = {}
    (cluster,) = case.watch.state.site.clusters
    async with _door(case) as door, asyncio.timeout(_WITHIN_S), asyncio.TaskGroup() as group:

        async def follow_one(host: Host, command: Command, tells: Callable[[Lines], bool]) -> None:
            case.sent.add((command.name, script_of(command.script)))
            async with contextlib.aclosing(door.stream(host.name, command)) as batches:
                async for batch in batches:
                    assert batch.exit_status is None, f"{command.name}: {batch.problem}"
                    if tells(batch):
                        told.setdefault(command.name, set()).add(host.name)
                        return

        for host in cluster.hosts:
            await door.wait_up(host.name)
            group.create_task(follow_one(host, streams.journal(host.role), Journal(host).tells))
            if host in cluster.lbs:
                ready = lambda batch: streams.READY in batch.lines  # noqa: E731
                group.create_task(follow_one(host, streams.ADDRESSES, ready))
            if host is cluster.lbs[0]:
                finder = Finder(paths(cluster, host.role))
                logs, problem = finder.found((await door.run(host.name, finder.command)).stdout)
                assert logs, problem
                group.create_task(follow_one(host, follow(logs[0]), Hits(host).tells))
    return told


class Journal:
    """A journal stream begins with its time; then come lines that are understood, all of them."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._began = False

    def tells(self, batch: Lines) -> bool:
        lines = list(batch.lines)
        if not self._began:
            _, problem = streams.journal_start(batch)
            assert problem is None
            self._began = True
            lines = lines[1:]
        assert all(parse_journal_json(line) for line in lines), lines
        return bool(lines)


class Hits:
    """Each line of the hit log that the console likes best names its backend."""

    def __init__(self, host: Host) -> None:
        self._parser = HitParser(host.name)

    def tells(self, batch: Lines) -> bool:
        hits, unparsed = self._parser.parse(list(batch.lines))
        assert not unparsed, batch.lines
        assert all(hit.backend for hit in hits)
        return bool(hits)
