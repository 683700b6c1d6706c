"""The whole pair on real bare hosts of both families: built, built again, taken back."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from haconsole.lab import api
from haconsole.lab.api import LabHandle
from haconsole.lab.topology import Family, LabState
from haconsole.procedures.facts import HostFacts, Manager
from haconsole.procedures.paths import CHECK_SCRIPT, KEEPALIVED_CONF, SERVER_CONF

from ..driving import Driver, driving, files_of, services_of

pytestmark = [pytest.mark.lab, pytest.mark.slow]

HOSTS = ("lb01", "lb02", "web01", "web02")
VIP = "10.0.0.100"


@pytest.fixture(params=[Family.APT, Family.YUM])
def bare(request: pytest.FixtureRequest, lab_possible: None) -> Iterator[LabHandle]:
    """Hosts of each family that nobody has touched yet: what is left over is compared."""
    handle = api.up(f"p{os.getpid()}", LabState.FRESH, request.param)
    yield handle
    handle.down()


async def test_a_pair_is_built_from_nothing_and_taken_back_to_nothing(bare: LabHandle) -> None:
    before = {host: (files_of(bare, host), services_of(bare, host)) for host in HOSTS}
    rules = {host: _firewall(bare, host) for host in HOSTS}
    async with driving(bare) as console:
        await console.apply("build-pair")
        await _see_that_it_serves(bare, console)

        # Once more: nothing to change, and nothing that changes is sent.
        done = len(console.changes)
        await console.apply("build-pair")
        assert console.changes[done:] == []

        await console.apply("remove")
        facts = (await console.ground()).facts
        for host in HOSTS:
            found = facts.host(host)
            assert (found.brought, found.records, found.jobs) == ((), (), ())
            assert (found.nginx_version, found.version) == (None, None)
            assert not any(file.origin or file.managed for file in found.files.values())
        done = len(console.changes)
        await console.apply("remove")
        assert console.changes[done:] == []
    for host in HOSTS:
        files, services = before[host]
        assert sorted(files_of(bare, host) ^ files) == []
        assert sorted(services_of(bare, host) ^ services) == []
        assert _firewall(bare, host) == rules[host]


async def _see_that_it_serves(lab: LabHandle, console: Driver) -> None:
    owners = [lb for lb in ("lb01", "lb02") if f" {VIP}/" in _said(lab, lb, "ip", "address")]
    assert owners == ["lb01"]
    answers = {_said(lab, "web01", "curl", "-s", f"http://{VIP}/") for _ in range(4)}
    assert answers == {f"web0{n} web0{n} web0{n}\n" for n in (1, 2)}
    facts = (await console.ground(repositories=True)).facts
    lb: HostFacts = facts.host("lb01")
    assert lb.manager is (Manager.APT if lab.record.family == "apt" else Manager.DNF)
    assert lb.packages["nginx"].installed in (lb.packages["nginx"].candidates or ())
    assert {"nginx", "nginx-common", "keepalived", "libsnmp40"} <= set(lb.brought)
    assert lb.records == ("keepalived", "nginx")
    assert (lb.version, lb.binary, lb.firewall) == ("2.2.7", "/usr/sbin/keepalived", "firewalld")
    for unit in ("nginx.service", "keepalived.service"):
        found = lb.unit(unit)
        assert found is not None and found.running and found.enabled == "enabled"
    for path in (KEEPALIVED_CONF, CHECK_SCRIPT, SERVER_CONF):
        assert lb.file(path).managed and not lb.file(path).foreign and lb.file(path).origin
    assert lb.file(CHECK_SCRIPT).mode == 0o755


def _said(lab: LabHandle, host: str, *argv: str) -> str:
    done = lab.exec(host, argv)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _firewall(lab: LabHandle, host: str) -> str:
    return _said(
        lab, host, "sh", "-c", "firewall-cmd --list-all; firewall-cmd --permanent --list-all"
    )
