"""A healthy pair as a case, and how it is broken: one thing at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeAlias

from haconsole.domain.conf import InstanceConf, KeepalivedConf, ScriptConf, TrackConf, VipConf
from haconsole.domain.daemon import (
    Check,
    CheckStatus,
    Daemon,
    DaemonSource,
    Instance,
    VrrpState,
)
from haconsole.domain.events import LinkStatus
from haconsole.domain.facts import (
    Address,
    Answer,
    Clock,
    Firewall,
    Interface,
    Neighbour,
    Unit,
    VrrpFirewall,
)
from haconsole.domain.model import Role, Vip
from haconsole.domain.nginx_conf import Listen, NginxConf, ServerConf, Upstream, UpstreamServer
from haconsole.domain.rules.case import Case, NodeCase, Seen
from haconsole.domain.rules.pieces import (
    Disk,
    KeepalivedProcess,
    Logged,
    NginxTest,
    ScriptFacts,
)
from haconsole.domain.stats import VrrpStats
from haconsole.domain.verdict import KEEPALIVED, NGINX
from haconsole.parsers.keepalived_log import parse_line

T0 = 2_000_000.0
VIP = "10.0.0.100"
THE_VIP = Vip(VIP, 32, "eth0", 50)
MAC = {"lb01": "02:00:00:00:00:10", "lb02": "02:00:00:00:00:11"}
ADDRESS = {
    "lb01": "10.0.0.10",
    "lb02": "10.0.0.11",
    "web01": "10.0.0.51",
    "web02": "10.0.0.52",
    "bastion": "203.0.113.7",
}
PRIORITY = {"lb01": 150, "lb02": 100}
#: The pair has stood like this for ten minutes.
STOOD_S = 600.0

Change: TypeAlias = Callable[[Case], Case]


def seen(value: Any, by: str = "a command") -> Seen[Any]:
    return Seen(value, T0, by)


def instance(name: str, **other: Any) -> Instance:
    known = Instance(
        name="VI_1",
        state=VrrpState.MASTER if name == "lb01" else VrrpState.BACKUP,
        interface="eth0",
        vrid=50,
        version=2,
        base_priority=PRIORITY[name],
        effective_priority=PRIORITY[name],
        advert_int_s=1.0,
        last_transition=T0 - STOOD_S,
        vips=(VIP,),
        nopreempt=False,
    )
    return replace(known, **other)


def daemon(name: str, *instances: Instance, **other: Any) -> Daemon:
    known = Daemon(
        running=True,
        source=DaemonSource.DUMP,
        version="2.2.7",
        pid=100,
        instances=instances or (instance(name),),
        checks=(Check("nginx", CheckStatus.GOOD, "/etc/keepalived/check_nginx.sh", -60, 2.0, 1.0),),
    )
    return replace(known, **other)


def conf_instance(name: str, **other: Any) -> InstanceConf:
    known = InstanceConf(
        "VI_1",
        12,
        state="MASTER" if name == "lb01" else "BACKUP",
        interface="eth0",
        vrid=50,
        priority=PRIORITY[name],
        advert_int_s=1.0,
        vips=(VipConf(VIP, 20),),
        track_scripts=(TrackConf("nginx", 24),),
        file="keepalived.conf",
    )
    return replace(known, **other)


def conf(name: str, one: InstanceConf | None = None, **other: Any) -> KeepalivedConf:
    script = ScriptConf(
        "nginx", 3, "/etc/keepalived/check_nginx.sh", 2.0, 1.0, -60, 2, 2,
        argv=("/etc/keepalived/check_nginx.sh",),
    )  # fmt: skip
    known = KeepalivedConf(
        "keepalived.conf", name, scripts=(script,), instances=(one or conf_instance(name),)
    )
    return replace(known, **other)


def unit(name: str, active: str = "active", **other: Any) -> Unit:
    sub = "running" if active == "active" else "dead"
    known = Unit(name, True, active, sub, "enabled", 100, T0 - STOOD_S - 5, "success")
    return replace(known, **other)


def addresses(name: str, *, vip: bool, interface: str = "eth0") -> tuple[Address, ...]:
    own = Address(ADDRESS[name], 24, "eth0")
    return (own, Address(VIP, 32, interface)) if vip else (own,)


def logged(*lines: tuple[float, str]) -> tuple[Logged, ...]:
    """Lines of a log, ``(seconds before now, text)``."""
    read = [(T0 - ago, parse_line(text)) for ago, text in lines]
    assert all(fact for _, fact in read), "a line that the parser understands"
    return tuple(Logged(at, fact) for at, fact in read if fact)


def stats(**counters: int) -> tuple[VrrpStats, ...]:
    return (VrrpStats("VI_1", **counters),)


def nginx_conf(
    *backends: str, listen: str = "*", names: tuple[str, ...] = ("kd.test",)
) -> NginxConf:
    servers = tuple(
        UpstreamServer(f"{one}:80", one, 80, "kd.conf", 3 + at)
        for at, one in enumerate(backends or ("10.0.0.51", "10.0.0.52"))
    )
    server = ServerConf("kd.conf", 9, names, (Listen(listen, 80, "kd.conf", 10),))
    return NginxConf("nginx.conf", (Upstream("web", "kd.conf", 2, servers),), (server,))


def lb(name: str) -> NodeCase:
    started = "Starting Keepalived v2.2.7 (01/16,2022)"
    entered = "MASTER" if name == "lb01" else "BACKUP"
    return NodeCase(
        name=name,
        role=Role.LB,
        address=ADDRESS[name],
        link=LinkStatus.UP,
        link_since=T0 - 100.0,
        version=(2, 2, 7),
        conf=seen(conf(name)),
        conf_changed_at=seen(T0 - 5000.0),
        daemon=seen(daemon(name)),
        log=seen(
            logged((STOOD_S + 4, started), (STOOD_S, f"(VI_1) Entering {entered} STATE")), "journal"
        ),
        addresses=seen(addresses(name, vip=name == "lb01")),
        interfaces=seen((Interface("lo", None, True), Interface("eth0", MAC[name], True))),
        neighbours=seen(()),
        units=seen((unit(KEEPALIVED), unit(NGINX))),
        firewall=seen(Firewall("firewalld", VrrpFirewall.ALLOWED, "rule vrrp accept")),
        firewall_at_boot=seen(Firewall("firewalld", VrrpFirewall.ALLOWED, "rule vrrp accept")),
        clock=seen(Clock(0.01, 0.002)),
        disks=seen((Disk("/", 0.4, 4_000_000),)),
        uptime_s=seen(90_000.0),
        processes=seen((KeepalivedProcess(100, 1), KeepalivedProcess(101, 100))),
        scripts=seen(
            (
                ScriptFacts(
                    "nginx",
                    "/etc/keepalived/check_nginx.sh",
                    text="#!/bin/sh\nexec curl -fsS -m 1 http://127.0.0.1/\n",
                    user="nobody",
                    user_exists=True,
                ),
            )
        ),
        nginx_conf=seen(nginx_conf()),
        nginx_test=seen(NginxTest(True)),
        nonlocal_bind=seen(False),
        denials=seen(()),
        drift=seen(()),
    )


def web(name: str) -> NodeCase:
    return NodeCase(
        name=name,
        role=Role.WEB,
        address=ADDRESS[name],
        link=LinkStatus.UP,
        addresses=seen((Address(ADDRESS[name], 24, "eth0"),)),
        interfaces=seen((Interface("eth0", f"02:00:00:00:00:{name[-2:]}", True),)),
        neighbours=seen((Neighbour(VIP, MAC["lb01"], "REACHABLE", "eth0"),)),
        units=seen((unit(NGINX),)),
        clock=seen(Clock(-0.01, 0.002)),
        disks=seen((Disk("/", 0.4, 4_000_000),)),
        nginx_test=seen(NginxTest(True)),
        served=seen(Answer(200, 0.01, "bastion")),
    )


def healthy() -> Case:
    """The tutorial's pair, everything known, nothing wrong."""
    bastion = NodeCase(name="bastion", role=Role.JUMP, address="203.0.113.7", link=LinkStatus.UP)
    answer: Seen[Answer] = seen(Answer(200, 0.01, "bastion"))
    return Case(
        at=T0,
        cluster="pair",
        vips=(THE_VIP,),
        nodes=(lb("lb01"), lb("lb02"), web("web01"), web("web02"), bastion),
        answers=MappingProxyType({VIP: answer}),
        live=True,
    )


