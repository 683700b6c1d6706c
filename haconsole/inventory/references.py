"""What no single value shows: names, addresses and router ids that stand twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from haconsole.domain.model import Role
from haconsole.words import t

from .problems import Report, shown
from .shapes import Record
from .sites import Chain, Place
from .values import CheckUrl, IpAddress, Network, VipAddress

_SSH_PORT = 22


@dataclass(frozen=True, slots=True)
class _VipPlace:
    cluster: str
    record: Record
    address: VipAddress
    vrid: int | None
    #: The ways to the LBs of its cluster: a VIP is in the network that these lead to.
    chains: frozenset[Chain]


def check(site: Record, hosts: tuple[Place, ...], chains: dict[str, Chain], report: Report) -> None:
    """Note every name, address and router id of the site that cannot be right."""
    _check_names(hosts, report)
    _check_addresses(site, hosts, chains, report)
    vips = tuple(_vips(site, hosts, chains))
    _check_vips_are_not_hosts(_check_vips(vips, report), hosts, chains, report)
    _check_router_ids(vips, report)


def _check_names(hosts: tuple[Place, ...], report: Report) -> None:
    first: dict[str, Place] = {}
    for host in hosts:
        other = first.setdefault(host.name, host)
        if other is not host:
            what = t(
                "the name {name} is taken by {other} on line {line}",
                name=shown(host.name),
                other=other.at,
                line=other.line,
            )
            report.refuse(host.line, host.at, what, t("a name of its own for every host"))


def _check_addresses(
    site: Record, hosts: tuple[Place, ...], chains: dict[str, Chain], report: Report
) -> None:
    """Two hosts may share an address behind different jump hosts, or on different ports."""
    defaults = site.record("defaults")
    first: dict[tuple[str, int, Chain], Place] = {}
    for host in hosts:
        address = host.record.text("address")
        chain = chains.get(host.name)
        if address is None or chain is None or "port" in host.record.refused:
            continue
        port = host.record.whole("port") or (defaults and defaults.whole("port")) or _SSH_PORT
        key = (address.lower().removesuffix("."), port, chain)
        other = first.setdefault(key, host)
        if other is not host:
            what = t(
                "the address {address}, port {port}, is that of {other} on line {line}",
                address=shown(address),
                port=port,
                other=other.at,
                line=other.line,
            )
            found = host.record.values["address"]
            report.refuse(found.line, found.at, what, t("an address of its own for every host"))


def _vips(site: Record, hosts: tuple[Place, ...], chains: dict[str, Chain]) -> Iterator[_VipPlace]:
    for name, cluster in site.named("clusters"):
        ways = frozenset(
            chains[host.name]
            for host in hosts
            if host.cluster == name and host.role is Role.LB and host.name in chains
        )
        for value in cluster.items("vips"):
            record = value.value
            if isinstance(record, Record):
                address = record.get("address")
                vrid = record.whole("vrid") or cluster.whole("vrid")
                if isinstance(address, VipAddress):
                    yield _VipPlace(name, record, address, vrid, ways)


def _check_vips(vips: tuple[_VipPlace, ...], report: Report) -> dict[IpAddress, _VipPlace]:
    """Note VIPs that stand twice, and checks that ask another address; return each VIP once."""
    first: dict[IpAddress, _VipPlace] = {}
    for vip in vips:
        place = vip.record.values["address"]
        other = first.setdefault(vip.address.ip, vip)
        if other is not vip:
            what = t(
                "the VIP {address} already stands on line {line}",
                address=vip.address.text,
                line=other.record.values["address"].line,
            )
            expected = t("every VIP once in a site (sites that overlap take an inventory each)")
            report.refuse(place.line, place.at, what, expected)
        asked = vip.record.get("check")
        if isinstance(asked, CheckUrl) and asked.ip != vip.address.ip:
            found = vip.record.values["check"]
            what = t("this URL asks {host}, which is not this VIP", host=str(asked.ip))
            expected = t("a URL whose host is {vip}", vip=vip.address.text)
            report.refuse(found.line, found.at, what, expected)
    return first


def _check_vips_are_not_hosts(
    vips: dict[IpAddress, _VipPlace],
    hosts: tuple[Place, ...],
    chains: dict[str, Chain],
    report: Report,
) -> None:
    """A host of another network may have the address; one of this network may not."""
    for host in hosts:
        ip = _ip(host.record.text("address"))
        vip = vips.get(ip) if ip else None
        if vip is None:
            continue
        if host.cluster == vip.cluster or chains.get(host.name) in vip.chains:
            place = vip.record.values["address"]
            what = t(
                "the VIP {address} is the address of {host} on line {line}",
                address=vip.address.text,
                host=shown(host.name),
                line=host.record.values["address"].line,
            )
            expected = t("an address that no host has of its own")
            report.refuse(place.line, place.at, what, expected)


def _ip(address: str | None) -> IpAddress | None:
    try:
        return ip_address(address or "")
    except ValueError:
        return None


def _check_router_ids(vips: tuple[_VipPlace, ...], report: Report) -> None:
    """Two clusters of one network must not use one VRID (RFC 5798, section 5.2.3).

    Within a cluster the same VRID is right: one VRRP instance carries several VIPs. Two
    clusters are surely in one network when their LBs are reached the same way and the
    prefixes of their VIPs name the same network; otherwise nothing is said.
    """
    first: dict[tuple[int, Network, Chain], _VipPlace] = {}
    for vip in vips:
        network = vip.address.network
        if vip.vrid is None or network is None:
            continue
        for chain in sorted(vip.chains):
            other = first.setdefault((vip.vrid, network, chain), vip)
            if other.cluster == vip.cluster:
                continue
            place = vip.record.values.get("vrid") or vip.record.values["address"]
            what = t(
                "the VRID {vrid} is used by the cluster {other} in the same network",
                vrid=vip.vrid,
                other=shown(other.cluster),
            )
            expected = t("a VRID of its own for every cluster of a network")
            report.refuse(place.line, place.at, what, expected)
