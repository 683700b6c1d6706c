"""A steady trickle of clients that ask the VIP, as if somebody used what it serves."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass, field

from haconsole.lab.topology import PREFIX

from .http import exchange
from .stack import Stack
from .wire import Wire

_PAGES = (*["/"] * 12, *["/index.html"] * 4, "/?page=2", "/?page=3", "/favicon.ico", "/robots.txt")
_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36",
    "curl/7.88.1",
)
#: Seconds that a client waits, and how many may wait at the same time.
_PATIENCE_S = 2.0
_MOST = 50


@dataclass(slots=True)
class Tally:
    """How the clients fared."""

    answered: int = 0
    refused: int = 0
    statuses: dict[int, int] = field(default_factory=dict)


class Clients:
    """Machines on the wire that ask again and again. ``rate``: requests a second."""

    def __init__(self, wire: Wire, address: str, rate: float, port: int = 80) -> None:
        self.rate = rate
        self.tally = Tally()
        self._address, self._port = address, port
        self._dice = random.Random(5)  # noqa: S311 - no secret
        self._stacks = []
        for number in range(201, 205):
            stack = Stack(f"client{number}", wire, mac=f"02:de:10:00:00:{number:02x}")
            stack.add_address(f"10.0.0.{number}/{PREFIX}", "eth0")
            self._stacks.append(stack)
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to ask."""
        self._loop = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Ask no more."""
        tasks = [*self._tasks, *([self._loop] if self._loop else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(min(5.0, self._dice.expovariate(max(self.rate, 1e-3))))
            if self.rate > 0 and len(self._tasks) < _MOST:
                task = asyncio.get_running_loop().create_task(self._ask())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _ask(self) -> None:
        stack = self._dice.choice(self._stacks)
        page = self._dice.choice(_PAGES)
        headers = {"user-agent": self._dice.choice(_AGENTS)}
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                answer = await exchange(
                    stack, self._address, self._port, ("GET", page, self._address), headers
                )
            self.tally.answered += 1
            counts = self.tally.statuses
            counts[answer.status] = counts.get(answer.status, 0) + 1
            return
        self.tally.refused += 1