def on(name: str, **pieces: Any) -> Change:
    """Give a host other pieces; plain values are taken as seen now."""

    def changed(case: Case) -> Case:
        node = case.node(name)
        taken: dict[str, Any] = {
            key: value if value is None or isinstance(value, Seen) or key in _PLAIN else seen(value)
            for key, value in pieces.items()
        }
        new = replace(node, **taken)
        return replace(case, nodes=tuple(new if one is node else one for one in case.nodes))

    return changed


_PLAIN = frozenset(
    {"link", "link_since", "link_detail", "lost_jump", "address", "version", "heard_at"}
)


def more_log(name: str, *lines: tuple[float, str]) -> Change:
    """Add lines to a host's log."""

    def changed(case: Case) -> Case:
        node = case.node(name)
        assert node.log is not None
        log = tuple(sorted((*node.log.value, *logged(*lines)), key=lambda one: one.at))
        return on(name, log=log)(case)

    return changed


def answering(answer: Answer | None) -> Change:
    def changed(case: Case) -> Case:
        answers = {} if answer is None else {VIP: seen(answer)}
        return replace(case, answers=MappingProxyType(answers))

    return changed


def both(*changes: Change) -> Change:
    """Make several changes, in order."""

    def changed(case: Case) -> Case:
        for change in changes:
            case = change(case)
        return case

    return changed


#: lb02 has taken the VIP too.
SPLIT = both(
    on(
        "lb02",
        daemon=daemon("lb02", instance("lb02", state=VrrpState.MASTER)),
        addresses=addresses("lb02", vip=True),
    ),
)
#: lb02 owns the VIP alone, and web hosts know it.
MOVED = both(
    SPLIT,
    on(
        "lb01",
        daemon=daemon("lb01", instance("lb01", state=VrrpState.BACKUP)),
        addresses=addresses("lb01", vip=False),
    ),
    on("web01", neighbours=(Neighbour(VIP, MAC["lb02"], "REACHABLE", "eth0"),)),
    on("web02", neighbours=(Neighbour(VIP, MAC["lb02"], "REACHABLE", "eth0"),)),
)
GONE = Daemon(running=False, source=DaemonSource.PROCESS)
NOT_RUNNING = (unit(KEEPALIVED, "inactive"), unit(NGINX))
KILLED = (unit(KEEPALIVED, "failed", result="signal"), unit(NGINX))
