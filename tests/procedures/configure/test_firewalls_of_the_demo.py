"""A firewall opened, left alone the second time, and closed again: firewalld and iptables."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from haconsole.demo.world.cluster import DemoCluster
from haconsole.procedures.configure.firewall_shell import firewalld_step, iptables_step
from haconsole.procedures.plan import Step
from haconsole.procedures.recipes.firewall import Need
from haconsole.transport.commands import Command
from tests.demo.world.hosts import EPOCH
from tests.demo.world.virtual import run_virtually

NEEDS = (Need("vrrp"), Need("http", 80))
Sh = Callable[[str], Awaitable[tuple[int, str]]]


def story(tell: Callable[[Sh], Awaitable[None]]) -> None:
    async def main() -> None:
        cluster = DemoCluster(clock=lambda: EPOCH + asyncio.get_running_loop().time())
        await cluster.start()
        try:
            lb02 = cluster.hosts["lb02"]
            await tell(lambda script: lb02.do("sh", "-c", script))
        finally:
            await cluster.stop()

    run_virtually(main())


def script(command: Command | None) -> str:
    assert command is not None
    return command.script


async def goes_and_comes_back(sh: Sh, steps: tuple[Step, ...], listing: str) -> None:
    """Check, do, check, do nothing more, undo: what is listed is then what it was."""
    before = await sh(listing)
    for step in steps:
        assert (await sh(script(step.check)))[0] == 1
        assert await sh(script(step.do)) == (0, "")
        assert (await sh(script(step.check)))[0] == 0
        assert (await sh(script(step.verify)))[0] == 0
    opened = await sh(listing)
    assert opened != before
    for step in steps:
        assert await sh(script(step.do)) == (0, "")
    assert await sh(listing) == opened
    for step in reversed(steps):
        assert await sh(script(step.undo)) == (0, "")
    assert await sh(listing) == before


def test_firewalld() -> None:
    async def tell(sh: Sh) -> None:
        close = "firewall-cmd -q --permanent --remove-service=http; firewall-cmd -q "
        close += "--permanent --remove-rich-rule='rule protocol value=\"vrrp\" accept'"
        await sh(f"{close}; firewall-cmd -q --reload")
        listing = "firewall-cmd --list-all; firewall-cmd --permanent --list-all"
        await goes_and_comes_back(sh, (firewalld_step("lb02", NEEDS, "eth0"),), listing)

    story(tell)


def test_iptables() -> None:
    async def tell(sh: Sh) -> None:
        await sh("systemctl stop firewalld; iptables -A INPUT -p tcp --dport 22 -j ACCEPT")
        await sh("iptables -P INPUT DROP")
        steps = tuple(iptables_step("lb02", need, ipv6=False) for need in NEEDS)
        await goes_and_comes_back(sh, steps, "iptables -S")

    story(tell)
