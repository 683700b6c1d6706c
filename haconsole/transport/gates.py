"""How many handshakes go on at once, and when the next try is due."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

#: sshd drops new connections at random from its tenth unfinished login on (MaxStartups
#: 10:30:100, sshd_config(5)).
PER_DAEMON = 8
#: Bounds the CPU time that waiting handshakes wait for each other.
AT_ONCE = 64

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 15.0
#: A link that was up this long starts its delays anew.
STABLE_S = 60.0


class Gates:
    """Limits handshakes: per sshd (by address and port, and the jump before it), and in all."""

    def __init__(self) -> None:
        self._all = asyncio.Semaphore(AT_ONCE)
        self._daemons: dict[tuple[str, ...], asyncio.Semaphore] = {}

    @asynccontextmanager
    async def enter(self, *daemon: str) -> AsyncIterator[None]:
        """Hold a place while a handshake with that daemon goes on."""
        gate = self._daemons.setdefault(daemon, asyncio.Semaphore(PER_DAEMON))
        async with gate, self._all:
            yield


class Backoff:
    """Growing, jittered delays between tries, in seconds."""

    def __init__(self) -> None:
        self._next = FIRST_DELAY_S

    def reset(self) -> None:
        """Begin again with the shortest delay."""
        self._next = FIRST_DELAY_S

    def delay_s(self) -> float:
        """Return the next delay: half to all of a span that doubles up to its cap."""
        span = self._next
        self._next = min(LONGEST_DELAY_S, span * 2)
        return span * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
