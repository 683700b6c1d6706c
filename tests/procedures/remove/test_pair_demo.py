"""The whole pair on the demo's bare hosts: the same wizards, the same way back."""

from __future__ import annotations

import pytest

from haconsole.demo.serve import running
from haconsole.lab.topology import Family, LabState
from haconsole.procedures.paths import SOURCE_BINARY
from haconsole.transport.commands import Command

from ..driving import Driver, driving

pytestmark = pytest.mark.slow

HOSTS = ("lb01", "lb02", "web01", "web02")
SOURCE = {
    "via": "source",
    "version": "2.2.7",
    "url": "http://mirror/source/keepalived-{version}.tar.gz",
}
#: What package managers and systemd keep for themselves.
_THEIRS = ("/var/lib/apt", "/var/lib/dpkg", "/var/cache", "/var/log/apt", "/var/log/dpkg.log",
           "/var/lib/rpm", "/var/lib/dnf", "/var/log/dnf", "/var/log/hawkey")  # fmt: skip
#: Folders of firewalld's package, which the demo makes when the first rule is kept.
_FOLDERS = {"/etc/firewalld", "/etc/firewalld/zones"}


async def _files(console: Driver, host: str) -> set[str]:
    script = "find /etc /usr /var /code -xdev 2>/dev/null; :"
    await console.door.wait_up(host)
    found = await console.door.run(host, Command("files", script, root=True))
    there = {path for path in found.stdout.splitlines() if not path.startswith(_THEIRS)}
    return there - _FOLDERS


@pytest.mark.parametrize(
    ("family", "given"),
    [(Family.APT, {}), (Family.YUM, {}), (Family.YUM, SOURCE)],
    ids=["apt", "yum", "yum-source"],
)
async def test_a_pair_is_built_from_nothing_and_taken_back_to_nothing(
    family: Family, given: dict[str, str]
) -> None:
    async with (
        running(rate=0.0, state=LabState.FRESH, family=family) as demo,
        driving(demo.inventory) as console,
    ):
        files = {host: await _files(console, host) for host in HOSTS}
        bare = (await console.ground()).facts
        await console.apply("build-pair", **given)
        facts = (await console.ground()).facts.host("lb01")
        assert facts.version == "2.2.7"
        assert facts.binary == (SOURCE_BINARY if given else "/usr/sbin/keepalived")
        assert facts.built == ("2.2.7" if given else None)
        assert any(address.address == "10.0.0.100" for address in facts.addresses)

        done = len(console.changes)
        await console.apply("build-pair", **given)
        assert console.changes[done:] == []

        await console.apply("remove")
        for host in HOSTS:
            assert sorted(await _files(console, host) ^ files[host]) == []
            found = (await console.ground()).facts.host(host)
            assert (found.records, found.built, found.nginx_version) == ((), None, None)
            assert found.units == bare.host(host).units
