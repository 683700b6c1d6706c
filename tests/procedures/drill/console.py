"""A console that does one drill without a screen; as a program, to be killed.

``python -m tests.procedures.drill.console INVENTORY SCENARIO TARGET LIMIT ID [broken]`` prints a
line for each step that changes its standing, and with ``broken`` stands still once the fault is
there, until it is killed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from haconsole.domain.model import Cluster
from haconsole.domain.vrrp_predict import predict
from haconsole.domain.vrrp_prediction import Prediction, Scenario
from haconsole.inventory import load
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.drill.ask import Ask
from haconsole.procedures.drill.faults.scene import Scene
from haconsole.procedures.drill.plan import plan_drill
from haconsole.procedures.engine import Run
from haconsole.procedures.plan import Plan
from haconsole.procedures.progress import RunProgress
from haconsole.procedures.survey import survey
from haconsole.transport.door import Door
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport

Holds = Mapping[str, Callable[[], Awaitable[None]]]


async def ground_of(door: Door, cluster: Cluster) -> Ground:
    facts = await survey(door, cluster)
    assert not facts.problems, facts.problems
    return Ground(door.site, cluster, facts)


def expected(ground: Ground, ask: Ask) -> Prediction:
    """What the pair's files alone let expect."""
    webs = [host.name for host in ground.cluster.webs]
    scene = Scene(ground, ask, Prediction(scenario=ask.scenario, target="", owner=None))
    routers = [scene.router(name) for name in scene.lbs]
    return predict(ask.scenario, routers, target=ask.target, backends=webs)


def asked(
    ground: Ground, scenario: str, target: str | None, *, limit_s: float = 20.0, force: bool = False
) -> Ask:
    vip = ground.cluster.vips[0].address
    return Ask(scenario=Scenario(scenario), vip=vip, target=target, limit_s=limit_s, force=force)


def planned(ground: Ground, ask: Ask, drill_id: str) -> Plan:
    return plan_drill(ground, ask, expected(ground, ask), drill_id=drill_id, who="a test")


async def drill(
    inventory: Path,
    ask: tuple[str, str | None, float],
    drill_id: str,
    *,
    holds: Holds | None = None,
    hear: Callable[[RunProgress], None] | None = None,
) -> Run:
    """Plan and run one drill; returns how it went."""
    door = Transport(load(inventory), prompter=NoPrompter(), writable=True)
    await door.start()
    try:
        ground = await ground_of(door, door.site.clusters[0])
        scenario, target, limit_s = ask
        plan = planned(ground, asked(ground, scenario, target, limit_s=limit_s), drill_id)
        run = Run(door, plan, holds=holds)
        if hear is not None:
            run.subscribe(hear)
        await run.execute()
        return run
    finally:
        await door.close()


async def _main(inventory: str, scenario: str, target: str, limit: str, drill_id: str) -> None:
    told: dict[str, str] = {}

    def hear(progress: RunProgress) -> None:
        for name, step in progress.steps.items():
            if told.get(name) != step.status:
                told[name] = step.status
                print(step.status.value, name, flush=True)
                if step.problem:
                    print("!", step.problem, flush=True)

    async def stand_still() -> None:
        print("holding", flush=True)
        await asyncio.Event().wait()

    holds = {"observe": stand_still} if "broken" in sys.argv else {}
    ask = (scenario, None if target == "-" else target, float(limit))
    run = await drill(Path(inventory), ask, drill_id, holds=holds, hear=hear)
    print(run.progress.status.value, run.progress.problem or "")


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:6]))
