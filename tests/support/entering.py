"""A door into a lab that is up, for tests that change it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from haconsole.inventory import load
from haconsole.transport.commands import LedgerEntry
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport


@contextlib.asynccontextmanager
async def entering(
    inventory: Path,
    hosts: Sequence[str],
    *,
    writable: bool = True,
    ledger: list[LedgerEntry] | None = None,
) -> AsyncIterator[Transport]:
    """A transport whose ``hosts`` are up; ``ledger`` takes its entries."""
    entries = [] if ledger is None else ledger
    door = Transport(
        load(inventory), prompter=NoPrompter(), writable=writable, ledger=entries.append
    )
    await door.start()
    try:
        async with asyncio.timeout(20):
            for host in hosts:
                await door.wait_up(host)
        yield door
    finally:
        await door.close()
