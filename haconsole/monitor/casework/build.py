"""A session's state, and what was read beside it, as a case. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeVar

from haconsole.domain.daemon import Check, CheckStatus, LogKind
from haconsole.domain.events import LinkStatus
from haconsole.domain.facts import Answer
from haconsole.domain.model import Cluster, Host, Role
from haconsole.domain.notes import note
from haconsole.domain.ownership import newest_answer
from haconsole.domain.readings import Reading
from haconsole.domain.rules.case import Case, Missing, NodeCase, Seen
from haconsole.domain.rules.pieces import Logged, Wire
from haconsole.domain.state import HostState, MomentKind, Severity, State
from haconsole.domain.stats import VrrpStats
from haconsole.domain.verdict import KEEPALIVED, lost_jump
from haconsole.journal.logfile import fact_of
from haconsole.parsers.keepalived_version import parse_version

from .extras import Extras

T = TypeVar("T")
_EMPTY: Mapping[str, Extras] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Active:
    """Active evidence, by host name; what was not asked for is not there."""

    wires: Mapping[str, Seen[Wire]] = field(default_factory=dict)
    stats: Mapping[str, Seen[tuple[VrrpStats, ...]]] = field(default_factory=dict)
    stats_before: Mapping[str, Seen[tuple[VrrpStats, ...]]] = field(default_factory=dict)
    served: Mapping[str, Seen[Answer]] = field(default_factory=dict)
    pings: Mapping[str, Seen[Mapping[str, bool]]] = field(default_factory=dict)
    answers: Mapping[str, Seen[Answer]] = field(default_factory=dict)


def case_of(
    state: State,
    cluster: Cluster,
    now: float,
    extras: Mapping[str, Extras] = _EMPTY,
    active: Active = Active(),
) -> Case:
    """Return what is known of a cluster at ``now`` (console's clock).

    Without ``extras`` it is what watching alone tells; what is too old speaks no more.
    """
    jumps = [jump for jump in state.site.jumps if _is_on_the_way(jump, cluster)]
    nodes, missing = [], []
    for host in (*cluster.hosts, *jumps):
        node = _node(state, host, now, extras.get(host.name), active)
        nodes.append(node)
        missing += _missing(state, host, node, now)
    for one in extras.values():
        if any(host.name in extras and extras[host.name] is one for host in cluster.hosts):
            missing += one.missing
    moves = [
        known.changed_at
        for vip in cluster.vips
        if (known := state.ownership.get(vip.address)) and known.changed_at is not None
    ]
    answers = {
        vip.address: answer
        for vip in cluster.vips
        if (answer := active.answers.get(vip.address) or _answer(state, vip.address, vip.url, now))
    }
    return Case(
        at=now,
        cluster=cluster.name,
        vips=cluster.vips,
        nodes=tuple(nodes),
        answers=MappingProxyType(answers),
        moved_at=max(moves, default=None),
        failing=MappingProxyType(_failing(state, cluster)),
        missing=tuple(dict.fromkeys(missing)),
        live=True,
    )


def _is_on_the_way(jump: Host, cluster: Cluster) -> bool:
    return any(jump.name in host.access.jumps for host in cluster.hosts)


def _node(state: State, host: Host, now: float, extras: Extras | None, active: Active) -> NodeCase:
    known = state.host(host.name)
    jump = lost_jump(state, host)
    name = host.name
    offset = known.offset_s
    node = NodeCase(
        name=name,
        role=host.role,
        address=host.address,
        link=known.link.status,
        link_since=known.link.since,
        # What a first try waits for is no reason why there is no link.
        link_detail=known.link.detail if known.link.tried or not _tries(known) else None,
        lost_jump=jump.name if jump else None,
        heard_at=known.age_at,
        daemon=_seen(known, known.daemon, now, "pgrep -ax keepalived; kill -USR1"),
        addresses=_seen(known, known.addresses, now, "ip -br address"),
        interfaces=_seen(known, known.interfaces, now, "ip -br link"),
        neighbours=_seen(known, known.neighbours, now, "ip neigh"),
        units=_seen(known, known.units, now, f"systemctl status {KEEPALIVED} nginx"),
        firewall=_seen(known, known.firewall, now, "nft list ruleset; firewall-cmd --list-all"),
        clock=_seen(known, known.clock, now, "date", forever=True),
        log=_log(known, extras, offset),
        wire=active.wires.get(name),
        stats=active.stats.get(name),
        stats_before=active.stats_before.get(name),
        served=active.served.get(name),
        pings=active.pings.get(name),
    )
    if extras is None:
        return _versioned(node)
    changed = extras.conf_changed_at
    return _versioned(
        replace(
            node,
            conf=extras.conf,
            conf_changed_at=replace(changed, value=changed.value - offset) if changed else None,
            disks=extras.disks,
            uptime_s=extras.uptime_s,
            processes=extras.processes,
            scripts=extras.scripts,
            nginx_conf=extras.nginx_conf,
            nginx_test=extras.nginx_test,
            nginx_errors=extras.nginx_errors,
            nonlocal_bind=extras.nonlocal_bind,
            denials=extras.denials,
            drift=extras.drift,
            firewall_at_boot=extras.firewall_at_boot,
            detected=extras.detected,
        )
    )


def _tries(known: HostState) -> bool:
    return known.link.status is LinkStatus.CONNECTING


def _versioned(node: NodeCase) -> NodeCase:
    version = parse_version(node.daemon.value.version or "") if node.daemon else None
    node = replace(node, version=tuple(version)) if version else node
    return _with_checks(node)


def _with_checks(node: NodeCase) -> NodeCase:
    """Let the log tell a check's state where the dump (JSON) does not, or is older."""
    if node.daemon is None or not node.daemon.value.running or node.log is None:
        return node
    last: dict[str, tuple[float, CheckStatus]] = {}
    for line in node.log.value:
        if line.fact.kind is LogKind.STARTED:
            last.clear()
        elif line.fact.kind is LogKind.CHECK and line.fact.check and line.fact.status:
            last[line.fact.check] = (line.at, line.fact.status)
    daemon = node.daemon.value
    known = {check.name: check for check in daemon.checks}
    changed = [
        replace(check, status=last[check.name][1])
        if check.name in last and (node.daemon.at or 0.0) < last[check.name][0]
        else check
        for check in daemon.checks
    ]
    added = [Check(name, status) for name, (_, status) in last.items() if name not in known]
    checks = (*changed, *(added if not daemon.checks else ()))
    return replace(node, daemon=replace(node.daemon, value=replace(daemon, checks=checks)))


def _seen(
    known: HostState, reading: Reading[T], now: float, by: str, *, forever: bool = False
) -> Seen[T] | None:
    value = reading.value if forever else known.current(reading, now)
    return None if value is None else Seen(value, reading.at, by)


def _answer(state: State, vip: str, url: str, now: float) -> Seen[Answer] | None:
    answer = newest_answer(state, vip, now)
    return Seen(answer, state.answers[vip].at, f"curl -i {url}") if answer else None


def _failing(state: State, cluster: Cluster) -> dict[str, float]:
    """Return since when answers through each VIP fail, as the time line tells."""
    found: dict[str, float] = {}
    for vip in cluster.vips:
        about = (
            moment
            for moment in reversed(state.timeline)
            if moment.kind is MomentKind.ANSWER and moment.note.values.get("vip") == vip.address
        )
        newest = next(about, None)
        if newest is not None and newest.severity is Severity.ERROR:
            found[vip.address] = newest.at
    return found


def _log(known: HostState, extras: Extras | None, offset: float) -> Seen[tuple[Logged, ...]] | None:
    """Return the log as far as anybody read it: the monitor's stream, and one look back."""
    lines = {(line.node_at, line.text): line for line in known.journal_tail
             if line.unit == KEEPALIVED}  # fmt: skip
    facts = [
        Logged(line.node_at - offset, fact) for line in lines.values() if (fact := fact_of(line))
    ]
    if extras is not None and extras.log is not None:
        told = {(line.at, line.fact.text) for line in facts}
        facts += [
            Logged(line.at - offset, line.fact)
            for line in extras.log.value
            if line.fact and (line.at - offset, line.fact.text) not in told
        ]
    elif known.journal.value is None:
        return None
    facts.sort(key=lambda line: line.at)
    taken = extras.at if extras else known.journal.at
    return Seen(tuple(facts), taken, "journalctl -u keepalived")


def _missing(state: State, host: Host, node: NodeCase, now: float) -> list[Missing]:
    """Say what could not be seen, each with its reason."""
    known = state.host(host.name)
    if node.link is not LinkStatus.UP:
        if node.lost_jump is not None and node.lost_jump != host.name:
            said = note("{host}: not seen, behind {jump}", host=host.name, jump=node.lost_jump)
        else:
            why = node.link_detail or note("no link")
            said = note("{host}: not seen: {why}", host=host.name, why=why)
        return [Missing("link", said, host.name)]
    if host.role is Role.JUMP:
        return []
    wanted: list[tuple[str, Seen[Any] | None, Reading[Any]]] = [
        ("addresses", node.addresses, known.addresses),
        ("units", node.units, known.units),
    ]
    if host.role is Role.LB:
        wanted += [
            ("daemon", node.daemon, known.daemon),
            ("firewall", node.firewall, known.firewall),
        ]
    return [
        Missing(
            what,
            note(
                "{host}: {what} not known: {why}",
                host=host.name,
                what=what,
                why=reading.problem or note("not read yet"),
            ),
            host.name,
        )
        for what, value, reading in wanted
        if value is None
    ]
