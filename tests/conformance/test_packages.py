"""apt, dpkg, dnf and rpm answer on the demo's fresh hosts as on the lab's."""

from __future__ import annotations

import os

import pytest

from haconsole.demo.world.cluster import DemoCluster
from haconsole.lab import api
from haconsole.lab.topology import Family, LabState

from . import packages


async def on_demo(family: Family) -> packages.Answers:
    """Ask a modelled fresh host."""
    cluster = DemoCluster(rate=0, state=LabState.FRESH, family=family)
    await cluster.start()
    try:
        host = cluster.hosts["lb01"]
        host.packages.pace_s = 0.001
        found: packages.Answers = {}
        for number, command in enumerate(packages.CASES[family]):
            status, said = await host.do("sh", "-c", f"exec 2>&1; {command}")
            found[f"{number:02d} {command}"] = packages.meaning(status, said)
        return found
    finally:
        await cluster.stop()


@pytest.mark.parametrize("family", Family)
async def test_the_demo_answers_as_recorded(family: Family) -> None:
    wanted = packages.read()[family.value]
    assert list(packages.differences(wanted, await on_demo(family))) == []


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.parametrize("family", Family)
def test_the_lab_answers_as_recorded(lab_possible: None, family: Family) -> None:
    lab = api.up(f"p{os.getpid()}", LabState.FRESH, family)
    try:
        wanted = packages.read()[family.value]
        assert list(packages.differences(wanted, packages.on_lab(lab, family))) == []
    finally:
        lab.down()
