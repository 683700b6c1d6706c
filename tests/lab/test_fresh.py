"""A fresh lab: nothing installed, and a mirror from which everything can be."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from haconsole.lab import api
from haconsole.lab.api import LabHandle
from haconsole.lab.topology import Family, LabState

pytestmark = [pytest.mark.lab, pytest.mark.slow]
INSTALL = {
    Family.APT: "apt-get -q update && apt-get -q -y install {}",
    Family.YUM: "yum -y install {}",
}
_APT_BUILD = "gcc make libc6-dev pkg-config libssl-dev libnl-3-dev libnl-genl-3-dev"
_YUM_BUILD = "gcc make openssl openssl-devel libnl3-devel pcre-devel"


@pytest.fixture(scope="module", params=list(Family))
def fresh(lab_possible: None, request: pytest.FixtureRequest) -> Iterator[LabHandle]:
    handle = api.up(f"f{os.getpid()}", LabState.FRESH, request.param)
    yield handle
    handle.down()


def sh(lab: LabHandle, host: str, script: str) -> str:
    done = lab.exec(host, ["sh", "-c", script], timeout_s=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_nothing_is_installed_and_nowhere_else_is_reached(fresh: LabHandle) -> None:
    for host in ("lb01", "lb02", "web01", "web02"):
        assert not sh(fresh, host, "command -v keepalived nginx gcc make || true")
    assert not sh(fresh, "lb01", "ip route show default")
    rules = sh(fresh, "lb01", "firewall-cmd --list-all")
    assert "ssh" in rules
    assert "http" not in rules


def test_packages_install_and_run(fresh: LabHandle) -> None:
    family = fresh.record.family
    sh(fresh, "lb01", INSTALL[family].format("keepalived nginx"))
    assert "Keepalived v2" in sh(fresh, "lb01", "keepalived --version 2>&1")
    query = "rpm -q" if family is Family.YUM else "dpkg -s"
    sh(fresh, "lb01", f"{query} keepalived nginx")
    sh(fresh, "lb01", "nginx -t && systemctl start nginx && systemctl is-active nginx")
    assert sh(fresh, "lb01", "systemctl cat keepalived")


def test_keepalived_builds_from_the_mirrors_source(fresh: LabHandle) -> None:
    """To the end with yum, as the tutorial does; with apt as far as the packages are concerned."""
    if fresh.record.family is Family.APT:
        sh(fresh, "lb02", f"apt-get -q update && apt-get -q -y -s install {_APT_BUILD}")
        return
    sh(fresh, "lb02", INSTALL[Family.YUM].format(_YUM_BUILD))
    listing = sh(fresh, "lb02", "curl -fsS http://mirror/source/")
    archive = listing.partition('href="')[2].partition('"')[0]
    assert archive.startswith("keepalived-")
    assert archive.endswith(".tar.gz")
    sh(
        fresh,
        "lb02",
        f"cd /root && curl -fsSO http://mirror/source/{archive} && tar -xf {archive} "
        f"&& cd {archive.removesuffix('.tar.gz')} && ./configure --prefix=/usr/local/keepalived CFLAGS=-O0 "
        "&& make -j2 && make install",
    )
    assert "Keepalived v2" in sh(fresh, "lb02", "/usr/local/keepalived/sbin/keepalived -v 2>&1")
    assert "keepalived" in sh(fresh, "lb02", "systemctl daemon-reload; systemctl cat keepalived")
