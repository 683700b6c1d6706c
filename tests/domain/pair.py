"""Events of the tutorial's pair, small enough to be told in a test."""

from __future__ import annotations

from collections.abc import Iterable

from haconsole.domain.daemon import Daemon, DaemonSource, Instance, VrrpState
from haconsole.domain.events import (
    AddressesRead,
    AnswerSeen,
    ClockRead,
    DaemonRead,
    Event,
    InterfacesRead,
    LinkChanged,
    LinkStatus,
    NeighboursRead,
    UnitsRead,
)
from haconsole.domain.facts import Address, Answer, Clock, Interface, Neighbour, Unit
from haconsole.domain.model import Access, Cluster, Host, Role, Site, Vip
from haconsole.domain.reduce import fold
from haconsole.domain.state import State

T0 = 1_000_000.0
VIP = "10.0.0.100"
MAC = {"lb01": "02:00:00:00:00:10", "lb02": "02:00:00:00:00:11"}
ADDRESS = {"lb01": "10.0.0.10", "lb02": "10.0.0.11", "web01": "10.0.0.51", "web02": "10.0.0.52"}
PRIORITY = {"lb01": 150, "lb02": 100}


def host(name: str, role: Role) -> Host:
    return Host(name, role, Access(ADDRESS[name], jumps=("bastion",)))


SITE = Site(
    "shop",
    (
        Cluster(
            "pair",
            lbs=(host("lb01", Role.LB), host("lb02", Role.LB)),
            webs=(host("web01", Role.WEB), host("web02", Role.WEB)),
            vips=(Vip(VIP, 32, "eth0", 50),),
        ),
    ),
    jumps=(Host("bastion", Role.JUMP, Access("203.0.113.7")),),
)
CLUSTER = SITE.clusters[0]
THE_VIP = CLUSTER.vips[0]


def addresses(name: str, at: float, *, vip: bool) -> AddressesRead:
    own = Address(ADDRESS[name], 24, "eth0")
    held = (own, Address(VIP, 32, "eth0")) if vip else (own,)
    return AddressesRead(at=at, host=name, addresses=held)


def daemon(
    name: str,
    at: float,
    state: VrrpState | None,
    *,
    frozen: bool = False,
    since: float | None = None,
) -> DaemonRead:
    """``state`` ``None``: keepalived does not run."""
    if state is None:
        value = Daemon(running=False, source=DaemonSource.PROCESS)
    else:
        instance = Instance(
            "VI_1", state, "eth0", 50, 2, PRIORITY[name], PRIORITY[name], 1.0, since, (VIP,)
        )
        value = Daemon(True, DaemonSource.DUMP, frozen, "2.2.7", 100, (instance,))
    return DaemonRead(at=at, host=name, daemon=value)


def up(name: str, at: float) -> LinkChanged:
    return LinkChanged(at=at, host=name, status=LinkStatus.UP)


def nginx(name: str, at: float, active: str = "active") -> UnitsRead:
    return UnitsRead(at=at, host=name, units=(Unit("nginx.service", True, active),))


def arp(witness: str, at: float, lb: str) -> NeighboursRead:
    entry = Neighbour(VIP, MAC[lb], "REACHABLE", "eth0")
    return NeighboursRead(at=at, host=witness, neighbours=(entry,))


def answer(at: float, status: int | None = 200, problem: str = "") -> AnswerSeen:
    return AnswerSeen(
        at=at, host="bastion", vip=VIP, answer=Answer(status, 0.001, "bastion", problem)
    )


def healthy(at: float = T0) -> list[Event]:
    """The pair as the tutorial ends up: lb01 owns the VIP, everything is read at ``at``."""
    events: list[Event] = [up(name, at - 5) for name in ("bastion", *ADDRESS)]
    for name in ADDRESS:
        events += [
            ClockRead(at=at, host=name, clock=Clock(0.0, 0.001)),
            nginx(name, at),
        ]
    for name in ("lb01", "lb02"):
        events += [
            InterfacesRead(at=at, host=name, interfaces=(Interface("eth0", MAC[name], True),)),
            addresses(name, at, vip=name == "lb01"),
        ]
    return [
        *events,
        daemon("lb01", at, VrrpState.MASTER, since=at - 100),
        daemon("lb02", at, VrrpState.BACKUP, since=at - 100),
        arp("web01", at + 2, "lb01"),
        arp("web02", at + 2, "lb01"),
        answer(at + 2),
    ]


def state_after(*events: Event, begin: Iterable[Event] | None = None) -> State:
    """The state after the healthy pair (or ``begin``) and then ``events``."""
    first = healthy() if begin is None else list(begin)
    return fold(State.begin(SITE, T0 - 10), [*first, *events])
