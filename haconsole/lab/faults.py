"""The faults that a lab can be given: each does one thing, twice the same is fine.

They are made through the hosts' namespaces, never over ssh, so a fault can take ssh away.
``heal`` undoes every one of them.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from haconsole.domain.notes import Note, note
from haconsole.words import t

from . import edits, network
from .errors import LabError, UsageError
from .machine import Machine
from .places import LabPlaces
from .provision import BALANCER_CONF, VRRP_RULE
from .registry import Record
from .tools import last_words, wait_for
from .topology import BASTION, INTERFACE, LB01, LB02, LBS, VIP, WEBS, Node

#: Keeps systemd from starting a daemon again that was crashed on purpose; gone with a reboot.
NO_RESTART = "/run/systemd/system/keepalived.service.d/90-fault.conf"
_TAKEOVER_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: ``on`` are the hosts it is made on by default, ``may`` those it can be made on."""

    name: str
    text: Note
    on: tuple[Node, ...]
    may: tuple[Node, ...]
    make: Callable[[Machine], None]

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names of the hosts that it is made on by default."""
        return tuple(node.name for node in self.on)


def named(name: str) -> Fault:
    """Return a fault; ``UsageError`` gives the nearest name when there is none."""
    if fault := FAULTS.get(name):
        return fault
    near = difflib.get_close_matches(name, FAULTS, 1, 0.4)
    if near:
        raise UsageError(
            t("There is no fault '{name}'; did you mean '{near}'?", name=name, near=near[0])
        )
    raise UsageError(
        t("There is no fault '{name}': choose from {names}.", name=name, names=", ".join(FAULTS))
    )


def make(places: LabPlaces, record: Record, name: str, on: str | None = None) -> tuple[str, ...]:
    """Make a fault on one host, or where it is made by default; returns the hosts' names."""
    fault = named(name)
    allowed = [node.name for node in fault.may if node.name in record.hosts]
    if on is not None and on not in allowed:
        raise UsageError(
            t(
                "The fault '{name}' cannot be made on '{host}': choose from {hosts}.",
                name=name,
                host=on,
                hosts=", ".join(allowed),
            )
        )
    hosts = fault.hosts if on is None else (on,)
    for host in hosts:
        fault.make(Machine(places, host))
    return hosts


def _do(machine: Machine, *argv: str) -> str:
    done = machine.run(argv)
    if done.returncode:
        raise LabError(
            t(
                "'{command}' on {host} failed: {words}",
                command=" ".join(argv),
                host=machine.name,
                words=last_words(done.stderr or done.stdout),
            )
        )
    return done.stdout


def _stop(machine: Machine) -> None:
    _do(machine, "systemctl", "stop", "keepalived")


def _crash(machine: Machine) -> None:
    _do(machine, "systemctl", "cat", "keepalived")  # says so where there is none
    if _do(machine, "systemctl", "show", "-p", "Restart", "keepalived").strip() != "Restart=no":
        drop_in = f"mkdir -p {NO_RESTART.rpartition('/')[0]} && cat > {NO_RESTART}"
        machine.run(["sh", "-c", drop_in], stdin="[Service]\nRestart=no\n")
        _do(machine, "systemctl", "daemon-reload")
    # Stopped first: a parent must not see its child die and start another, nor may a child hear
    # of its parent's death (keepalived asks for SIGTERM then) and take the addresses away.
    if _is_active(machine):
        _do(machine, "systemctl", "kill", "--signal=STOP", "keepalived")
        _do(machine, "systemctl", "kill", "--signal=KILL", "keepalived")
    if not wait_for(lambda: not _is_active(machine), 5.0):
        raise LabError(t("keepalived on {host} survived SIGKILL.", host=machine.name))


def _freeze(machine: Machine) -> None:
    _do(machine, "systemctl", "kill", "--signal=STOP", "keepalived")


