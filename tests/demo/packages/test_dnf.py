"""dnf and rpm on a fresh demo of the yum family; the words are those that a lab's hosts said."""

from __future__ import annotations

import asyncio

from haconsole.demo.world.cluster import DemoCluster
from haconsole.lab.topology import Family
from tests.demo.packages.fresh import fresh


def test_installing_neither_starts_nor_enables() -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = cluster.hosts["lb01"]
        status, said = await host.do("dnf", "-y", "install", "keepalived")
        assert (status, said.splitlines()[-1]) == (0, "Complete!")
        assert await host.do("rpm", "-q", "keepalived") == (0, "keepalived-2.2.7-1+b2.x86_64\n")
        assert await host.do("systemctl", "is-enabled", "keepalived") == (1, "disabled\n")
        assert await host.do("systemctl", "is-active", "keepalived") == (3, "inactive\n")
        unit = host.machine.files.read("/usr/lib/systemd/system/keepalived.service")
        assert b"EnvironmentFile=-/etc/sysconfig/keepalived" in unit
        # The example that comes with it balances, for which the kernel has nothing.
        assert (await host.do("systemctl", "start", "keepalived"))[0] == 1
        assert await host.do("dnf", "-q", "-y", "install", "keepalived") == (0, "")

    fresh(tell, family=Family.YUM)


def test_changed_configuration_is_saved() -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = cluster.hosts["lb01"]
        await host.do("yum", "-q", "-y", "install", "keepalived")
        files, conf = host.machine.files, "/etc/keepalived/keepalived.conf"
        files.append(conf, "# mine\n")
        assert await host.do("rpm", "-V", "keepalived") == (1, f"S.5....T.  c {conf}\n")
        _, said = await host.do("dnf", "-y", "remove", "keepalived")
        assert f"warning: {conf} saved as {conf}.rpmsave" in said
        assert files.listdir("/etc/keepalived") == ["keepalived.conf.rpmsave"]
        _, said = await host.do("rpm", "-qa")
        assert said == "lab-base-1-1.noarch\n"

    fresh(tell, family=Family.YUM)


def test_what_is_offered_and_what_is_not() -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = cluster.hosts["web01"]
        assert await host.do(
            "dnf", "-q", "repoquery", "--qf", "%{version}-%{release}", "nginx"
        ) == (0, "1.22.1-9+deb12u11\n")
        status, said = await host.do("dnf", "-q", "-y", "install", "nosuch", "nginx")
        assert (status, said) == (1, "Error: Unable to find a match: nosuch\n")

    fresh(tell, family=Family.YUM)


def test_locks_and_troubles() -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = cluster.hosts["lb01"]
        assert (await host.do("dnf", "-q", "makecache"))[0] == 0
        holder = host.packages.hold_lock()
        status, said = await host.do("dnf", "-y", "--setopt=exit_on_lock=True", "install", "nginx")
        assert (status, f"already locked by {holder.pid}" in said) == (200, True)
        asyncio.get_running_loop().call_later(3, holder.signal, 9)
        status, said = await host.do("dnf", "-y", "install", "nginx")
        assert (status, f"Waiting for process with pid {holder.pid} to finish." in said) == (
            0,
            True,
        )
        store = host.machine.files.store
        store.capacity = store.used + 1_000_000
        status, said = await host.do("dnf", "-q", "-y", "install", "keepalived")
        assert (status, "more space needed on the / filesystem" in said) == (1, True)
        await cluster.hosts["mirror"].do("systemctl", "stop", "mirror")
        host.machine.files.remove_tree("/var/cache/dnf")
        host.machine.files.mkdir("/var/cache/dnf")
        status, said = await host.do("dnf", "-q", "-y", "install", "wget")
        assert (status, "Ignoring repositories: lab" in said) == (1, True)
        assert "Curl error (7): Couldn't connect to server" in said

    fresh(tell, family=Family.YUM)
