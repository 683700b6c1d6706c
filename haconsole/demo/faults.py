"""Faults for a demo whose hosts run in a process that the console started: over its pipes."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Sequence
from typing import IO

from haconsole.monitor.faults import FaultKind
from haconsole.monitor.feed import FeedError
from haconsole.telling import say
from haconsole.words import t

from .world.faults import FAULTS

#: Seconds within which the end of a pipe is read.
_CLOSE_S = 1.0


def kinds() -> list[FaultKind]:
    """Return the faults there are."""
    return [FaultKind(f.name, say(f.text), f.on) for f in FAULTS.values()]


class DemoFaults:
    """``orders``: the hosts' stdin; ``answers``: their stdout, with the first line read."""

    def __init__(self, orders: IO[str], answers: IO[str]) -> None:
        self._orders = orders
        self._answers = answers
        self._asked: deque[asyncio.Future[str]] = deque()
        self._listening: threading.Thread | None = None
        self._ended = False

    def names(self) -> Sequence[FaultKind]:
        """Return the faults there are."""
        return kinds()

    async def make(self, name: str, host: str | None = None) -> str:
        """Make a fault; ``FeedError`` says why not."""
        return await self._ask(f"fault {name} {host or ''}".rstrip())

    async def heal(self) -> str:
        """Undo every fault; returns when the pair is healthy."""
        return await self._ask("heal")

    def close(self) -> None:
        """Close both pipes, once the hosts have ended."""
        if self._listening is not None:
            self._listening.join(_CLOSE_S)  # it has the end to read, and no more
        for pipe in (self._orders, self._answers):
            with contextlib.suppress(OSError, ValueError):
                pipe.close()

    async def _ask(self, order: str) -> str:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str] = loop.create_future()
        self._asked.append(answer)
        try:
            if self._ended:
                raise BrokenPipeError
            self._orders.write(f"{order}\n")
            self._orders.flush()
        except (OSError, ValueError):  # ValueError: the pipe was closed
            self._asked.remove(answer)
            raise FeedError(t("The demo's hosts have ended.")) from None
        if self._listening is None:
            self._listening = threading.Thread(target=self._listen, args=(loop,), daemon=True)
            self._listening.start()
        word, _, said = (await answer).partition(" ")
        if word != "ok":
            raise FeedError(said or t("The demo's hosts have ended."))
        return said

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hand on answers. A thread, for pipes cannot be awaited on every system."""
        try:
            try:
                for line in self._answers:
                    loop.call_soon_threadsafe(self._take, line.strip())
            except (OSError, ValueError):
                pass
            loop.call_soon_threadsafe(self._end)
        except RuntimeError:  # the console's loop has ended
            return

    def _take(self, line: str) -> None:
        """Answer the oldest question; nobody may be waiting for it any more."""
        if self._asked and not (oldest := self._asked.popleft()).done():
            oldest.set_result(line)

    def _end(self) -> None:
        self._ended = True
        while self._asked:
            self._take("error")
