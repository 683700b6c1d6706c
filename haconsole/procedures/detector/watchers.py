"""Who watches what: every LB and one third host, each on its own interface of the VIPs' segment."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_interface

from haconsole.domain.model import Host, Role, Vip
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure.live import facts_of
from haconsole.procedures.detector.shipping import FILES, Watcher
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.facts import HostFacts
from haconsole.procedures.form import Answers
from haconsole.words import t

#: Other hosts that a watcher asks for themselves, to know that it is not cut off: enough.
_MOST_OTHERS = 12


def has_detector(facts: HostFacts | None) -> bool:
    """Whether this tool has put a detector there."""
    return facts is not None and any(facts.file(path).managed for path in FILES)


def third_now(ground: Ground) -> str:
    """Return the third host that there is, or else the first web node that could be one."""
    webs = ground.cluster.webs
    there = [web.name for web in webs if has_detector(ground.facts.hosts.get(web.name))]
    near = [web.name for web in webs if _reaches(ground, web)]
    return next(iter((*there, *near, *(web.name for web in webs))), "")


def watchers(ground: Ground, answers: Answers) -> Iterator[tuple[HostFacts, Watcher]]:
    """Yield each host that watches, with its settings; ``ProcedureError`` where one cannot."""
    third = answers["third"]
    hosts = [*ground.cluster.lbs, *(web for web in ground.cluster.webs if web.name == third)]
    for host in hosts:
        facts = facts_of(ground, host.name)
        vips = tuple(_vips(ground, host, facts))
        yield (
            facts,
            Watcher(
                host.name,
                vips,
                tuple(_hosts(ground)),
                float(answers["interval"]),
                int(answers["repeat"]),
                answers.get("hook", ""),
            ),
        )


def _vips(ground: Ground, host: Host, facts: HostFacts) -> Iterator[tuple[str, str]]:
    for vip in ground.cluster.vips:
        found = place_of(vip, host, facts)
        if found is None and vip.ip.version == 4:
            raise ProcedureError(
                t(
                    "{host} has no interface in the network of {vip}: from there nobody can ask "
                    "for it by ARP.",
                    host=host.name,
                    vip=vip.address,
                )
            )
        yield vip.address, found[0] if found else "-"


def place_of(vip: Vip, host: Host, facts: HostFacts) -> tuple[str, str] | None:
    """Return the interface of a host that reaches a VIP, and its own address there.

    An LB may carry the VIP on an interface whose network is another one; a third host may not.
    """
    if vip.ip.version != 4:
        return None
    own = [
        one
        for one in facts.addresses
        if ip_address(one.address).version == 4 and one.address != vip.address and one.prefix < 32
    ]
    for one in own:
        if vip.ip in ip_interface(f"{one.address}/{one.prefix}").network:
            return one.interface, one.address
    if host.role is Role.LB and vip.interface:
        return next(((o.interface, o.address) for o in own if o.interface == vip.interface), None)
    return None


def _reaches(ground: Ground, host: Host) -> bool:
    facts = ground.facts.hosts.get(host.name)
    four = [vip for vip in ground.cluster.vips if vip.ip.version == 4]
    return facts is not None and all(place_of(vip, host, facts) for vip in four)


def _hosts(ground: Ground) -> Iterator[tuple[str, str, bool]]:
    """Yield the hosts of the segment: name, address there, and whether it may own a VIP."""
    four = [vip for vip in ground.cluster.vips if vip.ip.version == 4]
    for host in ground.cluster.hosts[: len(ground.cluster.lbs) + _MOST_OTHERS]:
        facts = ground.facts.hosts.get(host.name)
        places = [place_of(vip, host, facts) for vip in four[:1]] if facts else []
        lb = host.role is Role.LB
        if places and places[0] is not None:
            yield host.name, places[0][1], lb
