"""Every fault that a lesson can make, by name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import MappingProxyType

from haconsole.domain.notes import note
from haconsole.domain.vrrp_prediction import Scenario
from haconsole.procedures.errors import ProcedureError
from haconsole.words import t

from . import broken, drills, edits, network
from .kind import Among, Place, TrainingFault

_DRILLED = (
    TrainingFault(
        "stop",
        note("Stop keepalived"),
        note("keepalived on {host} is stopped gracefully"),
        ("keepalived-stopped",),
        drills.drill(Scenario.STOP),
    ),
    TrainingFault(
        "crash",
        note("Kill keepalived"),
        note("every keepalived process on {host} is killed (SIGKILL)"),
        ("ghost-vip", "keepalived-crashed"),
        drills.drill(Scenario.CRASH),
        parts=True,
    ),
    TrainingFault(
        "freeze",
        note("Freeze keepalived"),
        note("every keepalived process on {host} is frozen (SIGSTOP)"),
        ("keepalived-frozen",),
        drills.drill(Scenario.FREEZE),
        parts=True,
    ),
    TrainingFault(
        "nginx-stop",
        note("Stop nginx"),
        note("nginx on {host} is stopped"),
        ("nginx-dead", "backend-dead"),
        drills.stop_nginx,
        among=Among.SERVING,
    ),
    TrainingFault(
        "nginx-broken",
        note("Break nginx"),
        note("nginx on {host} is stopped, and its configuration broken so that it cannot start"),
        ("nginx-config-broken",),
        broken.break_nginx,
        among=Among.SERVING,
    ),
    TrainingFault(
        "check-fail",
        note("Let the check fail"),
        note("the health check on {host} fails, while nginx goes on"),
        ("check-failing",),
        broken.fail_checks,
    ),
    TrainingFault(
        "partition",
        note("Part the pair"),
        note("VRRP between the LBs is dropped by their firewalls"),
        ("firewall-blocks-vrrp", "multicast-lost", "split-brain"),
        drills.partition,
        Place.LBS,
        parts=True,
    ),
    TrainingFault(
        "link-down",
        note("Pull the link"),
        note("the VIP's interface on {host} is set down, and comes back by itself"),
        ("link-down", "unreachable"),
        network.pull_link,
        parts=True,
        most_s=network.LINK_DOWN_S,
    ),
    TrainingFault(
        "backend-down",
        note("Stop a web node"),
        note("nginx on {host} is stopped"),
        ("backend-dead",),
        drills.drill(Scenario.BACKEND_DOWN),
        Place.WEB,
        Among.WEBS,
    ),
)
_NETWORK = (
    TrainingFault(
        "vrrp-block",
        note("Let no VRRP in"),
        note("firewalld on {host} no longer lets VRRP in"),
        ("firewall-blocks-vrrp", "split-brain"),
        network.block_vrrp,
        Place.LBS,
        parts=True,
    ),
    TrainingFault(
        "ghost-vip",
        note("Leave a ghost VIP"),
        note("keepalived on {host} is stopped, and the VIP stays"),
        ("ghost-vip",),
        network.leave_ghost,
        parts=True,
    ),
    TrainingFault(
        "stale-arp",
        note("Let ARP be stale"),
        note("{host} sends the VIP's traffic to the LB that does not have it"),
        ("stale-arp",),
        network.stale_arp,
        Place.WEB,
        Among.WEBS,
    ),
)
_MISMATCHES = (
    TrainingFault(
        "auth-mismatch",
        note("Let the passwords differ"),
        note("keepalived on {host} has another password"),
        ("auth-mismatch",),
        edits.edits(edits.other_password, "restart"),
        Place.SECOND,
        parts=True,
    ),
    TrainingFault(
        "vrid-mismatch",
        note("Let the router ids differ"),
        note("keepalived on {host} has another virtual_router_id"),
        ("vrid-mismatch",),
        edits.edits(edits.other_vrid, "restart"),
        Place.SECOND,
        parts=True,
    ),
    TrainingFault(
        "advert-mismatch",
        note("Let the advert intervals differ"),
        note("keepalived on {host} has another advert_int"),
        ("advert-int-mismatch",),
        edits.edits(edits.other_advert_int, "restart"),
        Place.SECOND,
        parts=True,
    ),
    TrainingFault(
        "vip-mismatch",
        note("Let the lists of VIPs differ"),
        note("keepalived on {host} has one VIP more"),
        ("vip-list-mismatch",),
        edits.edits(edits.other_vips, "restart"),
        Place.SECOND,
        parts=True,
    ),
)
_FLAWS = (
    TrainingFault(
        "flaw-low-weight",
        note("Let the check weigh too little"),
        note("the check on {host} weighs less than the gap between the priorities"),
        ("weight-cannot-fail-over",),
        edits.edits(edits.low_weight, "reload"),
        Place.LBS,
    ),
    TrainingFault(
        "flaw-nopreempt",
        note("Let nobody preempt"),
        note("keepalived on {host} does not preempt, and its check only lowers a priority"),
        ("nopreempt-with-weight",),
        edits.edits(edits.nopreempt, "reload"),
        Place.LBS,
    ),
    TrainingFault(
        "flaw-no-check",
        note("Let nobody ask about nginx"),
        note("keepalived on {host} asks nobody whether nginx answers"),
        ("no-check",),
        edits.edits(edits.no_check, "reload"),
        Place.LBS,
    ),
    TrainingFault(
        "equal-priorities",
        note("Let the priorities be equal"),
        note("keepalived on {host} has the other LB's priority"),
        ("equal-priorities",),
        edits.edits(edits.equal, "reload"),
        Place.SECOND,
    ),
)
FAULTS: Mapping[str, TrainingFault] = MappingProxyType(
    {one.name: one for one in (*_DRILLED, *_NETWORK, *_MISMATCHES, *_FLAWS)}
)


def fault(name: str) -> TrainingFault:
    """Return a fault; ``ProcedureError`` gives the nearest name when there is none."""
    if found := FAULTS.get(name):
        return found
    near = difflib.get_close_matches(name, FAULTS, 1, 0.4)
    if near:
        raise ProcedureError(
            t("There is no fault '{name}'; did you mean '{near}'?", name=name, near=near[0])
        )
    raise ProcedureError(
        t("There is no fault '{name}': choose from {names}.", name=name, names=", ".join(FAULTS))
    )
