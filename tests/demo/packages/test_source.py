"""keepalived from source on a fresh demo, and steps that outlive their session."""

from __future__ import annotations

import asyncio

from haconsole.demo.world.cluster import DemoCluster
from haconsole.demo.world.host import DemoHost
from haconsole.lab.topology import Family
from tests.demo.packages.fresh import fresh

NEEDED = "gcc make libssl-dev pkg-config libnl-3-dev libnl-genl-3-dev wget"
TREE = "/root/keepalived-2.2.7"
CONF = """vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 9
    virtual_ipaddress {
        10.0.0.200
    }
}
"""


async def sh(host: DemoHost, script: str, cwd: str = "/root") -> tuple[int, str]:
    status, out, err = await host.machine.run(["sh", "-c", script], cwd=cwd)
    return status, (out + err).decode()


async def unpacked(host: DemoHost) -> None:
    url = "http://mirror/source/keepalived-2.2.7.tar.gz"
    assert await sh(host, f"curl -fsSO {url} && tar xf keepalived-2.2.7.tar.gz") == (0, "")
    assert host.machine.files.stat(f"{TREE}/configure").mode == 0o755


def test_configure_asks_for_what_is_missing_in_its_order() -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = cluster.hosts["lb01"]
        await unpacked(host)
        await sh(host, "apt-get update")
        status, said = await sh(host, "./configure", TREE)
        assert (status, "no acceptable C compiler found in $PATH" in said) == (1, True)
        await sh(host, "apt-get -y install gcc")
        status, said = await sh(host, "./configure", TREE)
        assert (status, "OpenSSL is not properly installed" in said) == (1, True)
        await sh(host, "apt-get -y install libssl-dev")
        status, said = await sh(host, "./configure", TREE)
        assert (status, "will be built without libnl support." in said) == (0, True)
        assert (await sh(host, "make", TREE))[0] == 127

    fresh(tell)


def test_a_build_is_interrupted_resumed_installed_run_and_removed() -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = cluster.hosts["lb01"]
        await unpacked(host)
        assert (await sh(host, f"apt-get update && apt-get -y install {NEEDED}"))[0] == 0
        prefix = "--prefix=/usr/local/keepalived --sysconfdir=/etc"
        assert (await sh(host, f"./configure {prefix}", TREE))[0] == 0
        before = host.stack.now
        _, said = await sh(host, "timeout 1 make", TREE)
        first = said.count("  CC  ")
        assert 5 < first < 30
        status, said = await sh(host, "make -j4", TREE)
        assert (status, said.count("  CC  ")) == (0, 67 - first + 1)
        assert host.stack.now - before < 4
        assert await sh(host, "make", TREE) == (0, "make: Nothing to be done for 'all'.\n")
        assert (await sh(host, "make install", TREE))[0] == 0
        files = host.machine.files
        assert files.readlink("/usr/local/keepalived/bin/genhash") == "../sbin/keepalived"
        assert files.exists("/etc/keepalived/samples/keepalived.conf.vrrp")
        _, said = await sh(host, "/usr/local/keepalived/sbin/keepalived -v")
        assert f"configure options: {prefix}\n" in said
        files.write("/etc/keepalived/keepalived.conf", CONF)
        assert await sh(host, "systemctl daemon-reload; systemctl start keepalived") == (0, "")
        assert (await sh(host, "systemctl show -p Type,FragmentPath keepalived"))[1] == (
            "Type=forking\nFragmentPath=/lib/systemd/system/keepalived.service\n"
        )
        await asyncio.sleep(5)
        assert host.stack.owns("10.0.0.200")
        assert (await sh(host, "systemctl stop keepalived && make uninstall", TREE))[0] == 0
        assert not host.stack.owns("10.0.0.200")
        assert not files.exists("/usr/local/keepalived/sbin/keepalived")
        assert not files.exists("/lib/systemd/system/keepalived.service")

    fresh(tell)


def test_the_yum_family_builds_too() -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = cluster.hosts["lb02"]
        await unpacked(host)
        assert (await sh(host, "dnf -y install gcc make openssl-devel libnl3-devel"))[0] == 0
        status, said = await sh(host, "./configure && make && ./bin/keepalived -v", TREE)
        assert (status, "libnl version            : 3" in said) == (0, True)

    fresh(tell, family=Family.YUM)


def test_a_transient_unit_is_found_again_with_its_end() -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = cluster.hosts["lb01"]
        run = "systemd-run -q --unit=job sh -c 'echo one; sleep 2; echo two; exit 4'"
        assert await sh(host, run) == (0, "")
        show = "systemctl show -p ActiveState,Result,ExecMainStatus,LoadState job"
        assert set((await sh(host, show))[1].split()) == {
            "ActiveState=active", "Result=success", "ExecMainStatus=0", "LoadState=loaded"}  # fmt: skip
        status, said = await sh(host, run)
        assert (status, "already loaded or has a fragment file" in said) == (1, True)
        await asyncio.sleep(3)
        assert set((await sh(host, show))[1].split()) == {
            "ActiveState=failed", "Result=exit-code", "ExecMainStatus=4", "LoadState=loaded"}  # fmt: skip
        _, said = await sh(host, "journalctl -u job -o cat --no-pager")
        assert said.splitlines()[1:3] == ["one", "two"]
        await sh(host, "systemctl reset-failed job")
        assert "LoadState=not-found" in (await sh(host, show))[1]
        done = "systemd-run --wait --pipe -q sh -c 'echo out; exit 5'"
        assert await sh(host, done) == (5, "out\n")
        await sh(host, "systemd-run -q --unit=kept -p RemainAfterExit=yes true")
        await asyncio.sleep(0.1)
        assert "SubState=exited" in (await sh(host, "systemctl show -p SubState kept"))[1]

    fresh(tell)


def test_a_masked_unit_does_not_start() -> None:
    async def tell(cluster: DemoCluster) -> None:
        host = cluster.hosts["web01"]
        await sh(host, "systemctl stop firewalld; systemctl mask firewalld")
        assert await sh(host, "systemctl is-enabled firewalld") == (1, "masked\n")
        status, said = await sh(host, "systemctl start firewalld")
        assert (status, "Unit firewalld.service is masked." in said) == (1, True)
        await sh(host, "systemctl unmask firewalld")
        assert (await sh(host, "systemctl start firewalld"))[0] == 0

    fresh(tell)
