"""A reboot that systemd refuses: nothing was broken, so nothing is waited for."""

from __future__ import annotations

import asyncio

from haconsole.demo import serve
from haconsole.procedures.drill.leftovers import leftovers
from haconsole.procedures.progress import RunStatus, StepStatus
from tests.procedures.drill.console import drill
from tests.procedures.driving import driving, problem_of

#: As systemctl ends while something holds an inhibitor of shutdowns that blocks.
REFUSING = """\
#!/bin/sh
if [ "$1" = reboot ]; then
  echo "Operation denied due to active block inhibitor" >&2; exit 1
fi
exec /usr/bin/systemctl "$@"
"""


async def test_a_reboot_that_is_refused_leaves_no_drill_behind() -> None:
    async with serve.running(rate=0) as demo:
        files = demo.cluster.hosts["lb02"].machine.files
        files.write("/usr/local/bin/systemctl", REFUSING.encode())
        files.chmod("/usr/local/bin/systemctl", 0o755)
        async with asyncio.timeout(60):  # a boot that does not come is waited for much longer
            run = await drill(demo.inventory, ["reboot@lb02=d1"])
        assert run.progress.status is RunStatus.FAILED
        assert problem_of(run) == (
            "break d1@lb02",
            "it does not reboot: Operation denied due to active block inhibitor",
        )
        for word in ("back", "undo", "disarm", "clean"):
            assert run.progress.of(f"{word} d1@lb02").status is StepStatus.DONE
        async with driving(demo.inventory) as driver:
            for host in driver.cluster.hosts:
                await driver.door.wait_up(host.name)
            assert await leftovers(driver.door, driver.cluster) == ()
