"""The demo's cluster: a bastion, two load balancers and two web nodes, as in a ready lab."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from haconsole.lab.changes import CHANGES
from haconsole.lab.topology import INTERFACE, VIP, Family, LabState, Node, Part, nodes_for
from haconsole.words import t

from . import faults, setting
from .clients import Clients
from .faults import NO_RESTART, FaultError
from .flaws import Flaw
from .host import DemoHost
from .http import exchange
from .manners import Manners
from .setting import VRRP_RULE
from .timers import LoopTimers
from .wire import Wire

_HEALTHY_S = 25.0
#: What is started again where it is enabled and does not run.
_UNITS = ("firewalld", "ssh", "nginx", "keepalived")


class DemoCluster:
    """Simulated hosts on one wire. Everything lives in the event loop that :meth:`start` runs in.

    ``hosts``: by default those of a lab in that ``state``; ``rate``: the clients' requests a
    second; ``clock``: the hosts' wall clock, epoch seconds; ``how``: the manners of keepalived
    on the LBs; ``family``: the package manager; ``flaw``: what is wrong with the pair's files.
    """

    def __init__(
        self,
        hosts: tuple[Node, ...] = (),
        *,
        rate: float = 3.0,
        clock: Callable[[], float] = time.time,
        how: Manners | None = None,
        state: LabState = LabState.READY,
        family: Family = Family.APT,
        flaw: Flaw | None = None,
    ) -> None:
        nodes = hosts or nodes_for(state)
        self.state, self.family, self.flaw = state, family, flaw
        self.wire = Wire(LoopTimers())
        self.hosts = {
            node.name: DemoHost(
                node, nodes, self.wire, clock, how, state=state, family=family, flaw=flaw
            )
            for node in nodes
        }
        self.clients = Clients(self.wire, VIP, rate)
        self._edited: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {}

    @property
    def lbs(self) -> list[DemoHost]:
        """The load balancers, the one that should own the VIP first."""
        found = [host for host in self.hosts.values() if host.is_lb]
        return sorted(found, key=lambda host: -host.node.priority)

    @property
    def owners(self) -> list[str]:
        """Names of the LBs whose kernels have the VIP."""
        return [host.name for host in self.lbs if host.stack.owns(VIP)]

    async def start(self) -> None:
        """Boot every host; a ready pair has its owner when this returns."""
        boots = []
        for host in self.hosts.values():
            units = setting.services_of(host.node, self.state)
            boots.append(host.boot(*(unit for unit in units if unit != "keepalived")))
        await asyncio.gather(*boots)
        if self.state is LabState.READY:
            for host in self.lbs:
                await host.boot("keepalived")
            await self._elect()
        self.clients.start()

    async def stop(self) -> None:
        """End everything; nothing of the cluster runs afterwards."""
        await self.clients.stop()
        for host in self.hosts.values():
            await host.close()

    async def fault(self, name: str, on: str | None = None) -> tuple[str, ...]:
        """Make a fault of the lab's; returns the hosts it was made on. Raises ``FaultError``."""
        return await faults.make(self, name, on)

    async def heal(self) -> None:
        """Undo every fault.

        A ready pair is healthy when this returns; else ``FaultError`` says why.
        """
        await asyncio.gather(*(host.power.settled() for host in self.hosts.values()))
        self.wire.join()
        for host in self.hosts.values():
            self.wire.set_cable(host.name, plugged=True)
        await asyncio.gather(*(self._undo(host) for host in self.hosts.values()))
        if self.lbs and self.state is LabState.READY:
            await self._wait_healthy()

    def edit(self, host: DemoHost, path: str, change: str) -> None:
        """Make one of the lab's ``CHANGES`` to a file; twice the same is once."""
        files = host.machine.files
        before, changes = self._edited.get((host.name, path), (files.read(path).decode(), ()))
        if change not in changes:
            self._edited[host.name, path] = before, (*changes, change)
            files.write(path, CHANGES[change](files.read(path).decode()))

    async def problem(self) -> str | None:
        """Return what is wrong with the pair, ``None`` when nothing is."""
        first = self.lbs[0].name
        stays = self.flaw is Flaw.NOPREEMPT and len(self.owners) == 1
        if self.owners != [first] and not stays:
            held = ", ".join(self.owners) or t("nobody")
            return t("{vip} is held by {held}, not by {host}.", vip=VIP, held=held, host=first)
        asker = next(h for h in self.hosts.values() if h.node.part is not Part.LB)
        try:
            async with asyncio.timeout(2.0):
                await exchange(asker.stack, VIP, 80, ("GET", "/", VIP))
        except (OSError, TimeoutError):
            return t("http://{vip}/ does not answer.", vip=VIP)
        for host in self.hosts.values():
            for unit in setting.services_of(host.node, self.state):
                service = host.manager.need(unit)
                if service.active != "active":
                    return t("{unit} on {host} is {state}.", unit=unit, host=host.name,
                             state=service.active)  # fmt: skip
        return None

    async def _elect(self) -> None:
        """Wait for the first owner.

        A backup that has just started waits three adverts; here the wait is over as soon as
        every LB is ready: what one looks at is a pair that has been up for days.
        """
        if not self.lbs:
            return
        deadline = asyncio.get_running_loop().time() + _HEALTHY_S
        while not self.owners:
            for child in self.lbs[0].children:
                child.hasten()
            if asyncio.get_running_loop().time() > deadline:
                raise FaultError(t("Nobody took {vip}.", vip=VIP))
            await asyncio.sleep(0.01)

    async def _wait_healthy(self) -> None:
        deadline = asyncio.get_running_loop().time() + _HEALTHY_S
        announced = False
        while problem := await self.problem():
            if asyncio.get_running_loop().time() > deadline:
                raise FaultError(t("The demo is not healthy: {problem}", problem=problem))
            if self.owners == [self.lbs[0].name] and not announced:
                # Hosts that heard a second owner keep its MAC until the first one speaks up.
                announced = True
                await self.lbs[0].do("arping", "-q", "-U", "-c", "1", "-I", INTERFACE, VIP)
            await asyncio.sleep(0.05)

    async def _undo(self, host: DemoHost) -> None:
        files, restored = host.machine.files, set[str]()
        for name, path in [key for key in self._edited if key[0] == host.name]:
            files.write(path, self._edited.pop((name, path))[0])
            restored.add(path)
        for file in host.service_files:
            if not files.exists(file.path) or files.read(file.path) != file.text.encode():
                files.install(file.path, file.text, file.mode)
                restored.add(file.path)
        if files.exists(NO_RESTART):
            files.unlink(NO_RESTART)
            await host.do("systemctl", "daemon-reload")
        if any("/firewalld/" in path for path in restored):
            await host.do("firewall-cmd", "-q", "--reload")
        await _start_again(host)
        if not host.is_lb:
            wanted = ["nginx"] if any("/nginx/" in path for path in restored) else []
        else:
            await host.do("systemctl", "kill", "--signal=CONT", "keepalived")
            if (await host.do("firewall-cmd", "-q", f"--query-rich-rule={VRRP_RULE}"))[0]:
                await host.do("firewall-cmd", "-q", "--reload")
            wanted = [
                unit for unit in ("nginx", "keepalived") if any(unit in path for path in restored)
            ]
        for unit in wanted:
            await host.do("systemctl", "restart", unit)


async def _start_again(host: DemoHost) -> None:
    """Start what is enabled and does not run: somebody stopped it."""
    for unit in _UNITS:
        if (await host.do("systemctl", "-q", "is-enabled", unit))[0]:
            continue
        if (await host.do("systemctl", "-q", "is-active", unit))[0]:
            await host.do("systemctl", "reset-failed", unit)
            if unit == "keepalived":
                await host.do("ip", "address", "del", f"{VIP}/32", "dev", INTERFACE)
            await host.do("systemctl", "start", unit)
