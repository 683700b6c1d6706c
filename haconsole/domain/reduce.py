"""The fold: state and event in, state out. Nothing else changes a state."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import singledispatch
from types import MappingProxyType

from . import moments
from .daemon import apply_log
from .events import (
    AddressChanged,
    AddressesRead,
    AnswerSeen,
    ClockRead,
    DaemonLogged,
    DaemonRead,
    Event,
    Fact,
    FirewallRead,
    HitLogFound,
    HitsSeen,
    InterfacesRead,
    JournalRead,
    LinkChanged,
    LinkStatus,
    LoadRead,
    NeighboursRead,
    ReadingFailed,
    UnitsRead,
)
from .facts import Address
from .hits import count
from .model import Host
from .readings import Reading
from .state import (
    JOURNAL_LIMIT,
    TIMELINE_LIMIT,
    HostState,
    LinkState,
    Moment,
    Ownership,
    State,
)


def reduce(state: State, event: Event) -> State:
    """Return the state after ``event``; events about unknown hosts change nothing but time."""
    at = max(state.at, event.at)
    if event.host and event.host not in state.hosts:
        return replace(state, at=at)
    return _apply(event, replace(state, at=at))


def fold(state: State, events: Iterable[Event]) -> State:
    """Return the state after all of ``events``, in order."""
    for event in events:
        state = reduce(state, event)
    return state


@singledispatch
def _apply(event: Event, state: State) -> State:
    raise TypeError(f"no fold for {type(event).__name__}")


def _with_host(state: State, name: str, host: HostState) -> State:
    return replace(state, hosts=MappingProxyType({**state.hosts, name: host}))


def _on_host(state: State, name: str, change: Callable[[HostState], HostState]) -> State:
    return _with_host(state, name, change(state.hosts[name]))


def _tell(state: State, told: Iterable[Moment]) -> State:
    """Add moments to the time line, which stays ordered by time and bounded."""
    added = tuple(told)
    if not added:
        return state
    line = moments.merged(state.timeline, added)
    over = max(0, len(line) - TIMELINE_LIMIT)
    return replace(state, timeline=line[over:], timeline_dropped=state.timeline_dropped + over)


@_apply.register
def _(event: LinkChanged, state: State) -> State:
    before = state.hosts[event.host].link
    # To try again is no news: why there is no link, and since when, stands until that is over.
    trying = event.status is LinkStatus.CONNECTING and event.detail is None
    again = trying and before.status in (LinkStatus.LOST, LinkStatus.REFUSED)
    in_vain = event.status is LinkStatus.LOST and before.status is LinkStatus.CONNECTING
    goes_on = before.status is event.status or again or (in_vain and before.detail is not None)
    since = before.since if goes_on else event.at
    detail = before.detail if again else event.detail
    rtt = event.rtt_s if event.rtt_s is not None else before.rtt_s
    failed = event.status in (LinkStatus.LOST, LinkStatus.REFUSED)
    link = LinkState(event.status, since, detail, event.retry_at, rtt, tried=failed or again)
    after = _on_host(state, event.host, lambda host: replace(host, link=link))
    if event.status is not LinkStatus.UP:
        after = _on_host(after, event.host, lambda h: replace(h, journal=Reading(False, event.at)))
    return _tell(after, moments.of_link(event, before))


@_apply.register
def _(event: AddressesRead, state: State) -> State:
    return _owners(
        _on_host(
            state,
            event.host,
            lambda h: replace(h, addresses=h.addresses.taken(event.addresses, event.at)),
        ),
        event.at,
    )


@_apply.register
def _(event: AddressChanged, state: State) -> State:
    host = state.hosts[event.host]
    if host.addresses.value is None:
        # One address is not the whole list: wait for the first full reading.
        return state
    same = (event.address.address, event.address.interface)
    others = tuple(a for a in host.addresses.value if (a.address, a.interface) != same)
    addresses: tuple[Address, ...] = (*others, event.address) if event.added else others
    changed = replace(host, addresses=host.addresses.taken(addresses, event.at))
    stamp = event.at if event.node_at is None else event.node_at - host.offset_s
    return _owners(_with_host(state, event.host, changed), stamp, seen=True)


@_apply.register
def _(event: InterfacesRead, state: State) -> State:
    return _on_host(
        state,
        event.host,
        lambda h: replace(h, interfaces=h.interfaces.taken(event.interfaces, event.at)),
    )


@_apply.register
def _(event: NeighboursRead, state: State) -> State:
    return _on_host(
        state,
        event.host,
        lambda h: replace(h, neighbours=h.neighbours.taken(event.neighbours, event.at)),
    )


@_apply.register
def _(event: UnitsRead, state: State) -> State:
    before = state.hosts[event.host].units.value
    after = _on_host(
        state, event.host, lambda h: replace(h, units=h.units.taken(event.units, event.at))
    )
    return _tell(after, moments.of_units(event, before))


@_apply.register
def _(event: DaemonRead, state: State) -> State:
    host = state.hosts[event.host]
    after = _with_host(
        state, event.host, replace(host, daemon=host.daemon.taken(event.daemon, event.at))
    )
    return _owners(_tell(after, moments.of_daemon(event, host.daemon.value)), event.at)


@_apply.register
def _(event: DaemonLogged, state: State) -> State:
    host = state.hosts[event.host]
    after = state
    if event.live:
        daemon = apply_log(host.daemon.value, event.fact, event.node_at)
        if daemon is not None:
            reading = host.daemon.taken(daemon, event.at)
            after = _with_host(state, event.host, replace(host, daemon=reading))
    return _tell(after, moments.of_log(event, host.offset_s))


@_apply.register
def _(event: JournalRead, state: State) -> State:
    host = state.hosts[event.host]
    tail = (*host.journal_tail, *event.lines)[-JOURNAL_LIMIT:]
    journal = host.journal.taken(True, event.at)
    after = _with_host(state, event.host, replace(host, journal=journal, journal_tail=tail))
    return _tell(after, moments.of_journal(event, host.offset_s))


@_apply.register
def _(event: FirewallRead, state: State) -> State:
    before = state.hosts[event.host].firewall.value
    after = _on_host(
        state, event.host, lambda h: replace(h, firewall=h.firewall.taken(event.firewall, event.at))
    )
    return _tell(after, moments.of_firewall(event, before))


@_apply.register
def _(event: LoadRead, state: State) -> State:
    return _on_host(
        state, event.host, lambda h: replace(h, load=h.load.taken(event.load, event.at))
    )


@_apply.register
def _(event: ClockRead, state: State) -> State:
    return _on_host(
        state, event.host, lambda h: replace(h, clock=h.clock.taken(event.clock, event.at))
    )


@_apply.register
def _(event: AnswerSeen, state: State) -> State:
    before = state.answers.get(event.vip)
    if event.answer is None:
        return replace(state, answers=MappingProxyType({**state.answers, event.vip: Reading()}))
    reading = (before or Reading()).taken(event.answer, event.at)
    answers = MappingProxyType({**state.answers, event.vip: reading})
    told = moments.of_answer(event, event.answer, before.value if before else None)
    return _tell(replace(state, answers=answers), told)


@_apply.register
def _(event: ReadingFailed, state: State) -> State:
    host = state.hosts[event.host]
    if event.fact is Fact.JOURNAL:
        failed = replace(host, journal=host.journal.taken(False, event.at).failed(event.problem))
    else:
        reading: Reading[object] = getattr(host, event.fact.value)
        if reading.at is not None and event.at < reading.at:
            # A newer reading succeeded while this one was failing.
            return state
        changed = {event.fact.value: reading.failed(event.problem)}
        failed = replace(host, **changed)  # type: ignore[arg-type]  # Fact names the fields
    return _with_host(state, event.host, failed)


@_apply.register
def _(event: HitLogFound, state: State) -> State:
    return _on_host(
        state,
        event.host,
        lambda h: replace(h, hits=h.hits.taken(event.path, event.at), hits_upstream=event.upstream),
    )


@_apply.register
def _(event: HitsSeen, state: State) -> State:
    cluster = state.site.cluster_of(event.host)
    if cluster is None:
        return state
    sums = count(
        state.hits[cluster.name], event.hits, dropped=event.dropped, unparsed=event.unparsed
    )
    return replace(state, hits=MappingProxyType({**state.hits, cluster.name: sums}))


def _owners(state: State, stamp: float, *, seen: bool = False) -> State:
    """Follow which LBs' kernels hold each VIP, and tell when that changes.

    An LB that cannot be seen changes nothing by that: its silence is not an answer.
    """
    ownership: dict[str, Ownership] = dict(state.ownership)
    told: list[Moment] = []
    for cluster in state.site.clusters:
        for vip in cluster.vips:
            owners, complete = _holders(state, cluster.lbs, vip.address)
            before = ownership.get(vip.address)
            if before is None:
                if complete or owners:
                    first = Ownership(owners, stamp, complete=complete)
                    ownership[vip.address] = _dated(state, vip.address, first)
                continue
            if before.owners == owners:
                same = replace(before, complete=before.complete or complete)
                ownership[vip.address] = _dated(state, vip.address, same)
                continue
            if not owners and not complete:
                continue
            # Before all LBs were seen once, one more owner is news to us, not a change.
            news = seen or before.complete
            # Two nodes' stamps may be apart by the error of their clocks' offsets.
            stamp = max(stamp, before.changed_at or stamp)
            ownership[vip.address] = Ownership(
                owners, stamp, exact=seen, changed_at=stamp if news else None, complete=complete
            )
            if news:
                told.append(moments.of_ownership(vip.address, before, owners, stamp))
    if ownership == dict(state.ownership):
        return state
    return _tell(replace(state, ownership=MappingProxyType(ownership)), told)


def _holders(state: State, lbs: Iterable[Host], vip: str) -> tuple[tuple[str, ...], bool]:
    """Return the LBs that hold ``vip`` over live links, and whether all LBs could be seen."""
    owners, complete = [], True
    for host in lbs:
        known = state.hosts[host.name]
        at = known.addresses.at
        if known.link.status is not LinkStatus.UP or at is None or at < known.link.since:
            complete = False
        elif any(address.address == vip for address in known.addresses.value or ()):
            owners.append(host.name)
    return tuple(owners), complete


def _dated(state: State, vip: str, ownership: Ownership) -> Ownership:
    """Let the daemon tell since when it is MASTER, where no change was seen."""
    if ownership.exact or len(ownership.owners) != 1:
        return ownership
    host = state.hosts[ownership.owners[0]]
    instance = host.daemon.value.instance_for(vip) if host.daemon.value else None
    if instance is None or instance.last_transition is None or instance.state != "MASTER":
        return ownership
    since = instance.last_transition - host.offset_s
    return replace(ownership, since=since, exact=True) if since <= state.at else ownership
