"""Waiting for hosts that are put back: an answer of each one counts, not what a link says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from haconsole.domain.model import Host
from haconsole.training.stage import StageError
from haconsole.transport.commands import Command
from haconsole.transport.door import Door
from haconsole.transport.errors import JumpLostError, RefusedError, TransportError
from haconsole.words import t

#: Seconds between two tries of a link, between two questions, and what one answer may take.
_RETRY_S, _AGAIN_S, _ANSWER_S = 1.0, 0.1, 5.0
_ANYBODY = Command("whether it answers", "true", timeout_s=_ANSWER_S)


async def reach(door: Door, within_s: float, hosts: Iterable[Host] | None = None) -> None:
    """Return when every host answers; raises ``StageError`` after that time.

    Links that wait for their next try are tried at once, and again after a while. ``hosts``: those
    of one's own that count, each with its way; one that refused us is tried once more, and where it
    refuses again its sentence ends the waiting (there may be somebody who counts attempts). By
    default the whole site of a demo or a lab, whose hosts may refuse us while they start.
    """
    asked = door.site.every_host if hosts is None else tuple(hosts)
    missing = {host.name for host in asked}
    tries = _Tries(door, once=hosts is not None)

    async def one(host: Host) -> None:
        await tries.answer(host)
        missing.discard(host.name)

    why = ""
    try:
        async with asyncio.timeout(within_s), asyncio.TaskGroup() as group:
            for host in asked:
                group.create_task(one(host))
    except* RefusedError as refused:
        why = str(refused.exceptions[0])
    except* TimeoutError:
        left = ", ".join(host.name for host in asked if host.name in missing)
        why = t("{hosts}: not reached within {seconds} s.", hosts=left, seconds=f"{within_s:g}")
    if why:
        raise StageError(why)


class _Tries:
    """Who was tried when, so that hosts behind one jump host do not each try that."""

    def __init__(self, door: Door, *, once: bool) -> None:
        self._door = door
        self._once = once
        self._tried: dict[str, float] = {}
        #: When who was refused was tried once more.
        self._refused: dict[str, float] = {}

    async def answer(self, host: Host) -> None:
        """Return when a host answers; raises ``RefusedError`` where we still must not enter."""
        while True:
            try:
                await self._door.run(host.name, _ANYBODY)
            except TransportError as error:
                who, why = await self._at_fault(host, error)
                self._again(host, who, why)
            else:
                return
            await asyncio.sleep(_AGAIN_S)

    async def _at_fault(self, host: Host, error: TransportError) -> tuple[str, TransportError]:
        """Return who on the way is at fault: behind a lost jump host it is that one."""
        if not isinstance(error, JumpLostError):
            return host.name, error
        who = host.name
        for who in host.access.jumps:
            try:
                await self._door.run(who, _ANYBODY)
            except RefusedError as refused:
                return who, refused
            except TransportError:
                continue  # one that only forwards runs nothing, and is up all the same
        return who, error

    def _again(self, host: Host, who: str, why: TransportError) -> None:
        """Try the way to a host again, unless that was just done, or is of no use."""
        now = time.monotonic()
        if self._once and isinstance(why, RefusedError):
            if who not in self._refused:
                self._refused[who] = now
                self._door.retry(host.name)
            elif now - self._refused[who] >= _RETRY_S:
                raise why
        elif who not in self._tried or now - self._tried[who] >= _RETRY_S:
            self._tried[who] = now
            self._door.retry(host.name)
