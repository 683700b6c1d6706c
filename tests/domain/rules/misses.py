"""What is well, or is not to be judged yet: near misses of the faults."""

from __future__ import annotations

from dataclasses import replace

from haconsole.domain.facts import Answer, Clock, Interface, Neighbour
from haconsole.domain.rules.case import Case, Seen
from haconsole.domain.rules.pieces import NginxErrors
from haconsole.domain.verdict import KEEPALIVED, NGINX

from .cases import (
    ADDRESS,
    GONE,
    MAC,
    MOVED,
    SPLIT,
    STOOD_S,
    T0,
    VIP,
    Change,
    addresses,
    answering,
    both,
    conf,
    daemon,
    instance,
    logged,
    more_log,
    nginx_conf,
    on,
    seen,
    unit,
)
from .faults import NO_ANSWER, file_of, lost, script

_ELSEWHERE = Neighbour(VIP, MAC["lb02"], "REACHABLE", "eth0")
_FAILED = NginxErrors((("10.0.0.51:80", "connect() failed"),), 30.0)
#: What is well, or is not to be judged yet: nothing may be found.
NEAR_MISSES: dict[str, Change] = {
    "healthy": lambda case: case,
    "equal passwords": both(
        file_of("lb01", auth_type="PASS", auth_fingerprint="a"),
        file_of("lb02", auth_type="PASS", auth_fingerprint="a"),
    ),
    "a refused advert of before the last start": more_log(
        "lb01", (900.0, "(VI_1) received an invalid passwd from 10.0.0.11!")
    ),
    "version 3 with two intervals": both(
        file_of("lb01", version=3, advert_int_s=1.0),
        file_of("lb02", version=3, advert_int_s=2.0),
        on("lb01", daemon=daemon("lb01", instance("lb01", version=3))),
        on("lb02", daemon=daemon("lb02", instance("lb02", version=3, advert_int_s=2.0))),
    ),
    "mirrored unicast": both(
        file_of("lb01", unicast_source=ADDRESS["lb01"], unicast_peers=(ADDRESS["lb02"],)),
        file_of("lb02", unicast_source=ADDRESS["lb02"], unicast_peers=(ADDRESS["lb01"],)),
    ),
    "a check that was late once, on a busy machine": more_log(
        "lb01", (40.0, "VRRP_Script(nginx) timed out"), (36.0, "VRRP_Script(nginx) succeeded")
    ),
    "a check that is late just now": on(
        "lb01",
        daemon=Seen(daemon("lb01"), T0 - 6.0, "a dump of before"),
        log=logged(
            (STOOD_S, "(VI_1) Entering MASTER STATE"), (4.0, "VRRP_Script(nginx) timed out")
        ),
    ),
    "a check that was late, and is asked no more": more_log(
        "lb01", (80.0, "VRRP_Script(old) timed out"), (50.0, "VRRP_Script(old) timed out")
    ),
    "a check that was late again and again, and is well since": more_log(
        "lb01",
        (290.0, "VRRP_Script(nginx) timed out"),
        (285.0, "VRRP_Script(nginx) succeeded"),
        (200.0, "VRRP_Script(nginx) timed out"),
        (195.0, "VRRP_Script(nginx) succeeded"),
    ),
    "a failover just now": both(
        SPLIT,
        more_log("lb02", (1.0, "(VI_1) Entering MASTER STATE")),
    ),
    "a failback just now": both(
        MOVED,
        on("web01", neighbours=(Neighbour(VIP, MAC["lb01"], "STALE", "eth0"),)),
        more_log("lb02", (2.0, "(VI_1) Entering MASTER STATE")),
    ),
    "no owner for a moment": both(
        on("lb01", addresses=addresses("lb01", vip=False)),
        more_log("lb01", (0.5, "(VI_1) Entering BACKUP STATE")),
    ),
    "a restart": both(
        MOVED,
        on("lb01", daemon=GONE, units=(unit(KEEPALIVED, "inactive", since=T0 - 1), unit(NGINX))),
        more_log("lb01", (1.0, "Stopped Keepalived v2.2.7 (01/16,2022)")),
        more_log("lb02", (0.5, "(VI_1) Entering MASTER STATE")),
    ),
    "a host that boots": both(
        MOVED,
        on(
            "lb01",
            uptime_s=20.0,
            daemon=GONE,
            units=(unit(KEEPALIVED, "inactive"), unit(NGINX, "inactive")),
        ),
    ),
    "a host that went to reboot": both(
        MOVED,
        lost(
            "lb01",
            "lb01 (10.0.0.10:22) gave no answer in time.",
            link_since=T0 - 30.0,
            log=logged((35.0, "Stopped Keepalived v2.2.7 (01/16,2022)")),
        ),
    ),
    "a planned switchover, there and back": both(
        more_log(
            "lb02",
            (170.0, "(VI_1) Entering MASTER STATE"),
            (110.0, "(VI_1) Entering MASTER STATE"),
            (50.0, "(VI_1) Entering MASTER STATE"),
        ),
        more_log(
            "lb01",
            *(
                line
                for ago in (172, 112, 52)
                for line in (
                    (ago, "Stopped Keepalived v2.2.7 (01/16,2022)"),
                    (ago - 15, "Starting Keepalived v2.2.7 (01/16,2022)"),
                    (ago - 18, "(VI_1) Entering MASTER STATE"),
                )
            ),
        ),
    ),
    "an operator who tries things out": more_log(
        "lb02", *((ago, "(VI_1) Entering MASTER STATE") for ago in (80, 60, 40, 20))
    ),
    "priorities that are changed and loaded again and again": more_log(
        "lb01",
        *(
            line
            for ago in (56, 42, 28, 14)
            for line in ((ago, "Reloading"), (ago - 3, "(VI_1) Entering MASTER STATE"))
        ),
    ),
    "an LB that takes the VIP back after its boot": both(
        on("lb01", uptime_s=620.0),
        more_log(
            "lb01",
            (610.0, "(VI_1) Receive advertisement timeout"),
            (608.0, "(VI_1) received lower priority (100) advert from 10.0.0.11 - discarding"),
        ),
    ),
    "a host that hung up": both(
        MOVED,
        lost("lb01", "gave no answer in time", link_since=T0 - 60.0, heard_at=T0 - 64.0),
    ),
    "a host that hung up, whose sshd is not back": both(
        MOVED,
        lost("lb01", "refused the connection", link_since=T0 - 9.0, heard_at=T0 - 12.0),
    ),
    "a request that failed once": both(
        answering(NO_ANSWER), lambda case: replace(case, failing={VIP: T0 - 2.0})
    ),
    "a request that failed in a failover, and no other since": both(
        answering(NO_ANSWER),
        lambda case: replace(case, failing={VIP: T0 - 8.0}),
        lambda case: replace(case, answers={VIP: replace(case.answers[VIP], at=T0 - 7.5)}),
    ),
    "a failing request of a while ago": both(
        answering(NO_ANSWER),
        lambda case: replace(case, failing={VIP: T0 - 20.0}),
        lambda case: replace(case, answers={VIP: replace(case.answers[VIP], at=T0 - 9.0)}),
    ),
    "a firewall that was reloaded": more_log(
        "lb02", (4.0, "(VI_1): send advert error 1 (Operation not permitted)")
    ),
    "one pause of the host": more_log(
        "lb01",
        (200.0, "A thread timer expired 9.345678 seconds ago"),
        (200.0, "A thread timer expired 9.145678 seconds ago"),
    ),
    "a web host's old entry": on(
        "web01", neighbours=(Neighbour(VIP, MAC["lb02"], "FAILED", "eth0"),)
    ),
    "a virtual MAC": on(
        "web01", neighbours=(Neighbour(VIP, "00:00:5e:00:01:32", "REACHABLE", "eth0"),)
    ),
    "a loop that ends": script(
        text="#!/bin/sh\nn=0\nwhile true; do n=$((n+1)); [ $n -gt 3 ] && exit 1; sleep 1; done\n"
    ),
    "a comment about a loop": script(text="#!/bin/sh\n# no while true; do here\nexit 0\n"),
    "a script that its user owns": both(
        on("lb01", conf=conf("lb01", script_security=True)), script(owner="ops:ops", user="ops")
    ),
    "another interface beside": on(
        "lb01",
        interfaces=(Interface("eth0", MAC["lb01"], True), Interface("eth1", "02::", False)),
    ),
    "nginx that starts": on("lb02", units=(unit(KEEPALIVED), unit(NGINX, "activating"))),
    "an nginx error that is over": on(
        "lb01", nginx_errors=NginxErrors((("10.0.0.51:80", "connect() failed"),))
    ),
    "listening on the VIP with the sysctl": on(
        "lb02", nginx_conf=nginx_conf(listen=VIP), nonlocal_bind=True
    ),
    "clocks as good as they get": on("lb02", clock=Clock(0.6, 0.3)),
    "a file that is being changed": both(
        file_of("lb01", priority=140), on("lb01", conf_changed_at=seen(T0 - 2))
    ),
    "a file and a daemon of before and after a reload": both(
        file_of("lb01", priority=140), more_log("lb01", (1.0, "Reloading ..."))
    ),
    "a daemon that was asked just now, after the file was read": both(
        file_of("lb01", priority=140),
        lambda case: _dumped(case, T0 - 1.0),
        lambda case: _read_at(case, T0 - 2.0),
    ),
    "an error about a web node of before its nginx started": both(
        on("lb01", nginx_errors=_FAILED),
        on("web01", served=None, units=(unit(NGINX, since=T0 - 20.0),)),
    ),
    "an error about a web node that may be on its way down": both(
        on("lb01", nginx_errors=_FAILED),
        on("web01", served=None, units=Seen((unit(NGINX),), T0 - 3.0)),
    ),
    "an error about a web node of a minute ago": both(
        on("lb01", nginx_errors=Seen(_FAILED, T0 - 64.0)), on("web01", served=None)
    ),
    "a master of before its address went": both(
        MOVED,
        on("lb01", daemon=Seen(daemon("lb01"), T0 - 4.4)),
    ),
    "a master of after its addresses were read": both(
        MOVED,
        on("lb01", daemon=daemon("lb01"), addresses=Seen(addresses("lb01", vip=False), T0 - 4.9)),
    ),
    "an LB that takes the VIP after its boot, and yields to a switchover a minute later": both(
        on("lb01", uptime_s=420.0),
        more_log(
            "lb01",
            (400.0, "(VI_1) Receive advertisement timeout"),
            (
                330.0,
                "(VI_1) Master received advert from 10.0.0.11 with higher priority 151, ours 150",
            ),
        ),
    ),
    "an LB that takes the VIP after its boot, while the other one boots, too": both(
        on("lb02", uptime_s=420.0),
        more_log(
            "lb02",
            (410.0, "(VI_1) Receive advertisement timeout"),
            (
                404.0,
                "(VI_1) Master received advert from 10.0.0.10 with higher priority 150, ours 100",
            ),
        ),
        # Its journal of before is another boot's, and it was the one that was away.
        on("lb01", uptime_s=407.0),
    ),
    "a VIP that went to an LB which is just back from its reboot": both(
        on("lb01", addresses=addresses("lb01", vip=False)),
        on("lb02", link_since=T0 - 1.0, addresses=None, daemon=None),
    ),
    "a table of before the second gratuitous ARPs": both(
        on("web01", neighbours=Seen((_ELSEWHERE,), T0 - 8.0)),
        lambda case: replace(case, moved_at=T0 - 13.0),
    ),
    "a file that was touched": on("lb01", conf_changed_at=seen(T0 - 30)),
    "nobody knows the other LB's firewall": on("lb02", firewall=None),
    "a client error": answering(Answer(404, 0.01, "bastion")),
}


def _read_at(case: Case, at: float) -> Case:
    """Return the case with lb01's file read then."""
    node = case.node("lb01")
    assert node.conf is not None
    return on("lb01", conf=replace(node.conf, at=at))(case)


def _dumped(case: Case, at: float) -> Case:
    """Return the case with a dump of lb01 that was asked for then."""
    node = case.node("lb01")
    assert node.daemon is not None
    seen_again = replace(node.daemon, value=replace(node.daemon.value, dumped_at=at), at=at)
    return on("lb01", daemon=seen_again)(case)
