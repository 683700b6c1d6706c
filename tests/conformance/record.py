"""Writes down what a real pair shows in every state: ``python -m tests.conformance.record``.

Needs the lab (Linux, root). The record is what the demo must show too, also where no lab can
run; the lab's own tests say when it is no longer true.
"""

from __future__ import annotations

import asyncio
import sys
import time

from haconsole.lab import api

from .portrait import Portrait
from .recorded import FILE, HEALTHY, STATES, Seen, take, write
from .worlds import Watched, watched

#: A failing check takes 2 × 2 s to be believed, failover up to 3.6 s; each step shows.
_STILL_S = 5.0


async def still(case: Watched, health: Portrait | None) -> None:
    """Return when nothing changes any more, and every host that can be was read since."""
    seen, since = None, time.time()

    def unchanged() -> bool:
        nonlocal seen, since
        if (now := case.portrait()) != seen:
            seen, since = now, time.time()
        waits = now == health or any("connecting" in line for line in now.values())
        return not waits and time.time() - since > _STILL_S and case.read_since(since)

    await case.watch.until(unchanged, 90)


async def record(lab: api.LabHandle) -> dict[str, Seen]:
    """Break and heal a lab in every way."""
    seen: dict[str, Seen] = {}
    async with watched(lab) as case:
        for state in STATES:
            if state != HEALTHY:
                await case.world.fault(state)
            await still(case, seen[HEALTHY].portrait if seen else None)
            seen[state] = await take(case)
            print(state, seen[state].portrait, flush=True)
            if state != HEALTHY:
                await case.heal()
    return seen


def main() -> None:
    """Record a lab of its own."""
    lab = api.up("conformance")
    try:
        write(asyncio.run(record(lab)))
    finally:
        lab.down()
    print(FILE, file=sys.stderr)


if __name__ == "__main__":
    main()
