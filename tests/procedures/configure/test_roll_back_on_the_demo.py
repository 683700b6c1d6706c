"""A change of the pair that fails at its end, and is taken back: the pair is as it was before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from haconsole.demo import serve
from haconsole.demo.world.cluster import DemoCluster
from haconsole.domain.notes import note
from haconsole.procedures.engine import Run
from haconsole.procedures.paths import KEEPALIVED_CONF
from haconsole.procedures.plan import Phase, Plan
from haconsole.procedures.progress import RunStatus, StepStatus
from haconsole.procedures.steps.looks import look
from haconsole.procedures.steps.services import enable_and_start
from haconsole.transport.commands import Command
from tests.demo.world.hosts import EPOCH
from tests.demo.world.virtual import run_virtually
from tests.procedures.driving import driving, told

UNIT = "keepalived.service"
KEPT = f"/var/lib/haconsole/units/{UNIT}"
STATE = f"echo $(systemctl is-active {UNIT}) $(systemctl is-enabled {UNIT})"
START = enable_and_start("lb02", UNIT, reason=note("a test"))
Sh = Callable[[str], Awaitable[tuple[int, str]]]


def script(command: Command | None) -> str:
    assert command is not None
    return command.script


def story(tell: Callable[[Sh], Awaitable[None]]) -> None:
    async def main() -> None:
        cluster = DemoCluster(clock=lambda: EPOCH + asyncio.get_running_loop().time())
        await cluster.start()
        lb02 = cluster.hosts["lb02"]
        try:
            await lb02.do("sh", "-c", f"systemctl stop {UNIT}; systemctl -q disable {UNIT}")
            await tell(lambda words: lb02.do("sh", "-c", words))
        finally:
            await cluster.stop()

    run_virtually(main())


async def _start(sh: Sh) -> None:
    assert await sh(script(START.do)) == (0, "")
    assert await sh(STATE) == (0, "active enabled\n")


async def _undo(sh: Sh) -> None:
    assert await sh(script(START.undo)) == (0, "")


def test_a_unit_is_left_as_this_run_found_it_and_removed_as_the_first_did() -> None:
    async def tell(sh: Sh) -> None:
        await _start(sh)
        await sh(f"systemctl stop {UNIT}")  # weeks later
        await _start(sh)
        await _undo(sh)
        assert await sh(STATE) == (0, "inactive enabled\n")
        assert await sh(f"read a e <{KEPT}; echo $a $e") == (0, "inactive disabled\n")
        await _undo(sh)  # nothing more
        assert await sh(STATE) == (0, "inactive enabled\n")

    story(tell)


def test_what_the_first_run_did_leaves_no_note_once_it_is_taken_back() -> None:
    async def tell(sh: Sh) -> None:
        await _start(sh)
        await _undo(sh)
        assert await sh(STATE) == (0, "inactive disabled\n")
        assert await sh("find /var/lib/haconsole/units -type f") == (0, "")

    story(tell)


def test_a_unit_that_did_not_start_is_as_before_its_first_try() -> None:
    async def tell(sh: Sh) -> None:
        nginx = enable_and_start("lb02", "nginx.service", reason=note("a test"))
        state = STATE.replace(UNIT, "nginx.service")
        await sh("systemctl stop nginx; systemctl -q disable nginx")
        await sh("echo 'server { brocken }' >/etc/nginx/conf.d/bad.conf")
        for _ in range(2):
            status, said = await sh(script(nginx.do))
            assert status == 1 and "nginx.service did not start: " in said
            now = (await sh(state))[1]
            assert now in ("failed enabled\n", "activating enabled\n")  # tried again by systemd
        assert await sh(script(nginx.undo)) == (0, "")
        assert (await sh(state))[1].split()[1] == "disabled"

    story(tell)


@asynccontextmanager
async def _weeks_later() -> AsyncIterator[tuple[serve.Demo, Run]]:
    """A pair that this tool built, and a change that parts it and fails once all is done."""
    async with serve.running() as demo, driving(demo.inventory) as driver:
        lb02 = demo.cluster.hosts["lb02"]
        first = f"mkdir -p /var/lib/haconsole/units; echo inactive disabled >{KEPT}"
        await lb02.do("sh", "-c", first)
        made = await driver.plan("configure-pair", vrid="77")
        bad = look("lb01", note("x"), note("y"), "echo no >&2; exit 1", id="bad", settle_s=0.0)
        late: Plan = replace(made, phases=(*made.phases[:-1], Phase(note("z"), ((bad,),))))
        run = Run(driver.door, late, overwrite=True)
        await run.execute()
        assert run.progress.status is RunStatus.FAILED
        assert run.progress.of("bad@lb01").status is StepStatus.FAILED, told(run)
        yield demo, run


async def test_a_change_that_parts_the_pair_is_taken_back() -> None:
    async with _weeks_later() as (demo, run):
        lb02 = demo.cluster.hosts["lb02"]
        assert run.progress.of("release keepalived@lb02").status is StepStatus.DONE
        # keepalived runs on lb02 again, so nobody is told that it is still stopped.
        assert run.progress.problem is None
        assert await lb02.do("sh", "-c", STATE) == (0, "active enabled\n")
        await run.roll_back()
        assert run.progress.status is RunStatus.ROLLED_BACK, told(run)
        for name in ("lb01", "lb02"):
            host = demo.cluster.hosts[name]
            assert await host.do("sh", "-c", STATE) == (0, "active enabled\n")
            conf = host.machine.files.read(KEEPALIVED_CONF).decode()
            assert "virtual_router_id 50" in conf
