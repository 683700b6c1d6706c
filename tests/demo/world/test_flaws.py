"""A pair with a flaw looks well, and does not fail over when nginx stops."""

from __future__ import annotations

import asyncio

import pytest

from haconsole.demo.world.cluster import DemoCluster
from haconsole.demo.world.flaws import Flaw
from haconsole.lab.ready import KEEPALIVED_CONF
from tests.demo.world.stories import cluster_story


@pytest.mark.parametrize("flaw", Flaw)
def test_a_stopped_nginx_moves_nothing(flaw: Flaw) -> None:
    async def tell(cluster: DemoCluster) -> None:
        assert await cluster.problem() is None
        lb01 = cluster.lbs[0]
        assert (await lb01.do("keepalived", "-t"))[0] == 0
        before = lb01.machine.files.read(KEEPALIVED_CONF)
        await asyncio.sleep(5)
        await lb01.do("systemctl", "stop", "nginx")
        await asyncio.sleep(30)
        assert cluster.owners == ["lb01"]
        await cluster.heal()
        assert lb01.machine.files.read(KEEPALIVED_CONF) == before

    cluster_story(tell, flaw=flaw)
