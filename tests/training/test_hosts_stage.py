"""One's own hosts put back by what this tool knows of them (here: a demo's, as if they were)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from haconsole.demo.keeper import DemoKeeper, DemoOptions
from haconsole.domain.verdict import Level
from haconsole.procedures.drill.leftovers import leftovers
from haconsole.training.faults.plan import make
from haconsole.training.hosts_stage import HostsStage
from haconsole.training.lesson import Start, StartState
from haconsole.training.stage import Stage, StageError
from haconsole.transport.commands import Command
from haconsole.transport.errors import TransportError
from tests.live.watching import watching
from tests.procedures.driving import Driver, driving

pytestmark = pytest.mark.asyncio(loop_scope="module")
_HOSTS = ("lb01", "lb02", "web01", "web02")
#: What lessons and learners leave: files that are wrong or gone, a daemon that stands still, an
#: address that nobody manages, rules that are nowhere written down, a stopped web node.
_RUIN = {
    "lb01": "systemctl kill --signal=STOP keepalived; printf '}}}' >>/etc/nginx/conf.d/kd.test.conf",
    "lb02": "systemctl stop keepalived; rm /etc/keepalived/keepalived.conf\n"
    "ip address replace 10.0.0.100/32 dev eth0\n"
    "firewall-cmd -q --remove-rich-rule='rule protocol value=\"vrrp\" accept'",
    "web01": "systemctl stop nginx; rm -r /code",
    "web02": "systemctl disable nginx; systemctl kill --signal=KILL nginx",
}


@pytest.fixture(scope="module")
def keeper() -> Iterator[DemoKeeper]:
    with DemoKeeper(DemoOptions(state="fresh")) as kept:
        yield kept


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def driver(keeper: DemoKeeper) -> AsyncIterator[Driver]:
    async with driving(keeper.inventory) as opened:
        for host in _HOSTS:
            await opened.door.wait_up(host)
        yield opened


async def said(driver: Driver, host: str, script: str) -> str:
    return (await driver.door.run(host, Command("ask", script, root=True))).stdout.strip()


async def test_bare_hosts_become_a_pair_whatever_was_done_to_it_and_bare_again(
    driver: Driver,
) -> None:
    stage: Stage = HostsStage(driver.door)
    await stage.reset(Start())
    conf = await said(driver, "lb02", "cat /etc/keepalived/keepalived.conf")
    await make(driver.door, await driver.ground(), "flaw-low-weight")
    await make(driver.door, await driver.ground(), "equal-priorities")
    for host, script in _RUIN.items():
        await said(driver, host, script)
    await stage.reset(Start())
    assert await leftovers(driver.door, driver.cluster) == ()
    assert await said(driver, "lb02", "cat /etc/keepalived/keepalived.conf") == conf
    async with watching(driver.door.site) as watch:
        await watch.healthy()
        assert watch.owners == ("lb01",)
        assert watch.level is Level.OK
    await stage.reset(Start(StartState.FRESH))
    for host in _HOSTS:
        assert await said(driver, host, "command -v nginx keepalived; ls /var/lib/haconsole") == ""


async def test_what_is_not_this_tool_s_stays_and_is_named(driver: Driver) -> None:
    await said(driver, "web02", "apt-get update; apt-get install -y nginx")
    await said(driver, "web02", "echo '}' >>/etc/nginx/nginx.conf")
    with pytest.raises(StageError, match=r"^Build the whole pair: .* on web02: "):
        await HostsStage(driver.door).reset(Start())
    await said(driver, "web02", "sed -i '$d' /etc/nginx/nginx.conf")
    with pytest.raises(StageError, match=r"not this tool that brought it: nginx .* on web02\. Rem"):
        await HostsStage(driver.door).reset(Start(StartState.FRESH))


async def test_wishes_and_lost_hosts_are_sentences(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = HostsStage()
    assert stage.missing(Start(family="yum")) is None
    with pytest.raises(StageError, match=r"only the demo behaves as 1\.3\.5"):
        await stage.reset(Start(keepalived="1.3.5"))
    with pytest.raises(StageError, match="no cluster"):
        await stage.reset(Start())
    stage.door = driver.door
    monkeypatch.setattr("haconsole.training.hosts_stage._REACH_S", 1.0)
    script = "(sleep 0.2; systemctl stop ssh; pkill -x sshd) >/dev/null 2>&1 &"
    await driver.door.run("web01", Command("down", script, root=True))
    with pytest.raises(TransportError):
        async with asyncio.timeout(20):
            while True:
                await driver.door.run("web01", Command("ask", "true"))
    with pytest.raises(StageError, match=r"^web01: not reached within 1 s\.$"):
        await stage.reset(Start(StartState.FRESH))
