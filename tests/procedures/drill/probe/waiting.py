"""Waiting for what a probe tells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from haconsole.procedures.drill.probe import Probe


async def until(probe: Probe, done: Callable[[], object], timeout_s: float = 20.0) -> None:
    """Wait until something is so; it is asked whenever the probe has told more."""
    more = asyncio.Event()
    end = probe.subscribe(lambda _: more.set())
    try:
        async with asyncio.timeout(timeout_s):
            while not done():
                more.clear()
                await more.wait()
    finally:
        end()
