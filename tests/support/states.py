"""Situations as events: every state that the screens are tested with is folded from these."""

from __future__ import annotations

from collections.abc import Iterable

from haconsole.domain.daemon import (
    CheckStatus,
    Daemon,
    DaemonSource,
    LogFact,
    LogKind,
    VrrpState,
)
from haconsole.domain.events import (
    AddressesRead,
    AnswerSeen,
    DaemonLogged,
    DaemonRead,
    Event,
    Fact,
    FirewallRead,
    HitLogFound,
    HitsSeen,
    JournalRead,
    LinkChanged,
    LinkStatus,
    NeighboursRead,
    ReadingFailed,
    UnitsRead,
)
from haconsole.domain.facts import (
    Firewall,
    JournalLine,
    Neighbour,
    VrrpFirewall,
)
from haconsole.domain.model import Cluster, Host, Site
from haconsole.domain.notes import note
from tests.support.parts import (
    NOW,
    VIP,
    Scene,
    addresses,
    answers,
    daemon,
    healthy_node,
    hits,
    mac_of,
    many_site,
    moved,
    pair_site,
    units,
    up,
)

__all__ = [
    "NOW",
    "VIP",
    "Scene",
    "all_scenes",
    "healthy",
    "hits",
    "many_site",
    "moved",
    "pair_site",
    "reading",
]


def healthy(
    site: Site | None = None, now: float = NOW, *, flow: bool = True, read_until: float = NOW
) -> Scene:
    """Return a site where all is well and requests flow, last read at ``read_until``."""
    site = site or pair_site()
    began = now - 120
    events: list[Event] = [up(began, jump) for jump in site.jumps]
    for cluster in site.clusters:
        for host in cluster.hosts:
            events.append(up(began + 0.2, host))
            events += healthy_node(cluster, host, began + 1)
        if flow:
            events.append(
                HitLogFound(
                    at=began + 1,
                    host=cluster.lbs[0].name,
                    path="/var/log/nginx/haconsole.log",
                    upstream=True,
                )
            )
    events += _old_story(site, now)
    for cluster in site.clusters:
        if flow:
            batch = tuple(hits(cluster, now - 62, 62))
            events.append(HitsSeen(at=now - 0.05, host=cluster.lbs[0].name, hits=batch))
        events += reading(cluster, read_until)
    return Scene(site, tuple(events), now)


def reading(
    cluster: Cluster, now: float, *, without: Iterable[tuple[str, type]] = ()
) -> list[Event]:
    """Return a full reading of a healthy cluster that has just ended, ``without`` some of it."""
    left_out = frozenset(without)
    events = answers(cluster, now - 0.5)
    for index, host in enumerate(cluster.hosts):
        events += healthy_node(cluster, host, now - 0.4 - index % 2)
    return [event for event in events if (event.host, type(event)) not in left_out]


def _old_story(site: Site, now: float) -> list[Event]:
    """Return what the journals tell from before: a start, an election."""
    cluster = site.clusters[0]
    first, second = cluster.lbs[0].name, cluster.lbs[1].name

    def said(host: str, ago: float, kind: LogKind, text: str, state: VrrpState | None) -> Event:
        fact = LogFact(kind, text, "VI_1", state)
        return DaemonLogged(at=now - 100, host=host, fact=fact, node_at=now - ago, live=False)

    line = JournalLine("nginx.service", now - 84, 6, "10.0.0.20: upstream is back")
    journal = (
        JournalLine("keepalived.service", now - 90, 6, "(VI_1) Entering BACKUP STATE", True),
        JournalLine(
            "keepalived.service",
            now - 88,
            4,
            "SECURITY VIOLATION - scripts are being executed but script_security not enabled.",
        ),
        JournalLine("nginx.service", now - 86, 3, "[error] connect() failed (111: refused)"),
        line,
    )
    return [
        said(second, 91, LogKind.STARTED, "Starting Keepalived v2.2.7", None),
        said(second, 90, LogKind.TRANSITION, "Entering BACKUP STATE", VrrpState.BACKUP),
        JournalRead(at=now - 83, host=first, lines=journal, live=False),
    ]


def _lbs(scene: Scene) -> tuple[Cluster, Host, Host]:
    cluster = scene.site.clusters[0]
    return cluster, cluster.lbs[0], cluster.lbs[1]


def _pairs(hosts: Iterable[Host], *kinds: type) -> list[tuple[str, type]]:
    return [(host.name, kind) for host in hosts for kind in kinds]


