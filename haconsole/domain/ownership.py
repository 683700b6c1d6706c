"""Who owns a VIP: a verdict over four sources that need not agree.

The sources are the daemon's state, the kernel's addresses, the MAC that third hosts send to,
and the answer through the VIP. A source that cannot be read now counts as unknown, never as
"no": what is not known is not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from .daemon import VrrpState
from .events import LinkStatus
from .facts import Answer
from .model import Cluster, Host, Vip
from .notes import Note, all_of, note
from .state import MAX_AGE_S, State

#: After a move a source speaks of the new owner only in a reading taken this much later: the
#: kernel's event is here within milliseconds, but the owner's gratuitous ARP (RFC 5798, 6.4.2)
#: has to be read on a third host, and journald hands lines on up to half a second late.
SETTLE_S = 1.0


class VipVerdict(StrEnum):
    """What the sources together say about a VIP."""

    OWNED = "owned"
    UNOWNED = "unowned"
    SPLIT_BRAIN = "split-brain"
    GHOST = "ghost"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """Where a view on ownership comes from."""

    DAEMON = "daemon"
    KERNEL = "kernel"
    ARP = "arp"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class SourceView:
    """What one source says. ``agrees`` with the verdict's owners; ``None``: it says nothing."""

    source: Source
    agrees: bool | None
    owners: tuple[str, ...]
    note: Note
    at: float | None = None


@dataclass(frozen=True, slots=True)
class VipView:
    """The verdict on one VIP and what it stands on.

    ``owners``: the LBs whose kernels hold the address; ``ghosts``: those of them whose daemon
    is dead. ``since``: console's clock; not ``exact`` means "at least since".
    """

    cluster: str
    vip: Vip
    verdict: VipVerdict
    owners: tuple[str, ...]
    ghosts: tuple[str, ...]
    since: float | None
    exact: bool
    sources: tuple[SourceView, ...]
    headline: Note
    #: Everything that the verdict stands on or that speaks against it.
    reasons: tuple[Note, ...]
    #: Those of the reasons in which the daemons and the kernels contradict each other.
    disagreements: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class _Witness:
    """What each source says now, by LB name."""

    holders: tuple[str, ...]
    unseen: tuple[str, ...]
    masters: tuple[str, ...]
    backups: tuple[str, ...]
    dead: tuple[str, ...]
    daemon_unknown: tuple[str, ...]
    frozen: tuple[str, ...]
    #: LBs whose daemon was last read too early to speak of the newest move.
    settling: tuple[str, ...]
    arp: dict[str, tuple[str, ...]]
    arp_at: float | None

    @property
    def arp_owners(self) -> tuple[str, ...]:
        return tuple(sorted(self.arp))


def judge_vip(state: State, cluster: Cluster, vip: Vip, now: float) -> VipView:
    """Return the verdict on ``vip`` at ``now`` (console's clock)."""
    seen = _look(state, cluster, vip, now)
    disagreements = tuple(_disagreements(seen))
    verdict, reasons = _decide(seen)
    ghosts = tuple(name for name in seen.holders if name in seen.dead)
    # While nothing can be seen, "since" of what was seen last would be a claim about now.
    known = None if verdict is VipVerdict.UNKNOWN else state.ownership.get(vip.address)
    same = known is not None and known.owners == seen.holders
    return VipView(
        cluster=cluster.name,
        vip=vip,
        verdict=verdict,
        owners=seen.holders,
        ghosts=ghosts,
        since=known.since if known and same else None,
        exact=bool(known and same and known.exact),
        sources=_sources(state, cluster, vip, seen, verdict, now),
        headline=_headline(vip, verdict, seen.holders, ghosts),
        reasons=(*disagreements, *reasons),
        disagreements=disagreements,
    )


def holds(state: State, host: Host, vip: Vip, now: float) -> bool | None:
    """Whether the host's kernel holds the VIP now; ``None`` when that cannot be seen."""
    known = state.host(host.name)
    addresses = known.current(known.addresses, now)
    if addresses is None:
        return None
    return any(address.address == vip.address for address in addresses)


