"""Detectors on the demo: installed, a split brain, failovers, evidence, moved, taken away."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from haconsole.demo import serve
from haconsole.domain.rules.finding import Evidence, Finding
from haconsole.monitor.casework.consult import Consultation
from haconsole.procedures.detector.shipping import FILES, PROGRAM, SETTINGS, STATE, UNIT
from tests.live.watching import watching
from tests.procedures.driving import Driver, driving
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
WATCHING = ("lb01", "lb02", "web01")
_HOOK = "#!/bin/sh\necho \"$1 $2\" >>/root/paged\n"  # fmt: skip


class Pair:
    """A demo, and the console that changes it."""

    def __init__(self, demo: serve.Demo, driver: Driver) -> None:
        self.demo = demo
        self.driver = driver

    async def do(self, host: str, *argv: str) -> str:
        return (await self.demo.cluster.hosts[host].do(*argv))[1]

    async def said(self, host: str) -> list[str]:
        words = ("journalctl", "-t", "haconsole-detector", "-q", "--no-pager", "-o", "cat")
        return (await self.do(host, *words)).splitlines()

    def verdict(self, host: str) -> str:
        files = self.demo.cluster.hosts[host].machine.files
        if not files.exists(STATE):
            return ""
        return str(json.loads(files.read(STATE))["vips"][0]["verdict"])

    async def all_see(self, word: str, within_s: float = 12.0) -> None:
        await until(lambda: {self.verdict(host) for host in WATCHING} == {word}, within_s)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pair() -> AsyncIterator[Pair]:
    async with serve.running(rate=0) as demo, driving(demo.inventory) as driver:
        hook = "cat >/usr/local/sbin/page && chmod 755 /usr/local/sbin/page"
        machine = demo.cluster.hosts["lb01"].machine
        await machine.run(["sh", "-c", hook], stdin=_HOOK.encode())
        for host in ("lb02", "web01", "web02"):
            await demo.cluster.hosts[host].do("cp", "/bin/true", "/usr/local/sbin/page")
        yield Pair(demo, driver)


async def test_it_is_installed_and_sees_one_owner(pair: Pair) -> None:
    await pair.driver.apply("install-detector", interval="2", hook="/usr/local/sbin/page")
    await pair.all_see("one-owner")
    assert "OK: 10.0.0.100: one owner: " in await pair.do("web01", PROGRAM, "--once")
    before = len(pair.driver.changes)
    await pair.driver.apply("install-detector")
    assert len(pair.driver.changes) == before
    assert not pair.demo.cluster.hosts["web02"].machine.files.exists(PROGRAM)


async def test_failovers_are_no_alarm(pair: Pair) -> None:
    for _ in range(2):
        for verb, owner in (("stop", "lb02"), ("start", "lb01")):
            await pair.do("lb01", "systemctl", verb, "keepalived")
            owns = pair.demo.cluster.hosts[owner].stack.owns
            await until(lambda owns=owns: owns("10.0.0.100"))  # type: ignore[misc]
    await pair.all_see("one-owner")
    for host in WATCHING:
        assert await pair.said(host) == []


async def test_a_split_brain_is_told_by_both_sides_and_the_third_host(pair: Pair) -> None:
    await pair.demo.cluster.fault("vrrp-block")
    await pair.all_see("two-owners")
    macs = [pair.demo.cluster.hosts[lb].stack.nic.mac for lb in ("lb01", "lb02")]
    for host in WATCHING:
        (line,) = await pair.said(host)
        assert all(mac in line for mac in macs), line
        assert f"seen from {host}" in line
    assert await pair.do("lb01", "cat", "/root/paged") == "two-owners 10.0.0.100\n"
    assert (await pair.demo.cluster.hosts["lb02"].do(PROGRAM, "--state"))[0] == 2

    found = await _examined(pair)
    assert found.cause == "firewall-blocks-vrrp"
    shown = {one.node: one for one in found.evidence if "detector" in str(one.note)}
    assert set(shown) == set(WATCHING)
    assert _names(shown["web01"], macs)

    await pair.demo.cluster.heal()
    await pair.all_see("one-owner")
    for host in WATCHING:
        assert len(await pair.said(host)) == 2
    assert "one-owner" in await pair.do("lb01", "cat", "/root/paged")


async def _examined(pair: Pair) -> Finding:
    async with watching(pair.demo.inventory) as watch:
        await watch.until(lambda: len(watch.owners) == 2, 20.0)
        (cluster,) = watch.state.site.clusters
        diagnosis = await Consultation(watch.monitor, watch.door, cluster).examine(quick=True)
        return diagnosis.findings[0]


def _names(one: Evidence, macs: list[str]) -> bool:
    return all(mac in str(one.note) for mac in macs) and one.command == "haconsole-detector --once"


async def test_a_hook_that_others_may_write_is_refused(pair: Pair) -> None:
    await pair.do("lb02", "chmod", "777", "/usr/local/sbin/page")
    run = await pair.driver.run("install-detector", repeat="20")
    failed = [step.id for step in run.plan.steps if run.progress.of(step.id).problem]
    assert failed == [f"place {SETTINGS}@lb02"]
    why = str(run.progress.of(failed[0]).problem)
    assert "/usr/local/sbin/page can be written by others than root" in why
    await pair.do("lb02", "chmod", "755", "/usr/local/sbin/page")


async def test_another_third_host_takes_its_place(pair: Pair) -> None:
    await pair.driver.apply("install-detector", third="web02")
    await until(lambda: pair.verdict("web02") == "one-owner")
    assert await pair.do("web01", "systemctl", "is-active", UNIT) == "inactive\n"
    for path in (*FILES, STATE, "/etc/haconsole"):
        assert not pair.demo.cluster.hosts["web01"].machine.files.exists(path)


async def test_it_is_taken_away_alone(pair: Pair) -> None:
    await pair.driver.apply("install-detector", watch="no")
    for host in ("lb01", "lb02", "web02"):
        files = pair.demo.cluster.hosts[host].machine.files
        assert not any(map(files.exists, (*FILES, STATE, "/etc/haconsole")))
        assert files.exists("/run/systemd/system")


async def test_remove_takes_it_back_with_everything(pair: Pair) -> None:
    await pair.driver.apply("install-detector")
    await pair.driver.apply("remove")
    for host in WATCHING:
        files = pair.demo.cluster.hosts[host].machine.files
        left = [path for path in (*FILES, STATE, "/etc/haconsole", "/var/lib/haconsole")
                if files.exists(path)]  # fmt: skip
        assert left == []
    active = await pair.do("lb01", "systemctl", "is-active", "keepalived", "nginx", UNIT)
    assert active.split() == ["active", "active", "inactive"]
