"""Waiting until the console has seen a cluster as it is now."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note, note
from haconsole.domain.state import State
from haconsole.domain.verdict import Level, Trouble, judge
from haconsole.monitor.feed import Feed
from haconsole.procedures.drill.preparing import is_read
from haconsole.training.lesson import StartState
from haconsole.training.stage import StageError
from haconsole.transport.door import Door
from haconsole.words import t

#: Seconds that every host may take to be read, and a pair to be well.
READ_S, WELL_S = 25.0, 45.0
#: How long it is waited for what was just changed to be read, seconds.
ANEW_S = 4.0
#: Links that are down are tried, and hosts read, again after so long, seconds.
_AGAIN_S = 1.0
_TICK_S = 0.1


async def until(feed: Feed, so: Callable[[], bool], within_s: float) -> bool:
    """Wait until it is so, looking with every event; returns whether it came about in time."""
    changed = asyncio.Event()
    end = feed.subscribe(lambda events, state: changed.set())
    try:
        async with asyncio.timeout(within_s):
            while not so():
                changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_TICK_S):
                        await changed.wait()
    except TimeoutError:
        return False
    finally:
        end()
    return True


def troubles(state: State, cluster: Cluster, now: float) -> tuple[Trouble, ...]:
    """Return what is wrong with this cluster, worst first."""
    names = {host.name for host in cluster.hosts}
    return tuple(
        one
        for one in judge(state, now).troubles
        if one.cluster == cluster.name or one.host in names
    )


def well(feed: Feed, cluster: Cluster) -> bool:
    """Whether all that is seen of a cluster is as it should be."""
    found = troubles(feed.state, cluster, feed.now())
    return all(one.level is Level.OK for one in found)


async def see(door: Door, feed: Feed, cluster: Cluster, since: float) -> None:
    """Return when every host was read since then; raises ``StageError`` naming who was not."""
    deadline = feed.now() + READ_S
    hosts = [host.name for host in cluster.hosts]

    def read() -> bool:
        state = feed.state
        # A link that is lost now will come back: it does not count for a host that was read.
        up = all(state.host(name).link.status is LinkStatus.UP for name in hosts)
        return up and is_read(state, cluster, since)

    while not read():
        if feed.now() >= deadline:
            raise StageError(_unread(feed.state, cluster, since))
        await feed.refresh()
        await until(feed, read, _AGAIN_S)


async def see_anew(feed: Feed, cluster: Cluster) -> None:
    """Have every host that can be reached read now, so that nothing is judged by how it was.

    Waits for ``ANEW_S`` at most.
    """
    since = feed.now()

    def read() -> bool:
        if not is_read(feed.state, cluster, since):
            return False
        known = [feed.state.host(host.name) for host in cluster.hosts]
        up = [one for one in known if one.link.status is LinkStatus.UP]
        return all((one.neighbours.at or 0.0) >= since or one.neighbours.problem for one in up)

    await feed.refresh()
    await until(feed, read, ANEW_S)


async def see_well(feed: Feed, cluster: Cluster, state: StartState) -> None:
    """Return when a pair that should be whole is so; raises ``StageError`` saying what is not."""
    if state is not StartState.READY:
        return
    if not await until(feed, lambda: well(feed, cluster), WELL_S):
        found = troubles(feed.state, cluster, feed.now())
        raise StageError(
            t("The pair was put back, and is not well after {seconds} s: {why}.",
              seconds=f"{WELL_S:g}", why=found[0].note if found else t("nobody knows why"))
        )  # fmt: skip


def _unread(state: State, cluster: Cluster, since: float) -> str:
    for host in cluster.hosts:
        link = state.host(host.name).link
        if link.status is not LinkStatus.UP:
            why: Note = link.detail or note("no link")
            return t("{host} does not come back: {why}.", host=host.name, why=why)
    return t("The hosts do not answer: they could not be read anew.")
