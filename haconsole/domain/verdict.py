"""The verdict on a site: one level, every VIP, and what is wrong, worst first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from .daemon import CheckStatus, VrrpState
from .events import LinkStatus
from .facts import VrrpFirewall
from .model import Cluster, Host, Role, Site
from .notes import Note, note
from .ownership import Source, VipVerdict, VipView, judge_vip
from .readings import Reading
from .state import HostState, State

KEEPALIVED = "keepalived.service"
NGINX = "nginx.service"
#: A link that came back this recently may still be without its first readings.
_FRESH_LINK_S = 20.0
Unread: TypeAlias = list[tuple[str, Reading[Any]]]


class Level(StrEnum):
    """How bad it is, in the words of monitoring plugins."""

    OK = "OK"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"
    UNKNOWN = "UNKNOWN"

    @property
    def exit_status(self) -> int:
        """Exit status by the Monitoring Plugins guidelines: 0, 1, 2, 3."""
        return _EXIT[self]

    @property
    def rank(self) -> int:
        """Order of badness. What cannot be known outranks a warning: it may hide worse."""
        return _RANK[self]


_EXIT = {Level.OK: 0, Level.WARNING: 1, Level.CRITICAL: 2, Level.UNKNOWN: 3}
_RANK = {Level.OK: 0, Level.WARNING: 1, Level.UNKNOWN: 2, Level.CRITICAL: 3}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong or cannot be seen, on ``host`` or in ``cluster``."""

    level: Level
    note: Note
    host: str | None = None
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class SiteVerdict:
    """What to think of a site now. ``troubles`` are ordered worst first."""

    level: Level
    vips: tuple[VipView, ...]
    troubles: tuple[Trouble, ...]

    @property
    def headline(self) -> Note:
        """The worst trouble in one sentence, or where the VIPs are when there is none."""
        if self.troubles:
            return self.troubles[0].note
        if not self.vips:
            return note("no VIP")
        if len(self.vips) == 1:
            return self.vips[0].headline
        return note("all {count} VIPs are owned", count=len(self.vips))


def judge(state: State, now: float) -> SiteVerdict:
    """Return the verdict at ``now`` (console's clock)."""
    vips: list[VipView] = []
    troubles: list[Trouble] = []
    for cluster in state.site.clusters:
        views = [judge_vip(state, cluster, vip, now) for vip in cluster.vips]
        vips += views
        troubles += _cluster_troubles(state, cluster, views, now)
    troubles.sort(key=lambda trouble: -trouble.level.rank)
    level = troubles[0].level if troubles else Level.OK
    return SiteVerdict(level, tuple(vips), tuple(troubles))


def lost_jump(state: State, host: Host) -> Host | None:
    """Return the outermost jump host on the way that is not up, if that is why we see nothing."""
    if state.host(host.name).link.status is LinkStatus.UP:
        return None
    for name in host.access.jumps:
        if state.host(name).link.status is not LinkStatus.UP:
            return _host(state.site, name)
    return None


def _host(site: Site, name: str) -> Host | None:
    return next((host for host in site.every_host if host.name == name), None)


def _cluster_troubles(
    state: State, cluster: Cluster, views: list[VipView], now: float
) -> Iterator[Trouble]:
    lost = {jump.name: jump for host in cluster.hosts if (jump := lost_jump(state, host))}
    for jump in lost.values():
        yield Trouble(Level.UNKNOWN, _jump_note(state, jump), jump.name, cluster.name)
    for view in views:
        yield from _vip_troubles(state, cluster, view, now)
    owners = {owner for view in views for owner in view.owners}
    for host in cluster.hosts:
        if lost_jump(state, host):
            continue
        yield from _host_troubles(state, cluster, host, owners, now)
    yield from _web_troubles(state, cluster, now)


def _jump_note(state: State, jump: Host) -> Note:
    link = state.host(jump.name).link
    if link.status is LinkStatus.CONNECTING and link.detail is None:
        return note("connecting to jump host {jump}", jump=jump.name)
    why = link.detail or note("no link")
    return note("jump host {jump} lost: {why}", jump=jump.name, why=why)


def _vip_troubles(state: State, cluster: Cluster, view: VipView, now: float) -> Iterator[Trouble]:
    where = {"cluster": cluster.name}
    match view.verdict:
        case VipVerdict.SPLIT_BRAIN:
            yield Trouble(Level.CRITICAL, note("split brain: {what}", what=view.headline), **where)
        case VipVerdict.GHOST:
            yield Trouble(Level.CRITICAL, note("ghost VIP: {what}", what=view.headline), **where)
        case VipVerdict.UNOWNED:
            yield Trouble(Level.CRITICAL, note("no owner: {what}", what=view.headline), **where)
        case VipVerdict.UNKNOWN:
            yield Trouble(Level.UNKNOWN, view.headline, **where)
        case VipVerdict.OWNED:
            for said in view.disagreements:
                yield Trouble(Level.WARNING, said, **where)
    for source in view.sources:
        if source.source is Source.ANSWER and source.agrees is False:
            what = note("{vip}: {said}", vip=view.vip.address, said=source.note)
            yield Trouble(Level.CRITICAL, what, **where)
        if (
            source.source is Source.ARP
            and source.agrees is False
            and view.verdict is VipVerdict.OWNED
        ):
            what = note("{vip}: stale ARP, {said}", vip=view.vip.address, said=source.note)
            yield Trouble(Level.WARNING, what, **where)


