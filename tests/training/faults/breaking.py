"""A fault of a lesson on a watched pair: made, found, undone, and all is well again."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from haconsole.procedures.catalogue import Ground
from haconsole.procedures.drill.leftovers import Leftover, leftovers
from haconsole.procedures.engine import Run
from haconsole.procedures.progress import RunStatus
from haconsole.training.faults.plan import Made, due, plan_make, plan_undo, prepare_fault
from haconsole.transport.commands import Command
from tests.conformance.worlds import Watched
from tests.doctor.onset import Doctor, following
from tests.procedures.driving import Driver, driving, told

HOSTS = ("lb01", "lb02", "web01", "web02")
#: Seconds until the cause of a fault is found, and until nothing is found any more. Long, for
#: several pairs may be broken side by side.
FOUND_S, CALM_S = 60.0, 60.0
#: Everything that undoing a fault could change on a host, in words that only change with it.
_PORTRAIT = """\
cd /; sha256sum /etc/keepalived/* /etc/nginx/nginx.conf /etc/nginx/conf.d/* 2>/dev/null
for u in keepalived nginx; do
  systemctl show -p MainPID -p ActiveState $u 2>/dev/null
done
firewall-cmd --list-all 2>/dev/null; ls -A /var/lib/haconsole/drills 2>/dev/null
exit 0
"""


@dataclass
class Bench:
    """A pair that is there to be broken, by a writable door."""

    driver: Driver

    async def said(self, host: str, script: str) -> str:
        command = Command("ask", script, root=True, timeout_s=30.0)
        return (await self.driver.door.run(host, command)).stdout.strip()

    async def portrait(self, *hosts: str) -> dict[str, str]:
        return {host: await self.said(host, _PORTRAIT) for host in hosts}

    async def ground(self) -> Ground:
        return await self.driver.ground()

    async def make(self, name: str, on: str | None = None, limit_s: float = 600.0) -> Made:
        made = prepare_fault(await self.ground(), name, on, limit_s=limit_s)
        run = Run(self.driver.door, plan_make(made, self.driver.cluster))
        await run.execute()
        assert run.progress.status is RunStatus.DONE, told(run)
        assert set(due(made, run.progress)) == set(made.hosts)
        return made

    async def undo(self, made: Made) -> None:
        run = Run(self.driver.door, plan_undo(made, self.driver.cluster))
        await run.execute()
        assert run.progress.status is RunStatus.DONE, told(run)

    async def left(self) -> tuple[Leftover, ...]:
        return await leftovers(self.driver.door, self.driver.cluster)


@contextlib.asynccontextmanager
async def bench(case: Watched) -> AsyncIterator[Bench]:
    """Open a writable door to a watched pair."""
    async with driving(case.world.inventory) as driver:
        for host in HOSTS:
            await driver.door.wait_up(host)
        yield Bench(driver)


async def broken(case: Watched, name: str, causes: tuple[str, ...]) -> None:
    """Make a fault, wait for one of its causes, undo it, and wait until nothing is wrong.

    What the fault could change is as it was.
    """
    async with bench(case) as pair, following(case) as doctor:
        await calm(case, doctor)
        before = await pair.portrait(*HOSTS)
        made = await pair.make(name)
        try:
            await case.watch.until(lambda: doctor.causes()[0:1] and doctor.causes()[0] in causes,
                                   FOUND_S)  # fmt: skip
        except AssertionError:
            raise AssertionError(f"wanted one of {causes}, said {doctor.told()}") from None
        finally:
            await pair.undo(made)
        await calm(case, doctor)
        assert await pair.left() == ()
        after = await pair.portrait(*HOSTS)
        assert {host: _lasting(text) for host, text in after.items()} == {
            host: _lasting(text) for host, text in before.items()
        }


async def calm(case: Watched, doctor: Doctor) -> None:
    """Return when nothing is wrong with the pair."""
    try:
        await case.watch.until(lambda: not doctor.causes(), CALM_S)
    except AssertionError:
        raise AssertionError(f"nothing should be wrong, said {doctor.told()}") from None


def _lasting(portrait: str) -> list[str]:
    """What must be as before; a service that was started again is another process."""
    return [line for line in portrait.splitlines() if not line.startswith("MainPID=")]
