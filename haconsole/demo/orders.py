"""Orders to a demo from the console that started it, a line each: ``fault NAME [HOST]``, ``heal``.

``leave``: a demo comes after this one, which leaves its folder to it; not answered, for whoever
says so is about to close the pipe. Each other is answered, in order, by one line: ``ok WORDS`` or
``error SENTENCE``.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable

from haconsole.words import t

from .world.cluster import DemoCluster
from .world.faults import FaultError


class Orders:
    """Takes orders from a pipe (a descriptor) until its other end is closed."""

    def __init__(self, source: int, answer: Callable[[str], None]) -> None:
        self._source = source
        self._answer = answer
        self.leaving = False
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        # A thread, for a pipe cannot be awaited everywhere; by descriptor, for a thread that
        # is stuck in ``sys.stdin`` keeps the interpreter from ending.
        threading.Thread(target=self._listen, args=(loop,), daemon=True).start()

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        def hand_over(line: str | None) -> bool:
            try:
                loop.call_soon_threadsafe(self._lines.put_nowait, line)
            except RuntimeError:  # the loop has ended
                return False
            return True

        rest = b""
        while chunk := self._read():
            *lines, rest = (rest + chunk).split(b"\n")
            if not all(hand_over(line.decode("utf-8", "replace")) for line in lines):
                return
        hand_over(None)

    def _read(self) -> bytes:
        try:
            return os.read(self._source, 4096)
        except OSError:
            return b""

    async def obey(self, cluster: DemoCluster) -> None:
        """Do what is asked, one after the other; returns at once when the pipe has ended."""
        doing: asyncio.Task[None] | None = None
        waiting: list[str] = []
        lines = asyncio.ensure_future(self._lines.get())
        try:
            while True:
                if doing is None and waiting:
                    doing = asyncio.create_task(self._do(cluster, waiting.pop(0)))
                watched = {lines} if doing is None else {lines, doing}
                await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
                if doing is not None and doing.done():
                    doing.result()
                    doing = None
                if lines.done():
                    if (line := lines.result()) is None:
                        return
                    if line.strip() == "leave":
                        self.leaving = True
                    else:
                        waiting.append(line)
                    lines = asyncio.ensure_future(self._lines.get())
        finally:
            for task in (lines, doing):
                if task is not None:
                    task.cancel()

    async def _do(self, cluster: DemoCluster, line: str) -> None:
        try:
            said = f"ok {await _carry_out(cluster, line.split())}"
        except FaultError as error:
            said = f"error {error}"
        except OSError as error:  # of the modelled files, which anybody may have removed
            where, why = error.filename or line, error.strerror or error
            said = f"error {t('The demo cannot do that: {where}: {why}', where=where, why=why)}"
        self._answer(" ".join(said.split()))


async def _carry_out(cluster: DemoCluster, words: list[str]) -> str:
    match words:
        case ["heal"]:
            await cluster.heal()
            return t("The demo is healthy.")
        case ["fault", name, *host] if len(host) < 2:
            hosts = await cluster.fault(name, *host)
            return t("{fault} on {hosts}: made.", fault=name, hosts=", ".join(hosts))
    raise FaultError(t("The demo does not know the order '{order}'.", order=" ".join(words)))
