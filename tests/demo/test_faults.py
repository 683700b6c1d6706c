"""A console's faults for a demo in another process: over its pipes, whatever becomes of it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from haconsole.demo.faults import DemoFaults
from haconsole.demo.orders import Orders
from haconsole.demo.world.cluster import DemoCluster
from haconsole.demo.world.faults import FAULTS
from haconsole.demo.world.setting import BALANCER_CONF
from haconsole.monitor.feed import FeedError

Hosts = tuple[DemoFaults, subprocess.Popen[str]]


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    words = [sys.executable, "-m", "haconsole", "demo", "--hosts-only", "--until-eof"]
    with subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline()
        yield DemoFaults(process.stdin, process.stdout), process
        process.stdin.close()
        process.wait(10)


async def test_faults_are_made_and_healed(hosts: Hosts) -> None:
    faults, _ = hosts
    assert [kind.name for kind in faults.names()] == list(FAULTS)
    assert await faults.make("nginx-stop", "web01") == "nginx-stop on web01: made."
    with pytest.raises(FeedError, match="did you mean 'crash'"):
        await faults.make("crsh")
    assert await faults.heal() == "The demo is healthy."


async def test_an_answer_that_nobody_waits_for_is_not_the_next_ones(hosts: Hosts) -> None:
    faults, _ = hosts
    first = asyncio.create_task(faults.make("nginx-stop", "web01"))
    await asyncio.sleep(0)
    first.cancel()
    second = asyncio.create_task(faults.make("nginx-stop", "web02"))
    third = asyncio.create_task(faults.heal())
    assert await second == "nginx-stop on web02: made."
    assert await third == "The demo is healthy."


async def test_hosts_that_have_ended_are_a_sentence(hosts: Hosts) -> None:
    faults, process = hosts
    await faults.make("crash")
    healing = asyncio.create_task(faults.heal())
    await asyncio.sleep(0)
    process.kill()
    with pytest.raises(FeedError, match=r"^The demo's hosts have ended\.$"):
        await healing
    with pytest.raises(FeedError, match=r"^The demo's hosts have ended\.$"):
        await faults.make("stop")


async def test_a_fault_in_a_file_that_is_gone_is_a_sentence_and_not_the_end() -> None:
    cluster = DemoCluster(rate=0)
    source, sink = os.pipe()
    said: asyncio.Queue[str] = asyncio.Queue()
    await cluster.start()
    try:
        cluster.hosts["lb01"].machine.files.unlink(BALANCER_CONF)
        obeying = asyncio.create_task(Orders(source, said.put_nowait).obey(cluster))
        os.write(sink, b"fault nginx-broken\nfault nginx-stop web01\nhe")
        answer = await asyncio.wait_for(said.get(), 5)
        assert answer == (
            f"error The demo cannot do that: {BALANCER_CONF}: No such file or directory"
        )
        os.write(sink, b"al\n")
        assert await asyncio.wait_for(said.get(), 5) == "ok nginx-stop on web01: made."
        assert await asyncio.wait_for(said.get(), 10) == "ok The demo is healthy."
        os.close(sink)
        await asyncio.wait_for(obeying, 5)
        os.close(source)
    finally:
        await cluster.stop()