def split_brain(site: Site | None = None) -> Scene:
    """Both hold the VIP, for 41 s: lb02's firewall drops VRRP."""
    scene = healthy(site, read_until=NOW - 50)
    cluster, first, second = _lbs(scene)
    at, now = scene.now - 41, scene.now
    fact = LogFact(LogKind.TRANSITION, "Entering MASTER STATE", "VI_1", VrrpState.MASTER)
    vips = tuple(vip.address for vip in cluster.vips)
    blocked = Firewall("firewalld", VrrpFirewall.BLOCKED, "zone public has no rule for vrrp")
    tables = tuple(Neighbour(vip, mac_of(second), "REACHABLE") for vip in vips)
    both = daemon(cluster, VrrpState.MASTER, 100, since=at)
    changed = _pairs((second,), DaemonRead, FirewallRead, AddressesRead)
    changed += _pairs(cluster.webs, NeighboursRead)
    return scene.then(
        FirewallRead(at=now - 45, host=second.name, firewall=blocked),
        DaemonLogged(at=at, host=second.name, fact=fact, node_at=at),
        *(moved(at + 0.01, second, vip, added=True) for vip in vips),
        *reading(cluster, now, without=changed),
        FirewallRead(at=now - 1, host=second.name, firewall=blocked),
        DaemonRead(at=now - 1, host=second.name, daemon=both),
        addresses(now - 0.5, second, *vips),
        addresses(now - 0.5, first, *vips),
        *(NeighboursRead(at=now - 0.4, host=h.name, neighbours=tables) for h in cluster.webs),
    )


def ghost(site: Site | None = None) -> Scene:
    """lb01's keepalived was killed 12 s ago and left the VIP; lb02 took over."""
    scene = healthy(site, read_until=NOW - 20)
    cluster, first, second = _lbs(scene)
    at, now = scene.now - 12, scene.now
    killed = LogFact(LogKind.KILLED, "keepalived.service: main process killed by SIGKILL")
    took = LogFact(LogKind.TRANSITION, "Entering MASTER STATE", "VI_1", VrrpState.MASTER)
    vips = tuple(vip.address for vip in cluster.vips)
    tables = tuple(Neighbour(vip, mac_of(second), "REACHABLE") for vip in vips)
    owner = daemon(cluster, VrrpState.MASTER, 100, since=at + 3.6)
    dead = Daemon(False, DaemonSource.PROCESS, version="2.2.7")
    changed = _pairs((second,), DaemonRead, AddressesRead)
    changed += _pairs((first,), DaemonRead, UnitsRead)
    changed += _pairs(cluster.webs, NeighboursRead)
    return scene.then(
        DaemonLogged(at=at, host=first.name, fact=killed, node_at=at),
        units(at + 0.2, first, keepalived="failed"),
        DaemonLogged(at=at + 3.6, host=second.name, fact=took, node_at=at + 3.6),
        *(moved(at + 3.61, second, vip, added=True) for vip in vips),
        *reading(cluster, now, without=changed),
        DaemonRead(at=now - 0.4, host=second.name, daemon=owner),
        addresses(now - 0.3, second, *vips),
        DaemonRead(at=now - 0.3, host=first.name, daemon=dead),
        units(now - 0.3, first, keepalived="failed"),
        *(NeighboursRead(at=now - 0.4, host=h.name, neighbours=tables) for h in cluster.webs),
    )


def unowned() -> Scene:
    """Both daemons were stopped: nobody holds the VIP and nobody answers."""
    scene = healthy(read_until=NOW - 20)
    cluster, first, second = _lbs(scene)
    at, now = scene.now - 8, scene.now
    stopped = LogFact(LogKind.STOPPED, "Stopped Keepalived v2.2.7")
    dead = Daemon(False, DaemonSource.PROCESS, version="2.2.7")
    changed = _pairs((first, second), DaemonRead, UnitsRead)
    changed += [(first.name, AddressesRead), ("bastion", AnswerSeen)]
    changed += _pairs(cluster.webs, NeighboursRead)
    events: list[Event] = []
    for host in (second, first):
        events += [
            DaemonLogged(at=at, host=host.name, fact=stopped, node_at=at),
            units(at + 0.1, host, keepalived="inactive"),
        ]
    events += [
        moved(at + 0.05, first, VIP, added=False),
        *reading(cluster, now, without=changed),
        addresses(now - 0.3, first),
        *(DaemonRead(at=now - 0.3, host=h.name, daemon=dead) for h in (first, second)),
        *(units(now - 0.3, h, keepalived="inactive") for h in (first, second)),
        *answers(cluster, at + 1, problem="no route to host"),
        *answers(cluster, now - 0.2, problem="no route to host"),
    ]
    return scene.then(*events)


def starting() -> Scene:
    """The console was started a moment ago: the bastion's handshake runs."""
    site = pair_site()
    events: list[Event] = [
        LinkChanged(at=NOW - 0.5, host=host.name, status=LinkStatus.CONNECTING)
        for host in site.jumps
    ]
    events += [
        LinkChanged(at=NOW - 0.5, host=host.name, status=LinkStatus.IDLE) for host in site.hosts
    ]
    return Scene(site, tuple(events))


def jump_lost(site: Site | None = None) -> Scene:
    """The bastion's sshd went away 12 s ago."""
    scene = healthy(site, read_until=NOW - 13)
    at = scene.now - 12
    why = note("connection refused by {address}", address="192.0.2.1:22")
    return scene.then(
        *(
            LinkChanged(at=at, host=host.name, status=LinkStatus.JUMP_LOST)
            for host in scene.site.hosts
        ),
        *(
            LinkChanged(
                at=at,
                host=jump.name,
                status=LinkStatus.LOST,
                detail=why,
                retry_at=scene.now + 3.2,
            )
            for jump in scene.site.jumps
        ),
    )


