"""Sites, nodes and readings to build situations of: the bricks of ``states``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from haconsole.domain.daemon import (
    Check,
    CheckStatus,
    Daemon,
    DaemonSource,
    Instance,
    VrrpState,
)
from haconsole.domain.events import (
    AddressChanged,
    AddressesRead,
    AnswerSeen,
    ClockRead,
    DaemonRead,
    Event,
    FirewallRead,
    InterfacesRead,
    LinkChanged,
    LinkStatus,
    LoadRead,
    NeighboursRead,
    UnitsRead,
)
from haconsole.domain.facts import (
    Address,
    Answer,
    Clock,
    Firewall,
    Interface,
    Load,
    Neighbour,
    Unit,
    VrrpFirewall,
)
from haconsole.domain.hits import Hit
from haconsole.domain.model import Access, Become, Cluster, Host, Role, Site, Vip
from haconsole.domain.reduce import fold
from haconsole.domain.state import State

#: Sunday, 2026-11-22 14:02:31 UTC.
NOW = 1_795_356_151.0
#: Three days and four hours before.
LONG_AGO = NOW - (3 * 86400 + 4 * 3600)
VIP = "10.0.0.100"


@dataclass(frozen=True, slots=True)
class Scene:
    """A site and what is known of it at ``now``."""

    site: Site
    events: tuple[Event, ...]
    now: float = NOW
    #: (host, path) → text, of files that can be read.
    files: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """The state after all events."""
        return fold(State.begin(self.site, self.now - 600), self.events)

    def then(self, *events: Event) -> Scene:
        """Return the scene with more events."""
        return replace(self, events=(*self.events, *events))

    def later(self, seconds: float) -> Scene:
        """Return the scene looked at later."""
        return replace(self, now=self.now + seconds)


def node(name: str, role: Role, address: str) -> Host:
    """Return a host behind the bastion."""
    jumps = () if role is Role.JUMP else ("bastion",)
    return Host(name, role, Access(address, user="ops", become=Become.SUDO, jumps=jumps))


def pair_site(*, lab: bool = True, vips: int = 1, webs: int = 2) -> Site:
    """Return one cluster of two LBs behind a bastion."""
    cluster = Cluster(
        "pair",
        (node("lb01", Role.LB, "10.0.0.10"), node("lb02", Role.LB, "10.0.0.11")),
        tuple(node(f"web{i + 1:02}", Role.WEB, f"10.0.0.{20 + i}") for i in range(webs)),
        tuple(
            Vip(f"10.0.0.{100 + i}", prefix=24, interface="eth0", vrid=50 + i) for i in range(vips)
        ),
    )
    return Site("shop", (cluster,), (node("bastion", Role.JUMP, "192.0.2.1"),), lab=lab)


def many_site(clusters: int = 49, webs: int = 2) -> Site:
    """Return ``clusters`` pairs with ``webs`` web nodes each: 4 hosts a cluster by default."""
    made = []
    for i in range(clusters):
        net = f"10.{i // 200 + 1}.{i % 200}"
        made.append(
            Cluster(
                f"c{i:02}",
                tuple(node(f"c{i:02}-lb{j}", Role.LB, f"{net}.1{j}") for j in (1, 2)),
                tuple(node(f"c{i:02}-web{j}", Role.WEB, f"{net}.2{j}") for j in range(webs)),
                (Vip(f"{net}.100", prefix=24, interface="eth0", vrid=i + 1),),
            )
        )
    return Site("fleet", tuple(made), (node("bastion", Role.JUMP, "192.0.2.1"),))


def mac_of(host: Host) -> str:
    """Return a host's made-up MAC."""
    number = int(host.address.rpartition(".")[2])
    third = int(host.address.split(".")[2])
    return f"52:54:00:00:{third:02x}:{number:02x}"


def unit(name: str, active: str = "active", *, at: float = LONG_AGO) -> Unit:
    """Return a service."""
    sub = {"active": "running", "failed": "failed"}.get(active, "dead")
    pid = 812 if active == "active" else None
    result = "exit-code" if active == "failed" else "success"
    return Unit(f"{name}.service", True, active, sub, "enabled", pid, at, result)


def units(at: float, host: Host, *, keepalived: str = "active", nginx: str = "active") -> Event:
    """Return a reading of a node's services."""
    listed = [unit("nginx", nginx)]
    if host.role is Role.LB:
        listed = [unit("keepalived", keepalived), *listed, unit("firewalld")]
    return UnitsRead(at=at, host=host.name, units=tuple(listed))


def addresses(at: float, host: Host, *vips: str) -> Event:
    """Return a reading of a node's addresses."""
    own = Address(host.address, 24, "eth0")
    held = tuple(Address(vip, 24, "eth0", ("secondary",)) for vip in vips)
    return AddressesRead(at=at, host=host.name, addresses=(own, *held))


