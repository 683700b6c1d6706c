"""Running a coroutine so that SIGSTOP really stops it and SIGKILL really ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from types import TracebackType
from typing import Any


class Brake:
    """What stops the coroutines of one process, and lets them go on."""

    def __init__(self) -> None:
        self.stopped = False
        self.dead = False
        self._waiting: list[asyncio.Future[None]] = []

    def stop(self) -> None:
        """Let no coroutine take another step."""
        self.stopped = True

    def release(self) -> None:
        """Let them go on."""
        self.stopped = False
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def hold(self) -> asyncio.Future[None]:
        """Return a future that comes true when coroutines may go on."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        return future


class Driven(Coroutine[Any, Any, Any]):
    """A coroutine behind a brake: no step of it runs while the process is stopped.

    What arrives meanwhile (a timer, a cancellation by ``asyncio.timeout``) is kept until it may
    go on, as a stopped process finds its timers expired when it is continued.
    """

    def __init__(self, inner: Coroutine[Any, Any, Any], brake: Brake) -> None:
        self._inner = inner
        self._brake = brake
        self._kept: BaseException | None = None

    def send(self, value: Any) -> Any:
        """Take one step (called by the event loop)."""
        if self._brake.stopped and not self._brake.dead:
            return self._wait()
        if self._kept is not None:
            kept, self._kept = self._kept, None
            return self._inner.throw(kept)
        return self._inner.send(None)

    def throw(
        self,
        typ: Any,
        val: BaseException | object = None,
        tb: TracebackType | None = None,
        /,
    ) -> Any:
        """Take one step with an exception (called by the event loop)."""
        error = typ if isinstance(typ, BaseException) else typ(val) if val is not None else typ()
        if self._brake.stopped and not self._brake.dead:
            self._kept = error
            return self._wait()
        return self._inner.throw(error)

    def close(self) -> None:
        """End it."""
        self._inner.close()

    def _wait(self) -> Any:
        # A future's own iterator marks it as awaited, which the event loop insists on.
        return self._brake.hold().__await__().send(None)

    def __await__(self) -> Generator[Any, Any, Any]:
        """Not meant to be awaited but by a task, which calls ``send``."""
        raise TypeError("a driven coroutine belongs to its task")
