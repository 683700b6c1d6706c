"""Detectors on real hosts: raw ARP, systemd, the journal."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from haconsole.lab.api import LabHandle
from haconsole.procedures.detector.shipping import FILES, PROGRAM, STATE, UNIT
from tests.procedures.driving import Driver, driving

pytestmark = [pytest.mark.lab, pytest.mark.asyncio(loop_scope="module")]
WATCHING = ("lb01", "lb02", "web01")
VIP = "10.0.0.100"
_JOURNAL = "journalctl --sync; journalctl -t haconsole-detector -q --no-pager -o json --since @"


class Pair:
    """The lab, and the console that changes it."""

    def __init__(self, lab: LabHandle, driver: Driver) -> None:
        self.lab = lab
        self.driver = driver
        self.since = int(time.time())

    async def do(self, host: str, script: str) -> tuple[int, str]:
        done = await asyncio.to_thread(self.lab.exec, host, ["sh", "-c", script])
        return done.returncode, done.stdout

    async def said(self, host: str) -> list[tuple[int, str]]:
        """Return what the journal has since: priority and text."""
        lines = (await self.do(host, f"{_JOURNAL}{self.since}"))[1].splitlines()
        rows = [json.loads(line) for line in lines]
        return [(int(row["PRIORITY"]), row["MESSAGE"]) for row in rows]

    def verdict(self, host: str) -> str:
        text = self.lab.exec(host, ["cat", STATE]).stdout
        found = json.loads(text or '{"vips": []}')
        return str(found["vips"][0]["verdict"]) if found["vips"] else ""

    async def all_see(self, word: str, within_s: float) -> None:
        async def see(host: str) -> None:
            async with asyncio.timeout(within_s):
                while await asyncio.to_thread(self.verdict, host) != word:
                    await asyncio.sleep(0.2)

        await asyncio.gather(*map(see, WATCHING))

    def mac(self, host: str) -> str:
        return self.lab.exec(host, ["cat", "/sys/class/net/eth0/address"]).stdout.strip()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pair(lab: LabHandle) -> AsyncIterator[Pair]:
    async with driving(lab) as driver:
        try:
            await driver.apply("install-detector", interval="3")
            yield Pair(lab, driver)
        finally:
            await driver.apply("install-detector", watch="no")


async def test_failovers_change_no_word_and_no_table(pair: Pair) -> None:
    await pair.all_see("one-owner", 10.0)
    for verb, owner in (("stop", "lb02"), ("start", "lb01")):
        await pair.do("lb01", f"systemctl {verb} keepalived")
        holds = f"ip -o address show | grep -q -F ' {VIP}/'"
        async with asyncio.timeout(15.0):
            while (await pair.do(owner, holds))[0] != 0:
                await asyncio.sleep(0.1)
    await pair.all_see("one-owner", 10.0)
    for host in WATCHING:
        assert await pair.said(host) == []
    # Nobody learnt anything of the probes: their sender is 0.0.0.0.
    for host in ("lb01", "lb02", "web01", "web02"):
        assert "0.0.0.0" not in (await pair.do(host, "ip neigh show"))[1]


async def test_a_real_split_brain_is_told_by_three(pair: Pair) -> None:
    await asyncio.to_thread(pair.lab.fault, "vrrp-block")
    try:
        await pair.all_see("two-owners", 20.0)
        macs = [pair.mac("lb01"), pair.mac("lb02")]
        for host in WATCHING:
            ((priority, text),) = await pair.said(host)
            assert priority == 2
            assert all(mac in text for mac in macs), text
        status, line = await pair.do("web01", f"{PROGRAM} --once")
        assert status == 2
        assert line.startswith("CRITICAL: ")
    finally:
        await asyncio.to_thread(pair.lab.heal)
    await pair.all_see("one-owner", 20.0)
    for host in WATCHING:
        assert [priority for priority, _ in await pair.said(host)] == [2, 5]


async def test_it_is_taken_away_and_leaves_nothing(pair: Pair) -> None:
    await pair.driver.apply("install-detector", watch="no")
    paths = " ".join((*FILES, STATE, "/etc/haconsole"))
    for host in WATCHING:
        left = await pair.do(host, f"ls -d {paths} 2>/dev/null; systemctl is-active {UNIT}")
        assert left[1] == "inactive\n"