def _look(state: State, cluster: Cluster, vip: Vip, now: float) -> _Witness:
    kernel = {lb.name: holds(state, lb, vip, now) for lb in cluster.lbs}
    masters, backups, dead, unknown, frozen, settling = [], [], [], [], [], []
    settled_at = _settled_at(state, vip)
    for lb in cluster.lbs:
        host = state.host(lb.name)
        daemon = host.current(host.daemon, now)
        if (host.daemon.at or 0.0) < settled_at:
            settling.append(lb.name)
        if daemon is None:
            unknown.append(lb.name)
        elif not daemon.running:
            dead.append(lb.name)
        elif daemon.frozen:
            frozen.append(lb.name)
        else:
            instance = daemon.instance_for(vip.address, vip.vrid)
            if instance is None:
                unknown.append(lb.name)
            elif instance.state is VrrpState.MASTER:
                masters.append(lb.name)
            else:
                backups.append(lb.name)
    arp, arp_at = _arp(state, cluster, vip, now)
    return _Witness(
        holders=tuple(name for name, held in kernel.items() if held),
        unseen=tuple(name for name, held in kernel.items() if held is None),
        masters=tuple(masters),
        backups=tuple(backups),
        dead=tuple(dead),
        daemon_unknown=tuple(unknown),
        frozen=tuple(frozen),
        settling=tuple(settling),
        arp=arp,
        arp_at=arp_at,
    )


def _settled_at(state: State, vip: Vip) -> float:
    """Return from when on readings speak of the VIP's newest move (console's clock)."""
    known = state.ownership.get(vip.address)
    return 0.0 if known is None or known.changed_at is None else known.changed_at + SETTLE_S


def _arp(
    state: State, cluster: Cluster, vip: Vip, now: float
) -> tuple[dict[str, tuple[str, ...]], float | None]:
    """Return LB → the third hosts that send the VIP's traffic to its MAC."""
    owner_of = {
        interface.mac: lb.name
        for lb in cluster.lbs
        for interface in state.host(lb.name).interfaces.value or ()
        if interface.mac
    }
    settled_at = _settled_at(state, vip)
    votes: dict[str, tuple[str, ...]] = {}
    newest: float | None = None
    for host in (*cluster.webs, *state.site.jumps):
        known = state.host(host.name)
        table = known.current(known.neighbours, now)
        at = known.neighbours.at
        if table is None or at is None or at < settled_at:
            continue
        for entry in table:
            if entry.address == vip.address and entry.mac in owner_of:
                lb = owner_of[entry.mac]
                votes[lb] = (*votes.get(lb, ()), host.name)
                newest = max(newest or at, at)
    return votes, newest


def _disagreements(seen: _Witness) -> Iterator[Note]:
    for name in seen.masters:
        if name not in (*seen.holders, *seen.unseen, *seen.settling):
            yield note("{host}: keepalived says MASTER, but the kernel does not hold the VIP",
                       host=name)  # fmt: skip
    for name in seen.holders:
        if name in seen.backups and name not in seen.settling:
            yield note("{host}: the kernel holds the VIP, but its keepalived is not MASTER",
                       host=name)  # fmt: skip
        elif name in seen.dead:
            yield note("{host}: the kernel holds the VIP, but no keepalived runs there", host=name)


def _decide(seen: _Witness) -> tuple[VipVerdict, list[Note]]:
    reasons = [
        note("{host}: keepalived is frozen and answers nothing", host=name) for name in seen.frozen
    ]
    if not seen.holders:
        if seen.unseen:
            reasons.append(note("{hosts} cannot be seen", hosts=_names(seen.unseen)))
            return VipVerdict.UNKNOWN, reasons
        return VipVerdict.UNOWNED, reasons
    alive = [name for name in seen.holders if name not in seen.dead]
    if len(alive) > 1:
        return VipVerdict.SPLIT_BRAIN, reasons
    if len(alive) < len(seen.holders):
        return VipVerdict.GHOST, reasons
    if seen.unseen:
        return _decide_half_seen(seen, reasons)
    return VipVerdict.OWNED, reasons


def _decide_half_seen(seen: _Witness, reasons: list[Note]) -> tuple[VipVerdict, list[Note]]:
    """One LB holds it and another cannot be seen: owned only if a third host says so too."""
    owner = seen.holders[0]
    reasons.append(note("{hosts} cannot be seen", hosts=_names(seen.unseen)))
    if owner in seen.masters and seen.arp_owners == (owner,):
        reasons.append(
            note("{witness} sends its traffic to {owner}",
                 witness=_names(seen.arp[owner]), owner=owner)
        )  # fmt: skip
        return VipVerdict.OWNED, reasons
    return VipVerdict.UNKNOWN, reasons


