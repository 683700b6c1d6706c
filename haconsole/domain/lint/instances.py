"""What an instance says against itself, or leaves out.

Source: ``vrrp_complete_instance`` and ``chk_min_cfg`` of keepalived's ``vrrp.c`` (2.2.7); what it
resets, ignores or refuses there is an error here.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from haconsole.domain.conf import InstanceConf
from haconsole.domain.notes import note
from haconsole.domain.vrrp import OWNER
from haconsole.domain.vrrp_router import vrrp_version

from . import election, timing
from .election import Fault, Member
from .findings import Finding, Place
from .source import Source, Statement, found, inside, last, listed, place

#: Words that mean unicast, wherever its peers are.
_UNICAST = ("unicast_src_ip", "unicast_peer", "unicast_ttl", "check_unicast_src")
#: Settings that strict mode resets, and the value that it resets them to.
_NOT_STRICT = {
    "preempt_delay": ("0",),
    "down_timer_adverts": ("3",),
    "garp_lower_prio_delay": ("0",),
    "garp_lower_prio_repeat": ("0",),
}


def instances(source: Source) -> Iterator[Finding]:
    """Find what does not go together within the instances of a file."""
    for instance, block in source.instances():
        yield from _complete(source, instance, block)
        yield from _numbers(source, instance, block)
        yield from _preemption(source, instance, block)
        yield from _authentication(source, instance, block)
        yield from _unicast(source, instance, block)
        yield from _strict(source, instance, block)
    yield from _shared(source)


def _located(faults: Iterator[Fault], block: Statement, **keys: str) -> Iterator[Finding]:
    """Put faults where the setting is that they name first; ``keys``: what it is called here."""
    for fault in faults:
        setting = fault.keys[0].partition(".")[0]
        statement = last(block, keys.get(setting, setting))
        yield found(fault.rule, place(statement, block), fault.note)


def _complete(source: Source, instance: InstanceConf, block: Statement) -> Iterator[Finding]:
    values = {"instance": instance.name}
    if last(block, "virtual_router_id") is None:
        said = note("{instance} has no virtual_router_id: keepalived ends here", **values)
        yield found("no-vrid", place(block), said)
    unicast = instance.unicast_peers and last(block, "unicast_src_ip")
    if last(block, "interface") is None and (not unicast or _wants_interface(source)):
        said = note("{instance} has no interface: keepalived ends here", **values)
        yield found("no-interface", place(block), said)
    if instance.vips or any(listed(block, "virtual_ipaddress")):
        return
    version = vrrp_version(source.conf, instance)
    if version == 3 or _is_strict(source, instance):
        said = note("{instance} has no virtual_ipaddress: keepalived ends here", **values)
        yield found("no-vip", place(block), said)
    else:
        said = note("{instance} has no virtual_ipaddress, so there is nothing to move", **values)
        yield found("nothing-to-move", place(block), said)


def _wants_interface(source: Source) -> bool:
    """Whether unicast does not do without an interface (``chk_min_cfg`` of each version)."""
    version = source.version
    return version is not None and (version < (2, 1, 0) or (2, 2, 5) <= version < (2, 2, 8))


def _numbers(source: Source, instance: InstanceConf, block: Statement) -> Iterator[Finding]:
    version = vrrp_version(source.conf, instance)
    if instance.advert_int_s is not None and instance.advert_int_s > 0:
        yield from _located(
            timing.adverts(instance.advert_int_s, version_2=version == 2, version_3=version == 3),
            block,
        )
    if instance.priority is None:
        priority = OWNER if instance.state == "MASTER" else 100
        said = note(
            "{instance} has no priority: keepalived takes {priority}",
            instance=instance.name,
            priority=priority,
        )
        yield found("no-priority", place(block), said)


def _preemption(source: Source, instance: InstanceConf, block: Statement) -> Iterator[Finding]:
    me = Member(source.name, instance.priority or 0, instance.state == "MASTER")
    weighted = _weights(source, instance)
    faults = election.preemption(
        [me],
        preempt=not instance.nopreempt,
        preempt_delay_s=instance.preempt_delay_s or 0.0,
        weight=next(iter(weighted), 0),
    )
    yield from _located(faults, block, preempt="nopreempt")
    if instance.nopreempt and instance.preempt_delay_s:
        said = note("preempt_delay means nothing beside nopreempt: keepalived drops it")
        yield found("delay-nopreempt", place(last(block, "preempt_delay"), block), said)
    if instance.nopreempt and _owner(instance):
        said = note("nopreempt means nothing with priority 255: keepalived drops it")
        yield found("nopreempt-owner", place(last(block, "nopreempt"), block), said)


def _weights(source: Source, instance: InstanceConf) -> list[int]:
    """Return the weights, other than 0, of the checks that an instance tracks."""
    known = {one.name: one.weight or 0 for one in source.conf.scripts}
    tracks = instance.track_scripts
    every = [known.get(one.name, 0) if one.weight is None else one.weight for one in tracks]
    return [weight for weight in every if weight]


def _owner(instance: InstanceConf) -> bool:
    if instance.priority is None:
        return instance.state == "MASTER"
    return instance.priority == OWNER


def _is_strict(source: Source, instance: InstanceConf) -> bool:
    return instance.strict or source.conf.vrrp_strict


def _authentication(source: Source, instance: InstanceConf, block: Statement) -> Iterator[Finding]:
    for auth in inside(block, "authentication"):
        secret, kind = last(auth, "auth_pass"), last(auth, "auth_type")
        where = place(secret or kind, auth)
        version_3 = vrrp_version(source.conf, instance) == 3
        six = version_3 and (instance.version or source.conf.vrrp_version) != 3
        length = secret.secret_bytes if secret else 0
        if kind:
            for fault in timing.passwords(length, version_3=version_3 and not six, six=six):
                yield found(fault.rule, where, fault.note)
            if _is_strict(source, instance):
                said = note("Strict mode knows no passwords: keepalived leaves this one out.")
                yield found("strict-auth", where, said)
        elif secret:
            said = note("auth_pass without an auth_type means nothing: no password is sent")
            yield found("auth-half", where, said)
        if kind and not length:
            said = note("auth_type without an auth_pass means nothing: no password is sent")
            yield found("auth-empty", where, said)
        elif kind and kind.values[:1] == ("PASS",) and not version_3:
            said = note(
                "auth_pass goes over the network in clear text: it tells pairs apart and keeps "
                "nobody out; a firewall rule for the peers does"
            )
            yield found("auth-clear", where, said)
        if kind and kind.values[:1] == ("AH",):
            said = note("auth_type AH is in no RFC since 2004 (RFC 3768); use none")
            yield found("auth-ah", place(kind), said)


def _unicast(source: Source, instance: InstanceConf, block: Statement) -> Iterator[Finding]:
    peers = list(listed(block, "unicast_peer"))
    mine = last(block, "unicast_src_ip")
    if not peers:
        word = next(inside(block, *_UNICAST), None)
        if word is not None and last(block, "unicast_fault_no_peer") is None:
            said = note(
                "{key} without peers in unicast_peer: keepalived goes on with multicast",
                key=word.key,
            )
            yield found("no-peers", place(word), said)
        return
    if mine is None:
        said = note(
            "unicast_peer without unicast_src_ip: keepalived takes an address of the interface, "
            "which may be another than the one that the peers expect"
        )
        yield found("no-source", place(next(inside(block, "unicast_peer")), block), said)
    for peer in peers:
        if mine is not None and mine.values[:1] == (peer.key,):
            said = note("{address} is this LB's own unicast_src_ip, not a peer's", address=peer.key)
            yield found("own-peer", place(peer), said, place(mine))
    for vip in listed(block, "virtual_ipaddress"):
        if mine is not None and mine.values[:1] == (vip.key.partition("/")[0],):
            said = note(
                "{address} is unicast_src_ip and a VIP too: only its owner could send from it",
                address=mine.values[0],
            )
            yield found("source-is-vip", place(mine), said, place(vip))
    yield from _networks(instance, mine)


def _networks(instance: InstanceConf, mine: Statement | None) -> Iterator[Finding]:
    if mine is None or instance.unicast_source is None:
        return
    source = ip_address(instance.unicast_source)
    for vip in instance.vips:
        address = ip_address(vip.address)
        if vip.interface or address.version != source.version:
            continue
        if vip.prefix is None or vip.prefix == address.max_prefixlen:
            continue
        network = ip_network(f"{vip.address}/{vip.prefix}", strict=False)
        if source not in network:
            said = note(
                "{address} is not in the network {network} of the VIP: clients there reach the "
                "VIP only where the interface has an address in it too",
                address=str(source),
                network=str(network),
            )
            yield found("vip-network", Place(mine.file, vip.line), said, place(mine))


def _strict(source: Source, instance: InstanceConf, block: Statement) -> Iterator[Finding]:
    if not _is_strict(source, instance):
        return
    where = last(block, "strict_mode")
    for one in source.blocks("global_defs"):
        where = where or last(one, "vrrp_strict")
    if instance.unicast_peers:
        said = note("Strict mode knows no unicast (RFC 5798 neither): some versions end here.")
        yield found("strict-unicast", place(where, block), said)
    if last(block, "accept") is None and not _owner(instance):
        said = note(
            "In strict mode keepalived drops what is sent to the VIP (unless priority is 255): no "
            "client reaches nginx through it."
        )
        yield found("strict-accept", place(where, block), said)
    if (instance.state == "MASTER") != _owner(instance) and instance.state:
        said = note(
            "In strict mode state MASTER goes with priority 255, and BACKUP with every other: "
            "keepalived changes the state."
        )
        yield found("strict-state", place(last(block, "state"), block), said)
    for statement in inside(block, *_NOT_STRICT):
        if statement.values[:1] not in (_NOT_STRICT[statement.key], ("0",)):
            said = note("Strict mode knows no {key}: keepalived resets it.", key=statement.key)
            yield found("strict-setting", place(statement), said)


def _shared(source: Source) -> Iterator[Finding]:
    """Two instances of one file in each other's way."""
    vrids: dict[tuple[object, ...], Statement] = {}
    owners: dict[str, tuple[InstanceConf, Statement]] = {}
    for instance, block in source.instances():
        six = any(":" in vip.address for vip in instance.vips)
        group = last(block, "mcast_dst_ip")
        if instance.vrid and not instance.unicast_peers and group is None:
            key = (instance.vrid, instance.interface, six)
            first = vrids.setdefault(key, block)
            if first is not block and instance.interface:
                said = note(
                    "{instance} has VRID {vrid} on {interface}, as the instance above has "
                    "({first}): keepalived ends here",
                    instance=instance.name,
                    vrid=instance.vrid,
                    interface=instance.interface,
                    first=str(place(first)),
                )
                where = place(last(block, "virtual_router_id"), block)
                yield found("same-vrid", where, said, place(first))
        for vip in listed(block, "virtual_ipaddress", "virtual_ipaddress_excluded"):
            address = vip.key.partition("/")[0]
            other, before = owners.setdefault(address, (instance, vip))
            if before is vip:
                continue
            said = note(
                "{address} is in {other} too ({first})",
                address=address[:60],
                other=other.name,
                first=str(place(before)),
            )
            yield found("same-vip", place(vip), said, place(before))
