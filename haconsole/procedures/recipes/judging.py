"""What is wrong with a pair's settings taken together: what would not fail over, or not start.

What concerns settings alone is :mod:`haconsole.domain.lint`'s; here is what the hosts add.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_interface
from types import MappingProxyType

from haconsole.domain.facts import Address, Interface
from haconsole.domain.lint import election, timing
from haconsole.domain.lint.election import Fault, Member
from haconsole.domain.notes import note
from haconsole.procedures.form import Objection

from .pair import PairSettings, VrrpState


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known about where the pair will run.

    By LB: ``interfaces`` and ``addresses`` (VIPs left out); an LB that could not be read is in
    neither. ``hosts``: address → name of every host of the site. ``other_vrids``: VRID → the
    site's other cluster that has it.
    """

    interfaces: Mapping[str, tuple[Interface, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    addresses: Mapping[str, tuple[Address, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    hosts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    other_vrids: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))


def judge(pair: PairSettings, around: Surroundings) -> tuple[Objection, ...]:
    """Return every objection, refusals first."""
    found = [Objection(one.note, one.keys, refuses=one.fatal) for one in _faults(pair)]
    for rule in (_without, _vips, _interfaces, _unicast, _vrid):
        found += rule(pair, around)
    return tuple(sorted(found, key=lambda one: not one.refuses))


def _faults(pair: PairSettings) -> Iterator[Fault]:
    """What a linter of files says too."""
    members = [
        Member(lb.host, lb.priority, lb.state is VrrpState.MASTER, lb.name) for lb in pair.lbs
    ]
    check, six = pair.check, bool(pair.of_family(6))
    weight = check.weight if check else 0
    yield from election.states(members)
    yield from election.router_ids(members)
    yield from election.preemption(
        members, preempt=pair.preempt, preempt_delay_s=pair.preempt_delay_s, weight=weight
    )
    yield from election.weighing(members, weight)
    if pair.password is not None:
        yield from timing.passwords(len(pair.password), version_3=pair.version == 3, six=six)
    yield from timing.adverts(
        pair.advert_int_s,
        version_2=pair.version == 2 and bool(pair.of_family(4)),
        version_3=pair.version == 3 or six,
    )
    if check is not None:
        yield from timing.check_times(check.timeout_s, check.interval_s)


def _without(pair: PairSettings, around: Surroundings) -> Iterator[Objection]:
    del around
    if pair.check is None:
        yield Objection(
            note("Without a check the VIP stays on an LB whose nginx is dead."),
            ("check",),
            refuses=False,
        )
    if pair.password == "":
        yield Objection(
            note("A password is wanted, and the pair has none yet that could be kept."),
            ("auth", "auth_pass"),
        )


def _vips(pair: PairSettings, around: Surroundings) -> Iterator[Objection]:
    for vip in pair.vips:
        if (host := around.hosts.get(vip.address)) is not None:
            yield Objection(
                note(
                    "{vip} is the address of {host} itself: a VIP has to be an address that no "
                    "host has.",
                    vip=vip.address,
                    host=host,
                ),
                ("vips",),
            )
        for lb in pair.lbs:
            networks = [
                ip_interface(f"{one.address}/{one.prefix}").network
                for one in around.addresses.get(lb.host, ())
                if one.interface == lb.interface
                and ip_address(one.address).version == vip.family
                and not ip_address(one.address).is_link_local
            ]
            if networks and not any(ip_address(vip.address) in net for net in networks):
                yield Objection(
                    note(
                        "{vip} lies in none of the networks of {interface} on {host} "
                        "({networks}): clients reach it only over a route to there.",
                        vip=vip.address,
                        interface=lb.interface,
                        host=lb.host,
                        networks=", ".join(str(net) for net in networks),
                    ),
                    ("vips", f"interface.{lb.host}"),
                    refuses=False,
                )


def _interfaces(pair: PairSettings, around: Surroundings) -> Iterator[Objection]:
    for lb in pair.lbs:
        known = {one.name: one for one in around.interfaces.get(lb.host, ())}
        if not known:
            continue
        key = (f"interface.{lb.host}",)
        if lb.interface not in known:
            names = ", ".join(sorted(known))
            yield Objection(
                note(
                    "{host} has no interface {interface}; it has {names}.",
                    host=lb.host,
                    interface=lb.interface,
                    names=names,
                ),
                key,
            )
            continue
        for family in sorted({vip.family for vip in pair.vips}):
            there = any(
                one.interface == lb.interface and ip_address(one.address).version == family
                for one in around.addresses.get(lb.host, ())
            )
            if not there:
                yield Objection(
                    note(
                        "{interface} of {host} has no IPv{family} address of its own: keepalived "
                        "stays in FAULT there.",
                        interface=lb.interface,
                        host=lb.host,
                        family=family,
                    ),
                    key,
                )
        if not known[lb.interface].up:
            yield Objection(
                note(
                    "{interface} of {host} is down now: keepalived stays in FAULT while it is.",
                    interface=lb.interface,
                    host=lb.host,
                ),
                key,
                refuses=False,
            )


def _unicast(pair: PairSettings, around: Surroundings) -> Iterator[Objection]:
    if not pair.unicast:
        return
    for family, name in ((4, "source"), (6, "source6")):
        if not pair.of_family(family):
            continue
        seen: dict[str, str] = {}
        for lb in pair.lbs:
            text, key = (lb.source if family == 4 else lb.source6), f"{name}.{lb.host}"
            if not text:
                yield Objection(
                    note(
                        "Unicast needs an IPv{family} address of {host}, from which its adverts "
                        "come and to which the others' go.",
                        family=family,
                        host=lb.host,
                    ),
                    (key,),
                )
                continue
            if text in seen:
                yield Objection(
                    note(
                        "{host} and {other} have the same unicast source {address}.",
                        host=lb.host,
                        other=seen[text],
                        address=text,
                    ),
                    (key,),
                )
            seen[text] = lb.host
            own = around.addresses.get(lb.host)
            if own is not None and text not in [one.address for one in own]:
                yield Objection(
                    note(
                        "{host} does not have the address {address}: keepalived could not send "
                        "from it.",
                        host=lb.host,
                        address=text,
                    ),
                    (key,),
                )


def _vrid(pair: PairSettings, around: Surroundings) -> Iterator[Objection]:
    if (other := around.other_vrids.get(pair.vrid)) is not None:
        yield Objection(
            note(
                "VRID {vrid} is used by the cluster {other} too: in one network the two would "
                "take each other's adverts for their own.",
                vrid=pair.vrid,
                other=other,
            ),
            ("vrid",),
            refuses=False,
        )
