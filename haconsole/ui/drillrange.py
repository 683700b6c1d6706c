"""The product's own drills (``procedures.drill``), imported when they are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from haconsole.domain.drill_verdict import Kind
from haconsole.domain.model import Cluster
from haconsole.monitor.feed import Feed
from haconsole.procedures.drill.ask import Ask
from haconsole.procedures.errors import ProcedureError
from haconsole.telling import say
from haconsole.transport.door import Door
from haconsole.ui.drilling import Drilling, Last, Offer


class OwnRange:
    """Reads the pair, predicts every scenario for it, and makes drills of the engine's."""

    async def offers(self, door: Door, feed: Feed, cluster: Cluster) -> Sequence[Offer]:
        """Return every scenario for each VIP; raises ``ProcedureError``."""
        from haconsole.journal.drills import every
        from haconsole.procedures.drill.session import ways_of
        from haconsole.procedures.drill.situation import confs_of, missing_scripts, situation
        from haconsole.procedures.survey import survey

        facts, kept = await asyncio.gather(survey(door, cluster), asyncio.to_thread(every))
        if any(lb.name in facts.problems for lb in cluster.lbs):
            raise ProcedureError(" ".join(dict.fromkeys(facts.problems.values())))
        missing = await missing_scripts(door, confs_of(cluster, facts))
        lasts = last_of(kept, feed.site.name, cluster.name)
        offers: list[Offer] = []
        problems: list[str] = []
        for vip in cluster.vips:
            here = situation(cluster, vip, feed.state, feed.now(), facts, missing)
            problems += [say(problem) for problem in here.problems]
            for way in ways_of(here, vip):
                last = lasts.get((way.scenario.value, vip.address, way.target))
                offers.append(
                    Offer(way.scenario, vip.address, way.target, way.prediction, last=last)
                )
        if not offers and problems:
            raise ProcedureError(" ".join(f"{text}." for text in dict.fromkeys(problems)))
        return tuple(offers)

    def drill(self, door: Door, feed: Feed, cluster: Cluster, ask: Ask) -> Drilling:
        """Return a drill that was not begun."""
        from haconsole.procedures.drill.session import Drill

        return Drill(door, feed, cluster, ask)


def last_of(
    documents: Iterable[Mapping[str, Any]], site: str, cluster: str
) -> dict[tuple[str, str, str], Last]:
    """Return the newest of each drill of a cluster, by its offer's key.

    ``documents`` are the journal's, newest first; one that cannot be understood is left out.
    """
    found: dict[tuple[str, str, str], Last] = {}
    for one in documents:
        if (one.get("site"), one.get("cluster")) != (site, cluster):
            continue
        key = (str(one.get("scenario")), str(one.get("vip")), str(one.get("target")))
        if key in found:
            continue
        measured = one.get("measured")
        times: Mapping[str, Any] = measured if isinstance(measured, Mapping) else {}
        try:
            found[key] = Last(
                float(one["at"]),
                Kind(one["verdict"]),
                bool(one["healthy"]),
                float(times.get("lower_s") or 0.0),
                None if times.get("upper_s") is None else float(times["upper_s"]),
            )
        except (KeyError, TypeError, ValueError):
            continue
    return found
