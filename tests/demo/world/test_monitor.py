"""The real monitor on the demo: every reading is understood, and a failover is seen as it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from haconsole.demo.world.cluster import DemoCluster
from haconsole.demo.world.wayin import WayIn
from haconsole.domain.daemon import CheckStatus, DaemonSource, VrrpState
from haconsole.domain.events import AddressChanged, DaemonLogged, HitsSeen, ReadingFailed
from haconsole.domain.facts import VrrpFirewall
from haconsole.domain.ownership import VipVerdict
from tests.live.watching import watching


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


async def test_everything_is_read_and_understood(demo: tuple[DemoCluster, Path]) -> None:
    _, inventory = demo
    async with watching(inventory) as watch:
        await watch.healthy()
        await watch.until(lambda: any(isinstance(e, HitsSeen) for e in watch.events))
        await watch.until(lambda: watch.host("lb01").firewall.value)
        assert not [e for e in watch.events if isinstance(e, ReadingFailed)]
        daemon = watch.host("lb01").daemon.value
        assert daemon is not None
        assert daemon.source is DaemonSource.DUMP
        assert daemon.version == "2.2.7"
        assert daemon.instances[0].state is VrrpState.MASTER
        assert daemon.checks[0].status is CheckStatus.GOOD
        firewall = watch.host("lb01").firewall.value
        assert firewall is not None
        assert (firewall.kind, firewall.vrrp) == ("firewalld", VrrpFirewall.ALLOWED)
        hits = [hit for e in watch.events if isinstance(e, HitsSeen) for hit in e.hits]
        assert {hit.backend for hit in hits} == {"10.0.0.51:80", "10.0.0.52:80"}
        assert sum(e.unparsed for e in watch.events if isinstance(e, HitsSeen)) == 0


async def test_a_failover_is_on_the_state_at_once(demo: tuple[DemoCluster, Path]) -> None:
    cluster, inventory = demo
    async with watching(inventory) as watch:
        await watch.healthy()
        await cluster.fault("stop")
        await watch.until(lambda: watch.owners == ("lb02",), 5)
        changes = [e for e in watch.events if isinstance(e, AddressChanged)]
        assert [(e.host, e.added) for e in changes] == [("lb01", False), ("lb02", True)]
        logged = [e.fact.text for e in watch.events if isinstance(e, DaemonLogged) and e.live]
        assert "(VI_1) Entering MASTER STATE" in logged
        await cluster.heal()
        await watch.until(lambda: watch.owners == ("lb01",), 10)


async def test_blocked_vrrp_is_a_split_brain_with_its_cause(
    demo: tuple[DemoCluster, Path],
) -> None:
    cluster, inventory = demo
    async with watching(inventory) as watch:
        await watch.healthy()
        await cluster.fault("vrrp-block")
        await watch.until(lambda: watch.verdict is VipVerdict.SPLIT_BRAIN, 10)

        def blocked() -> bool:
            firewall = watch.host("lb01").firewall.value
            return firewall is not None and firewall.vrrp is VrrpFirewall.BLOCKED

        await watch.until(blocked, 15)


async def test_nothing_of_a_console_is_left_on_a_host(demo: tuple[DemoCluster, Path]) -> None:
    cluster, inventory = demo
    lb01 = cluster.hosts["lb01"].machine
    before = sorted(p.comm for p in lb01.processes if p.alive and p.comm != "check_nginx.sh")
    async with watching(inventory) as watch:
        await watch.healthy()
        assert len(lb01.processes) > len(before)
    deadline = asyncio.get_running_loop().time() + 10
    while True:
        now = sorted(p.comm for p in lb01.processes if p.alive and p.comm in ("sh", "tail",
                     "journalctl", "ip", "cat", "sudo"))  # fmt: skip
        if not [name for name in now if name not in before]:
            break
        assert asyncio.get_running_loop().time() < deadline, now
        await asyncio.sleep(0.1)
