"""The whole cluster in virtual time: it begins healthy, every fault has its effect, and heals."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable

import pytest

from haconsole.demo.world.cluster import DemoCluster
from haconsole.demo.world.faults import FAULTS, FaultError
from haconsole.demo.world.http import exchange
from haconsole.parsers import ip as ip_parser
from haconsole.parsers.firewall import parse_firewall
from haconsole.parsers.nginx_log import HitParser
from haconsole.parsers.systemd import SHOW_PROPERTIES, parse_journal_json, parse_show
from tests.demo.world.hosts import EPOCH, until
from tests.demo.world.virtual import run_virtually

VIP = "10.0.0.100"


def story(tell: Callable[[DemoCluster], Awaitable[None]], rate: float = 5.0) -> None:
    async def main() -> None:
        cluster = DemoCluster(rate=rate, clock=lambda: EPOCH + asyncio.get_running_loop().time())
        await cluster.start()
        try:
            await tell(cluster)
        finally:
            await cluster.stop()

    run_virtually(main())


async def answers(cluster: DemoCluster) -> str | None:
    bastion = cluster.hosts["bastion"].stack
    try:
        async with asyncio.timeout(2.0):
            answer = await exchange(bastion, VIP, 80, ("GET", "/", VIP))
    except (OSError, TimeoutError):
        return None
    return answer.body.decode().split()[0]


def test_it_begins_healthy_and_serves_round_robin() -> None:
    async def tell(cluster: DemoCluster) -> None:
        began = asyncio.get_running_loop().time()
        assert await cluster.problem() is None
        assert cluster.owners == ["lb01"]
        assert asyncio.get_running_loop().time() - began < 1
        cluster.clients.rate = 0
        await asyncio.sleep(6)
        asked = [await answers(cluster) for _ in range(4)]
        assert sorted(filter(None, asked)) == ["web01", "web01", "web02", "web02"]
        assert asked[0] != asked[1]

    story(tell)


#: fault → owners of the VIP, a while after.
EFFECTS = {
    "stop": ["lb02"],
    "crash": ["lb01", "lb02"],
    "freeze": ["lb01", "lb02"],
    "nginx-stop": ["lb02"],
    "nginx-broken": ["lb02"],
    "vrrp-block": ["lb01", "lb02"],
    "link-down": ["lb02"],
    "auth-mismatch": ["lb01", "lb02"],
    "vrid-mismatch": ["lb01", "lb02"],
    "advert-mismatch": ["lb01", "lb02"],
    "vip-mismatch": ["lb01", "lb02"],
    "ghost-vip": ["lb01", "lb02"],
    "sshd-stop": ["lb01"],
}
#: The bounds that VRRP gives until the backup owns the VIP, seconds; checks add theirs.
BOUNDS = {
    "stop": (0.60, 0.63),
    "crash": (2.6, 3.62),
    "freeze": (2.6, 3.62),
    "vrrp-block": (2.6, 3.62),
    "nginx-stop": (2.6, 4.7),
    "link-down": (2.6, 3.62),
}


def test_every_fault_of_the_lab_is_here() -> None:
    assert set(EFFECTS) == set(FAULTS)
    if sys.platform == "linux":
        from haconsole.lab import faults as lab

        theirs = {fault.name: (fault.text, fault.hosts) for fault in lab.FAULTS.values()}
        assert {f.name: (f.text, f.on) for f in FAULTS.values()} == theirs


@pytest.mark.parametrize("name", EFFECTS)
def test_a_fault_has_its_effect_and_is_healed(name: str) -> None:
    async def tell(cluster: DemoCluster) -> None:
        await asyncio.sleep(3.3)
        fault = asyncio.create_task(cluster.fault(name))
        if name in BOUNDS:
            took = await until(lambda: cluster.hosts["lb02"].stack.owns(VIP), 10)
            low, high = BOUNDS[name]
            assert low <= took <= high
        assert await fault == FAULTS[name].on
        await asyncio.sleep(20)
        assert cluster.owners == EFFECTS[name]
        assert await cluster.problem() is not None
        await cluster.heal()
        assert await cluster.problem() is None
        await asyncio.sleep(10)
        assert await cluster.problem() is None

    story(tell, rate=1.0)


@pytest.mark.parametrize("name", ["stop", "crash", "nginx-stop", "link-down"])
def test_clients_are_served_again_after_a_failover(name: str) -> None:
    async def tell(cluster: DemoCluster) -> None:
        await cluster.fault(name)
        await asyncio.sleep(8)
        before = cluster.clients.tally.answered
        await asyncio.sleep(10)
        assert cluster.clients.tally.answered - before > 20

    story(tell)


def test_nobody_serves_when_both_nginx_are_stopped() -> None:
    async def tell(cluster: DemoCluster) -> None:
        for lb in ("lb01", "lb02"):
            await cluster.fault("nginx-stop", lb)
        await asyncio.sleep(8)
        log = cluster.hosts["lb02"].machine.files
        size = log.stat("/var/log/nginx/haconsole.log").size if log.exists(
            "/var/log/nginx/haconsole.log") else 0  # fmt: skip
        before = cluster.clients.tally.answered
        await asyncio.sleep(10)
        assert cluster.clients.tally.answered == before
        assert cluster.owners == []
        after = log.stat("/var/log/nginx/haconsole.log").size if size else 0
        assert after == size

    story(tell)


def test_a_dead_web_node_is_left_out_for_ten_seconds() -> None:
    async def tell(cluster: DemoCluster) -> None:
        cluster.clients.rate = 0
        await cluster.fault("nginx-stop", "web01")
        await asyncio.sleep(1)
        assert {await answers(cluster) for _ in range(6)} == {"web02"}
        lb01 = cluster.hosts["lb01"].machine
        text = lb01.files.read("/var/log/nginx/haconsole.log").decode()
        hits, unparsed = HitParser("lb01").parse(text.splitlines())
        assert unparsed == 0
        tried = [line for line in text.splitlines() if "10.0.0.51:80, 10.0.0.52:80" in line]
        assert len(tried) == 1
        assert "502, 200" in tried[0]
        assert all(hit.status == 200 for hit in hits)

    story(tell)


def test_the_systems_words_are_understood_by_the_parsers() -> None:
    async def tell(cluster: DemoCluster) -> None:
        lb01 = cluster.hosts["lb01"]
        wanted = ",".join(SHOW_PROPERTIES)
        _, text = await lb01.do("systemctl", "show", "-p", wanted, "keepalived.service",
                                "nginx.service", "nosuch.service")  # fmt: skip
        keepalived, nginx, nosuch = parse_show(text, lb01.machine.boot_at)
        assert (keepalived.active, keepalived.sub, keepalived.enabled) == (
            "active", "running", "enabled")  # fmt: skip
        assert keepalived.main_pid in [p.pid for p in lb01.machine.processes.find("keepalived")]
        assert keepalived.since == pytest.approx(lb01.machine.clock(), abs=5)
        assert (nginx.running, nosuch.installed) == (True, False)
        _, text = await lb01.do("journalctl", "-q", "-n", "5", "-o", "json", "-u", "keepalived")
        lines = [parse_journal_json(line) for line in text.splitlines()]
        assert len(lines) == 5
        assert all(line and line.unit == "keepalived.service" for line in lines)
        for form in (("-o",), ("-j",), ()):
            _, text = await lb01.do("ip", *form, "address", "show")
            found = {a.address: a.prefix for a in ip_parser.parse_addresses(text)}
            assert found[VIP] == 32
            assert found["10.0.0.10"] == 24
        _, text = await lb01.do("ip", "-o", "link", "show")
        assert [i.name for i in ip_parser.parse_interfaces(text)] == ["lo", "eth0"]
        bastion = cluster.hosts["bastion"]
        await bastion.do("ping", "-c", "1", "-W", "1", VIP)
        _, text = await bastion.do("ip", "neigh", "show")
        macs = {n.address: n.mac for n in ip_parser.parse_neighbours(text)}
        assert macs[VIP] == lb01.stack.nic.mac

    story(tell)


def test_the_firewalls_rules_are_judged_as_they_work() -> None:
    async def tell(cluster: DemoCluster) -> None:
        lb01 = cluster.hosts["lb01"]

        async def verdict() -> str:
            nft, zone = [(await lb01.do(*words))[1] for words in
                         (("nft", "list", "ruleset"), ("firewall-cmd", "--list-all"))]  # fmt: skip
            kernel = parse_firewall(nft=nft, interface="eth0", peers=["10.0.0.11"])
            told = parse_firewall(firewalld="running", zone=zone, interface="eth0",
                                  peers=["10.0.0.11"])  # fmt: skip
            assert kernel.vrrp is told.vrrp
            return kernel.vrrp.value

        assert await verdict() == "allowed"
        await cluster.fault("vrrp-block", "lb01")
        assert await verdict() == "blocked"
        rule = 'rule family="ipv4" source address="10.0.0.11" protocol value="112" accept'
        assert (await lb01.do("firewall-cmd", f"--add-rich-rule={rule}"))[0] == 0
        assert await verdict() == "allowed"
        assert (await lb01.do("firewall-cmd", "--reload"))[0] == 0
        assert await verdict() == "allowed"
        await lb01.do("iptables", "-I", "INPUT", "-p", "112", "-j", "DROP")
        nft = (await lb01.do("nft", "list", "ruleset"))[1]
        assert parse_firewall(nft=nft, interface="eth0").vrrp.value == "blocked"
        rules = (await lb01.do("iptables", "-S"))[1]
        assert parse_firewall(iptables=rules, interface="eth0").vrrp.value == "blocked"

    story(tell)


def test_outgoing_vrrp_that_is_dropped_is_said_in_the_log() -> None:
    async def tell(cluster: DemoCluster) -> None:
        lb01 = cluster.hosts["lb01"]
        await lb01.do("iptables", "-A", "OUTPUT", "-p", "vrrp", "-j", "DROP")
        await until(lambda: cluster.owners == ["lb01", "lb02"], 5)
        said = [entry.text for entry in lb01.journal.entries()]
        assert any("Operation not permitted" in line for line in said)

    story(tell)


def test_a_mistake_is_one_sentence() -> None:
    async def tell(cluster: DemoCluster) -> None:
        for name, on, words in (
            ("stopp", None, "did you mean 'stop'?"),
            ("stop", "web01", "choose from lb01, lb02"),
        ):
            with pytest.raises(FaultError, match=words.replace("?", r"\?")):
                await cluster.fault(name, on)

    story(tell)


def test_nginx_says_where_the_brace_is_missing() -> None:
    async def tell(cluster: DemoCluster) -> None:
        await cluster.fault("nginx-broken", "lb01")
        lb01 = cluster.hosts["lb01"]
        status, text = await lb01.do("nginx", "-t")
        lines = lb01.machine.files.read("/etc/nginx/conf.d/kd.test.conf").decode().count("\n") + 1
        assert status == 1
        assert (
            f'unexpected end of file, expecting "}}" in /etc/nginx/conf.d/kd.test.conf:{lines}'
            in text
        )
        assert (await lb01.do("systemctl", "start", "nginx"))[0] == 1
        told = [e.text for e in lb01.journal.entries() if e.of("nginx.service")]
        assert any("expecting" in line for line in told)

    story(tell)


def test_a_killed_nginx_master_is_started_again() -> None:
    async def tell(cluster: DemoCluster) -> None:
        lb01 = cluster.hosts["lb01"]
        master = lb01.nginx.master
        assert master is not None
        master.signal(9)
        await asyncio.sleep(3)
        service = lb01.manager.need("nginx")
        assert (service.active, service.restarts) == ("active", 1)
        assert cluster.owners == ["lb01"]

    story(tell)


def test_the_files_are_those_of_a_ready_lab() -> None:
    if sys.platform != "linux":
        pytest.skip("the lab is Linux's, and its modules are imported nowhere else")
    from haconsole.demo.world import setting
    from haconsole.lab import provision
    from haconsole.lab.topology import LabState, nodes_for

    for node in nodes_for(LabState.READY):
        ours = {f.path: (f.text, f.mode) for f in setting.service_files(node)}
        theirs = {f.path: (f.text, f.mode) for f in provision.service_files(node, LabState.READY)}
        assert ours == theirs


def test_systemd_run_runs_later() -> None:
    async def tell(cluster: DemoCluster) -> None:
        lb01 = cluster.hosts["lb01"]
        await lb01.do("systemd-run", "--on-active=5", "--unit=undo", "systemctl", "start", "nginx")
        await lb01.do("systemctl", "stop", "nginx")
        _, listed = await lb01.do("systemctl", "list-timers")
        assert "undo.timer" in listed
        await asyncio.sleep(6)
        assert lb01.manager.need("nginx").active == "active"

    story(tell)


def test_in_real_time_a_stop_costs_the_skew() -> None:
    async def main() -> tuple[float, float]:
        began = time.monotonic()
        cluster = DemoCluster()
        await cluster.start()
        up = time.monotonic() - began
        try:
            stopped = asyncio.create_task(cluster.fault("stop"))
            await until(lambda: not cluster.hosts["lb01"].stack.owns(VIP), 2)
            took = await until(lambda: cluster.hosts["lb02"].stack.owns(VIP), 5)
            await stopped
        finally:
            await cluster.stop()
        return up, took

    up, took = asyncio.run(main())
    assert took == pytest.approx(0.61, abs=0.15)
    assert up < 3


def test_json_of_the_journal_is_one_object_a_line() -> None:
    async def tell(cluster: DemoCluster) -> None:
        _, text = await cluster.hosts["web01"].do("journalctl", "-o", "json", "-n", "3")
        assert [json.loads(line)["_HOSTNAME"] for line in text.splitlines()] == ["web01"] * 3

    story(tell)


def test_nothing_runs_on_after_the_end() -> None:
    async def main() -> None:
        cluster = DemoCluster(clock=lambda: EPOCH + asyncio.get_running_loop().time())
        await cluster.start()
        await cluster.fault("freeze")
        lb01 = cluster.hosts["lb01"]
        await lb01.do("systemd-run", "--on-active=500", "true")
        await cluster.stop()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert [p.comm for h in cluster.hosts.values() for p in h.machine.processes] == (
            ["systemd"] * len(cluster.hosts)
        )

    run_virtually(main())


def test_web_nodes_log_what_they_served_and_for_whom() -> None:
    async def tell(cluster: DemoCluster) -> None:
        await asyncio.sleep(20)
        text = cluster.hosts["web01"].machine.files.read("/var/log/nginx/access.log").decode()
        hits, unparsed = HitParser("web01").parse(text.splitlines())
        assert (len(hits) > 20, unparsed) == (True, 0)
        assert {line.split()[0] for line in text.splitlines()} == {"10.0.0.10"}

    story(tell)