def link_lost(name: str = "web02") -> Scene:
    """One node's link was lost 34 s ago; everything else is fine."""
    scene = healthy(read_until=NOW - 36)
    lost = LinkChanged(
        at=scene.now - 34,
        host=name,
        status=LinkStatus.LOST,
        detail=note("no answer to keepalives for {seconds} s", seconds=15),
        retry_at=scene.now + 4,
    )
    fresh = reading(scene.site.clusters[0], scene.now)
    return scene.then(lost, *(event for event in fresh if event.host != name))


def stale(name: str = "lb02") -> Scene:
    """One node's link is up, but nothing was read there for 34 s."""
    scene = healthy(read_until=NOW - 34)
    problem = "ip: no answer in 10 s"
    failed = ReadingFailed(at=scene.now - 20, host=name, fact=Fact.ADDRESSES, problem=problem)
    fresh = reading(scene.site.clusters[0], scene.now)
    return scene.then(failed, *(event for event in fresh if event.host != name))


def refused(name: str = "lb02") -> Scene:
    """A host shows another key than the known one."""
    scene = healthy(read_until=NOW - 6)
    detail = note(
        "its host key is not the one in {file}:{line}; nothing was sent; if the host was "
        "installed anew, remove that line",
        file="~/.ssh/known_hosts",
        line=7,
    )
    gone = LinkChanged(at=scene.now - 5, host=name, status=LinkStatus.REFUSED, detail=detail)
    fresh = reading(scene.site.clusters[0], scene.now)
    return scene.then(gone, *(event for event in fresh if event.host != name))


def nginx_down() -> Scene:
    """The owner's nginx failed, its check too, and clients get no answer."""
    scene = healthy(read_until=NOW - 6)
    cluster, first, _ = _lbs(scene)
    bad = daemon(cluster, VrrpState.MASTER, 150, check=CheckStatus.BAD)
    changed = [(first.name, UnitsRead), (first.name, DaemonRead), ("bastion", AnswerSeen)]
    failing = LogFact(
        LogKind.CHECK,
        "Script `check_nginx` now returning 1",
        check="check_nginx",
        status=CheckStatus.BAD,
    )
    return scene.then(
        units(scene.now - 4, first, nginx="failed"),
        DaemonLogged(at=scene.now - 3.5, host=first.name, fact=failing, node_at=scene.now - 3.5),
        *reading(cluster, scene.now, without=changed),
        DaemonRead(at=scene.now - 0.5, host=first.name, daemon=bad),
        units(scene.now - 0.4, first, nginx="failed"),
        *answers(cluster, scene.now - 1, problem="connection refused"),
    )


def unknown() -> Scene:
    """lb01 cannot be seen, and nothing else proves who owns the VIP."""
    scene = healthy(read_until=NOW - 21)
    lost = [
        LinkChanged(
            at=scene.now - ago,
            host=name,
            status=LinkStatus.LOST,
            detail=note("no answer to keepalives for {seconds} s", seconds=15),
            retry_at=scene.now + 9,
        )
        for name, ago in (("lb01", 20), ("web01", 12))
    ]
    fresh = reading(scene.site.clusters[0], scene.now)
    return scene.then(*lost, *(event for event in fresh if event.host not in ("lb01", "web01")))


def no_hit_log() -> Scene:
    """Nobody may read the access log."""
    scene = healthy(flow=False)
    problem = "/var/log/nginx/access.log: permission denied; let the user read it, or use sudo"
    names: Iterable[str] = (host.name for host in scene.site.clusters[0].hosts)
    return scene.then(
        *(ReadingFailed(at=scene.now - 60, host=n, fact=Fact.HITS, problem=problem) for n in names)
    )


def two_clusters() -> Scene:
    """Two clusters, the second one split."""
    site = many_site(2)
    scene = healthy(site, read_until=NOW - 10)
    first, second = site.clusters
    took = moved(scene.now - 9, second.lbs[1], second.vips[0].address, added=True)
    other = second.lbs[1].name
    left_out = [(other, AddressesRead)]
    return scene.then(
        took,
        *reading(first, scene.now),
        *reading(second, scene.now, without=left_out),
        addresses(scene.now - 0.3, second.lbs[1], second.vips[0].address),
    )


def many(clusters: int = 49) -> Scene:
    """Some two hundred hosts, all well."""
    return healthy(many_site(clusters))


def all_scenes() -> dict[str, Scene]:
    """Return every scene by name."""
    return {
        "healthy": healthy(),
        "split-brain": split_brain(),
        "ghost": ghost(),
        "unowned": unowned(),
        "unknown": unknown(),
        "starting": starting(),
        "jump-lost": jump_lost(),
        "link-lost": link_lost(),
        "stale": stale(),
        "refused": refused(),
        "nginx-down": nginx_down(),
        "no-hit-log": no_hit_log(),
        "two-vips": healthy(pair_site(vips=2)),
        "no-webs": healthy(pair_site(webs=0), flow=False),
        "two-clusters": two_clusters(),
        "many": many(),
    }
