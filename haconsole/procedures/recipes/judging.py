"""What is wrong with a pair's settings taken together: what would not fail over, or not start.

Sources: keepalived.conf(5); RFC 5798 for VRRPv3 and RFC 2338 for what it dropped; keepalived's
``vrrp.c`` (1.3.5 to 2.4.3) for what it does with settings that contradict each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_interface
from types import MappingProxyType

from haconsole.domain.facts import Address, Interface
from haconsole.domain.notes import note
from haconsole.domain.vrrp import MOST_V2_S, MOST_V3_S
from haconsole.procedures.form import Objection

from .pair import AUTH_LENGTH, PairSettings, VrrpState
from .weighing import weighing


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
    rules = (_states, _preemption, weighing, _auth, _adverts, _check)
    found = [one for rule in rules for one in rule(pair)]
    found += [one for rule in (_vips, _interfaces, _unicast, _vrid) for one in rule(pair, around)]
    return tuple(sorted(found, key=lambda one: not one.refuses))


def _states(pair: PairSettings) -> Iterator[Objection]:
    by_priority: dict[int, list[str]] = {}
    for lb in pair.lbs:
        by_priority.setdefault(lb.priority, []).append(lb.host)
    masters = [lb for lb in pair.lbs if lb.state is VrrpState.MASTER]
    for priority, names in by_priority.items():
        if len(names) < 2:
            continue
        keys = tuple(f"priority.{name}" for name in names)
        both = sum(lb.host in names for lb in masters) > 1
        template = (
            "{hosts} have the same priority {priority} and both begin as MASTER: both take the "
            "VIP, and which of them yields is decided by their addresses."
            if both
            else "{hosts} have the same priority {priority}: which of them owns the VIP is "
            "decided by who is first. Give them different ones."
        )
        sentence = note(template, hosts=", ".join(names), priority=priority)
        yield Objection(sentence, keys, refuses=both)
    top = max(pair.lbs, key=lambda lb: lb.priority)
    if len(masters) > 1:
        yield Objection(
            note(
                "{hosts} all begin as MASTER: at each start they take the VIP from one another.",
                hosts=", ".join(lb.host for lb in masters),
            ),
            tuple(f"state.{lb.host}" for lb in masters),
            refuses=False,
        )
    elif masters and masters[0].priority < top.priority:
        yield Objection(
            note(
                "{low} begins as MASTER, but {high} has the higher priority: the VIP moves at "
                "once.",
                low=masters[0].host,
                high=top.host,
            ),
            (f"state.{masters[0].host}",),
            refuses=False,
        )
    names_of = [lb.name for lb in pair.lbs]
    if len(set(names_of)) < len(names_of):
        yield Objection(
            note("Two LBs have the same router_id, so that logs and mails cannot tell them apart."),
            tuple(f"router_id.{lb.host}" for lb in pair.lbs),
            refuses=False,
        )


def _preemption(pair: PairSettings) -> Iterator[Objection]:
    masters = tuple(lb.host for lb in pair.lbs if lb.state is VrrpState.MASTER)
    keys = ("preempt", *(f"state.{host}" for host in masters))
    if not pair.preempt and masters:
        yield Objection(
            note(
                "Without preemption every LB has to begin as BACKUP: {host} begins as MASTER, and "
                "takes the VIP back whenever it starts.",
                host=", ".join(masters),
            ),
            keys,
        )
    if not pair.preempt and pair.check is not None and pair.check.weight:
        yield Objection(
            note(
                "Without preemption a weight moves nothing: a lower priority alone never makes "
                "the owner yield, so the service is dead and the VIP stays. Use weight 0 (FAULT)."
            ),
            ("preempt", "check_weight"),
        )
    if pair.preempt and pair.preempt_delay_s and masters:
        yield Objection(
            note(
                "A delay before preemption only counts where every LB begins as BACKUP: "
                "keepalived drops it on {host}, which begins as MASTER.",
                host=", ".join(masters),
            ),
            ("preempt_delay", *keys[1:]),
        )


def _auth(pair: PairSettings) -> Iterator[Objection]:
    if pair.password is None:
        return
    keys = ("auth", "auth_pass")
    if pair.version == 3:
        yield Objection(note("VRRPv3 knows no passwords (RFC 5798): choose none."), keys)
    elif pair.of_family(6):
        yield Objection(
            note("IPv6 addresses need VRRPv3, which knows no passwords (RFC 5798): choose none."),
            keys,
        )
    if not pair.password:
        yield Objection(
            note("A password is wanted, and the pair has none yet that could be kept."), keys
        )
    elif len(pair.password) > AUTH_LENGTH:
        yield Objection(
            note(
                "Only the first {n} characters of a password are sent: this one has {length}.",
                n=AUTH_LENGTH,
                length=len(pair.password),
            ),
            keys,
        )


def _adverts(pair: PairSettings) -> Iterator[Objection]:
    seconds = pair.advert_int_s
    if pair.version == 2 and pair.of_family(4) and (seconds != int(seconds) or seconds > MOST_V2_S):
        yield Objection(
            note("VRRPv2 sends adverts every 1 to 255 whole seconds; parts of one need VRRPv3."),
            ("advert_int", "vrrp_version"),
        )
    elif seconds > MOST_V3_S and (pair.version == 3 or pair.of_family(6)):
        yield Objection(
            note("VRRPv3 sends adverts every {most} seconds at most.", most=MOST_V3_S),
            ("advert_int",),
        )


def _check(pair: PairSettings) -> Iterator[Objection]:
    check = pair.check
    if check is None:
        yield Objection(
            note("Without a check the VIP stays on an LB whose nginx is dead."),
            ("check",),
            refuses=False,
        )
    elif check.timeout_s >= check.interval_s:
        yield Objection(
            note(
                "The check's time-out ({timeout} s) has to be below its interval ({interval} s): "
                "keepalived ends a check that still runs when the next is due (SIGTERM), and "
                "that counts as failed.",
                timeout=check.timeout_s,
                interval=check.interval_s,
            ),
            ("check_timeout", "check_interval"),
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
