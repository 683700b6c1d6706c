"""What the pair is now, as its files and kernels say: where the wizards' defaults come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_interface
from typing import TypeVar

from haconsole.domain.conf import InstanceConf, KeepalivedConf, ScriptConf
from haconsole.domain.facts import Address
from haconsole.domain.model import Host
from haconsole.parsers.conf import parse
from haconsole.parsers.conf.document import Entry
from haconsole.parsers.keepalived_conf import read_conf
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.facts import HostFacts
from haconsole.procedures.paths import KEEPALIVED_CONF
from haconsole.procedures.recipes.judging import Surroundings
from haconsole.words import t

T = TypeVar("T")
_LOOPBACK = "lo"


@dataclass(frozen=True, slots=True)
class KnownLb:
    """What an LB's keepalived.conf says now; empty where there is none that tells of VRRP."""

    host: str
    text: str = ""
    conf: KeepalivedConf = field(default_factory=lambda: KeepalivedConf(KEEPALIVED_CONF))
    password: str | None = None

    def instance(self, family: int | None = None) -> InstanceConf | None:
        """Return the instance of an address family, or the first of any."""
        for one in self.conf.instances:
            families = {ip_address(vip.address).version for vip in one.vips}
            if family is None or family in families:
                return one
        return None

    @property
    def check(self) -> ScriptConf | None:
        """The check of the first instance that tracks one."""
        tracked = [track.name for one in self.conf.instances for track in one.track_scripts]
        scripts = {script.name: script for script in self.conf.scripts}
        return next((scripts[name] for name in tracked if name in scripts), None)


def known_lbs(ground: Ground) -> dict[str, KnownLb]:
    """Return what each LB's file says; an LB that could not be read is empty.

    A file with no ``vrrp_instance`` for one of the cluster's VIPs (a package's sample) says
    nothing about this pair.
    """
    return {lb.name: _known(ground, lb) for lb in ground.cluster.lbs}


def _known(ground: Ground, lb: Host) -> KnownLb:
    facts = ground.facts.hosts.get(lb.name)
    found = facts.file(KEEPALIVED_CONF) if facts else None
    if found is None or found.text is None:
        return KnownLb(lb.name)
    conf = read_conf(found.text, KEEPALIVED_CONF)
    vips = {vip.address for vip in ground.cluster.vips}
    ours = [one for one in conf.instances if any(vip.address in vips for vip in one.vips)]
    if not ours and not found.managed:
        return KnownLb(lb.name, found.text)
    # A file may serve more than this pair: its own instances are asked first.
    others = [one for one in conf.instances if one not in ours]
    conf = replace(conf, instances=(*ours, *others))
    return KnownLb(lb.name, found.text, conf, password_in(found.text, conf.instances))


def password_in(text: str, instances: Iterable[InstanceConf]) -> str | None:
    """Return the first ``auth_pass`` of these instances: a secret, for keeping it as it is."""
    found: dict[str, str] = {}
    name = ""
    for node in parse(text).walk():  # a block before what is in it
        if isinstance(node, Entry) and node.values:
            if node.key == "vrrp_instance":
                name = node.values[0]
            elif node.key == "auth_pass":
                found.setdefault(name, node.values[0])
    return next((found[one.name] for one in instances if one.name in found), None)


def said(lbs: Iterable[KnownLb], value: Callable[[KnownLb], T | None]) -> T | None:
    """Return the first LB's word on something."""
    return next((found for lb in lbs if (found := value(lb)) is not None), None)


def facts_of(ground: Ground, host: str) -> HostFacts:
    """Return a host's facts; ``ProcedureError`` says why there are none."""
    if host in ground.facts.hosts:
        return ground.facts.hosts[host]
    why = ground.facts.problems.get(host, t("it was not asked"))
    raise ProcedureError(
        t("{host} could not be read, so nothing is planned for it: {why}", host=host, why=why)
    )


def vip_texts(ground: Ground, lbs: Mapping[str, KnownLb]) -> set[str]:
    """Return every address that is virtual here: by the inventory, and by the files."""
    of_files = {
        vip.address
        for lb in lbs.values()
        for one in lb.conf.instances
        for vip in (*one.vips, *one.excluded_vips)
    }
    return of_files | {vip.address for vip in ground.cluster.vips}


def own_addresses(ground: Ground, lbs: Mapping[str, KnownLb], host: str) -> tuple[Address, ...]:
    """Return a host's addresses that stay: no VIP, nothing of the loopback or the link alone."""
    facts, virtual = ground.facts.hosts.get(host), vip_texts(ground, lbs)
    return tuple(
        one
        for one in (facts.addresses if facts else ())
        if one.interface != _LOOPBACK
        and one.address not in virtual
        and not ip_address(one.address).is_link_local
    )


def service_address(ground: Ground, host: Host) -> str | None:
    """Return the address at which the LBs reach a host: the inventory's, or one it has."""
    try:
        return str(ip_address(host.address))
    except ValueError:
        pass
    own = own_addresses(ground, {}, host.name)
    vips = [vip.ip for vip in ground.cluster.vips]
    nets = [
        a for a in own if any(v in ip_interface(f"{a.address}/{a.prefix}").network for v in vips)
    ]
    return next((one.address for one in (*nets, *own) if "." in one.address), None)


def owners(ground: Ground) -> tuple[str, ...]:
    """Return the LBs whose kernels hold the cluster's first VIP now."""
    vip = ground.cluster.vips[0].address
    return tuple(
        lb.name
        for lb in ground.cluster.lbs
        if (facts := ground.facts.hosts.get(lb.name))
        and any(one.address == vip for one in facts.addresses)
    )


def surroundings(ground: Ground, lbs: Mapping[str, KnownLb]) -> Surroundings:
    """Return what settings are judged against."""
    read = [lb.name for lb in ground.cluster.lbs if lb.name in ground.facts.hosts]
    hosts = {host.address: host.name for host in ground.site.every_host}
    for host in ground.cluster.hosts:
        for one in own_addresses(ground, lbs, host.name):
            hosts[one.address] = host.name
    # An address that files or the inventory call virtual is judged as one.
    named = {host.address for host in ground.site.every_host}
    for virtual in vip_texts(ground, lbs) - named:
        hosts.pop(virtual, None)
    links = {
        name: tuple(one for one in ground.facts.hosts[name].interfaces if one.name != _LOOPBACK)
        for name in read
    }
    others = {
        vip.vrid: cluster.name
        for cluster in ground.site.clusters
        if cluster.name != ground.cluster.name
        for vip in cluster.vips
        if vip.vrid is not None
    }
    # A link-local address is enough for an IPv6 instance, so all of an LB's own are known here.
    own = {name: _all_own(ground, lbs, name) for name in read}
    return Surroundings(links, own, hosts, others)


def _all_own(ground: Ground, lbs: Mapping[str, KnownLb], host: str) -> tuple[Address, ...]:
    virtual = vip_texts(ground, lbs)
    addresses = ground.facts.hosts[host].addresses
    return tuple(one for one in addresses if one.address not in virtual)
