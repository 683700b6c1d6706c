"""The whole pair from bare hosts, on the demo, by consoles that are killed at every step.

By packages; the lab's consoles build from source.
"""

from __future__ import annotations

import pytest

from haconsole.demo import serve
from haconsole.lab.topology import Family, LabState
from tests.procedures.driving import driving
from tests.procedures.killing import Kills

pytestmark = pytest.mark.slow
#: What Debian's packages have done already when the turn comes.
FOUND_SO = ("start nginx.service", "enable keepalived.service")


async def test_a_pair_is_built_by_consoles_that_are_killed_at_every_step() -> None:
    async with serve.running(rate=0.0, state=LabState.FRESH, family=Family.APT) as demo:
        async with driving(demo.inventory) as console:
            plan = await console.plan("build-pair")
        files = {(s.host, s.file.path): s.file for s in plan.steps if s.file and s.file.changes}
        assert len(files) >= 15

        def new_ones() -> int:
            new = 0
            for (host, path), change in files.items():
                there = demo.cluster.hosts[host].machine.files
                now = there.read(path).decode() if there.exists(path) else None
                assert now in (change.before, change.after), f"{host}:{path}: {now!r}"
                new += now == change.after
            return new

        async def see_no_mixture() -> None:
            new_ones()

        kills = Kills(demo.inventory, plan)
        await kills.until_done(see_no_mixture)
        left = {step.id for step in plan.steps if step.mutating} - kills.met
        assert {one for one in left if not one.startswith(FOUND_SO)} == set()
        assert kills.under_way and kills.just_done
        assert new_ones() == len(files)
        assert demo.cluster.owners == ["lb01"]
        async with driving(demo.inventory) as console:
            await console.apply("build-pair")
            assert console.changes == []
            await console.apply("remove")
        for host in demo.cluster.hosts.values():
            assert not host.machine.files.exists("/var/lib/haconsole")
