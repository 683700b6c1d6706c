"""Whether somebody runs a plan on a cluster, found out without taking the lock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from haconsole.domain.notes import Note, note
from haconsole.procedures.lock import lock_file
from haconsole.procedures.steps.shell import reads
from haconsole.transport.door import Door
from haconsole.transport.errors import TransportError

_LOOK = """\
[ -e {file} ] || exit 0
exec 9<{file}
if flock -n 9; then exit 0; fi
read -r who <{file}; echo "busy $who"
"""


async def holder(door: Door, cluster: str, hosts: Iterable[str]) -> Note | None:
    """Return who holds the lock of a cluster on one of its hosts, as a sentence."""
    command = reads("drill lock", _LOOK.format(file=lock_file(cluster)), root=True)

    async def one(host: str) -> Note | None:
        try:
            result = await door.run(host, command)
        except TransportError:
            return None  # the missing link speaks for itself
        word, _, who = result.stdout.strip().partition(" ")
        if word != "busy":
            return None
        return note("{host} is locked: {who} runs a plan there", host=host,
                    who=who or note("somebody"))  # fmt: skip

    found = await asyncio.gather(*(one(host) for host in hosts))
    return next((one for one in found if one is not None), None)
