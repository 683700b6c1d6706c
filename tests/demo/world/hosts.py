"""Machines with systemd and keepalived on a wire, for tests; time is virtual."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from haconsole.demo.system.invocation import Invocation
from haconsole.demo.system.machine import Machine
from haconsole.demo.system.signals import parse
from haconsole.demo.system.users import User
from haconsole.demo.world.journal import Journal
from haconsole.demo.world.keepalived import keepalived
from haconsole.demo.world.manager import Manager
from haconsole.demo.world.manners import Manners
from haconsole.demo.world.stack import Stack
from haconsole.demo.world.timers import LoopTimers
from haconsole.demo.world.wire import Wire

CAPTURES = Path(__file__).parents[2] / "data" / "captures"
EPOCH = 1795337751.0
KEEPALIVED = """[Unit]
Description=Keepalive Daemon (LVS and VRRP)
[Service]
Type=notify
NotifyAccess=all
PIDFile=/run/keepalived.pid
KillMode=process
EnvironmentFile=-/etc/default/keepalived
ExecStart=/usr/sbin/keepalived --dont-fork $DAEMON_ARGS
ExecReload=/bin/kill -HUP $MAINPID
[Install]
WantedBy=multi-user.target
"""


class Host:
    """One machine that can run keepalived."""

    def __init__(self, name: str, address: str, wire: Wire, how: Manners | None = None) -> None:
        self.machine = Machine(name, clock=lambda: EPOCH + asyncio.get_running_loop().time())
        self.stack = Stack(
            name, wire, mac=f"02:00:00:00:00:{int(address.rsplit('.', maxsplit=1)[-1]):02x}"
        )
        self.stack.add_address(f"{address}/24", "eth0")
        self.journal = Journal(name, self.machine.clock, self.machine.boot_at)
        self.manager = Manager(self.machine, self.journal)
        self.machine.users.add(User("keepalived_script", 997, 997, "/"))
        self.machine.programs.install(
            "keepalived", keepalived(self.manager, self.stack, how), "/usr/sbin/keepalived"
        )
        self.machine.files.install("/lib/systemd/system/keepalived.service", KEEPALIVED)
        self.machine.files.install("/etc/default/keepalived", 'DAEMON_ARGS="-D"\n')
        self.check_status = 0
        self.check_takes_s = 0.01
        self.machine.programs.install("check_web", self._check, "/tmp/check_web.sh")
        self.machine.files.chmod("/tmp/check_web.sh", 0o755)
        self.machine.programs.install("kill", _kill, "/bin/kill")

    async def _check(self, call: object) -> int:
        await asyncio.sleep(self.check_takes_s)
        return self.check_status

    def configure(self, text: str) -> None:
        self.machine.files.install("/etc/keepalived/keepalived.conf", text)

    def said(self, unit: str = "keepalived.service") -> list[str]:
        return [entry.text for entry in self.journal.entries() if entry.of(unit)]

    @property
    def owns(self) -> bool:
        return self.stack.owns("10.0.0.100")

    async def close(self) -> None:
        await self.manager.close()
        await self.machine.stop()


async def _kill(call: Invocation) -> int:
    """``kill -HUP PID``, as ``ExecReload=`` has it."""
    number = parse(call.args[0].lstrip("-"))
    assert number is not None
    call.machine.processes.kill(int(call.args[1]), number)
    return 0


async def until(condition: Callable[[], bool], at_most: float = 30.0) -> float:
    """Wait in virtual time, millisecond by millisecond; returns the seconds that it took."""
    began = asyncio.get_running_loop().time()
    while not condition():
        assert asyncio.get_running_loop().time() - began < at_most, f"not within {at_most} s"
        await asyncio.sleep(0.001)
    return asyncio.get_running_loop().time() - began


def captured(path: str) -> str:
    return (CAPTURES / "keepalived-2.2.7" / path).read_text()


async def pair(scenario: str = "healthy", how: Manners | None = None) -> tuple[Wire, Host, Host]:
    """Two hosts with a captured pair's configurations; keepalived is not started."""
    wire = Wire(LoopTimers())
    hosts = [
        Host(name, address, wire, how)
        for name, address in (("lb01", "10.0.0.10"), ("lb02", "10.0.0.11"))
    ]
    for host in hosts:
        host.configure(captured(f"{scenario}/{host.machine.name}.conf"))
    return wire, hosts[0], hosts[1]
