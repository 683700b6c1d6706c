"""A console that does drills without a screen; as a program, to be killed or cut off.

``python -m tests.procedures.drill.console INVENTORY LIMIT SCENARIO@TARGET=ID …`` does all of them
at once, prints a line for each step that changes its standing, and stands still once the faults
are there, until a line comes on standard input.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
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
from haconsole.procedures.plan import Phase, Plan
from haconsole.procedures.progress import RunProgress
from haconsole.procedures.survey import survey
from haconsole.transport.door import Door
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport

Holds = Mapping[str, Callable[[], Awaitable[None]]]
#: The phases of a drill, in their order.
PHASES = (
    *("Ready", "Arm the undo", "Prepare", "Wait for it"),
    *("Break", "Undo", "Nothing left", "Healthy again"),
)


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


def planned(
    ground: Ground, scenario: str, target: str | None, drill_id: str, *, limit_s: float = 20.0,
    force: bool = False,
) -> Plan:  # fmt: skip
    vip = ground.cluster.vips[0].address
    ask = Ask(scenario=Scenario(scenario), vip=vip, target=target, limit_s=limit_s, force=force)
    return plan_drill(ground, ask, expected(ground, ask), drill_id=drill_id, who="a test")


def merged(plans: Sequence[Plan]) -> Plan:
    """Several drills at once, which a console does not do: it saves a test minutes."""
    phases: list[Phase] = []
    for title in PHASES:
        same = [phase for plan in plans for phase in plan.phases if str(phase.title) == title]
        if same:
            phases.append(replace(same[0], lanes=tuple(lane for p in same for lane in p.lanes)))
    assert sum(len(phase.steps) for phase in phases) == sum(len(plan.steps) for plan in plans)
    return replace(plans[0], phases=tuple(phases))


async def drill(
    inventory: Path,
    drills: Sequence[str],
    *,
    limit_s: float = 20.0,
    holds: Holds | None = None,
    hear: Callable[[RunProgress], None] | None = None,
) -> Run:
    """Plan and run drills, each ``SCENARIO@TARGET=ID``; returns how it went."""
    door = Transport(load(inventory), prompter=NoPrompter(), writable=True)
    await door.start()
    try:
        ground = await ground_of(door, door.site.clusters[0])
        plans = []
        for one in drills:
            scenario, _, rest = one.partition("@")
            target, _, drill_id = rest.partition("=")
            plans.append(planned(ground, scenario, target or None, drill_id, limit_s=limit_s))
        run = Run(door, merged(plans), holds=holds)
        if hear is not None:
            run.subscribe(hear)
        await run.execute()
        return run
    finally:
        await door.close()


async def _main(inventory: str, limit: str, *drills: str) -> None:
    told: dict[str, str] = {}

    def hear(progress: RunProgress) -> None:
        for name, step in progress.steps.items():
            if told.get(name) != step.status:
                told[name] = step.status
                print(step.status.value, name, step.problem or "", flush=True)

    async def stand_still() -> None:
        print("holding", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)

    run = await drill(
        Path(inventory), drills, limit_s=float(limit), holds={"observe": stand_still}, hear=hear
    )
    print("ended", run.progress.status.value, run.progress.problem or "", flush=True)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
