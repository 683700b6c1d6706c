"""Reading with root rights where they are to be had, and with what there is where they are not."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from haconsole.transport.commands import Command, Result
from haconsole.transport.door import Door, Lines
from haconsole.transport.errors import BecomeError


async def run_as_root(door: Door, host: str, command: Command) -> Result:
    """Run ``command``; without root rights if those are refused. Raises ``TransportError``."""
    try:
        return await door.run(host, command)
    except BecomeError:
        return await door.run(host, replace(command, root=False))


async def stream_as_root(door: Door, host: str, command: Command) -> AsyncGenerator[Lines, None]:
    """Stream ``command``; without root rights if those are refused. Close it when done."""
    try:
        async with aclosing(door.stream(host, command)) as batches:
            async for batch in batches:
                yield batch
    except BecomeError:
        async with aclosing(door.stream(host, replace(command, root=False))) as batches:
            async for batch in batches:
                yield batch
