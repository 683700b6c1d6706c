"""What the learner mended is left alone; what nobody undoes, the node does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from haconsole.procedures.engine import Run
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.progress import RunStatus
from haconsole.training.faults.plan import (
    left_behind,
    plan_fault,
    plan_undo,
    prepare_fault,
)
from haconsole.training.faults.registry import FAULTS
from haconsole.transport.errors import TransportError
from tests.conformance.worlds import Watched, watched
from tests.procedures.driving import told

from .breaking import HOSTS, Bench, bench

pytestmark = pytest.mark.asyncio(loop_scope="module")
_CONF, _NGINX = "/etc/keepalived/keepalived.conf", "/etc/nginx/nginx.conf"
#: Fault → what a learner types on each host; in words of his own, not as it was.
MENDED = {
    "stop": {"lb01": "systemctl start keepalived"},
    "vrid-mismatch": {
        "lb02": f"sed -i 's/virtual_router_id .*/virtual_router_id 50 # mine/' {_CONF}\n"
        "systemctl restart keepalived"
    },
    "nginx-broken": {
        "lb01": f"sed -i '$d' {_NGINX}; echo '# mine' >>{_NGINX}; systemctl start nginx"
    },
    "check-fail": {"lb01": "printf '#!/bin/sh\\nexit 0\\n' >/etc/keepalived/check_nginx.sh"},
    "vrrp-block": {
        "lb01": "firewall-cmd -q --add-rich-rule='rule protocol value=\"vrrp\" accept'",
        "lb02": "firewall-cmd -q --add-rich-rule='rule protocol value=\"vrrp\" accept'",
    },
    "ghost-vip": {"lb01": "ip address del 10.0.0.100/32 dev eth0; systemctl start keepalived"},
    "flaw-no-check": dict.fromkeys(
        ("lb01", "lb02"), f"echo '# mine' >>{_CONF}; systemctl reload keepalived"
    ),
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def case() -> AsyncIterator[Watched]:
    async with watched(None) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pair(case: Watched) -> AsyncIterator[Bench]:
    async with bench(case) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def well(case: Watched) -> AsyncIterator[None]:
    yield
    await case.heal()


@pytest.mark.parametrize("fault", MENDED)
async def test_what_was_mended_first_is_not_touched(pair: Bench, fault: str) -> None:
    made = await pair.make(fault)
    for host, script in MENDED[fault].items():
        await pair.said(host, script)
    before = await pair.portrait(*HOSTS)
    await pair.undo(made)
    after = await pair.portrait(*HOSTS)
    for host in HOSTS:
        # All but the fault's own folder, which is the last line.
        assert after[host] == before[host].removesuffix(made.fault_id).strip()
    assert await pair.left() == ()


async def test_what_was_uninstalled_since_is_left_alone() -> None:
    async with watched(None) as own, bench(own) as pair:
        made = await pair.make("backend-down", "web02")
        await pair.said("web02", "apt-get remove -y nginx")
        await pair.undo(made)
        assert await pair.said("web02", "command -v nginx") == ""
        assert await pair.left() == ()


async def test_a_console_that_died_leaves_it_to_the_node_and_to_the_next_one(
    case: Watched, pair: Bench
) -> None:
    before = await pair.said("lb02", f"cat {_CONF}")
    await pair.make("auth-mismatch", limit_s=10.0)
    later = await pair.make("nginx-stop", "web01")
    assert await pair.said("lb02", f"cat {_CONF}") != before
    async with asyncio.timeout(40):
        while await pair.said("lb02", f"cat {_CONF}") != before:
            await case.watch.changed.wait()
            case.watch.changed.clear()
    found = await left_behind(pair.driver.door, pair.driver.cluster)
    assert {(made.name, made.hosts) for made in found} == {
        ("auth-mismatch", ("lb02",)),
        ("nginx-stop", ("web01",)),
    }
    for made in found:
        run = Run(pair.driver.door, plan_undo(made, pair.driver.cluster))
        assert (await run.execute()).status is RunStatus.DONE, told(run)
    assert await pair.said("web01", "systemctl is-active nginx") == "active"
    assert await pair.left() == ()
    assert later.fault_id in {made.fault_id for made in found}


async def test_a_link_that_is_pulled_comes_back_by_itself(case: Watched, pair: Bench) -> None:
    made = await pair.make("link-down", limit_s=10.0)
    assert made.limit_s == 10.0
    await case.watch.until(lambda: case.watch.owners == ("lb02",), 20.0)
    await case.watch.until(lambda: case.watch.owners == ("lb01",), 40.0)
    async with asyncio.timeout(30):
        while True:
            try:
                await pair.undo(made)
                break
            except TransportError:
                await asyncio.sleep(0.2)
    assert await pair.left() == ()


async def test_what_cannot_be_broken_is_a_sentence(pair: Bench) -> None:
    ground = await pair.ground()
    with pytest.raises(ProcedureError, match="did you mean 'vrrp-block'"):
        plan_fault(ground, "vrp-block")
    with pytest.raises(ProcedureError, match=r"^stop is for lb01, lb02, not for web01\.$"):
        plan_fault(ground, "stop", "web01")
    with pytest.raises(ProcedureError, match=r"10 to 1800 s, not 3600"):
        plan_fault(ground, "stop", limit_s=3600.0)
    await pair.said("lb02", "systemctl stop firewalld")
    run = Run(pair.driver.door, plan_fault(await pair.ground(), "vrrp-block", "lb02"))
    assert (await run.execute()).status is RunStatus.FAILED
    assert "firewalld does not run here" in told(run)
    assert await pair.left() == ()


async def test_plans_name_what_they_do(pair: Bench) -> None:
    ground = await pair.ground()
    for name, kind in FAULTS.items():
        made = prepare_fault(ground, name)
        plan = plan_fault(ground, name, fault_id=made.fault_id)
        assert [str(phase.title) for phase in plan.phases] == ["Ready", "Arm the undo", "Break"]
        assert plan.hosts == made.hosts
        assert kind.causes
        for step in plan.phases[-1].steps:
            assert "{" not in str(step.title) + str(step.reason)
        for host in HOSTS:
            try:
                alone = prepare_fault(ground, name, host)
            except ProcedureError as error:
                assert f"not for {host}" in str(error)
            else:
                assert alone.hosts == (host,)
