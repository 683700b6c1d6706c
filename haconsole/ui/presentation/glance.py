"""What a screen is painted from: one state, one time, and the verdict on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import MappingProxyType

from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Cluster, Host
from haconsole.domain.ownership import VipView
from haconsole.domain.state import HostState, State
from haconsole.domain.verdict import Level, SiteVerdict, Trouble, judge, lost_jump


@dataclass(frozen=True, slots=True)
class Glance:
    """A state at ``now`` (feed's clock), judged. ``failure``: why the watching ended, if it did."""

    state: State
    verdict: SiteVerdict
    now: float
    writable: bool = False
    failure: str | None = None
    _worst: Mapping[str, Level] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    @classmethod
    def take(
        cls, state: State, now: float, *, writable: bool = False, failure: str | None = None
    ) -> Glance:
        """Judge a state and return the glance at it."""
        verdict = judge(state, now)
        worst: dict[str, Level] = {}
        for trouble in verdict.troubles:
            if trouble.host is not None:
                worst.setdefault(trouble.host, trouble.level)
        return cls(state, verdict, now, writable, failure, MappingProxyType(worst))

    def host(self, name: str) -> HostState:
        """Return what is known of a host."""
        return self.state.host(name)

    def views(self, cluster: Cluster | None) -> tuple[VipView, ...]:
        """Return the verdicts on a cluster's VIPs, or on all."""
        if cluster is None:
            return self.verdict.vips
        return tuple(view for view in self.verdict.vips if view.cluster == cluster.name)

    def troubles(self, cluster: Cluster | None) -> tuple[Trouble, ...]:
        """Return a cluster's troubles, or all, worst first."""
        if cluster is None:
            return self.verdict.troubles
        return tuple(item for item in self.verdict.troubles if item.cluster == cluster.name)

    def level(self, cluster: Cluster | None) -> Level:
        """Return how bad it is in a cluster, or on the site."""
        troubles = self.troubles(cluster)
        return troubles[0].level if troubles else Level.OK

    def host_level(self, name: str) -> Level:
        """Return how bad it is on a host."""
        if self.host(name).link.status is LinkStatus.JUMP_LOST:
            return Level.UNKNOWN
        return self._worst.get(name, Level.OK)

    def faulty(self, name: str) -> bool:
        """Whether a host has a trouble, or cannot be seen."""
        return self.host_level(name) is not Level.OK

    def lost_jump(self, cluster: Cluster | None) -> Host | None:
        """Return the jump host whose loss hides every LB of a cluster (or of the site)."""
        clusters = (cluster,) if cluster else self.state.site.clusters
        lbs = [host for item in clusters for host in item.lbs]
        lost = [lost_jump(self.state, host) for host in lbs]
        first = lost[0] if lost else None
        return first if first is not None and all(lost) else None

    def owners(self, address: str) -> tuple[str, ...]:
        """Return the LBs that were last seen to hold a VIP."""
        known = self.state.ownership.get(address)
        return known.owners if known else ()

    def starting(self, cluster: Cluster | None) -> bool:
        """Whether no LB was seen yet, and nothing has gone wrong on the way to them either."""
        clusters = (cluster,) if cluster else self.state.site.clusters
        return all(self._first_try(host.name) for item in clusters for host in item.lbs)

    def _first_try(self, name: str) -> bool:
        known = self.host(name)
        if known.link.status is LinkStatus.UP:
            return known.addresses.value is None and known.addresses.problem is None
        waits = known.link.status in (LinkStatus.IDLE, LinkStatus.CONNECTING)
        return waits and known.link.detail is None and known.age_at is None

    def hits_seen_at(self, cluster: Cluster) -> float | None:
        """Return ``now`` while a hit log of the cluster is watched, else when that ended.

        ``None``: none was ever watched.
        """
        ended: list[float] = []
        for host in cluster.hosts:
            known = self.host(host.name)
            if known.hits.value is None:
                continue
            if known.link.status is LinkStatus.UP:
                return self.now
            ended.append(known.link.since)
        return max(ended, default=None)

    def held_by(self, cluster: Cluster, name: str) -> tuple[VipView, ...]:
        """Return the VIPs that a host's kernel holds now."""
        return tuple(view for view in self.views(cluster) if name in view.owners)


def backend_names(state: State, cluster: Cluster) -> dict[str, str]:
    """Return address → web node, by the inventory and by the addresses read on the nodes."""
    names: dict[str, str] = {}
    for host in cluster.hosts:
        for address in state.host(host.name).addresses.value or ():
            names.setdefault(address.address, host.name)
    vips = {vip.address for vip in cluster.vips}
    for vip in vips:
        names.pop(vip, None)
    reached = [host.address for host in cluster.hosts]
    for host in cluster.webs:
        # Hosts behind one forwarded address cannot be told apart by it.
        if reached.count(host.address) == 1:
            names[host.address] = host.name
        names[host.name] = host.name
    return names


def address_of(backend: str) -> str:
    """Return a logged upstream's address without its port: ``[fe80::1]:80`` is ``fe80::1``."""
    if backend.startswith("["):
        return backend[1:].partition("]")[0]
    head, colon, _ = backend.rpartition(":")
    if not colon or ":" in head:
        return backend
    return head


def backend_label(backend: str, names: Mapping[str, str]) -> str:
    """Return the web node's name for a logged upstream, or the upstream as it was logged."""
    known = names.get(backend)
    if known is not None:
        return known
    address = address_of(backend)
    known = names.get(address)
    if known is not None:
        return known
    try:
        return names.get(str(ip_address(address)), backend)
    except ValueError:
        return backend