def _is_active(machine: Machine) -> bool:
    state = machine.run(["systemctl", "is-active", "keepalived"]).stdout.strip()
    return state in ("active", "activating", "deactivating", "reloading")


def _nginx_stop(machine: Machine) -> None:
    _do(machine, "systemctl", "stop", "nginx")


def _nginx_broken(machine: Machine) -> None:
    edits.edit(machine, BALANCER_CONF, "brace")
    _nginx_stop(machine)


def _vrrp_block(machine: Machine) -> None:
    if machine.run(["systemctl", "is-active", "firewalld"]).returncode:
        raise LabError(t("firewalld does not run on {host}.", host=machine.name))
    # At runtime alone; what is left is the zone's default, which refuses what it does not list.
    machine.run(["firewall-cmd", f"--remove-rich-rule={VRRP_RULE}"])
    machine.run(["firewall-cmd", "--remove-protocol=vrrp"])


def _link_down(machine: Machine) -> None:
    network.set_cable(machine.places, machine.name, plugged=False)


def _sshd_stop(machine: Machine) -> None:
    _do(machine, "systemctl", "stop", "ssh")
    # Stopping the service leaves the sessions that there are (KillMode=process).
    machine.run(["pkill", "-x", "sshd"])


def _mismatch(change: str) -> Callable[[Machine], None]:
    def make(machine: Machine) -> None:
        changed = edits.edit(machine, edits.keepalived_conf(machine), change)
        if changed or not _is_active(machine):
            _do(machine, "systemctl", "restart", "keepalived")

    return make


def _ghost_vip(machine: Machine) -> None:
    _stop(machine)
    peers = [node.name for node in LBS if node.name != machine.name]

    def taken() -> bool:
        return any(VIP in network.addresses(machine.places, peer) for peer in peers)

    if not wait_for(taken, _TAKEOVER_TIMEOUT_S):
        raise LabError(
            t("{peer} did not take {vip}, so there is no ghost.", peer=peers[0], vip=VIP)
        )
    _do(machine, "ip", "address", "replace", f"{VIP}/32", "dev", INTERFACE)


_ANY = (BASTION, *LBS, *WEBS)
_SERVING = (*LBS, *WEBS)
FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("stop", note("keepalived is stopped gracefully"), (LB01,), LBS, _stop),
        Fault("crash", note("every keepalived process is killed (SIGKILL)"), (LB01,), LBS, _crash),
        Fault(
            "freeze", note("every keepalived process is stopped (SIGSTOP)"), (LB01,), LBS, _freeze
        ),
        Fault("nginx-stop", note("nginx is stopped"), (LB01,), _SERVING, _nginx_stop),
        Fault(
            "nginx-broken",
            note("nginx is stopped and its configuration lacks a brace"),
            (LB01,),
            _SERVING,
            _nginx_broken,
        ),
        Fault("vrrp-block", note("firewalld no longer lets VRRP in"), LBS, LBS, _vrrp_block),
        Fault("link-down", note("the cable of eth0 is pulled"), (LB01,), _ANY, _link_down),
        Fault(
            "auth-mismatch",
            note("the pair's authentication differs"),
            (LB02,),
            LBS,
            _mismatch("password"),
        ),
        Fault(
            "vrid-mismatch",
            note("the pair's virtual_router_id differs"),
            (LB02,),
            LBS,
            _mismatch("vrid"),
        ),
        Fault(
            "advert-mismatch",
            note("the pair's advert_int differs"),
            (LB02,),
            LBS,
            _mismatch("advert_int"),
        ),
        Fault(
            "vip-mismatch",
            note("the pair's lists of VIPs differ"),
            (LB02,),
            LBS,
            _mismatch("vips"),
        ),
        Fault(
            "ghost-vip",
            note("the VIP is left on a host whose keepalived is stopped"),
            (LB01,),
            LBS,
            _ghost_vip,
        ),
        Fault("sshd-stop", note("sshd and its sessions are ended"), (BASTION,), _ANY, _sshd_stop),
    )
}
