"""Recoveries on real hosts: one of each kind, seen to be well by the lab itself afterwards."""

from __future__ import annotations

import asyncio

import pytest

from haconsole.lab.api import LabHandle
from haconsole.lab.topology import VIP
from haconsole.procedures.engine import Run
from haconsole.procedures.progress import RunStatus
from tests.procedures.driving import driving, told
from tests.procedures.recover.cases import ON_THE_LAB, Broken


def owners(lab: LabHandle) -> list[str]:
    """Return the LBs whose kernels have the VIP, asked in their namespaces."""
    return [
        name
        for name in ("lb01", "lb02")
        if f" {VIP}/" in lab.exec(name, ["ip", "-o", "address", "show"]).stdout
    ]


async def shown(lab: LabHandle, case: Broken) -> None:
    """Wait until the pair shows what was done to it."""
    wanted = 0 if case.name in ("nobody", "nginx") else 2
    async with asyncio.timeout(30):
        while len(await asyncio.to_thread(owners, lab)) != wanted:
            await asyncio.sleep(0.2)


@pytest.mark.parametrize("case", ON_THE_LAB, ids=lambda case: case.name)
async def test_one_owner_again(lab: LabHandle, case: Broken) -> None:
    try:
        for name, on in case.faults:
            await asyncio.to_thread(lab.fault, name, on)
        await shown(lab, case)
        async with driving(lab) as driver:
            plan = await driver.plan(case.procedure, **case.given)
            run = Run(driver.door, plan, overwrite=True)
            await run.execute()
            assert run.progress.status is RunStatus.DONE, told(run)
        assert await asyncio.to_thread(owners, lab) == ["lb01"]
        said = lab.exec("web01", ["curl", "-s", "-m", "3", f"http://{VIP}/"])
        assert said.returncode == 0, said
    finally:
        await asyncio.to_thread(lab.heal)
