"""Before a drill: the pair is read, the outcome predicted, and what speaks against it found."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Cluster, Vip
from haconsole.domain.notes import Note, note
from haconsole.domain.readings import Reading
from haconsole.domain.state import State
from haconsole.domain.vrrp_predict import predict
from haconsole.domain.vrrp_prediction import Prediction, Scenario
from haconsole.monitor.feed import Feed
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.drill.ask import Ask
from haconsole.procedures.drill.holder import holder
from haconsole.procedures.drill.leftovers import Leftover, remains
from haconsole.procedures.drill.plan import plan_drill
from haconsole.procedures.drill.preflight import Found, preflight
from haconsole.procedures.drill.probe import Offset, ProbeError, offset, open_probe
from haconsole.procedures.drill.situation import (
    Situation,
    confs_of,
    missing_scripts,
    situation,
)
from haconsole.procedures.drill.standing import Refusal
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.facts import ClusterFacts
from haconsole.procedures.plan import Plan
from haconsole.procedures.survey import survey
from haconsole.transport.door import Door

#: Seconds for the first readings of every host, when the console has just begun.
_WHOLE_S = 15.0
#: For how long the probe is tried before a drill, seconds; and answers that are enough.
_TRY_S, _ENOUGH = 4.0, 5
#: A reading that is older than this is taken anew before it is predicted from, seconds.
_YOUNG_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A drill before it begins: everything that is known, and nothing touched.

    ``ask``: with its target and place filled in. ``plan`` ``None``: it cannot be made there.
    ``clocks``: host → its offset; ``""`` is the console itself.
    """

    drill_id: str
    ask: Ask
    vip: Vip
    situation: Situation
    facts: ClusterFacts
    prediction: Prediction | None = None
    refusals: tuple[Refusal, ...] = ()
    plan: Plan | None = None
    clocks: Mapping[str, Offset] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def forced(self) -> tuple[Refusal, ...]:
        """What ``--force`` goes over, if it may."""
        return self.refusals if self.ask.force and self.can else ()

    @property
    def can(self) -> bool:
        """Whether the drill may begin."""
        if self.plan is None or self.prediction is None:
            return False
        return all(one.forcible and self.ask.force for one in self.refusals)


def backend_words(cluster: Cluster) -> dict[str, tuple[str, ...]]:
    """Return by which words the answers of each web node are known."""
    return {web.name: (web.name, web.address) for web in cluster.webs}


def new_id(scenario: Scenario, now: float) -> str:
    """Return the name of a drill on nodes and in the journal."""
    stamp = time.strftime("%y%m%d-%H%M%S", time.gmtime(now))
    return f"{stamp}-{scenario.value}-{secrets.token_hex(2)}"


async def pair_now(door: Door, feed: Feed, cluster: Cluster, vip: Vip) -> Situation:
    """Return the pair as it is, for predictions of every scenario; changes nothing."""
    _, facts = await asyncio.gather(_readings(feed, cluster), survey(door, cluster))
    missing = await missing_scripts(door, confs_of(cluster, facts))
    return situation(cluster, vip, feed.state, feed.now(), facts, missing)


async def prepare(door: Door, feed: Feed, cluster: Cluster, ask: Ask, *, who: str = "") -> Prepared:
    """Look at everything once; changes nothing, raises nothing but ``CancelledError``."""
    vip = next((one for one in cluster.vips if one.address == ask.vip), cluster.vips[0])
    _, facts = await asyncio.gather(_readings(feed, cluster), survey(door, cluster))
    confs = confs_of(cluster, facts)
    missing, locked, left, path, clocks = await asyncio.gather(
        missing_scripts(door, confs),
        holder(door, cluster.name, [host.name for host in cluster.hosts]),
        remains(door, cluster),
        _path(door, cluster, vip, ask),
        offsets(door, [lb.name for lb in cluster.lbs]),
    )
    here = situation(cluster, vip, feed.state, feed.now(), facts, missing)
    prediction = foresee(ask, here)
    if prediction is not None and prediction.target:
        ask = replace(ask, target=prediction.target)
    drill_id = new_id(ask.scenario, feed.now())
    ground = Ground(door.site, cluster, facts)
    plan, impossible = _planned(ground, ask, prediction, drill_id, here, who)
    found = Found(
        cluster=cluster,
        ask=ask,
        state=feed.state,
        now=feed.now(),
        situation=here,
        writable=feed.writable,
        prediction=prediction,
        facts=facts,
        locked=locked,
        leftovers=[(one.host, _left(one)) for one in left.found if not one.undone],
        unasked={host: str(problem) for host, problem in left.problems.items()},
        path=path,
        impossible=impossible,
        clocks={name: (one.offset_s, one.error_s) for name, one in clocks.items()},
    )
    return Prepared(
        drill_id=drill_id,
        ask=ask,
        vip=vip,
        situation=here,
        facts=facts,
        prediction=prediction,
        refusals=preflight(found),
        plan=plan,
        clocks=clocks,
    )


