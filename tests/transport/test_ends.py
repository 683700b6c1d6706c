"""However a console ends, nothing of it stays on a node: against OpenSSH's own sshd."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import signal
import sys
import uuid

import pytest

from haconsole.transport.commands import Command
from tests.support.realsshd import SSHD, RealSshd
from tests.support.waiting import processes, until
from tests.transport.conftest import open_door

pytestmark = pytest.mark.skipif(SSHD is None, reason="sshd is not installed on this machine")


@pytest.fixture
async def sshd(tmp_path):
    async with RealSshd(tmp_path) as daemon:
        yield daemon


async def start_watcher(sshd: RealSshd, marker: str, beat_s: float) -> asyncio.subprocess.Process:
    file = sshd.folder / "site.json"
    access = sshd.access()
    file.write_text(
        json.dumps(
            {
                "port": sshd.port,
                "user": access.user,
                "key": str(sshd.user_key),
                "known_hosts": str(sshd.known_hosts),
            }
        )
    )
    watcher = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.support.watcher", str(file), marker, str(beat_s)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert watcher.stdout is not None
    assert await asyncio.wait_for(watcher.stdout.readline(), 20) == b"streaming\n"
    return watcher


async def test_a_killed_console_leaves_nothing(sshd):
    marker = uuid.uuid4().hex
    watcher = await start_watcher(sshd, marker, beat_s=15)
    await until(lambda: len(processes(f"shell {marker}")) >= 1)
    watcher.kill()
    await watcher.wait()
    await until(lambda: not processes(marker))
    await until(lambda: not sshd.pids())


async def test_a_frozen_console_s_stream_ends_when_the_heartbeat_lapses(sshd):
    marker = uuid.uuid4().hex
    watcher = await start_watcher(sshd, marker, beat_s=0.3)
    try:
        await asyncio.sleep(1.5)
        assert processes(f"stream {marker}"), "heartbeats keep a stream alive"
        watcher.send_signal(signal.SIGSTOP)
        await until(lambda: not processes(f"stream {marker}"), timeout_s=15)
        await until(lambda: not processes(f"shell {marker}"), timeout_s=15)
        await until(lambda: not sshd.pids())
    finally:
        with contextlib.suppress(ProcessLookupError):
            watcher.kill()
        await watcher.wait()


async def test_a_closed_console_leaves_nothing(sshd):
    marker = uuid.uuid4().hex
    async with open_door(sshd.site) as door:
        await door.up("lb01")
        stream = door.transport.stream("lb01", Command("s", f"echo on; sleep 1000 # {marker}"))
        assert (await anext(stream)).lines == ["on"]
        began = asyncio.get_running_loop().time()
        await door.transport.close()
        assert asyncio.get_running_loop().time() - began < 1
        with contextlib.suppress(Exception):
            await stream.aclose()
    await until(lambda: not sshd.pids())


async def test_a_stream_that_is_closed_ends_on_the_node(sshd):
    marker = uuid.uuid4().hex
    async with open_door(sshd.site) as door:
        await door.up("lb01")
        script = f"sh -c 'sleep 1000; : {marker}' & sh -c 'echo on; sleep 1000; : {marker}'"
        async with contextlib.aclosing(
            door.transport.stream("lb01", Command("s", script))
        ) as stream:
            await anext(stream)
            assert len(processes(marker)) >= 2
        await until(lambda: not processes(marker))
        assert (await door.sh("echo still up")).stdout == "still up\n"


async def test_what_a_finished_stream_left_behind_ends_with_it(sshd):
    marker = uuid.uuid4().hex
    beat_s = 1000 + random.randrange(1000)
    async with open_door(sshd.site, beat_s=beat_s) as door:
        await door.up("lb01")
        script = f"sh -c 'sleep 1000; : {marker}' & echo done"
        batches = [b async for b in door.transport.stream("lb01", Command("s", script))]
        assert batches[-1].exit_status == 0
        await until(lambda: not processes(marker))
        await until(lambda: not processes(f"timeout {beat_s * 3} "))
