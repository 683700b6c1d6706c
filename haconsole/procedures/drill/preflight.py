"""What speaks against a drill, looked at before anything is touched. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Cluster, Role
from haconsole.domain.notes import Note, note
from haconsole.domain.state import State
from haconsole.domain.verdict import Level, judge
from haconsole.domain.vrrp_prediction import Prediction, Scenario
from haconsole.domain.vrrp_router import Router
from haconsole.procedures.drill.ask import ABOUT, LEAST_LIMIT_S, MOST_LIMIT_S, Ask
from haconsole.procedures.drill.situation import Situation
from haconsole.procedures.drill.standing import Refusal
from haconsole.procedures.facts import ClusterFacts

#: Between the predicted end of an outage and the node's own undo: for seeing it, and the orderly
#: undo to begin. Seconds.
MARGIN_S = 5.0
#: A clock that is this much apart from the console's is a defect of its own (logs, TLS), seconds.
CLOCK_APART_S = 60.0
#: Clocks are only subtracted when they are known to be right within this, seconds.
CLOCK_ERROR_S = 0.1
#: Scenarios that need another LB to take over, unless the very point is that none does.
_HITS_OWNER = frozenset(Scenario) - {Scenario.BACKEND_DOWN, Scenario.FAILBACK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that a preflight looks at. ``now``: console's clock.

    ``locked``: who runs a plan, as a sentence; ``leftovers``: (host, sentence) of drills whose
    undo is not confirmed; ``unasked``: host → why it does not tell of any; ``path``: why the probe
    gets no answer; ``impossible``: why the fault cannot be made there; ``clocks``: host → (offset,
    error) in seconds.
    """

    cluster: Cluster
    ask: Ask
    state: State
    now: float
    situation: Situation
    writable: bool
    prediction: Prediction | None = None
    facts: ClusterFacts | None = None
    locked: Note | None = None
    leftovers: Sequence[tuple[str, Note]] = ()
    unasked: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    path: Note | None = None
    impossible: Note | None = None
    clocks: Mapping[str, tuple[float, float]] = field(default_factory=lambda: MappingProxyType({}))


def preflight(found: Found) -> tuple[Refusal, ...]:
    """Return what speaks against the drill; what cannot be forced comes first."""
    said = [
        *_permission(found),
        *_shape(found),
        *_unread(found),
        *_busy(found),
        *_limit(found),
        *_health(found),
        *_backup(found),
        *_clocks(found),
    ]
    return tuple(sorted(said, key=lambda one: one.forcible))


def _permission(found: Found) -> Iterator[Refusal]:
    if found.state.site.read_only:
        said = note("the inventory of {site} says read_only", site=found.state.site.name)
        yield Refusal("read-only", said, forcible=False)
    elif not found.writable:
        yield Refusal("read-only", note("changes are locked: say --write"), forcible=False)


def _shape(found: Found) -> Iterator[Refusal]:
    """The question itself."""
    cluster, ask = found.cluster, found.ask
    if all(vip.address != ask.vip for vip in cluster.vips):
        said = note("{vip} is no VIP of {cluster}", vip=ask.vip, cluster=cluster.name)
        yield Refusal("vip", said, forcible=False)
    if ask.target is not None:
        role = Role.WEB if ask.scenario is Scenario.BACKEND_DOWN else Role.LB
        hosts = cluster.webs if role is Role.WEB else cluster.lbs
        if all(host.name != ask.target for host in hosts):
            said = note(
                "{host} is not among the {hosts} of {cluster}: {names}",
                host=ask.target,
                hosts=note("web nodes") if role is Role.WEB else note("LBs"),
                cluster=cluster.name,
                names=", ".join(host.name for host in hosts) or note("none"),
            )
            yield Refusal("target", said, forcible=False)
    for problem in found.situation.problems:
        yield Refusal("not-known", problem, forcible=bool(found.situation.lbs))
    if found.impossible is not None:
        yield Refusal("not-possible", found.impossible, forcible=False)
    elif found.prediction is None or not found.prediction.target:
        said = note("no LB owns {vip} or could own it", vip=ask.vip)
        yield Refusal("no-owner", said, forcible=False)


