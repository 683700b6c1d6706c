"""apt and dpkg on a fresh demo; the words are those that a lab's hosts said."""

from __future__ import annotations

import asyncio

import pytest

from haconsole.demo.world.cluster import DemoCluster
from haconsole.demo.world.host import DemoHost
from haconsole.demo.world.packages.versions import DebianVersion, compare_rpm
from haconsole.lab.topology import LabState
from tests.demo.packages.fresh import fresh

CONF = "/etc/keepalived/keepalived.conf"
HELD = "Could not get lock /var/lib/dpkg/lock-frontend. It is held by process"


async def ready(cluster: DemoCluster, *names: str) -> DemoHost:
    """Return lb01 with its lists fetched and packages installed."""
    host = cluster.hosts["lb01"]
    assert (await host.do("apt-get", "-q", "update"))[0] == 0
    if names:
        status, said = await host.do("apt-get", "-q", "-y", "install", *names)
        assert status == 0, said
    return host


def test_nothing_is_known_before_the_lists_are_fetched() -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = cluster.hosts["lb01"]
        status, said = await host.do("apt-get", "-y", "install", "keepalived")
        assert (status, said.splitlines()[-1]) == (100, "E: Unable to locate package keepalived")
        assert await host.do("apt-cache", "madison", "keepalived") == (0, "")
        await ready(cluster)
        _, said = await host.do("apt-cache", "madison", "keepalived")
        assert said == "keepalived | 1:2.2.7-1+b2 | http://mirror/apt ./ Packages\n"

    fresh(tell)


def test_keepalived_is_enabled_and_waits_for_a_configuration() -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = await ready(cluster, "keepalived")
        _, said = await host.do(
            "dpkg-query", "-W", "-f", "${db:Status-Abbrev}${Version} ${Status}\n", "keepalived"
        )
        assert said == "ii 1:2.2.7-1+b2 install ok installed\n"
        assert await host.do("systemctl", "is-enabled", "keepalived") == (0, "enabled\n")
        assert await host.do("systemctl", "is-active", "keepalived") == (3, "inactive\n")
        _, said = await host.do("systemctl", "show", "-p", "Result,ConditionResult", "keepalived")
        assert set(said.split()) == {"Result=success", "ConditionResult=no"}
        assert await host.do("dpkg", "-S", "/usr/sbin/keepalived") == (
            0, "keepalived: /usr/sbin/keepalived\n")  # fmt: skip
        status, said = await host.do("keepalived", "-v")
        assert (status, said.splitlines()[0]) == (0, "Keepalived v2.2.7 (01/16,2022)")

    fresh(tell)


def test_nginx_is_started_and_serves_its_first_page() -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = await ready(cluster, "nginx")
        assert await host.do("systemctl", "is-active", "nginx") == (0, "active\n")
        _, said = await host.do("curl", "-s", "http://127.0.0.1/")
        assert "Welcome to nginx!" in said

    fresh(tell)


def test_remove_keeps_configuration_and_purge_does_not() -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = await ready(cluster, "keepalived")
        files = host.machine.files
        files.append("/etc/default/keepalived", "# mine\n")
        files.write(CONF, "! mine\n")
        assert (await host.do("dpkg", "--verify", "keepalived"))[1] == (
            "??5?????? c /etc/default/keepalived\n"
        )
        assert (await host.do("apt-get", "-q", "-y", "remove", "keepalived"))[0] == 0
        assert not files.exists("/usr/sbin/keepalived")
        _, said = await host.do("dpkg", "-l", "keepalived")
        assert said.splitlines()[-1].startswith("rc  keepalived")
        assert (await host.do("apt-get", "-q", "-y", "install", "keepalived"))[0] == 0
        assert files.read("/etc/default/keepalived").endswith(b"# mine\n")
        _, said = await host.do("apt-get", "-q", "-y", "purge", "keepalived")
        assert (
            "dpkg: warning: while removing keepalived, directory '/etc/keepalived' not empty so "
            "not removed" in said
        )
        assert not files.exists("/etc/default/keepalived")
        assert files.read(CONF) == b"! mine\n"
        assert (await host.do("dpkg", "-s", "keepalived"))[0] == 1

    fresh(tell)


def test_what_came_for_another_goes_with_it_when_asked() -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = cluster.hosts["lb01"]
        before = set(host.packages.database.records)
        await ready(cluster, "keepalived")
        assert len(set(host.packages.database.records) - before) == 12
        await host.do("apt-get", "-q", "-y", "purge", "keepalived")
        await host.do("apt-get", "-q", "-y", "autoremove", "--purge")
        assert set(host.packages.database.records) == before

    fresh(tell)


