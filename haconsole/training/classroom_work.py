"""One thing at a time: what a classroom does with the hosts, how it ends, and how it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from haconsole.domain.notes import Note, note
from haconsole.training.deeds import DeedError
from haconsole.training.stage import StageError

Doing = Callable[[], Awaitable[None]]


class Work:
    """What goes on now, if anything. ``broken`` is told why something could not be done."""

    def __init__(self, broken: Callable[[Note], None]) -> None:
        self._broken = broken
        self._task: asyncio.Task[None] | None = None

    @property
    def going_on(self) -> bool:
        """Whether something goes on."""
        return self._task is not None and not self._task.done()

    def begin(self, doing: Doing) -> None:
        """Begin something; nothing may be going on."""
        self._task = asyncio.create_task(self._guarded(doing), name="lesson")

    async def do(self, doing: Doing) -> bool:
        """Do something; returns whether it came to its end, and was not ended by somebody else."""
        self.begin(doing)
        task = self._task
        assert task is not None  # noqa: S101 - it was just begun
        try:
            await task
        except asyncio.CancelledError:
            # A reset may have ended it: that is no reason to end who waits for it.
            if (current := asyncio.current_task()) is not None and current.cancelling():
                raise
            return False
        return True

    async def end(self, patience_s: float) -> None:
        """End what goes on: by itself where that is quick, or else at once."""
        task, self._task = self._task, None
        if task is None or task.done():
            return
        await asyncio.wait({task}, timeout=patience_s)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _guarded(self, doing: Doing) -> None:
        try:
            await doing()
        except DeedError as error:
            self._broken(error.note)
        except StageError as error:
            self._broken(note("{why}", why=str(error)))
        except Exception as error:
            # A mistake of ours must not take the console along, and can be reset, too.
            what = f"{type(error).__name__}: {error}"
            self._broken(
                note("this console failed on it ({error}); please report that", error=what)
            )
            context = {"message": what, "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)
