"""From checked records to the domain's site: places of hosts first, then the objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from haconsole.domain.model import Access, Become, Cluster, HitLog, Host, Role, Site, Vip

from .shapes import Record, Value
from .values import CheckUrl, VipAddress

#: A chain of jump hosts' names, the one nearest to the operator first.
Chain = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A host as it was written. ``cluster`` is ``None`` for a jump host."""

    name: str
    role: Role
    record: Record
    line: int
    at: str
    cluster: str | None = None
    #: The ``via`` that holds for it: its own, or its cluster's; ``None`` where neither says one.
    via: Value | None = None

    @property
    def via_names(self) -> Chain:
        """The jump hosts of its ``via`` as written, before they are expanded."""
        return via_names(self.via)


def via_names(via: Value | None) -> Chain:
    """Return the names in a ``via``, which may be one name, a list or nothing."""
    if via is None:
        return ()
    if isinstance(via.value, str):
        return (via.value,)
    names = via.value if isinstance(via.value, tuple) else ()
    return tuple(str(name.value) for name in names)


def places(site: Record) -> Iterator[Place]:
    """Yield every host of an inventory: jump hosts, then each cluster's LBs and web nodes."""
    yield from _hosts(site, "jumps", Role.JUMP, None, None)
    for name, cluster in site.named("clusters"):
        via = cluster.values.get("via")
        yield from _hosts(cluster, "lbs", Role.LB, name, via)
        yield from _hosts(cluster, "webs", Role.WEB, name, via)


def _hosts(
    owner: Record, key: str, role: Role, cluster: str | None, via: Value | None
) -> Iterator[Place]:
    found = owner.record(key)
    for name, value in (found.values if found else {}).items():
        if isinstance(value.value, Record):
            own = value.value.values.get("via")
            yield Place(name, role, value.value, value.line, value.at, cluster, own or via)


class Builder:
    """Makes the domain's objects of an inventory in which nothing is wrong."""

    def __init__(self, site: Record, chains: dict[str, Chain], base: Path) -> None:
        """``chains``: the way to every host, by its name; ``base``: relative paths start here."""
        self._site = site
        self._chains = chains
        self._base = base
        self._defaults = site.record("defaults") or Record(site.line, "defaults")

    def site(self) -> Site:
        """Return the whole site."""
        hosts = [(place, self._host(place)) for place in places(self._site)]
        clusters = tuple(
            self._cluster(name, record, [(p, h) for p, h in hosts if p.cluster == name])
            for name, record in self._site.named("clusters")
        )
        return Site(
            name=self._site.text("site") or "",
            clusters=clusters,
            jumps=tuple(host for place, host in hosts if place.role is Role.JUMP),
            read_only=self._site.get("read_only") is True,
            lab=self._site.get("lab") is True,
        )

    def _cluster(self, name: str, record: Record, hosts: list[tuple[Place, Host]]) -> Cluster:
        return Cluster(
            name=name,
            lbs=tuple(host for place, host in hosts if place.role is Role.LB),
            webs=tuple(host for place, host in hosts if place.role is Role.WEB),
            vips=tuple(
                vip(value.value, record)
                for value in record.items("vips")
                if isinstance(value.value, Record)
            ),
            hit_log=HitLog(record.text("hit_log")),
        )

    def _host(self, place: Place) -> Host:
        merged = Record(place.line, place.at, self._defaults.values | place.record.values)
        become = merged.get("become")
        timeout = merged.get("connect_timeout")
        known_hosts = merged.get("known_hosts")
        access = Access(
            address=merged.text("address") or "",
            port=merged.whole("port"),
            user=merged.text("user"),
            identity_files=self._paths(merged.get("key")) or (),
            become=become if isinstance(become, Become) else Become.NONE,
            jumps=self._chains[place.name],
            ssh_config=self._paths(merged.get("ssh_config")),
            known_hosts=self._base / known_hosts if isinstance(known_hosts, Path) else None,
            connect_timeout_s=timeout if isinstance(timeout, float) else 10.0,
        )
        return Host(place.name, place.role, access)

    def _paths(self, value: object) -> tuple[Path, ...] | None:
        """Return absolute paths; ``None`` where the inventory does not say, ``()`` for none."""
        if isinstance(value, Path):
            return (self._base / value,)
        if isinstance(value, tuple):
            return tuple(self._base / part.value for part in value)
        return None


def vip(record: Record, cluster: Record) -> Vip:
    """Return a VIP; its cluster's interface and VRID hold where it names none."""
    address = record.get("address")
    if not isinstance(address, VipAddress):
        raise TypeError(record.at)
    check = record.get("check")
    asked = check if isinstance(check, CheckUrl) else CheckUrl(False, address.ip, 80, "/")
    return Vip(
        address=address.text,
        prefix=address.prefix,
        interface=record.text("interface") or cluster.text("interface"),
        vrid=record.whole("vrid") or cluster.whole("vrid"),
        check_port=asked.port,
        check_path=asked.path,
        check_tls=asked.tls,
    )