def test_a_held_lock_is_told_waited_for_and_given_up() -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = await ready(cluster)
        holder = host.packages.hold_lock()
        status, said = await host.do("apt-get", "-q", "-y", "install", "nginx")
        assert (status, f"E: {HELD} {holder.pid} (apt-get)\n" in said) == (100, True)
        install = ("-o", "DPkg::Lock::Timeout=2", "install", "nginx")
        status, said = await host.do("apt-get", "-q", "-y", *install)
        assert (status, said.count("Waiting for cache lock: ")) == (100, 2)
        asyncio.get_running_loop().call_later(1.5, holder.signal, 9)
        assert (await host.do("apt-get", "-q", "-y", *install))[0] == 0

    fresh(tell)


def test_apt_at_its_question_has_the_lock() -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = await ready(cluster)
        asking = asyncio.ensure_future(
            host.machine.run(["sh", "-c", "sleep 5 | apt-get install nginx"])
        )
        await asyncio.sleep(1)
        status, said = await host.do("apt-get", "-y", "install", "wget")
        assert (status, HELD in said) == (100, True)
        status, out, _ = await asking
        assert (status, out.endswith(b"[Y/n] Abort.\n")) == (1, True)

    fresh(tell)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("echo 'deb http://nowhere/apt ./' > /etc/apt/sources.list",
         "Temporary failure resolving 'nowhere'"),
        ("sed -i 's/^10.0.0.9 /10.0.0.77 /' /etc/hosts",
         "Could not connect to mirror:80 (10.0.0.77). - connect (113: No route to host)"),
    ],
)  # fmt: skip
def test_a_mirror_out_of_reach(trouble: str, words: str) -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = cluster.hosts["lb01"]
        await host.do("sh", "-c", trouble)
        status, said = await host.do("apt-get", "-q", "update")
        assert (status, words in said) == (0, True)
        assert said.splitlines()[-1].startswith("W: Some index files failed to download.")

    fresh(tell)


def test_a_mirror_that_stops_between_lists_and_archives() -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = await ready(cluster)
        await cluster.hosts["mirror"].do("systemctl", "stop", "mirror")
        status, said = await host.do("apt-get", "-q", "-y", "install", "nginx")
        assert (status, "E: Unable to fetch some archives" in said) == (100, True)
        assert "connect (111: Connection refused)" in said
        assert host.packages.database.get("nginx") is None

    fresh(tell)


def test_a_full_disk_and_one_that_cannot_be_written() -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = await ready(cluster)
        store = host.machine.files.store
        capacity, store.capacity = store.capacity, store.used + 800_000
        status, said = await host.do("apt-get", "-q", "-y", "install", "nginx")
        assert (status, "No space left on device" in said) == (100, True)
        assert said.endswith("E: Sub-process /usr/bin/dpkg returned an error code (1)\n")
        store.capacity = store.used + 1000
        status, said = await host.do("apt-get", "-q", "-y", "install", "keepalived")
        assert said.endswith("enough free space in /var/cache/apt/archives/.\n")
        store.capacity = capacity
        assert (await host.do("mount", "-o", "remount,ro", "/"))[0] == 0
        status, said = await host.do("apt-get", "-q", "-y", "install", "keepalived")
        assert (status, "Read-only file system" in said) == (100, True)
        await host.do("mount", "-o", "remount,rw", "/")
        assert (await host.do("apt-get", "-q", "-y", "install", "nginx"))[0] == 0
        assert await host.do("dpkg", "--audit") == (0, "")

    fresh(tell)


def test_a_package_on_hold() -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = await ready(cluster, "nginx")
        assert await host.do("apt-mark", "hold", "nginx") == (0, "nginx set on hold.\n")
        assert await host.do("apt-mark", "showhold") == (0, "nginx\n")
        status, said = await host.do("apt-get", "-y", "remove", "nginx")
        assert (status, "E: Held packages were changed" in said) == (100, True)
        assert (await host.do("apt-mark", "unhold", "nginx"))[1] == "Canceled hold on nginx.\n"
        assert (await host.do("apt-get", "-y", "remove", "nginx"))[0] == 0

    fresh(tell)


def test_the_hosts_of_a_ready_demo_have_their_packages() -> None:
    async def tell(cluster: DemoCluster) -> None:
        _, said = await cluster.hosts["lb01"].do("dpkg", "-s", "keepalived")
        assert "Status: install ok installed\n" in said
        assert (await cluster.hosts["web01"].do("dpkg", "-s", "keepalived"))[0] == 1
        assert "mirror" not in cluster.hosts

    fresh(tell, state=LabState.READY)


def test_versions_in_order() -> None:
    ordered = ["1.0~rc1", "1.0", "1.0-1", "1.0-1+b2", "1.2", "1.10", "1:0.1"]
    mixed = [*ordered[3:], *ordered[:3]]
    assert sorted(mixed, key=DebianVersion) == ordered
    assert [compare_rpm(*pair) < 0 for pair in
            (("1.9", "1.10"), ("1.0~rc1", "1.0"), ("1.0", "1.0^git"), ("2", "1.9"))] == [
        True, True, True, False]  # fmt: skip