def _sources(
    state: State, cluster: Cluster, vip: Vip, seen: _Witness, verdict: VipVerdict, now: float
) -> tuple[SourceView, ...]:
    owned = seen.holders if verdict is VipVerdict.OWNED else ()

    def view(source: Source, owners: tuple[str, ...], said: Note, at: float | None) -> SourceView:
        return SourceView(source, owners == owned if owned else False, owners, said, at)

    views = []
    if (seen.daemon_unknown and not seen.masters) or (seen.settling and seen.masters != owned):
        hosts = seen.daemon_unknown or seen.settling
        said = note("not known on {hosts}", hosts=_names(hosts))
        views.append(SourceView(Source.DAEMON, None, (), said))
    else:
        said = (
            note("MASTER on {hosts}", hosts=_names(seen.masters))
            if seen.masters
            else note("MASTER on no LB")
        )
        views.append(view(Source.DAEMON, seen.masters, said, _oldest(state, cluster, "daemon")))
    if seen.unseen and not seen.holders:
        said = note("not known on {hosts}", hosts=_names(seen.unseen))
        views.append(SourceView(Source.KERNEL, None, (), said))
    else:
        said = (
            note("held by {hosts}", hosts=_names(seen.holders))
            if seen.holders
            else note("held by no LB")
        )
        views.append(view(Source.KERNEL, seen.holders, said, _oldest(state, cluster, "addresses")))
    if seen.arp:
        pairs = "; ".join(f"{_names(seen.arp[lb])} → {lb}" for lb in seen.arp_owners)
        said = note("traffic goes {pairs}", pairs=pairs)
        views.append(view(Source.ARP, seen.arp_owners, said, seen.arp_at))
    else:
        views.append(SourceView(Source.ARP, None, (), note("seen by no third host")))
    views.append(_answer(state, vip, now))
    return tuple(views)


def newest_answer(state: State, vip: str, now: float) -> Answer | None:
    """Return what the newest request to a VIP said, while that speaks for the present.

    Answers age like any reading. That none came says something of the VIP only as long as the
    host that asked is there: with its link goes what may have been the link's fault. An answer
    that came was given, and needs no link to vouch for it.
    """
    reading = state.answers.get(vip)
    answer = reading.fresh(now, MAX_AGE_S) if reading else None
    if answer is None or reading is None or answer.status is not None:
        return answer
    asker = state.hosts.get(answer.asked_from)
    if asker is None:
        return answer
    stood = asker.link.status is LinkStatus.UP and (reading.at or 0.0) >= asker.link.since
    return answer if stood else None


def _answer(state: State, vip: Vip, now: float) -> SourceView:
    answer = newest_answer(state, vip.address, now)
    if answer is None:
        return SourceView(Source.ANSWER, None, (), note("not asked"))
    asked = answer.asked_from or note("this machine")
    if answer.status is None:
        said = note("no answer to {asked}: {problem}", asked=asked, problem=answer.problem)
    else:
        said = note(
            "{status} in {ms} ms to {asked}",
            status=answer.status,
            ms=f"{answer.seconds * 1000:.1f}",
            asked=asked,
        )
    return SourceView(Source.ANSWER, answer.ok, (), said, state.answers[vip.address].at)


def _oldest(state: State, cluster: Cluster, fact: str) -> float | None:
    taken = [getattr(state.host(lb.name), fact).at for lb in cluster.lbs]
    return min((at for at in taken if at is not None), default=None)


def _headline(
    vip: Vip, verdict: VipVerdict, owners: tuple[str, ...], ghosts: tuple[str, ...]
) -> Note:
    match verdict:
        case VipVerdict.OWNED:
            return note("{vip} on {owner}", vip=vip.address, owner=owners[0])
        case VipVerdict.UNOWNED:
            return note("{vip} on no LB", vip=vip.address)
        case VipVerdict.SPLIT_BRAIN:
            return note("{vip} on {owners}", vip=vip.address, owners=all_of(owners))
        case VipVerdict.GHOST:
            left = note("{vip} left behind on {ghosts} by a dead keepalived",
                        vip=vip.address, ghosts=_names(ghosts))  # fmt: skip
            alive = tuple(name for name in owners if name not in ghosts)
            if not alive:
                return left
            return note("{left}, while {owner} owns it", left=left, owner=_names(alive))
        case VipVerdict.UNKNOWN:
            return note("{vip}: not known who owns it", vip=vip.address)


def _names(names: Iterable[str]) -> str:
    return ", ".join(names)
