"""Two faults at a time on the demo: both causes are found, and none is made up."""

from __future__ import annotations

import asyncio

from haconsole.demo.serve import Demo, running
from haconsole.inventory import load
from haconsole.monitor.casework.consult import Consultation, watched
from haconsole.monitor.monitor import Monitor
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport

#: (fault, on), (fault, on) → causes, the first one first.
PAIRS = (
    (("auth-mismatch", None), ("nginx-stop", "web01"), ["auth-mismatch", "backend-dead"]),
    (("vrrp-block", None), ("nginx-stop", "web02"), ["firewall-blocks-vrrp", "backend-dead"]),
    (("auth-mismatch", None), ("vrrp-block", None), ["auth-mismatch", "firewall-blocks-vrrp"]),
    (("crash", "lb01"), ("nginx-broken", "web01"), ["ghost-vip", "nginx-config-broken"]),
    (("freeze", "lb02"), ("nginx-stop", "lb01"), ["keepalived-frozen", "nginx-dead"]),
    (("link-down", "web01"), ("vip-mismatch", None), ["vip-list-mismatch", "link-down"]),
)
_DEMOS = 3


async def causes(demo: Demo) -> list[str]:
    door = Transport(load(demo.inventory), prompter=NoPrompter())
    monitor = Monitor(door, follow=False)
    (cluster,) = door.site.clusters
    async with watched(monitor, 15.0):
        found = await Consultation(monitor, door, cluster).examine()
    return [one.cause for one in found.findings]


async def test_both_causes_are_found() -> None:
    places = asyncio.Semaphore(_DEMOS)

    async def one(first: tuple[str, str | None], second: tuple[str, str | None]) -> list[str]:
        async with places, running() as demo:
            await demo.cluster.fault(*first)
            await demo.cluster.fault(*second)
            return await causes(demo)

    found = await asyncio.gather(*(one(first, second) for first, second, _ in PAIRS))
    assert found == [expected for _, _, expected in PAIRS]
