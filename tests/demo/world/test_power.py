"""A reboot: what ends in order, what is lost, what comes back by itself."""

from __future__ import annotations

import asyncio

from haconsole.demo.world.cluster import DemoCluster
from haconsole.demo.world.host import DemoHost
from haconsole.demo.world.power import BOOT_S
from haconsole.lab.topology import VIP
from tests.demo.world.hosts import until
from tests.demo.world.stories import cluster_story, lb01_story


async def sh(host: DemoHost, script: str) -> str:
    return (await host.do("sh", "-c", f"exec 2>&1; {script}"))[1]


def test_the_vip_goes_at_once_and_comes_back_after_the_boot() -> None:
    async def tell(cluster: DemoCluster) -> None:
        lb01, lb02 = cluster.lbs
        before = await sh(lb01, "cat /proc/sys/kernel/random/boot_id")
        assert await sh(lb01, "systemctl reboot; echo $?") == "0\n"
        # keepalived says 0: the other one waits its skew, and no adverts.
        assert 0.6 < await until(lambda: lb02.stack.owns(VIP), 5) < 0.75
        await until(lambda: not lb01.stack.powered, 5)
        assert cluster.owners == ["lb02"]
        assert 0.95 * BOOT_S < await until(lambda: lb01.stack.powered, 10) < 1.05 * BOOT_S
        await lb01.power.settled()
        assert await sh(lb01, "cat /proc/sys/kernel/random/boot_id") != before
        assert lb01.machine.uptime < 5
        active = "systemctl is-active firewalld ssh nginx keepalived"
        assert await sh(lb01, active) == "active\n" * 4
        assert 3 < await until(lambda: cluster.owners == ["lb01"], 5) < 4.5
        assert await sh(lb01, "curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1/") == "200"

    cluster_story(tell)


def test_what_a_reboot_takes_along_and_what_it_leaves() -> None:
    async def tell(host: DemoHost) -> None:
        await sh(
            host, "mkdir -p /var/lib/haconsole/drills/d1; echo x >/var/lib/haconsole/drills/d1/a"
        )
        await sh(host, "mkdir -p /run/systemd/system/keepalived.service.d; echo x >/tmp/x")
        await sh(host, "echo '[Service]' >/run/systemd/system/keepalived.service.d/1.conf")
        await sh(host, "nft add table inet d; ip route add 192.0.2.0/24 via 10.0.0.2")
        await sh(host, "ip address add 10.0.0.77/24 dev eth0")
        await sh(host, "systemd-run -q --on-active=8 --unit=undo touch /var/undone")
        await sh(host, "setsid sleep 500 </dev/null >/dev/null 2>&1 &")
        await sh(host, "systemctl disable nginx; systemctl stop nginx")
        host.power.reboot()
        await host.power.settled()
        await asyncio.sleep(10)
        assert await sh(host, "cat /var/lib/haconsole/drills/d1/a") == "x\n"
        left = await sh(host, "ls -A /tmp /run/systemd/system; ls -A /run/systemd/transient")
        assert left.startswith("/run/systemd/system:\n\n/tmp:\nls: cannot access")
        assert "inet d" not in await sh(host, "nft list tables")
        assert "192.0.2.0" not in await sh(host, "ip route")
        assert "10.0.0.77" not in await sh(host, "ip address")
        assert not host.machine.files.exists("/var/undone")
        assert await sh(host, "pgrep -x sleep; systemctl is-active nginx") == "inactive\n"

    lb01_story(tell)


def test_a_connection_waits_for_a_machine_that_comes_back_while_it_is_tried() -> None:
    async def tell(cluster: DemoCluster) -> None:
        lb01, bastion = cluster.lbs[0], cluster.hosts["bastion"]
        await bastion.do("ping", "-c", "1", lb01.node.address)
        await sh(lb01, "systemctl stop keepalived")
        lb01.stack.set_up("eth0", up=False)
        opening = asyncio.ensure_future(bastion.stack.reach(lb01.node.address, 80))
        await asyncio.sleep(2.5)
        lb01.stack.set_up("eth0", up=True)
        began = asyncio.get_running_loop().time()
        await opening
        # The SYN is sent again after 1 s and, after 2 s more, for the third time.
        assert 0.45 < asyncio.get_running_loop().time() - began < 0.55

    cluster_story(tell)
