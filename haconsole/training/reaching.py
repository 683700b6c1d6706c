"""Waiting for hosts that are put back: an answer of each one counts, not what a link says."""

from __future__ import annotations

import asyncio

from haconsole.training.stage import StageError
from haconsole.transport.commands import Command
from haconsole.transport.door import Door
from haconsole.transport.errors import TransportError
from haconsole.words import t

#: Seconds between two tries, and what one answer may take.
_AGAIN_S, _ANSWER_S = 0.1, 5.0
_ANYBODY = Command("whether it answers", "true", timeout_s=_ANSWER_S)


async def reach(door: Door, within_s: float) -> None:
    """Return when every host of the door's site answers; raises ``StageError`` after that time.

    Links that wait for their next try are tried at once.
    """
    hosts = [host.name for host in door.site.every_host]
    missing = set(hosts)

    async def one(host: str) -> None:
        while True:
            try:
                door.retry(host)
                await door.run(host, _ANYBODY)
            except TransportError:
                await asyncio.sleep(_AGAIN_S)
            else:
                missing.discard(host)
                return

    try:
        async with asyncio.timeout(within_s):
            await asyncio.gather(*map(one, hosts))
    except TimeoutError:
        left = ", ".join(host for host in hosts if host in missing)
        raise StageError(
            t("{hosts}: not reached within {seconds} s.", hosts=left, seconds=f"{within_s:g}")
        ) from None  # fmt: skip
