"""The lab's faults, made on the demo's hosts: each by doing what it is called after."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from haconsole.domain.notes import Note, note
from haconsole.lab.topology import INTERFACE, VIP, Part
from haconsole.words import t

from .setting import BALANCER_CONF, KEEPALIVED_CONF, VRRP_RULE

if TYPE_CHECKING:
    from .cluster import DemoCluster
    from .host import DemoHost

#: Keeps systemd from starting a daemon again that was crashed on purpose; gone with a reboot.
NO_RESTART = "/run/systemd/system/keepalived.service.d/90-fault.conf"
_TAKEOVER_TIMEOUT_S = 10.0


class FaultError(Exception):
    """A fault cannot be made; the text is the one sentence to show."""


Make = Callable[["DemoCluster", "DemoHost"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: ``on`` are the hosts that it is made on by default, ``may`` where it can be."""

    name: str
    text: Note
    on: tuple[str, ...]
    may: tuple[Part, ...]
    make: Make


def named(name: str) -> Fault:
    """Return a fault; ``FaultError`` gives the nearest name when there is none."""
    if fault := FAULTS.get(name):
        return fault
    near = difflib.get_close_matches(name, FAULTS, 1, 0.4)
    if near:
        raise FaultError(
            t("There is no fault '{name}'; did you mean '{near}'?", name=name, near=near[0])
        )
    raise FaultError(
        t("There is no fault '{name}': choose from {names}.", name=name, names=", ".join(FAULTS))
    )


async def make(cluster: DemoCluster, name: str, on: str | None = None) -> tuple[str, ...]:
    """Make a fault on one host, or where it is made by default; returns the hosts' names."""
    fault = named(name)
    allowed = [host.name for host in cluster.hosts.values() if host.node.part in fault.may]
    if on is not None and on not in allowed:
        raise FaultError(
            t(
                "The fault '{name}' cannot be made on '{host}': choose from {hosts}.",
                name=name,
                host=on,
                hosts=", ".join(allowed),
            )
        )
    hosts = fault.on if on is None else (on,)
    for host in hosts:
        await fault.make(cluster, cluster.hosts[host])
    return hosts


async def _do(host: DemoHost, *argv: str) -> str:
    status, said = await host.do(*argv)
    if status:
        raise FaultError(
            t(
                "'{command}' on {host} failed: {words}",
                command=" ".join(argv),
                host=host.name,
                words=said.strip()[-200:],
            )
        )
    return said


async def _until(condition: Callable[[], bool], timeout_s: float) -> bool:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    while not condition():
        if loop.time() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


async def _stop(cluster: DemoCluster, host: DemoHost) -> None:
    await _do(host, "systemctl", "stop", "keepalived")


async def _crash(cluster: DemoCluster, host: DemoHost) -> None:
    if (
        await _do(host, "systemctl", "show", "-p", "Restart", "keepalived")
    ).strip() != "Restart=no":
        host.machine.files.install(NO_RESTART, "[Service]\nRestart=no\n")
        await _do(host, "systemctl", "daemon-reload")
    # Stopped first: a parent must not see its child die and start another, nor may a child hear
    # of its parent's death and take the addresses away.
    if _is_active(host):
        await _do(host, "systemctl", "kill", "--signal=STOP", "keepalived")
        await _do(host, "systemctl", "kill", "--signal=KILL", "keepalived")
    if not await _until(lambda: not _is_active(host), 5.0):
        raise FaultError(t("keepalived on {host} survived SIGKILL.", host=host.name))


def _is_active(host: DemoHost) -> bool:
    service = host.manager.find("keepalived")
    return service is not None and service.active not in ("inactive", "failed")


async def _freeze(cluster: DemoCluster, host: DemoHost) -> None:
    await _do(host, "systemctl", "kill", "--signal=STOP", "keepalived")


