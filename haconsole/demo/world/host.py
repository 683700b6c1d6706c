"""One host of the demo: a machine with its kernel, systemd, journal, services and programs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from haconsole.demo.system.invocation import Invocation, Program
from haconsole.demo.system.machine import Machine
from haconsole.demo.system.sshd import SshFront
from haconsole.demo.system.tools import install_tools
from haconsole.demo.system.users import Sudo, User
from haconsole.lab.topology import INTERFACE, PREFIX, Family, LabState, Node, Part

from . import setting, unitfile
from .curl import curl
from .detector import python3
from .firewall import Firewall, firewall_cmd, firewalld
from .flaws import Flaw
from .ip_tool import ip
from .iptables import iptables, iptables_save
from .journal import Journal
from .journal_tools import journalctl
from .keepalived import keepalived
from .keepalived_child import Child
from .manager import Manager
from .manners import Manners
from .nft_tool import nft
from .nginx import Nginx, nginx
from .packages import mirror
from .packages.catalogue import offered
from .packages.managing import Packages
from .packages.tools import package_tools
from .power import Power
from .probes import arping, ping
from .sockets import ss, tcpdump
from .stack import Stack
from .system_tools import reboot, systemctl
from .systemd_run import systemd_run
from .uplink import RealServer
from .wire import Wire

#: Hosts that have been up for a while: nobody boots a cluster to look at it.
_UPTIME_S = 5 * 86400.0


class DemoHost:
    """One host. ``clock``: its wall clock, epoch seconds; ``how``: its keepalived's manners.

    ``state`` and ``family``: what is on it from the start, as in a lab of that kind. ``flaw``:
    what is wrong with its keepalived.conf.
    """

    def __init__(
        self,
        node: Node,
        nodes: tuple[Node, ...],
        wire: Wire,
        clock: Callable[[], float],
        how: Manners | None = None,
        *,
        state: LabState = LabState.READY,
        family: Family = Family.APT,
        flaw: Flaw | None = None,
    ) -> None:
        self.node = node
        self.state = state
        #: The services' configuration as it is to be.
        self.service_files = setting.service_files(node, state, flaw)
        #: Jump host and mirror are Debian in a lab of either family.
        self.family = family if node.part in (Part.LB, Part.WEB) else Family.APT
        self.name = node.name
        self.machine = Machine(node.name, clock=clock)
        self.machine.boot_at -= _UPTIME_S
        self.stack = Stack(node.name, wire, mac=_mac(node), interface=INTERFACE)
        self.stack.add_address(f"{node.address}/{PREFIX}", INTERFACE)
        self.journal = Journal(node.name, clock, self.machine.boot_at, self.machine.boot_id)
        self.manager = Manager(self.machine, self.journal)
        self.firewall = Firewall(self.machine, self.stack)
        self.nginx = Nginx(self.machine, self.stack)
        #: How SSH comes in from outside of the model; to be set before the host boots.
        self.front: SshFront | None = None
        #: The VRRP processes that run.
        self.children: list[Child] = []
        self.stack.configured()
        self._add_users()
        self._install(how)
        self._write(setting.system_files(node, nodes, state, self.family))
        self.packages = Packages(self.machine, self.stack, self.manager, self.family)
        self._install_packages()
        self._write(self.service_files)
        self.machine.log = self._log
        for name in setting.services_of(node, state):
            unitfile.enable(self.machine.files, self.manager.need(name).file)
        self.power = Power(self)
        self.manager.reboot = self.power.reboot

    @property
    def is_lb(self) -> bool:
        """Whether it is a load balancer."""
        return self.node.part is Part.LB

    async def boot(self, *units: str) -> None:
        """Start the services that are enabled, or some of them."""
        for unit in units or setting.services_of(self.node, self.state):
            await self.manager.start(unit)

    async def do(self, *argv: str) -> tuple[int, str]:
        """Run a program as root; returns its status, and what it printed."""
        status, out, err = await self.machine.run(argv)
        return status, (out + err).decode("utf-8", "replace")

    async def close(self) -> None:
        """End everything that runs on it."""
        await self.power.close()
        await self.manager.close()
        await self.machine.stop()

    def _add_users(self) -> None:
        users, files = self.machine.users, self.machine.files
        users.add(User("www-data", 33, 33, "/var/www", "/usr/sbin/nologin"))
        if self.state is LabState.READY:
            users.add(User("keepalived_script", 997, 997, "/home/keepalived_script",
                           "/usr/sbin/nologin"))  # fmt: skip
        people = (("ops", 1000, Sudo.NOPASSWD, None), ("ops-pw", 1001, Sudo.PASSWD, "demo"))
        for name, uid, sudo, password in people:
            users.add(User(name, uid, uid, f"/home/{name}", "/bin/bash", password, sudo))
            files.mkdir(f"/home/{name}", parents=True)
            files.chown(f"/home/{name}", uid, uid)
        files.mkdir("/run/systemd/system", parents=True)

    def _install(self, how: Manners | None) -> None:
        machine, stack, manager = self.machine, self.stack, self.manager
        install_tools(machine)
        common: dict[str, Program] = {
            "/usr/bin/systemctl": systemctl(manager),
            "/usr/sbin/reboot": reboot(manager),
            "/usr/bin/journalctl": journalctl(self.journal),
            "/usr/bin/systemd-run": systemd_run(manager),
            "/usr/sbin/ip": ip(stack),
            "/usr/bin/ping": ping(stack),
            "/usr/bin/arping": arping(stack),
            "/usr/bin/curl": curl(stack),
            "/usr/bin/ss": ss(stack, machine),
            "/usr/sbin/sshd": self._sshd,
            "/usr/sbin/nft": nft(self.firewall),
            "/usr/sbin/iptables": iptables(self.firewall, "ip"),
            "/usr/sbin/ip6tables": iptables(self.firewall, "ip6"),
            "/usr/sbin/iptables-save": iptables_save(self.firewall, "ip"),
            "/usr/sbin/ip6tables-save": iptables_save(self.firewall, "ip6"),
            "/usr/bin/tcpdump": tcpdump(stack),
        }
        if self.node.part is not Part.JUMP:
            common |= {
                "/usr/sbin/firewalld": firewalld(manager, self.firewall),
                "/usr/bin/firewall-cmd": firewall_cmd(self.firewall),
                "/usr/bin/python3": python3(stack, manager, self.journal),
            }
        for path, program in common.items():
            machine.programs.install(path.rpartition("/")[2], program, path)
        # Their files come with packages, or out of a compiler.
        machine.programs.define("nginx", nginx(self.nginx))
        machine.programs.define("keepalived", keepalived(manager, stack, how, self.children))

    def _install_packages(self) -> None:
        package_tools(self.machine, self.packages)
        names = setting.packages_of(self.node, self.state)
        if names:
            self.packages.preinstall(offered(self.family), *names)
        if self.node.part is Part.MIRROR:
            mirror.fill(self.machine.files)
            self.machine.programs.install("python3", mirror.python3(self.stack))

    def _write(self, files: Sequence[setting.File]) -> None:
        for file in files:
            self.machine.files.install(file.path, file.text, file.mode)

    def _log(self, facility: str, tag: str, text: str) -> None:
        self.journal.write(text, identifier=tag, pid=self.machine.processes.last_pid)

    async def _sshd(self, call: Invocation) -> int:
        """The SSH server's listening process: with a front it takes connections from outside."""
        self.manager.spawn_task(self._tell_of_sshd(call))
        if self.front is None:
            await asyncio.Event().wait()
            return 0
        try:
            return await self.front.program(call)
        finally:
            self.stack.services.pop(22, None)

    async def _tell_of_sshd(self, call: Invocation) -> None:
        """Say that the server listens, as soon as it does."""
        if self.front is not None:
            await self.front.listening.wait()
            self.stack.services[22] = RealServer(self.front.address, self.front.port)
        self.journal.write(
            "Server listening on 0.0.0.0 port 22.",
            identifier="sshd",
            pid=call.process.pid,
            unit=self.manager.unit_of(call.process),
        )
        self.manager.notify_ready(call.process)


def _mac(node: Node) -> str:
    """Return a locally administered MAC that says whose it is (10.0.0.10 → …:0a)."""
    return "02:" + ":".join(f"{int(part):02x}" for part in ("222", *node.address.split(".")))
