"""The product's own drills (``procedures.drill``), imported when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Protocol

from haconsole.domain.model import Cluster
from haconsole.domain.vrrp_prediction import Prediction, Scenario
from haconsole.monitor.feed import Feed
from haconsole.procedures.drill.ask import SUITE, Ask
from haconsole.procedures.drill.situation import Situation
from haconsole.transport.door import Door
from haconsole.ui.drilling import Drilling, Offer


class _Session(Protocol):
    """What is needed of ``procedures.drill.session``."""

    def Drill(self, door: Door, feed: Feed, cluster: Cluster, ask: Ask) -> Drilling:  # noqa: N802
        """Return a drill that was not begun."""
        ...


class OwnRange:
    """Reads the pair, predicts every scenario for it, and makes drills of the engine's."""

    async def offers(self, door: Door, feed: Feed, cluster: Cluster) -> Sequence[Offer]:
        """Return every scenario for each VIP; raises ``ProcedureError``."""
        from haconsole.procedures.drill.situation import confs_of, missing_scripts, situation
        from haconsole.procedures.errors import ProcedureError
        from haconsole.procedures.survey import survey

        facts = await survey(door, cluster)
        if any(lb.name in facts.problems for lb in cluster.lbs):
            raise ProcedureError(" ".join(dict.fromkeys(facts.problems.values())))
        missing = await missing_scripts(door, confs_of(cluster, facts))
        offers: list[Offer] = []
        for vip in cluster.vips:
            known = situation(cluster, vip, feed.state, feed.now(), facts, missing)
            offers += offers_for(known)
        return tuple(offers)

    def drill(self, door: Door, feed: Feed, cluster: Cluster, ask: Ask) -> Drilling:
        """Return a drill that was not begun."""
        module: _Session = import_module("haconsole.procedures.drill.session")
        return module.Drill(door, feed, cluster, ask)


def offers_for(known: Situation) -> list[Offer]:
    """Return every scenario with its prediction: on the VIP's owner, on each web node. Pure."""
    offers: list[Offer] = []
    problem = known.problems[0] if known.problems else None
    for scenario in SUITE:
        targets = known.backends if scenario is Scenario.BACKEND_DOWN else (known.owner,)
        for target in targets:
            foreseen = _foreseen(scenario, known, target)
            hit = target or (foreseen.target if foreseen is not None else "")
            why = problem if foreseen is None else None
            offers.append(Offer(scenario, known.vip.address, hit, foreseen, why))
    return offers


def _foreseen(scenario: Scenario, known: Situation, target: str | None) -> Prediction | None:
    from haconsole.domain.vrrp_predict import predict

    if not known.lbs:
        return None
    return predict(scenario, known.lbs, target=target, backends=known.backends)
