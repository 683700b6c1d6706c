"""What jobs leave on their nodes once they are over, and how it goes whatever becomes of the link.

A job's folder is cleared away when its exit status has been read (``transport.jobs``). The link
may be lost just then, or the answer with it: so every folder is remembered until its node has said
that it is gone. Asking twice does no harm. What a console cannot clear away before it ends, the
next plan's lock does.
"""

from __future__ import annotations

import asyncio

from haconsole.transport import jobs
from haconsole.transport.door import Door
from haconsole.transport.errors import TransportError

#: How long the end of a plan waits for links that went away with an answer, seconds. Tries to
#: connect come up to 15 s apart.
PATIENCE_S = 20.0
#: Seconds between two tries: a link that is just going away may still count as up.
GAP_S = 0.2


class Clearing:
    """The jobs of one run that are over, until nothing of them is left on their nodes."""

    def __init__(self, door: Door) -> None:
        self._door = door
        #: Host → ids, oldest first.
        self._over: dict[str, list[str]] = {}

    async def clear(self, host: str, job: str) -> None:
        """Clear a job away that is over, and what is left of earlier ones there.

        Raises nothing: what could not be cleared away now is remembered.
        """
        self._over.setdefault(host, []).append(job)
        await self._try(host)

    async def finish(self) -> None:
        """Clear away what is remembered, as soon as its links are up; gives up after a while."""
        await asyncio.gather(*(self._finish(host) for host in list(self._over)))

    async def _try(self, host: str) -> bool:
        """Return whether nothing is left there."""
        over = self._over[host]
        for job in list(over):
            try:
                result = await self._door.run(host, jobs.forget(job))
            except TransportError:
                return False
            if result.ok and job in over:
                over.remove(job)
        return not over

    async def _finish(self, host: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while self._over[host]:
                    await self._door.wait_up(host)
                    if not await self._try(host):
                        await asyncio.sleep(GAP_S)
        except TimeoutError:
            return
