"""Waiting for conditions, never for a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path


async def until(condition: Callable[[], object], timeout_s: float = 10.0) -> None:
    """Return when ``condition`` holds; fail after ``timeout_s`` seconds."""
    try:
        async with asyncio.timeout(timeout_s):
            while not condition():
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"not within {timeout_s} s: {condition}") from None


def processes(marker: str) -> list[int]:
    """Return the processes whose command line holds ``marker`` (zombies have none)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if marker in words:
            found.append(int(folder.name))
    return found
