"""``haconsole drill INVENTORY --undo``: what earlier drills left on the nodes."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from haconsole.words import t

if TYPE_CHECKING:
    from haconsole.domain.model import Cluster
    from haconsole.transport.door import Door

#: How long hosts may take to be reached, seconds; one that is not is named by its own sentence.
_REACHED_S = 20.0


async def undo_leftovers(door: Door, cluster: Cluster) -> int:
    """Undo and clear away what no node will undo by itself; 1 where something is left.

    Raises ``ProcedureError`` where it cannot be undone, ``TransportError`` for a host that cannot
    be reached.
    """
    from haconsole.procedures.drill.leftovers import clear, leftovers
    from haconsole.procedures.drill.preparing import clock_time

    try:
        async with asyncio.timeout(_REACHED_S):
            await asyncio.gather(*(door.wait_up(host.name) for host in cluster.hosts))
    except TimeoutError:
        pass  # asking says which host it is, and why
    found = await leftovers(door, cluster)
    if not found:
        print(t("No drill left anything on these hosts."))
    waiting = False
    for left in found:
        words = {"scenario": left.scenario or left.drill_id, "host": left.host}
        if left.pending and left.due is not None:
            waiting = True
            said = t("{host}: {scenario} is not undone yet: the node does it by itself at {due}.",
                     due=clock_time(left.due), **words)  # fmt: skip
            print(said, file=sys.stderr)
            continue
        await clear(door, left)
        if left.undone:
            print(t("{host}: {scenario} was undone; its record is cleared away.", **words))
        else:
            print(t("{host}: {scenario} is undone now.", **words))
    return 1 if waiting else 0
