"""A console comes in over SSH, through the bastion, and cannot tell the difference."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from haconsole.demo.world.cluster import DemoCluster
from haconsole.demo.world.wayin import WayIn
from tests.demo.world.hosts import until


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[tuple[DemoCluster, Path]]:
    cluster = DemoCluster(rate=20)
    way = WayIn(cluster, tmp_path)
    way.prepare()
    await cluster.start()
    try:
        yield cluster, await way.open()
    finally:
        await way.close()
        await cluster.stop()


async def status(inventory: Path) -> tuple[int, dict[str, Any]]:
    argv = [sys.executable, "-m", "haconsole", "status", str(inventory), "--json"]
    process = await asyncio.create_subprocess_exec(
        *argv, "--timeout", "8", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert not err, err.decode()
    return process.returncode or 0, json.loads(out)


async def test_status_says_ok_then_a_warning_then_ok(demo: tuple[DemoCluster, Path]) -> None:
    cluster, inventory = demo
    code, document = await status(inventory)
    vip = document["clusters"][0]["vips"][0]
    assert (code, document["verdict"], vip["owners"]) == (0, "OK", ["lb01"])
    assert [source["agrees"] for source in vip["sources"]] == [True] * 4
    await cluster.fault("stop")
    await until(lambda: cluster.owners == ["lb02"], 3)
    code, document = await status(inventory)
    assert (code, document["clusters"][0]["vips"][0]["owners"]) == (1, ["lb02"])
    hosts = {host["name"]: host for host in document["clusters"][0]["hosts"]}
    assert hosts["lb02"]["keepalived"]["state"] == "MASTER"


def _bastion(inventory: Path) -> dict[str, Any]:
    port = int(inventory.read_text().partition("port: ")[2].partition("}")[0])
    return {
        "host": "127.0.0.1",
        "port": port,
        "username": "ops",
        "client_keys": [str(inventory.parent / "id_ed25519")],
        "known_hosts": str(inventory.parent / "known_hosts"),
        "config": None,
    }


async def test_the_bastion_forwards_to_hosts_and_to_the_vip(
    demo: tuple[DemoCluster, Path],
) -> None:
    _, inventory = demo
    async with asyncssh.connect(**_bastion(inventory)) as bastion:
        way = {**_bastion(inventory), "host": "10.0.0.11", "port": 22, "tunnel": bastion}
        async with asyncssh.connect(**way) as lb02:
            done = await lb02.run("hostname; sudo -n id -u")
            assert str(done.stdout).split() == ["lb02", "0"]
        reader, writer = await bastion.open_connection("10.0.0.100", 80)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        writer.close()
        # firewalld rejects what it does not list; the bastion has none.
        with pytest.raises(asyncssh.ChannelOpenError, match="No route"):
            await bastion.open_connection("10.0.0.51", 443)
        with pytest.raises(asyncssh.ChannelOpenError, match="refused"):
            await bastion.open_connection("10.0.0.5", 443)


async def test_a_pulled_cable_stops_the_bytes_and_a_plugged_one_lets_them_through(
    demo: tuple[DemoCluster, Path],
) -> None:
    cluster, inventory = demo
    async with asyncssh.connect(**_bastion(inventory)) as bastion:
        way = {**_bastion(inventory), "host": "10.0.0.10", "port": 22, "tunnel": bastion}
        async with asyncssh.connect(**way) as lb01:
            cluster.wire.set_cable("lb01", plugged=False)
            waiting = asyncio.create_task(lb01.run("echo there"))
            done, _ = await asyncio.wait({waiting}, timeout=0.5)
            assert not done
            cluster.wire.set_cable("lb01", plugged=True)
            assert (await waiting).stdout == "there\n"


async def test_without_the_bastions_sshd_there_is_no_way_in(
    demo: tuple[DemoCluster, Path],
) -> None:
    cluster, inventory = demo
    async with asyncssh.connect(**_bastion(inventory)) as bastion:
        await cluster.fault("sshd-stop")
        await asyncio.wait_for(bastion.wait_closed(), 5)
    with pytest.raises((OSError, asyncssh.Error)):
        await asyncssh.connect(**_bastion(inventory), login_timeout=3)
    await cluster.heal()
    async with asyncssh.connect(**_bastion(inventory)) as bastion:
        assert (await bastion.run("hostname")).stdout == "bastion\n"
