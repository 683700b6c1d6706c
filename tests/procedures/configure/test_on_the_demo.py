"""The same wizards on the demo: nothing to do where all is well, and a change that holds."""

from __future__ import annotations

from haconsole.demo import serve
from haconsole.procedures.engine import Run
from haconsole.procedures.paths import KEEPALIVED_CONF
from haconsole.procedures.progress import RunStatus, StepStatus
from tests.procedures.driving import driving, told

ALL = ("configure-web", "configure-balancer", "install-check", "allow-vrrp", "configure-pair")


async def test_a_ready_demo_is_left_alone_and_can_be_changed() -> None:
    async with serve.running() as demo, driving(demo.inventory) as driver:
        for name in ALL:
            await driver.apply(name)
        assert [entry.name for entry in driver.changes] == []

        plan = await driver.plan("configure-pair", auth="pass", auth_pass="s3cret12", vrid="77")
        run = Run(driver.door, plan, overwrite=True)
        await run.execute()
        assert run.progress.status is RunStatus.DONE, told(run)
        assert "s3cret12" not in repr(driver.ledger)
        ground = await driver.ground()
        for host in ("lb01", "lb02"):
            conf = ground.facts.host(host).file(KEEPALIVED_CONF)
            assert "virtual_router_id 77" in (conf.text or "")
            assert (conf.mode, conf.managed, conf.drifted) == (0o600, True, False)

        before = len(driver.changes)
        await driver.apply("configure-pair")
        assert len(driver.changes) == before


async def test_a_conf_that_keepalived_refuses_stays_out() -> None:
    async with serve.running() as demo, driving(demo.inventory) as driver:
        ground = await driver.ground()
        before = ground.facts.host("lb02").file(KEEPALIVED_CONF).text
        plan = await driver.plan("configure-pair", check_fall="3")
        gone = "chmod 0777 /etc/keepalived/check_nginx.sh"
        await demo.cluster.hosts["lb02"].do("sh", "-c", gone)
        run = Run(driver.door, plan, overwrite=True)
        await run.execute()
        standing = run.progress.of(f"place {KEEPALIVED_CONF}@lb02")
        assert standing.status is StepStatus.FAILED
        assert "keepalived refuses it: " in str(standing.problem)
        assert run.progress.of(f"place {KEEPALIVED_CONF}@lb01").status is StepStatus.SKIPPED
        ground = await driver.ground()
        assert ground.facts.host("lb02").file(KEEPALIVED_CONF).text == before
