"""Reading with root rights where they are to be had, and with what there is where they are not."""

from __future__ import annotations

from collections.abc import AsyncIterator
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


async def stream_as_root(door: Door, host: str, command: Command) -> AsyncIterator[Lines]:
    """Stream ``command``; without root rights if those are refused."""
    try:
        async for batch in door.stream(host, command):
            yield batch
    except BecomeError:
        async for batch in door.stream(host, replace(command, root=False)):
            yield batch
