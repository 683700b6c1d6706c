"""The probe on the demo: no host there has a Python, so it asks through SSH forwarding."""

from __future__ import annotations

import time
from itertools import pairwise

from haconsole.demo import serve
from haconsole.domain.outage import measure
from haconsole.procedures.drill.probe import offset, open_probe
from haconsole.procedures.drill.probe.forward import RATE_HZ
from tests.procedures.drill.probe.waiting import until
from tests.procedures.driving import driving


async def test_an_outage_of_the_demo_is_measured_through_its_bastion() -> None:
    async with serve.running() as demo, driving(demo.inventory) as driver:
        cluster = driver.cluster
        probe = open_probe(
            driver.door,
            cluster,
            cluster.vips[0],
            place="jump",
            rate_hz=500,
            limit_s=60,
            backends={web.name: (web.name, web.address) for web in cluster.webs},
        )
        await driver.door.wait_up("bastion")
        before = time.time()
        await probe.start()
        try:
            assert (probe.rate_hz, probe.clock_host) == (RATE_HZ, "")
            await until(probe, lambda: len(probe.samples) >= 50)
            assert {one.backend for one in probe.samples if not one.failure} == {"web01", "web02"}
            assert (await offset(driver.door, probe.clock_host)).offset_s == 0
            # Nobody has the VIP for as long as the backup waits after a graceful stop: 0.6 s.
            await demo.cluster.hosts["lb01"].do("systemctl", "stop", "keepalived")
            await until(probe, lambda: any(one.judged() for one in probe.samples))
            lost = time.time()
            await until(probe, lambda: probe.judged_until > lost + 1)
        finally:
            await probe.stop()
        assert before < probe.samples[0].sent_at < time.time()
        sent = sorted(one.sent_at for one in probe.samples)
        assert min(later - sooner for sooner, later in pairwise(sent)) >= 1 / RATE_HZ - 2e-6
        worst = measure(probe.samples).worst
        assert worst is not None and worst.upper_s is not None
        # 156/256 s (priority 100), and what a busy machine adds to timers and to the bracket.
        assert worst.upper_s >= 0.6
        assert worst.lower_s <= 1.1
        assert probe.ended is None