def moved(at: float, host: Host, vip: str, *, added: bool) -> Event:
    """Return the kernel's word that a VIP came or went."""
    return AddressChanged(
        at=at, host=host.name, address=Address(vip, 24, "eth0"), added=added, node_at=at
    )


def daemon(
    cluster: Cluster,
    state: VrrpState,
    priority: int,
    *,
    check: CheckStatus = CheckStatus.GOOD,
    peer: Host | None = None,
    since: float = LONG_AGO,
) -> Daemon:
    """Return a keepalived with one instance a VIP and one check."""
    effective = priority - 60 if check is CheckStatus.BAD else priority
    instances = tuple(
        Instance(
            name=f"VI_{index}",
            state=state,
            interface="eth0",
            vrid=vip.vrid,
            version=2,
            base_priority=priority,
            effective_priority=effective,
            advert_int_s=1.0,
            last_transition=since,
            vips=(vip.address,),
            master_router=peer.address if peer and state is VrrpState.BACKUP else None,
            master_priority=150 if peer and state is VrrpState.BACKUP else None,
            auth_type="PASS",
        )
        for index, vip in enumerate(cluster.vips, 1)
    )
    checks = (
        Check("check_nginx", check, "/etc/keepalived/check_nginx.sh", -60, 2.0, 1.0, 2, 2),
        Check("check_disk", CheckStatus.GOOD, "/etc/keepalived/check_disk.sh", -10, 5.0, 1.0, 2, 2),
    )
    return Daemon(
        True, DaemonSource.JSON, version="2.2.7", pid=812, instances=instances, checks=checks
    )


def up(at: float, host: Host, rtt_s: float = 0.0012) -> Event:
    """Return the event that a link is up."""
    return LinkChanged(at=at, host=host.name, status=LinkStatus.UP, rtt_s=rtt_s)


def healthy_node(
    cluster: Cluster, host: Host, at: float, *, offset_s: float = 0.0003
) -> list[Event]:
    """Return everything that is read on a healthy node, the first LB being MASTER."""
    name = host.name
    owner = cluster.lbs[0]
    held = tuple(vip.address for vip in cluster.vips) if host is owner else ()
    events: list[Event] = [
        ClockRead(at=at, host=name, clock=Clock(offset_s, 0.0006)),
        InterfacesRead(at=at, host=name, interfaces=(Interface("eth0", mac_of(host), True),)),
        addresses(at, host, *held),
        units(at, host),
        LoadRead(at=at, host=name, load=Load(0.03 if host is owner else 0.01, 2)),
    ]
    if host.role is Role.LB:
        state, priority = (VrrpState.MASTER, 150) if host is owner else (VrrpState.BACKUP, 100)
        events += [
            FirewallRead(
                at=at,
                host=name,
                firewall=Firewall("firewalld", VrrpFirewall.ALLOWED, "zone public"),
            ),
            DaemonRead(at=at, host=name, daemon=daemon(cluster, state, priority, peer=owner)),
        ]
    else:
        table = tuple(Neighbour(vip.address, mac_of(owner), "REACHABLE") for vip in cluster.vips)
        events.append(NeighboursRead(at=at + 0.1, host=name, neighbours=table))
    return events


def answers(cluster: Cluster, at: float, *, problem: str = "") -> list[Event]:
    """Return an answer through each VIP."""
    status = None if problem else 200
    return [
        AnswerSeen(
            at=at,
            host="bastion",
            vip=vip.address,
            answer=Answer(status, 0.0008, "bastion", problem),
        )
        for vip in cluster.vips
    ]


PATHS = ("/", "/cart", "/img/logo.svg", "/api/items?page=2", "/login", "/search?q=shoe")


def hits(
    cluster: Cluster, start: float, seconds: int, per_second: int = 8, *, errors: bool = True
) -> list[Hit]:
    """Return hits spread evenly over ``seconds``, the backends in turn."""
    made = []
    webs = cluster.webs
    stamps = [
        start + second + part / rate
        for second in range(seconds)
        for rate in (max(1, per_second + (second * 7 % 5) - (second * 3 % 4)),)
        for part in range(rate)
    ]
    for i, at in enumerate(stamps):
        web = webs[i * 5 % 7 % len(webs)] if webs else None
        status = 502 if errors and i % 97 == 96 else 404 if i % 41 == 40 else 200
        took = 0.0009 + (i * 7919 % 23) / 10_000
        made.append(
            Hit(
                at=at,
                client=f"203.0.113.{i * 37 % 250 + 1}",
                method="POST" if i % 13 == 5 else "GET",
                path=PATHS[i * 31 % len(PATHS)],
                status=status,
                backend=f"{web.address}:80" if web else "",
                upstream_s=took,
                request_s=took + 0.0002,
                tried=1 if status == 502 else 0,
                node=cluster.lbs[0].name,
            )
        )
    return made
