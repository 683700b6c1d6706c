"""The ground that a procedure is planned on: every host of a cluster, read once."""

from __future__ import annotations

from haconsole.domain.model import Cluster
from haconsole.procedures.catalogue import Entry, Ground
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.survey import survey
from haconsole.transport.door import Door
from haconsole.words import t


async def prepare(door: Door, cluster: Cluster, entry: Entry, *, timeout_s: float = 30.0) -> Ground:
    """Read the cluster; raises ``ProcedureError`` where a host could not be read.

    A plan for half a pair is no plan: what the other half has may decide it.
    """
    facts = await survey(
        door, cluster, timeout_s=timeout_s, repositories=entry.repositories, health=entry.health
    )
    if facts.problems:
        reasons = " ".join(dict.fromkeys(facts.problems.values()))
        raise ProcedureError(
            t(
                "{hosts} could not be read, so there is no plan: {reasons}",
                hosts=", ".join(facts.problems),
                reasons=reasons,
            )
        )
    return Ground(door.site, cluster, facts)
