"""One look at a site, then done: for ``status`` and for cron."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Cluster, Host, Role
from haconsole.domain.readings import Reading
from haconsole.domain.state import State

from .monitor import Monitor


async def look(monitor: Monitor, timeout_s: float) -> State:
    """Return the state as soon as it is whole, or what is known after ``timeout_s`` seconds.

    ``monitor`` is used up: it is closed on return.
    """
    whole = asyncio.Event()
    unsubscribe = monitor.subscribe(lambda _, state: whole.set() if is_whole(state) else None)
    watching = asyncio.create_task(monitor.run())
    waiting = asyncio.create_task(whole.wait())
    try:
        done, _ = await asyncio.wait(
            {watching, waiting}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        if watching in done:
            watching.result()  # only an error ends it; let it be seen
        return monitor.state
    finally:
        unsubscribe()
        for task in (waiting, watching):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def is_whole(state: State) -> bool:
    """Whether every host was read or is known to be out of reach, and every VIP was asked."""
    if not all(_is_settled(state, host) for host in state.site.hosts):
        return False
    for cluster in state.site.clusters:
        if _can_ask(state, cluster) and any(
            vip.address not in state.answers for vip in cluster.vips
        ):
            return False
    return True


def _can_ask(state: State, cluster: Cluster) -> bool:
    """Whether who asks the VIPs is there, or may still come."""
    lb = cluster.lbs[0]
    if lb.access.jumps:
        return not _is_out(state, lb.access.jumps[-1])
    return state.host(lb.name).link.status is not LinkStatus.JUMP_LOST


def _is_out(state: State, name: str) -> bool:
    link = state.host(name).link
    if link.status is LinkStatus.JUMP_LOST:
        # A jump host that only the SSH configuration names was tried before it is called lost.
        jumps = state.site.host(name).access.jumps
        return not jumps or any(_is_out(state, jump) for jump in jumps)
    return link.status in (LinkStatus.LOST, LinkStatus.REFUSED)


def _is_settled(state: State, host: Host) -> bool:
    if _is_out(state, host.name):
        return True
    known = state.host(host.name)
    readings: list[Reading[Any]] = [known.addresses, known.units, known.neighbours]
    if host.role is Role.LB:
        readings += [known.daemon, known.firewall]
    return all(reading.at is not None or reading.problem is not None for reading in readings)
