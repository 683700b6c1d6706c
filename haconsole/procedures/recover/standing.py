"""How a pair stands before a recovery: each LB's instance, kernel and services.

All of it is read from one survey, so that the plan is a pure function of what was found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_interface

from haconsole.domain.conf import InstanceConf
from haconsole.domain.model import Vip
from haconsole.domain.notes import Note, note
from haconsole.domain.verdict import KEEPALIVED, NGINX
from haconsole.domain.vrrp import DEFAULT_PRIORITY, advert_int, master_down_s
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure.live import KnownLb, facts_of, known_lbs
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.facts import HostFacts
from haconsole.words import t


@dataclass(frozen=True, slots=True)
class Lb:
    """One LB as it stands. ``holds``: its kernel has the VIP; ``interface``: where it belongs."""

    facts: HostFacts
    known: KnownLb
    instance: InstanceConf
    vip: Vip

    @property
    def name(self) -> str:
        """The host's name."""
        return self.facts.host

    @property
    def holds(self) -> bool:
        """Whether its kernel has the VIP."""
        return any(one.address == self.vip.address for one in self.facts.addresses)

    @property
    def runs(self) -> bool:
        """Whether its keepalived runs, as systemd says."""
        unit = self.facts.unit(KEEPALIVED)
        return unit is not None and unit.running

    @property
    def nginx(self) -> bool:
        """Whether its nginx runs, as systemd says."""
        unit = self.facts.unit(NGINX)
        return unit is not None and unit.running

    @property
    def priority(self) -> int:
        """What its file says."""
        return self.instance.priority or DEFAULT_PRIORITY

    @property
    def preempts(self) -> bool:
        """Whether it takes the VIP from a lower one (``state MASTER`` overrules ``nopreempt``)."""
        return not self.instance.nopreempt or self.instance.state == "MASTER"

    @property
    def interface(self) -> str:
        """Where the VIP belongs on this host; empty where nobody says."""
        if self.instance.interface:
            return self.instance.interface
        ip = ip_address(self.vip.address)
        for one in self.facts.addresses:
            if ip in ip_interface(f"{one.address}/{one.prefix}").network and one.interface != "lo":
                return one.interface
        return self.vip.interface or ""

    @property
    def mac(self) -> str | None:
        """The MAC that third hosts should send the VIP's traffic to, while it owns it."""
        return next((i.mac for i in self.facts.interfaces if i.name == self.interface), None)

    @property
    def waits_s(self) -> float:
        """How long it listens before it takes the VIP, seconds (RFC 3768, 6.1)."""
        version = self.instance.version or self.known.conf.vrrp_version or 2
        every_s = advert_int(self.instance.advert_int_s, version)
        return master_down_s(self.priority, every_s, version)


def lbs_of(ground: Ground, vip: Vip) -> tuple[Lb, ...]:
    """Return every LB; ``ProcedureError`` where one could not be read or knows no such VIP."""
    known = known_lbs(ground)
    found = []
    for host in ground.cluster.lbs:
        facts = facts_of(ground, host.name)
        own = known[host.name].conf.instances
        mine = [one for one in own if any(v.address == vip.address for v in one.vips)]
        mine = mine or [one for one in own if vip.vrid is not None and one.vrid == vip.vrid]
        instance = next(iter(mine or own), None)
        if instance is None:
            raise ProcedureError(
                t(
                    "{host} has no keepalived.conf with a vrrp_instance: build the pair first "
                    "(configure-pair).",
                    host=host.name,
                )
            )
        found.append(Lb(facts, known[host.name], instance, vip))
    return tuple(found)


def vip_named(ground: Ground, address: str) -> Vip:
    """Return one of the cluster's VIPs; ``ProcedureError`` if there is none of that address."""
    for vip in ground.cluster.vips:
        if vip.address == address:
            return vip
    raise ProcedureError(t("{vip} is no VIP of this cluster.", vip=address))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an LB should survive: the better ``value`` wins, and ``note`` says what it is."""

    value: float
    note: Note


def reasons_for(lb: Lb) -> tuple[Reason, ...]:
    """Return what speaks for an LB, the weightiest first.

    That it answers at all, then who has the clients' requests now, then what VRRP itself would
    decide by: the priority.
    """
    facts, name = lb.facts, lb.name
    answers = {
        True: note("nginx on {host} answers", host=name),
        False: note("nginx on {host} does not answer", host=name),
        None: note("whether nginx on {host} answers is not known", host=name),
    }
    serving = facts.answers if facts.answers is not None else lb.nginx
    hits = facts.hits or 0
    return (
        Reason(float(serving), answers[facts.answers if lb.nginx else False]),
        Reason(float(lb.runs and lb.holds), note("{host} holds the VIP", host=name) if lb.holds
               else note("{host} does not hold the VIP", host=name)),
        Reason(float(_magnitude(hits)), note(
            "{host} answered {n} requests in the last minute", host=name, n=hits)),
        Reason(float(lb.priority), note(
            "its priority is {priority}", priority=lb.priority)),
        Reason(-_since(lb), note("its keepalived runs longest")),
    )  # fmt: skip


def _magnitude(hits: int) -> int:
    """Ten times more clients matter, a few more do not."""
    return len(str(hits)) if hits > 0 else 0


def _since(lb: Lb) -> float:
    unit = lb.facts.unit(KEEPALIVED)
    return unit.since if unit is not None and unit.since is not None else float("inf")


def survivor_of(lbs: Sequence[Lb]) -> tuple[Lb, tuple[Note, ...]]:
    """Return the LB that should keep the VIP, and why: what decided, and what is worth knowing."""
    best = max(lbs, key=lambda lb: tuple(reason.value for reason in reasons_for(lb)))
    others = [lb for lb in lbs if lb is not best]
    said = []
    for at, reason in enumerate(reasons_for(best)):
        if all(reasons_for(other)[at].value < reason.value for other in others):
            said.append(reason.note)
            break
        said += [reason.note] if at == 0 else []
    return best, tuple(said)


def owner_afterwards(lbs: Sequence[Lb], survivor: Lb) -> Lb:
    """Return who owns the VIP once all hear one another: a higher one that preempts takes it."""
    above = [lb for lb in lbs if lb.preempts and lb.priority > survivor.priority and lb.nginx]
    return max(above, key=lambda lb: lb.priority, default=survivor)


def first(lbs: Sequence[Lb], fits: Callable[[Lb], bool]) -> Lb | None:
    """Return the first LB that fits."""
    return next((lb for lb in lbs if fits(lb)), None)
