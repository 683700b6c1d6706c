"""A drill's result without a drill: predicted, planned and judged by the real thing."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from haconsole.domain.drill_verdict import judge
from haconsole.domain.facts import Unit
from haconsole.domain.notes import note
from haconsole.domain.outage_series import Failure, Injection, OwnerEvent, Sample
from haconsole.domain.vrrp_prediction import Scenario
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.drill.evidence import Material, understand
from haconsole.procedures.drill.plan import plan_drill
from haconsole.procedures.drill.result import ProbeFacts, Result, fingerprints, topology
from haconsole.procedures.drill.standing import Row
from haconsole.procedures.facts import ClusterFacts
from haconsole.procedures.progress import RunProgress, RunStatus, StepProgress, StepStatus
from tests.procedures.drill.session.grounds import conf, facts_of, found
from tests.support.states import healthy


def _series(gap_s: float) -> list[Sample]:
    rows = []
    for index in range(4000):
        at = 9.0 + index * 0.002
        failed = 10.0 <= at < 10.0 + gap_s
        rows.append(Sample(at, at + 0.001, Failure.REFUSED if failed else None, "web01", due_at=at))
    return rows


def result(
    *,
    drill_id: str = "261122-140231-stop-ab12",
    at: float = 1_795_356_151.0,
    gap_s: float = 0.62,
    priority: int = 150,
) -> Result:
    """Return a drill of ``stop`` whose outage lasts ``gap_s`` seconds."""
    case = found(Scenario.STOP)
    assert case.prediction is not None
    scene = healthy()
    cluster = scene.site.clusters[0]
    facts = facts_of(cluster, lb01=conf("lb01", priority))
    units = (
        Unit("keepalived.service", True, "active", "running", "enabled"),
        Unit("nginx.service", True, "active", "running", "enabled"),
    )
    tools = frozenset({"systemd-run", "flock", "setsid", "nft"})
    hosts = {name: replace(host, units=units, tools=tools) for name, host in facts.hosts.items()}
    facts = ClusterFacts(MappingProxyType(hosts))
    ask = replace(case.ask, target="lb01")
    plan = plan_drill(Ground(scene.site, cluster, facts), ask, case.prediction, drill_id=drill_id)
    seen = understand(
        case.prediction,
        Material(
            samples=_series(gap_s),
            events=(OwnerEvent(10.0, "lb01", False), OwnerEvent(10.0 + gap_s, "lb02", True)),
            initial=("lb01",),
            since=9.0,
            broken=Injection(9.998, 10.0),
            undone=Injection(14.0, 14.1),
            last_undone=Injection(14.0, 14.1),
            owners=("lb01",),
        ),
    )
    done = {step.id: StepProgress(StepStatus.DONE, seconds=0.25) for step in plan.steps}
    return Result(
        drill_id=drill_id,
        began=at,
        ended=at + 12.0,
        site="shop",
        cluster="pair",
        lab=True,
        who="ops@desk (process 7)",
        ask=ask,
        prediction=case.prediction,
        plan=plan,
        run=RunProgress(RunStatus.DONE, MappingProxyType(done)),
        probe=ProbeFacts(note("{host}", host="bastion"), 700.0, 0.0012, 0.11, 0.8),
        verdict=judge(case.prediction, seen),
        seen=seen,
        forced=(note("lb02: nginx does not run"),),
        topology=topology(cluster, facts),
        fingerprints=fingerprints(facts),
        clocks={"": (0.0, 0.0), "lb01": (0.0123, 0.0004)},
        rows=(Row(at + 2.0, "lb01", note("fault: a | pipe"), error_s=0.0015),),
        fault_at=(at + 2.0, at + 2.1),
        undone_at=at + 6.0,
    )