def _unread(found: Found) -> Iterator[Refusal]:
    """What cannot be seen cannot be drilled: every LB, and the host that is hit."""
    needed = _needed(found)
    for name in needed:
        known = found.state.host(name)
        if known.link.status is not LinkStatus.UP:
            said = note("there is no link to {host}", host=name)
            yield Refusal("no-link", said, forcible=False)
        elif known.current(known.addresses, found.now) is None:
            said = note("the readings of {host} are too old to speak of now", host=name)
            yield Refusal("stale", said)
    for host, problem in found.facts.problems.items() if found.facts else ():
        if host in needed:
            said = note("{host} could not be read: {problem}", host=host, problem=problem)
            yield Refusal("not-read", said, forcible=False)


def _needed(found: Found) -> list[str]:
    target = found.prediction.target if found.prediction else ""
    lbs = [host.name for host in found.cluster.lbs]
    return lbs + [web.name for web in found.cluster.webs if web.name == target]


def _busy(found: Found) -> Iterator[Refusal]:
    if found.locked is not None:
        yield Refusal("locked", found.locked, forcible=False)
    for host in found.facts.hosts.values() if found.facts else ():
        if host.jobs:
            said = note("{host} still works on {jobs}", host=host.host, jobs=", ".join(host.jobs))
            yield Refusal("busy", said, forcible=False)
    for _, said in found.leftovers:
        yield Refusal("last-undo", said, forcible=False)
    for name in _needed(found):
        # Without a link that is all there is to say; one host of many is no reason by itself.
        if name in found.unasked and found.state.host(name).link.status is LinkStatus.UP:
            said = note(
                "{host} does not tell what earlier drills left: {problem}",
                host=name,
                problem=found.unasked[name],
            )
            yield Refusal("last-undo", said, forcible=False)
    if found.path is not None:
        yield Refusal("no-path", found.path)


def _limit(found: Found) -> Iterator[Refusal]:
    ask, prediction = found.ask, found.prediction
    if not LEAST_LIMIT_S <= ask.limit_s <= MOST_LIMIT_S:
        said = note(
            "a limit of {limit} s is outside of {least} to {most} s",
            limit=f"{ask.limit_s:g}",
            least=f"{LEAST_LIMIT_S:g}",
            most=f"{MOST_LIMIT_S:g}",
        )
        yield Refusal("limit", said, forcible=False)
    if prediction is None or ABOUT[ask.scenario].twice:
        return
    spans = [span.max_s for span in (prediction.takeover, prediction.outage) if span is not None]
    longest_s = max(spans, default=found.situation.patience_s) + ask.keep_s
    if longest_s + MARGIN_S > ask.limit_s:
        said = note(
            "the node would undo it after {limit} s, and the takeover may need {longest} s: say a "
            "limit of {least} s or more",
            limit=f"{ask.limit_s:g}",
            longest=f"{longest_s:.1f}",
            least=f"{longest_s + MARGIN_S:.0f}",
        )
        yield Refusal("limit-short", said)


def _health(found: Found) -> Iterator[Refusal]:
    names = {host.name for host in found.cluster.hosts}
    for trouble in judge(found.state, found.now).troubles:
        ours = trouble.cluster in (None, found.cluster.name)
        if trouble.level is Level.OK or not ours:
            continue
        if trouble.host is not None and trouble.host not in names:
            ours = trouble.level.rank >= Level.UNKNOWN.rank  # a jump host: the way to all
        if ours:
            yield Refusal("not-healthy", trouble.note)


def _backup(found: Found) -> Iterator[Refusal]:
    """Whoever is to take over must be able to, and to serve."""
    prediction = found.prediction
    if found.ask.scenario not in _HITS_OWNER or prediction is None:
        return
    if prediction.target != prediction.owner:
        return
    others = [lb for lb in found.situation.lbs if lb.name != prediction.owner]
    whys = [(lb, why) for lb in others if (why := _not_ready(lb)) is not None]
    if others and len(whys) == len(others):
        for _, why in whys:
            yield Refusal("backup-not-ready", why)


def _not_ready(lb: Router) -> Note | None:
    if (why := lb.unable()) is not None:
        return why
    if not lb.serves:
        return note("nginx does not run on {host}, which is to take over", host=lb.name)
    return None


def _clocks(found: Found) -> Iterator[Refusal]:
    for host, (offset_s, error_s) in found.clocks.items():
        if abs(offset_s) > CLOCK_APART_S:
            said = note(
                "the clock of {host} is {seconds} s off the console's",
                host=host,
                seconds=f"{offset_s:+.1f}",
            )
            yield Refusal("clock", said)
        if error_s > CLOCK_ERROR_S:
            said = note(
                "the clock of {host} is known to {ms} ms only: its events cannot be placed exactly",
                host=host,
                ms=round(error_s * 1000),
            )
            yield Refusal("clock-error", said)