async def _nginx_stop(cluster: DemoCluster, host: DemoHost) -> None:
    await _do(host, "systemctl", "stop", "nginx")


async def _nginx_broken(cluster: DemoCluster, host: DemoHost) -> None:
    cluster.edit(host, BALANCER_CONF, "brace")
    await _nginx_stop(cluster, host)


async def _vrrp_block(cluster: DemoCluster, host: DemoHost) -> None:
    status, _ = await host.do("systemctl", "is-active", "firewalld")
    if status:
        raise FaultError(t("firewalld does not run on {host}.", host=host.name))
    # At runtime alone; what is left is the zone's default, which refuses what it does not list.
    await host.do("firewall-cmd", f"--remove-rich-rule={VRRP_RULE}")
    await host.do("firewall-cmd", "--remove-protocol=vrrp")


async def _link_down(cluster: DemoCluster, host: DemoHost) -> None:
    cluster.wire.set_cable(host.name, plugged=False)


async def _sshd_stop(cluster: DemoCluster, host: DemoHost) -> None:
    await _do(host, "systemctl", "stop", "ssh")
    # Stopping the service leaves the sessions that there are (KillMode=process).
    await host.do("pkill", "-x", "sshd")


def _mismatch(change: str) -> Make:
    async def made(cluster: DemoCluster, host: DemoHost) -> None:
        cluster.edit(host, KEEPALIVED_CONF, change)
        await _do(host, "systemctl", "restart", "keepalived")

    return made


async def _ghost_vip(cluster: DemoCluster, host: DemoHost) -> None:
    await _stop(cluster, host)
    peers = [other for other in cluster.lbs if other is not host]
    if not await _until(lambda: any(p.stack.owns(VIP) for p in peers), _TAKEOVER_TIMEOUT_S):
        raise FaultError(
            t("{peer} did not take {vip}, so there is no ghost.", peer=peers[0].name, vip=VIP)
        )
    await _do(host, "ip", "address", "replace", f"{VIP}/32", "dev", INTERFACE)


_ANY = (Part.JUMP, Part.LB, Part.WEB)
_LB = (Part.LB,)
_SERVING = (Part.LB, Part.WEB)
_ONE, _TWO, _BOTH = ("lb01",), ("lb02",), ("lb01", "lb02")
FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("stop", note("keepalived is stopped gracefully"), _ONE, _LB, _stop),
        Fault("crash", note("every keepalived process is killed (SIGKILL)"), _ONE, _LB, _crash),
        Fault("freeze", note("every keepalived process is stopped (SIGSTOP)"), _ONE, _LB, _freeze),
        Fault("nginx-stop", note("nginx is stopped"), _ONE, _SERVING, _nginx_stop),
        Fault(
            "nginx-broken",
            note("nginx is stopped and its configuration lacks a brace"),
            _ONE,
            _SERVING,
            _nginx_broken,
        ),
        Fault("vrrp-block", note("firewalld no longer lets VRRP in"), _BOTH, _LB, _vrrp_block),
        Fault("link-down", note("the cable of eth0 is pulled"), _ONE, _ANY, _link_down),
        Fault("auth-mismatch", note("the pair's authentication differs"), _TWO, _LB,
              _mismatch("password")),
        Fault("vrid-mismatch", note("the pair's virtual_router_id differs"), _TWO, _LB,
              _mismatch("vrid")),
        Fault("advert-mismatch", note("the pair's advert_int differs"), _TWO, _LB,
              _mismatch("advert_int")),
        Fault("vip-mismatch", note("the pair's lists of VIPs differ"), _TWO, _LB,
              _mismatch("vips")),
        Fault(
            "ghost-vip",
            note("the VIP is left on a host whose keepalived is stopped"),
            _ONE,
            _LB,
            _ghost_vip,
        ),
        Fault("sshd-stop", note("sshd and its sessions are ended"), ("bastion",), _ANY, _sshd_stop),
    )
}  # fmt: skip
