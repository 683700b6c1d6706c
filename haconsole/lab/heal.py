"""Undoing every fault, and waiting until a ready pair is healthy again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from . import access, boot, edits, health, network
from .errors import LabError
from .faults import NO_RESTART
from .machine import Machine
from .places import LabPlaces
from .provision import VRRP_RULE, ZONE
from .registry import Record
from .tools import wait_for
from .topology import INTERFACE, LBS, VIP, LabState

_SOFT_TIMEOUT_S = 15.0
_HARD_TIMEOUT_S = 25.0

#: $1 interface, $2 VIP, $3 the rule, $4 the drop-in; then the units to restart.
#: Enabled and not running means that somebody stopped it. A keepalived that does not run must
#: not find the address that its predecessor left.
_UNDO = """\
interface=$1 vip=$2 rule=$3 drop_in=$4
shift 4
if [ -e "$drop_in" ]; then rm -f "$drop_in"; systemctl daemon-reload; fi
case " $* " in *" firewalld "*) firewall-cmd -q --reload || :;; esac
for unit in ssh firewalld nginx keepalived; do
    systemctl -q is-enabled "$unit" 2>/dev/null || continue
    systemctl -q is-active "$unit" && continue
    systemctl reset-failed "$unit" 2>/dev/null || :
    if [ "$unit" = keepalived ]; then ip address del "$vip/32" dev "$interface" 2>/dev/null || :; fi
    systemctl start "$unit" || :
done
if systemctl -q is-active keepalived; then
    systemctl kill --signal=CONT keepalived
    if firewall-cmd -q --permanent --query-rich-rule="$rule" \\
        && ! firewall-cmd -q --query-rich-rule="$rule"; then firewall-cmd -q --reload; fi
fi
for unit in "$@"; do
    if [ "$unit" != firewalld ]; then systemctl restart "$unit" || :; fi
done
"""
#: $1 interface, $2 VIP. For whatever else makes two owners, or none.
_RESET = """\
systemctl kill --signal=CONT keepalived 2>/dev/null || :
systemctl stop keepalived
ip address del "$2/32" dev "$1" 2>/dev/null || :
systemctl start keepalived
"""


def heal(places: LabPlaces, record: Record) -> None:
    """Undo every fault. A ready pair is healthy when this returns; else ``LabError`` says why."""
    machines = [Machine(places, host) for host in record.hosts]
    for machine in machines:
        network.set_cable(places, machine.name, plugged=True)
    if record.port is not None and not access.relay_runs(places):
        access.start_relay(places, record.port)
    boot.boot([machine for machine in machines if machine.init() is None])
    with ThreadPoolExecutor(len(machines)) as pool:
        list(pool.map(lambda machine: _undo(machine, record.state), machines))
    if record.state is not LabState.READY:
        return
    # Hosts that heard a second owner keep its MAC until the first one speaks up again.
    if wait_for(lambda: health.owner_problem(places) is None, _SOFT_TIMEOUT_S):
        announce = ["arping", "-q", "-U", "-c", "1", "-I", INTERFACE, VIP]
        Machine(places, LBS[0].name).run(announce)
    try:
        health.wait_healthy(places, _SOFT_TIMEOUT_S)
    except LabError:
        for node in LBS:
            machine = Machine(places, node.name)
            machine.run(["sh", "-c", _RESET, "sh", INTERFACE, VIP])
        health.wait_healthy(places, _HARD_TIMEOUT_S)


def _undo(machine: Machine, state: LabState) -> None:
    changed = edits.undo(machine)
    if state is LabState.READY:
        changed |= edits.restore(machine)
    units = [
        unit
        for unit, part in (("firewalld", ZONE), ("nginx", "/nginx/"), ("keepalived", "keepalived"))
        if any(part in path for path in changed)
    ]
    machine.run(["sh", "-c", _UNDO, "sh", INTERFACE, VIP, VRRP_RULE, NO_RESTART, *units])
