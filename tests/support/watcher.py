"""A console's stand-in, to be killed: opens a stream and a command, says so, and waits.

``python -m tests.support.watcher SITE.json MARKER BEAT_S``
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from haconsole.domain.model import Access, Host, Role
from haconsole.transport.commands import Command
from haconsole.transport.transport import Transport
from tests.support.sshsite import Answers, make_site


async def main(file: str, marker: str, beat_s: str) -> None:
    data = json.loads(Path(file).read_text())
    access = Access(
        address="127.0.0.1",
        port=data["port"],
        user=data["user"],
        identity_files=(Path(data["key"]),),
        ssh_config=(),
        known_hosts=Path(data["known_hosts"]),
    )
    site = make_site([Host("lb01", Role.LB, access)], [])
    transport = Transport(site, prompter=Answers(), beat_s=float(beat_s))
    await transport.start()
    await transport.wait_up("lb01")

    async def stream() -> None:
        script = f"sh -c 'echo on; sleep 1000; : stream {marker}' & sh -c 'sleep 1000; : {marker}'"
        async for batch in transport.stream("lb01", Command("stream", script)):
            if "on" in batch.lines:
                print("streaming", flush=True)

    async def command() -> None:
        await transport.run("lb01", Command("hangs", f"sh -c 'sleep 1000; : shell {marker}'"))

    await asyncio.gather(stream(), command())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
