"""One's own hosts put back by what this tool knows of them (here: a demo's, as if they were)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from haconsole.demo.keeper import DemoKeeper, DemoOptions
from haconsole.domain.verdict import Level
from haconsole.procedures.drill.leftovers import leftovers
from haconsole.procedures.engine import Run
from haconsole.procedures.progress import RunStatus
from haconsole.training.acts.registry import ACTS
from haconsole.training.faults.plan import make
from haconsole.training.hosts_stage import HostsStage
from haconsole.training.lesson import Start, StartState
from haconsole.training.stage import Stage, StageError
from haconsole.transport.commands import Command
from haconsole.transport.errors import TransportError
from tests.live.watching import watching
from tests.procedures.driving import Driver, driving, problem_of, told

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


#: What acts may change: files, services, rules that are in force and that are written down, loops.
_PORTRAIT = """\
for d in /etc/keepalived /etc/nginx /etc/firewalld /etc/haconsole /server; do
  [ ! -d $d ] || find $d -type f | sort | while read -r f; do
    echo "$f $(stat -c '%a %U' "$f") $(sha256sum <"$f")"; done
done
for u in keepalived nginx firewalld check-web-loop haconsole-detector; do
  echo "$u $(systemctl is-active $u) $(systemctl is-enabled $u 2>/dev/null)"
done
pgrep -f check_web.sh
[ ! -e /var/lib/haconsole/lessons ] || ls /var/lib/haconsole/lessons
! systemctl -q is-active firewalld || firewall-cmd --list-all
exit 0
"""
#: Every act that breaks or changes something; each leaves something that only a reset takes away.
_ACTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("tutorial-loop-tracked", {}),
    ("tutorial-loop", {"host": "lb01"}),
    ("tutorial-watch", {"host": "lb02"}),
    ("tutorial-conf", {"host": "lb01"}),
    ("high-priority", {"host": "lb01", "priority": "200"}),
    ("conf-away", {"host": "lb02"}),
    ("break-nginx", {"host": "lb01"}),
    ("append-web", {"host": "web01"}),
    ("firewalld", {"vrrp": "no"}),
    ("service", {"host": "lb01", "unit": "keepalived", "do": "disable"}),
    ("service", {"host": "lb02", "unit": "firewalld", "do": "stop"}),
    ("service", {"host": "web01", "unit": "firewalld", "do": "disable"}),
    ("service", {"host": "web02", "unit": "nginx", "do": "stop"}),
)


async def act(driver: Driver, name: str, given: dict[str, str]) -> Run:
    ground = await driver.ground()
    plan = ACTS[name].plan(ground, ACTS[name].form(ground).fill(given))
    run = Run(driver.door, plan, overwrite=True)
    await run.execute()
    return run


async def done(driver: Driver, name: str, **given: str) -> None:
    run = await act(driver, name, given)
    assert run.progress.status is RunStatus.DONE, told(run)


async def portraits(driver: Driver) -> dict[str, list[str]]:
    return {host: (await said(driver, host, _PORTRAIT)).splitlines() for host in _HOSTS}


async def test_every_act_is_put_back_in_one_of_these_tests() -> None:
    takes_back = {"unappend-web", "mend-nginx", "conf-back", "remove-loop"}
    assert set(ACTS) == {name for name, _ in _ACTS} | takes_back


async def test_whatever_acts_did_a_reset_brings_the_pair_back(driver: Driver) -> None:
    stage = HostsStage(driver.door)
    await stage.reset(Start())
    before = await portraits(driver)
    # A site of others, which no build of the pair writes: it comes first, so that is broken.
    other = "/etc/nginx/conf.d/a-site.conf"
    await said(
        driver, "lb01", f"printf 'server {{\n listen 8088;\n root /tmp;\n}}\n' >{other}; "
        "nginx -s reload"
    )  # fmt: skip
    shop = await said(driver, "lb01", f"sha256sum {other}")
    await driver.apply("install-detector")
    for name, given in _ACTS:
        await done(driver, name, **given)
    assert await said(driver, "lb01", f"sha256sum {other}") != shop
    await stage.reset(Start())
    assert await said(driver, "lb01", f"sha256sum {other}") == shop
    await said(driver, "lb01", f"rm {other}; nginx -s reload")
    assert await portraits(driver) == before


async def test_a_firewalld_that_did_not_run_before_does_not_run_after(driver: Driver) -> None:
    stage = HostsStage(driver.door)
    await stage.reset(Start())
    for host in ("lb01", "lb02"):
        await said(
            driver,
            host,
            "firewall-cmd -q --permanent --remove-rich-rule='rule protocol value=\"vrrp\" accept'\n"
            "rm -f /var/lib/haconsole/undo/firewalld.undo\n"
            "systemctl stop firewalld; systemctl disable firewalld",
        )
    await said(driver, "lb01", "rm -f /var/lib/haconsole/undo/firewalld*")
    before = await portraits(driver)
    await done(driver, "firewalld", vrrp="no")
    await done(driver, "firewalld", vrrp="yes")
    await driver.apply("allow-vrrp")
    await done(driver, "service", host="lb01", unit="firewalld", do="enable")
    await stage.reset(Start())
    assert await portraits(driver) == before
    assert await said(driver, "lb01", "ls /var/lib/haconsole/undo/firewalld* 2>/dev/null") == ""
    for host in ("lb01", "lb02"):
        await said(driver, host, "systemctl enable firewalld; systemctl start firewalld")


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("firewalld", {"vrrp": "no"}),
        ("firewalld", {"host": "lb02", "vrrp": "yes"}),
        ("service", {"host": "lb02", "unit": "firewalld", "do": "start"}),
        ("service", {"host": "lb02", "unit": "firewalld", "do": "enable"}),
    ],
)
async def test_no_firewalld_is_started_that_would_keep_the_console_out(
    driver: Driver, name: str, given: dict[str, str]
) -> None:
    zone = "/etc/firewalld/zones/public.xml"
    for host in ("lb01", "lb02"):
        await said(driver, host, "systemctl stop firewalld; systemctl disable firewalld")
    await said(driver, "lb02", f"cp {zone} /root/zone; sed -i '/name=\"ssh\"/d' {zone}")
    before = await portraits(driver)
    run = await act(driver, name, given)
    assert run.progress.status is RunStatus.FAILED
    step, problem = problem_of(run)
    assert step == "way in@lb02"
    assert "does not plainly let in port 22, where sshd listens" in problem
    assert await portraits(driver) == before, "on the other host nothing was begun either"
    await said(driver, "lb02", f"mv /root/zone {zone}")
    for host in ("lb01", "lb02"):
        await said(driver, host, "systemctl enable firewalld; systemctl start firewalld")


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
