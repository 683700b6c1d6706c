"""A firewall opened, left alone the second time, and closed again: firewalld and iptables."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from haconsole.demo.world.cluster import DemoCluster
from haconsole.procedures.configure.firewall_shell import firewalld_step, iptables_step
from haconsole.procedures.configure.records import UNDO_DIR, take_back
from haconsole.procedures.plan import Step
from haconsole.procedures.recipes.firewall import Need
from haconsole.transport.commands import Command
from tests.demo.world.hosts import EPOCH
from tests.demo.world.virtual import run_virtually

NEEDS = (Need("vrrp"), Need("http", 80))
NOTES = f"find {UNDO_DIR} -type f"
RULES = "firewall-cmd --list-all; firewall-cmd --permanent --list-all"
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
    """Check, do, check, undo: what is listed is then what it was. What another run did stays."""
    before = await sh(listing)
    opened = await opens(sh, steps, listing)
    assert opened != before
    await undone(sh, steps)
    assert await sh(listing) == before
    assert await sh(NOTES) == (0, "")

    assert await opens(sh, steps, listing) == opened
    for step in steps:  # a later run, which finds nothing to do
        assert await sh(script(step.do)) == (0, "")
    assert await sh(listing) == opened
    await undone(sh, steps)
    assert await sh(listing) == opened
    back = take_back("lb02")
    assert (await sh(script(back.check)))[0] == 1
    assert await sh(script(back.do)) == (0, "")
    assert (await sh(script(back.check)))[0] == 0
    assert await sh(listing) == before
    assert await sh(NOTES) == (0, "")


async def opens(sh: Sh, steps: tuple[Step, ...], listing: str) -> tuple[int, str]:
    for step in steps:
        assert (await sh(script(step.check)))[0] == 1
        assert await sh(script(step.do)) == (0, "")
        assert (await sh(script(step.check)))[0] == 0
        assert (await sh(script(step.verify)))[0] == 0
    return await sh(listing)


async def undone(sh: Sh, steps: tuple[Step, ...]) -> None:
    for step in reversed(steps):
        assert await sh(script(step.undo)) == (0, "")


def test_firewalld() -> None:
    async def tell(sh: Sh) -> None:
        await closed(sh)
        await goes_and_comes_back(sh, (firewalld_step("lb02", NEEDS, "eth0"),), RULES)

    story(tell)


async def closed(sh: Sh) -> str:
    """Have lb02's firewalld let neither VRRP nor HTTP in; returns what it lists then."""
    close = "firewall-cmd -q --permanent --remove-service=http; firewall-cmd -q "
    close += "--permanent --remove-rich-rule='rule protocol value=\"vrrp\" accept'"
    await sh(f"{close}; firewall-cmd -q --reload")
    return (await sh(RULES))[1]


def test_a_roll_back_leaves_the_rule_that_an_earlier_run_made() -> None:
    """Weeks after VRRP a port is let in, and taken back: without VRRP both would take the VIP."""

    async def tell(sh: Sh) -> None:
        bare = await closed(sh)
        first = firewalld_step("lb02", (Need("vrrp"),), "eth0")
        await opens(sh, (first,), RULES)
        vrrp = (await sh(RULES))[1]
        assert vrrp.count('value="vrrp"') == 2  # running and permanent
        later = firewalld_step("lb02", (Need("vrrp"), Need("http 8080", 8080)), "eth0")
        await opens(sh, (later,), RULES)
        await undone(sh, (later,))
        assert (await sh(RULES))[1] == vrrp
        # What was taken back is not noted any more: somebody else's rule stays.
        await sh("firewall-cmd -q --add-port=8080/tcp")
        assert await sh(script(take_back("lb02").do)) == (0, "")
        await sh("firewall-cmd -q --remove-port=8080/tcp")
        assert (await sh(RULES))[1] == bare

    story(tell)


def test_a_roll_back_after_a_second_try_takes_both_back() -> None:
    async def tell(sh: Sh) -> None:
        bare = await closed(sh)
        step = firewalld_step("lb02", NEEDS, "eth0")
        # The first try is refused once it is half done.
        half = script(step.do).replace("--add-service=http", "--add-service=nosuch", 1)
        await sh(half)
        opened = (await sh(RULES))[1]
        assert 'value="vrrp"' in opened and " http " not in opened
        await opens(sh, (step,), RULES)
        await undone(sh, (step,))
        assert (await sh(RULES))[1] == bare

    story(tell)


def test_the_undo_of_an_earlier_step_leaves_what_a_later_one_did() -> None:
    """A console whose plan is over stands open; another runs one; the first is rolled back."""

    async def tell(sh: Sh) -> None:
        await closed(sh)
        first = firewalld_step("lb02", (Need("vrrp"),), "eth0")
        later = firewalld_step("lb02", NEEDS, "eth0")
        await opens(sh, (first,), RULES)
        await opens(sh, (later,), RULES)
        await undone(sh, (first,))
        rules = (await sh(RULES))[1]
        assert 'value="vrrp"' not in rules and rules.count(" http ") == 2

    story(tell)


def test_iptables() -> None:
    async def tell(sh: Sh) -> None:
        await sh("systemctl stop firewalld; iptables -A INPUT -p tcp --dport 22 -j ACCEPT")
        await sh("iptables -P INPUT DROP")
        steps = tuple(iptables_step("lb02", need, ipv6=False) for need in NEEDS)
        await goes_and_comes_back(sh, steps, "iptables -S")

    story(tell)
