"""``haconsole drill INVENTORY --undo``: what earlier drills left on the nodes."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from haconsole.words import t

if TYPE_CHECKING:
    from haconsole.domain.model import Cluster
    from haconsole.procedures.drill.leftovers import Leftover
    from haconsole.transport.door import Door

#: How long hosts may take to be reached, seconds; one that is not is named by its own sentence.
_REACHED_S = 20.0


async def undo_leftovers(door: Door, cluster: Cluster) -> int:
    """Undo and clear away what no node will undo by itself, on every host that can be asked.

    Says of each host what was done or why not; returns 1 where something is or may be left.
    """
    from haconsole.procedures.drill.leftovers import remains

    try:
        async with asyncio.timeout(_REACHED_S):
            await asyncio.gather(*(door.wait_up(host.name) for host in cluster.hosts))
    except TimeoutError:
        pass  # asking says which host it is, and why
    left = await remains(door, cluster)
    if not left.found and not left.problems:
        print(t("No drill left anything on these hosts."))
    elif not left.found and len(left.problems) < len(cluster.hosts):
        print(t("No drill left anything on the hosts that can be asked."))
    done = [await _undone(door, one) for one in left.found]
    for host, problem in left.problems.items():
        said = t("{host} does not tell what earlier drills left: {problem}", host=host,
                 problem=problem)  # fmt: skip
        print(said, file=sys.stderr)
    return 0 if all(done) and not left.problems else 1


async def _undone(door: Door, left: Leftover) -> bool:
    """Undo and clear one away, and say so or why not; whether nothing is left of it."""
    from haconsole.procedures.drill.leftovers import clear
    from haconsole.procedures.drill.preparing import clock_time
    from haconsole.procedures.errors import ProcedureError
    from haconsole.transport.errors import TransportError

    words = {"scenario": left.scenario or left.drill_id, "host": left.host}
    if left.pending and left.due is not None:
        said = t("{host}: {scenario} is not undone yet: the node does it by itself at {due}.",
                 due=clock_time(left.due), **words)  # fmt: skip
        print(said, file=sys.stderr)
        return False
    try:
        await clear(door, left)
    except ProcedureError as error:
        print(error, file=sys.stderr)
        return False
    except TransportError as error:
        said = t("{host}: {scenario} could not be undone: {problem}", problem=error, **words)
        print(said, file=sys.stderr)
        return False
    if left.undone:
        print(t("{host}: {scenario} was undone; its record is cleared away.", **words))
    else:
        print(t("{host}: {scenario} is undone now.", **words))
    return True
