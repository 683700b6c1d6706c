"""A drill as its screen and its report see it: the nodes, and the time line. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Cluster, Host, Role, Vip
from haconsole.domain.notes import Note, note
from haconsole.domain.outage_series import OwnerEvent
from haconsole.domain.ownership import holds
from haconsole.domain.state import HostState, MomentKind, Severity, State
from haconsole.domain.verdict import NGINX
from haconsole.procedures.drill.standing import NodeView, Row

#: Lines of a drill's time line.
MOST_ROWS = 400
#: What the drill tells itself, more exactly.
_OWN = (MomentKind.VIP, MomentKind.ANSWER)


def nodes(
    state: State, cluster: Cluster, vip: Vip, now: float, dues: Mapping[str, float]
) -> Mapping[str, NodeView]:
    """Return every node of the cluster. ``dues``: when which node undoes the fault by itself."""
    return MappingProxyType(
        {host.name: _node(state, host, vip, now, dues.get(host.name)) for host in cluster.hosts}
    )


def _node(state: State, host: Host, vip: Vip, now: float, due: float | None) -> NodeView:
    known = state.host(host.name)
    lb = host.role is Role.LB
    return NodeView(
        host.name,
        known.link.status is LinkStatus.UP,
        holds(state, host, vip, now) if lb else None,
        _keepalived(known, vip, now) if lb else None,
        _nginx(known, now),
        due,
    )


def _keepalived(known: HostState, vip: Vip, now: float) -> Note | None:
    daemon = known.current(known.daemon, now)
    if daemon is None:
        return None
    if not daemon.running:
        return note("stopped")
    if daemon.frozen:
        return note("frozen")
    instance = daemon.instance_for(vip.address, vip.vrid)
    if instance is None:
        return note("running")
    if instance.priority is None:
        return note("{state}", state=instance.state.value)
    return note("{state} {priority}", state=instance.state.value, priority=instance.priority)


def _nginx(known: HostState, now: float) -> Note | None:
    units = known.current(known.units, now)
    nginx = next((unit for unit in units or () if unit.name == NGINX), None)
    return None if nginx is None else note("{state}", state=nginx.active)


def rows(
    state: State,
    cluster: Cluster,
    since: float,
    own: Iterable[Row],
    owned: Iterable[OwnerEvent],
    vip: str,
) -> tuple[Row, ...]:
    """Return the time line: what the drill did, what the kernels said, what the nodes told."""
    names = {host.name for host in cluster.hosts}
    found = [*own, *(_kernel(one, vip) for one in owned)]
    for moment in reversed(state.timeline):
        if moment.at < since:
            break
        chatter = moment.kind is MomentKind.JOURNAL and moment.severity is Severity.INFO
        if moment.host in names and moment.kind not in _OWN and not chatter:
            found.append(Row(moment.at, moment.host, moment.note, moment.severity))
    found.sort(key=lambda row: row.at)
    return tuple(found[-MOST_ROWS:])


def _kernel(event: OwnerEvent, vip: str) -> Row:
    if event.owns:
        said, severity = note("the kernel has {vip} now", vip=vip), Severity.GOOD
    else:
        said, severity = note("the kernel gave up {vip}", vip=vip), Severity.WARNING
    return Row(event.at, event.node, said, severity, event.error_s)
