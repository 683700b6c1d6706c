"""A lock whose link is lost is taken again, and leaves what ended meanwhile to who waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from haconsole.domain.notes import Note
from haconsole.lab.api import LabHandle
from haconsole.procedures.lock import Lock, lock_file
from tests.support.entering import entering

HOST = "web01"
DONE = "/var/lib/haconsole/jobs/done-0123456789"
_MAKE = f"""\
mkdir -p {DONE} && cd {DONE} && : >log && echo true >script && echo 0 >status &&
cat /proc/sys/kernel/random/boot_id >boot"""


@pytest.fixture
def clean(lab: LabHandle) -> Iterator[LabHandle]:
    """A host without locks and jobs, before and after."""
    tidy = f"rm -rf {DONE}; rm -f /run/haconsole-*.lock"
    lab.exec(HOST, ["sh", "-c", tidy])
    yield lab
    lab.exec(HOST, ["sh", "-c", tidy])


def taken(lab: LabHandle) -> str:
    """When the lock was taken, as it is noted in its file; nothing where it is free."""
    file = lock_file("tried")
    script = f"flock -n {file} true || stat -c %.9Y {file}"
    return lab.exec(HOST, ["sh", "-c", script]).stdout.strip()


async def test_a_job_that_ended_while_the_link_was_lost_keeps_its_status(clean: LabHandle) -> None:
    lost: list[Note] = []
    async with entering(clean.inventory, [HOST]) as door:
        lock = Lock(door, "tried", [HOST], who="a test", on_lost=lost.append)
        await lock.take()
        assert clean.exec(HOST, ["sh", "-c", _MAKE]).returncode == 0
        before = taken(clean)
        assert before
        clean.exec(HOST, ["sh", "-c", "pkill -f 'sshd: ops'"])
        async with asyncio.timeout(30):
            while (await asyncio.to_thread(taken, clean)) in ("", before):
                await asyncio.sleep(0.1)
        assert clean.exec(HOST, ["cat", f"{DONE}/status"]).stdout == "0\n"
        await lock.release()
        another = Lock(door, "tried", [HOST], who="a test", on_lost=lost.append)
        await another.take()
        assert clean.exec(HOST, ["test", "-e", DONE]).returncode == 1
        await another.release()
    assert lost == []
