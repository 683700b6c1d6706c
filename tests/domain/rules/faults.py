"""What can be wrong with a pair, each as a change of a healthy case, and what must be found."""

from __future__ import annotations

from dataclasses import replace

from haconsole.domain.conf import VipConf
from haconsole.domain.daemon import Check, CheckStatus, VrrpState
from haconsole.domain.events import LinkStatus
from haconsole.domain.facts import (
    Answer,
    Clock,
    Firewall,
    Neighbour,
    VrrpFirewall,
)
from haconsole.domain.notes import note
from haconsole.domain.rules.pieces import (
    Advert,
    Disk,
    Drift,
    KeepalivedProcess,
    NginxTest,
    ScriptFacts,
    Wire,
)
from haconsole.domain.verdict import KEEPALIVED, NGINX

from .cases import (
    GONE,
    KILLED,
    MAC,
    MOVED,
    NOT_RUNNING,
    SPLIT,
    T0,
    VIP,
    Change,
    addresses,
    answering,
    both,
    conf,
    conf_instance,
    daemon,
    instance,
    more_log,
    nginx_conf,
    on,
    seen,
    stats,
    unit,
)

BLOCKED = Firewall("firewalld", VrrpFirewall.BLOCKED, "zone public, target: default")
NO_ANSWER = Answer(None, 1.0, "bastion", "timed out")


def file_of(name: str, **instance_says: object) -> Change:
    """Another instance in the file, and running."""
    return on(name, conf=conf(name, conf_instance(name, **instance_says)))


def script(**other: object) -> Change:
    known = ScriptFacts("nginx", "/etc/keepalived/check_nginx.sh", text="#!/bin/sh\nexit 0\n")
    return on("lb01", scripts=(replace(known, **other),))  # type: ignore[arg-type]


def lost(name: str, why: str, status: LinkStatus = LinkStatus.LOST, **other: object) -> Change:
    gone = dict.fromkeys(
        ("daemon", "addresses", "interfaces", "neighbours", "units", "firewall", "conf", "scripts",
         "nginx_conf", "nginx_test", "served", "disks", "uptime_s", "processes", "log")
    )  # fmt: skip
    return on(
        name,
        **{**gone, "link": status, "link_since": T0 - 400.0, "link_detail": note(why), **other},
    )


def bad_check(name: str, *, state: VrrpState = VrrpState.BACKUP) -> Change:
    bad = Check("nginx", CheckStatus.BAD, "/etc/keepalived/check_nginx.sh", -60, 2.0, 1.0)
    one = instance(name, state=state, effective_priority=90)
    return on(name, daemon=daemon(name, one, checks=(bad,)))


_STRANGER = Advert("10.0.0.77", 50, 200)
_OWN = Advert("10.0.0.10", 50, 150)
_PEER = Advert("10.0.0.11", 50, 100)