def foresee(ask: Ask, here: Situation) -> Prediction | None:
    """Return the prediction; ``None`` where there is nobody to hit."""
    if not here.lbs:
        return None
    try:
        return predict(ask.scenario, here.lbs, target=ask.target, backends=here.backends)
    except ValueError:
        return None


def _planned(
    ground: Ground,
    ask: Ask,
    prediction: Prediction | None,
    drill_id: str,
    here: Situation,
    who: str,
) -> tuple[Plan | None, Note | None]:
    if prediction is None or not prediction.target:
        return None, None
    if prediction.target not in ground.facts.hosts:
        return None, None
    try:
        plan = plan_drill(
            ground, ask, prediction, drill_id=drill_id, backends=here.backends, who=who
        )
    except ProcedureError as error:
        return None, note("{why}", why=str(error))
    return plan, None


async def _readings(feed: Feed, cluster: Cluster) -> None:
    """Wait until every host of the cluster was read lately, or its link is known to be down."""
    begun = feed.now()
    settled = asyncio.Event()

    def look(_: object, state: State) -> None:
        answered = all(vip.address in state.answers for vip in cluster.vips)
        if answered and is_read(state, cluster, begun - _YOUNG_S):
            settled.set()

    end = feed.subscribe(look)
    try:
        look((), feed.state)
        if not settled.is_set():
            for host in cluster.hosts:
                if feed.state.host(host.name).link.status is LinkStatus.UP:
                    await feed.refresh(host.name)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_WHOLE_S):
                await settled.wait()
    finally:
        end()


def is_read(state: State, cluster: Cluster, since: float) -> bool:
    """Whether every host of a cluster was read since then, or cannot be reached."""
    lbs = {lb.name for lb in cluster.lbs}
    for host in cluster.hosts:
        known = state.host(host.name)
        if known.link.status in (LinkStatus.LOST, LinkStatus.REFUSED, LinkStatus.JUMP_LOST):
            continue
        readings: list[Reading[Any]] = [known.addresses, known.units]
        if host.name in lbs:
            readings.append(known.daemon)
        taken = [(one.at or 0.0) >= since or one.problem is not None for one in readings]
        if known.link.status is not LinkStatus.UP or not all(taken):
            return False
    return True


async def _path(door: Door, cluster: Cluster, vip: Vip, ask: Ask) -> Note | None:
    """Let the probe ask for a moment; returns why it gets no answer, if that is so."""
    try:
        probe = open_probe(
            door,
            cluster,
            vip,
            place=ask.place,
            rate_hz=min(ask.rate_hz, 50.0),
            limit_s=_TRY_S * 2,
            backends=backend_words(cluster),
        )
        await probe.start()
    except ProcedureError as error:
        return note("{why}", why=str(error))
    enough = asyncio.Event()

    def good() -> int:
        return sum(one.judged() is None for one in probe.samples)

    end = probe.subscribe(lambda _: enough.set() if good() >= _ENOUGH else None)
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_TRY_S):
                await enough.wait()
        if enough.is_set():
            return None
        kinds = sorted({one.failure.value for one in probe.samples if one.failure is not None})
        return note(
            "the probe ({place}) gets no answer from {url}: {kinds}",
            place=probe.place,
            url=vip.url,
            kinds=", ".join(kinds) or note("nothing came"),
        )
    finally:
        end()
        await probe.stop()


async def offsets(door: Door, hosts: Iterable[str]) -> Mapping[str, Offset]:
    """Return the clocks of hosts; one that does not tell its time is left out."""
    names = list(dict.fromkeys(hosts))
    found = await asyncio.gather(*(offset(door, host) for host in names), return_exceptions=True)
    told = {"": Offset()}
    for name, one in zip(names, found, strict=True):
        if isinstance(one, Offset):
            told[name] = one
        elif not isinstance(one, ProbeError):
            raise one
    return MappingProxyType(told)


def _left(one: Leftover) -> Note:
    """Return what is said of a drill whose undo is not confirmed."""
    if one.due is None:
        return note(
            "an earlier drill ({scenario}) on {host} was not undone, since its node went down "
            "in it: undo it first (haconsole drill INVENTORY --undo --write)",
            scenario=one.scenario,
            host=one.host,
        )
    return note(
        "an earlier drill ({scenario}) on {host} is not undone yet: the node does so at {due}",
        scenario=one.scenario,
        host=one.host,
        due=clock_time(one.due),
    )


def clock_time(at: float) -> str:
    """Return a moment as the operator's clock shows it: ``HH:MM:SS``."""
    return time.strftime("%H:%M:%S", time.localtime(at))
