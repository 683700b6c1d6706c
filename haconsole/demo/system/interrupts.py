"""Programs that have something to say when Ctrl-C ends them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from .invocation import Invocation
from .signals import Sig


async def until_interrupted(inv: Invocation, work: Coroutine[Any, Any, None]) -> bool:
    """Do ``work``; whether SIGINT ended it. The program then goes on behind this."""
    task = inv.start(work)
    came = False

    def interrupt(number: int) -> None:
        nonlocal came
        came = True
        task.cancel()

    inv.process.on_signal(Sig.INT, interrupt)
    try:
        await task
    except asyncio.CancelledError:
        if not came or not inv.process.alive:
            raise
    return came