#: cause → the change that makes it, and it must be the first finding.
FAULTS: dict[str, Change] = {
    "auth-mismatch": both(
        SPLIT,
        file_of("lb01", auth_type="PASS", auth_fingerprint="a"),
        file_of("lb02", auth_type="PASS", auth_fingerprint="b"),
        on("lb01", stats=stats(advert_sent=9, auth_failure=7)),
        more_log("lb01", (30.0, "(VI_1) received an invalid passwd from 10.0.0.11!")),
    ),
    "vrid-mismatch": both(
        SPLIT,
        file_of("lb02", vrid=51),
        on("lb02", daemon=daemon("lb02", instance("lb02", vrid=51, state=VrrpState.MASTER))),
    ),
    "advert-int-mismatch": both(
        SPLIT,
        file_of("lb02", advert_int_s=3.0),
        on("lb02", daemon=daemon("lb02", instance("lb02", advert_int_s=3.0))),
    ),
    "vip-list-mismatch": both(
        SPLIT,
        file_of("lb02", vips=(VipConf(VIP, 20), VipConf("10.0.0.101", 21))),
        on(
            "lb02",
            daemon=daemon(
                "lb02", instance("lb02", state=VrrpState.MASTER, vips=(VIP, "10.0.0.101"))
            ),
        ),
    ),
    "vrrp-version-mismatch": both(
        SPLIT,
        file_of("lb02", version=3),
        on("lb02", daemon=daemon("lb02", instance("lb02", version=3, state=VrrpState.MASTER))),
    ),
    "unicast-mismatch": both(SPLIT, file_of("lb01", unicast_peers=("10.0.0.11",))),
    "equal-priorities": both(
        file_of("lb02", priority=150),
        on(
            "lb02",
            daemon=daemon("lb02", instance("lb02", base_priority=150, effective_priority=150)),
        ),
    ),
    "firewall-blocks-vrrp": both(SPLIT, on("lb01", firewall=BLOCKED), on("lb02", firewall=BLOCKED)),
    "firewall-blocks-sending": both(
        SPLIT,
        more_log("lb01", (3.0, "(VI_1) Cant send advert to 224.0.0.18 (Operation not permitted)")),
    ),
    "firewall-not-permanent": on("lb02", firewall_at_boot=BLOCKED),
    "multicast-lost": both(
        SPLIT,
        on("lb01", wire=Wire(3.0, (_OWN, _OWN))),
        on("lb02", wire=Wire(3.0, (_PEER, _PEER))),
    ),
    "vrid-taken": on("lb01", wire=Wire(3.0, (_OWN, _STRANGER))),
    "vrrp-ttl": both(SPLIT, on("lb01", stats=stats(advert_sent=9, ip_ttl_err=9))),
    "vrrp-checksum": both(SPLIT, more_log("lb01", (9.0, "(VI_1) Invalid VRRPv3 checksum"))),
    "adverts-rejected": both(SPLIT, on("lb01", stats=stats(advert_sent=9, packet_len_err=9))),
    "keepalived-frozen": both(SPLIT, on("lb01", daemon=daemon("lb01", frozen=True))),
    "ghost-vip": both(SPLIT, on("lb01", daemon=GONE, units=KILLED)),
    "keepalived-stopped": both(MOVED, on("lb01", daemon=GONE, units=NOT_RUNNING)),
    "keepalived-crashed": both(MOVED, on("lb01", daemon=GONE, units=KILLED)),
    "keepalived-missing": both(
        MOVED,
        on("lb01", daemon=GONE, units=(unit(KEEPALIVED, "inactive", installed=False), unit(NGINX))),
    ),
    "config-error": both(
        on("lb02", daemon=GONE, units=KILLED),
        more_log(
            "lb02",
            (90.0, "Starting Keepalived v2.2.7 (01/16,2022)"),
            (89.0, "(/etc/keepalived/keepalived.conf: Line 5) Unknown keyword 'prioriti'"),
        ),
    ),
    "wrong-interface": both(
        on("lb02", daemon=GONE, units=KILLED),
        file_of("lb02", interface="ens33"),
        more_log(
            "lb02",
            (90.0, "Starting Keepalived v2.2.7 (01/16,2022)"),
            (89.0, "Non-existent interface specified in configuration"),
        ),
    ),
    "two-daemons": on("lb01", processes=(KeepalivedProcess(100, 1), KeepalivedProcess(300, 1))),
    "not-enabled": on("lb01", units=(unit(KEEPALIVED, enabled="disabled"), unit(NGINX))),
    "link-down": both(
        MOVED,
        lost("lb01", "lb01 gave no answer in time.", link_since=T0 - 20.0, heard_at=T0 - 40.0),
        more_log("lb02", (60.0, "(VI_1) Backup received priority 0 advertisement")),
    ),
    "sshd-gone": lost("web01", "web01 (10.0.0.51:22) refused the connection: no sshd listens."),
    "entry-refused": lost("web01", "web01 did not let ops in.", LinkStatus.REFUSED),
    "jump-lost": both(
        lost("bastion", "bastion gave no answer in time."),
        answering(None),
        *(
            lost(name, "no link", LinkStatus.JUMP_LOST, lost_jump="bastion")
            for name in ("lb01", "lb02", "web01", "web02")
        ),
    ),
    "nginx-dead": both(
        on("lb01", units=(unit(KEEPALIVED), unit(NGINX, "inactive"))), answering(NO_ANSWER)
    ),
    "nginx-config-broken": both(
        on(
            "lb01",
            units=(unit(KEEPALIVED), unit(NGINX, "failed")),
            nginx_test=NginxTest(False, 'unexpected end of file, expecting "}"'),
        ),
        answering(NO_ANSWER),
    ),
    "backend-dead": on("web02", units=(unit(NGINX, "failed"),)),
    "backend-errors": on("web02", served=Answer(502, 0.01, "bastion")),
    "upstreams-differ": on("lb02", nginx_conf=nginx_conf("10.0.0.51")),
    "nonlocal-bind-needed": both(
        on(
            "lb02",
            nginx_conf=nginx_conf(listen=VIP),
            units=(unit(KEEPALIVED), unit(NGINX, "failed")),
        )
    ),
    "check-loops": script(
        text="#!/bin/bash\nwhile true; do\n  pgrep nginx || true\n  sleep 2\ndone\n"
    ),
    "check-stops-keepalived": script(
        text="#!/bin/sh\npgrep nginx >/dev/null || systemctl stop keepalived\n"
    ),
    "check-missing": script(exists=False),
    "check-not-executable": script(mode=0o644),
    "check-wrong-owner": both(
        on("lb01", conf=conf("lb01", script_security=True)), script(owner="ops:ops", user="root")
    ),
    "check-no-user": script(user="keepalived_script", user_exists=False),
    "check-overruns": both(
        bad_check("lb01"),
        MOVED,
        bad_check("lb01"),
        more_log(
            "lb01", (12.0, "Script `nginx` now returning 1"), (11.0, "VRRP_Script(nginx) timed out")
        ),
    ),
    "check-disabled": on(
        "lb01", daemon=daemon("lb01", checks=(Check("nginx", CheckStatus.DISABLED),))
    ),
    "selinux-blocks-check": both(
        MOVED, bad_check("lb01"), on("lb01", denials=("type=AVC denied { execute } keepalived_t",))
    ),
    "check-failing": both(MOVED, bad_check("lb01")),
    "weight-cannot-fail-over": both(
        *(
            on(name, conf=_weak)
            for name, _weak in (
                (name, replace(conf(name), scripts=(replace(conf(name).scripts[0], weight=-20),)))
                for name in ("lb01", "lb02")
            )
        )
    ),
    "nopreempt-with-weight": both(
        file_of("lb01", state="BACKUP", nopreempt=True),
        file_of("lb02", state="BACKUP", nopreempt=True),
    ),
    "no-check": both(file_of("lb01", track_scripts=()), file_of("lb02", track_scripts=())),
    "nopreempt-with-master": file_of("lb01", nopreempt=True),
    "vip-missing": on("lb01", addresses=addresses("lb01", vip=False)),
    "vip-on-wrong-interface": on("lb01", addresses=addresses("lb01", vip=True, interface="eth1")),
    "vrrp-strict": both(
        on("lb01", conf=conf("lb01", vrrp_strict=True)),
        on("lb02", conf=conf("lb02", vrrp_strict=True)),
        answering(NO_ANSWER),
    ),
    "stale-arp": both(on("web01", neighbours=(Neighbour(VIP, MAC["lb02"], "REACHABLE", "eth0"),))),
    "host-starved": more_log(
        "lb01", *((ago, "A thread timer expired 2.345678 seconds ago") for ago in (300, 200, 100))
    ),
    "flapping": more_log(
        "lb01", *((ago, "(VI_1) Entering MASTER STATE") for ago in (55, 43, 31, 19))
    ),
    "split-brain": both(SPLIT, on("lb01", firewall=None), on("lb02", conf=None)),
    "both-backup": both(
        on(
            "lb01",
            daemon=daemon("lb01", instance("lb01", state=VrrpState.BACKUP)),
            addresses=addresses("lb01", vip=False),
        ),
        answering(NO_ANSWER),
    ),
    "no-owner": both(
        on("lb01", daemon=None, addresses=addresses("lb01", vip=False)), answering(NO_ANSWER)
    ),
    "vip-no-answer": answering(NO_ANSWER),
    "config-not-loaded": both(
        file_of("lb01", priority=140), on("lb01", conf_changed_at=seen(T0 - 30))
    ),
    "drift": on("lb01", drift=(Drift("/etc/keepalived/keepalived.conf"),)),
    "clocks-apart": on("lb02", clock=Clock(4.0, 0.01)),
    "disk-full": on("web01", disks=(Disk("/", 1.0, 0),)),
    "boot-race": both(
        on("lb02", uptime_s=420.0),
        more_log(
            "lb02",
            (410.0, "(VI_1) Receive advertisement timeout"),
            (
                408.0,
                "(VI_1) Master received advert from 10.0.0.10 with higher priority 150, ours 100",
            ),
        ),
    ),
}