def _host_troubles(
    state: State, cluster: Cluster, host: Host, owners: set[str], now: float
) -> Iterator[Trouble]:
    known = state.host(host.name)
    where = {"host": host.name, "cluster": cluster.name}
    link = known.link
    if link.status is not LinkStatus.UP:
        first = link.status in (LinkStatus.IDLE, LinkStatus.CONNECTING) and not link.tried
        why = link.detail or note("no link")
        said = note("{host}: connecting", host=host.name) if first else note(
            "{host} cannot be reached: {why}", host=host.name, why=why
        )  # fmt: skip
        yield Trouble(Level.UNKNOWN if first else Level.WARNING, said, **where)
        return
    unread: Unread = []
    if host.role is Role.LB:
        yield from _lb_troubles(known, host, where, now, unread)
    yield from _nginx_troubles(known, host, where, owners, now, unread)
    yield from _unread(host.name, unread, where, now)


def _lb_troubles(
    known: HostState, host: Host, where: dict[str, str], now: float, unread: Unread
) -> Iterator[Trouble]:
    name = host.name
    daemon = known.current(known.daemon, now)
    if daemon is None:
        unread.append(("keepalived", known.daemon))
    elif not daemon.running:
        yield _trouble(Level.WARNING, note("{host}: keepalived does not run", host=name), where)
    elif daemon.frozen:
        yield _trouble(Level.WARNING, note("{host}: keepalived is frozen", host=name), where)
    else:
        for instance in daemon.instances:
            if instance.state is VrrpState.FAULT:
                said = note("{host}: {instance} is in FAULT", host=name, instance=instance.name)
                yield _trouble(Level.WARNING, said, where)
        for check in daemon.checks:
            if check.status is CheckStatus.BAD:
                said = note("{host}: check {check} fails", host=name, check=check.name)
                yield _trouble(Level.WARNING, said, where)
    if known.current(known.addresses, now) is None:
        unread.append(("addresses", known.addresses))
    firewall = known.current(known.firewall, now)
    if firewall and firewall.vrrp is VrrpFirewall.BLOCKED:
        said = note("{host}: its firewall ({kind}) drops VRRP", host=name, kind=firewall.kind)
        yield _trouble(Level.WARNING, said, where)


def _nginx_troubles(
    known: HostState,
    host: Host,
    where: dict[str, str],
    owners: set[str],
    now: float,
    unread: Unread,
) -> Iterator[Trouble]:
    units = known.current(known.units, now)
    if units is None:
        unread.append(("services", known.units))
        return
    nginx = next((unit for unit in units if unit.name == NGINX), None)
    if nginx is None or nginx.running:
        return
    worst = host.role is Role.LB and host.name in owners
    level = Level.CRITICAL if worst else Level.WARNING
    said = note("{host}: nginx is not installed", host=host.name) if not nginx.installed else note(
        "{host}: nginx does not run ({state})", host=host.name, state=nginx.active
    )  # fmt: skip
    yield _trouble(level, said, where)


def _web_troubles(state: State, cluster: Cluster, now: float) -> Iterator[Trouble]:
    """When every web node is known to be dead, nobody is served."""
    if not cluster.webs:
        return
    for host in cluster.webs:
        known = state.host(host.name)
        units = known.current(known.units, now)
        nginx = next((unit for unit in units or () if unit.name == NGINX), None)
        if nginx is None or nginx.running:
            return
    what = note("{cluster}: nginx runs on no web node", cluster=cluster.name)
    yield Trouble(Level.CRITICAL, what, cluster=cluster.name)


def _unread(host: str, unread: Unread, where: dict[str, str], now: float) -> Iterator[Trouble]:
    """Tell what cannot be read, each with its reason; what only waits is told in one line."""
    waiting = []
    for what, reading in unread:
        if reading.problem:
            said = note("{host}: {what} cannot be read: {problem}",
                        host=host, what=what, problem=reading.problem)  # fmt: skip
            yield _trouble(Level.UNKNOWN, said, where)
        else:
            waiting.append((what, reading.age_s(now) or 0.0))
    if not waiting:
        return
    names = ", ".join(what for what, _ in waiting)
    age = int(max(age_s for _, age_s in waiting))
    if age < _FRESH_LINK_S:
        said = note("{host}: {what} not read yet", host=host, what=names)
    else:
        said = note("{host}: {what} not read for {age} s", host=host, what=names, age=age)
    yield _trouble(Level.UNKNOWN, said, where)


def _trouble(level: Level, said: Note, where: dict[str, str]) -> Trouble:
    return Trouble(level, said, where.get("host"), where.get("cluster"))
