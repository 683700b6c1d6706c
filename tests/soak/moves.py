"""The planned moves: what an operator does to a pair that is well, done to real hosts."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from haconsole.domain.model import Cluster, Host, Role
from haconsole.domain.vrrp_prediction import Scenario
from haconsole.monitor.feed import Feed
from haconsole.procedures.drill.ask import Ask
from haconsole.procedures.drill.session import Drill
from haconsole.procedures.drill.standing import Stage
from haconsole.transport.commands import Command, Effect
from haconsole.transport.door import Door
from haconsole.transport.errors import TransportError

from .meanwhile import Kind, Move

#: How long a host may take to be itself again, seconds; a drill may take to find the pair well.
_BACK_S, _READY_S = 90.0, 30.0
_LOOK_S = 0.3
#: Of the probe that a switchover is measured by: it is not the measure that counts here.
_RATE_HZ = 50.0


class SoakError(Exception):
    """The soak itself failed: the message says at what."""


@dataclass
class Mover:
    """Moves a pair by a door of its own, so that the console is told nothing.

    ``own``: the console's door, by which the drill is run as its operator would. ``short``:
    pauses that fit a soak of a minute.
    """

    door: Door
    own: Door
    feed: Feed
    cluster: Cluster
    dice: random.Random
    short: bool = False
    #: Nothing but these moves; empty: all of them.
    only: tuple[Kind, ...] = ()

    def pause(self) -> float:
        """Draw how long nothing is done, seconds: often just so long as people wait."""
        return self.dice.uniform(0.2, 4.0 if self.short else 12.0) * self.dice.choice((0.2, 1, 1))

    def draw(self) -> Move:
        """Draw the next move; when it begins is set by whoever makes it."""
        weights = {
            Kind.RESTART: 3,
            Kind.RELOAD: 2,
            Kind.AWAY: 4,
            Kind.NGINX: 2,
            Kind.REBOOT_LB: 2,
            Kind.REBOOT_WEB: 1,
            Kind.SWITCHOVER: 2,
        }
        if self.short:
            weights[Kind.SWITCHOVER] = 1
        if self.only:
            weights = {kind: weights[kind] for kind in self.only}
        (kind,) = self.dice.choices(list(weights), list(weights.values()))
        hosts = {
            Kind.REBOOT_WEB: self.cluster.webs,
            Kind.NGINX: self.cluster.hosts,
        }.get(kind, self.cluster.lbs)
        return Move(kind, self.dice.choice(hosts).name)

    async def make(self, move: Move) -> None:
        """Make a move and return when its host does its work again."""
        match move.kind:
            case Kind.RESTART:
                await self._change(move.host, "systemctl restart keepalived")
            case Kind.RELOAD:
                await self._change(move.host, "systemctl reload keepalived")
            case Kind.NGINX:
                await self._change(move.host, "systemctl reload nginx")
            case Kind.AWAY:
                await self._change(move.host, "systemctl stop keepalived")
                await asyncio.sleep(self.pause())
                await self._change(move.host, "systemctl start keepalived")
            case Kind.REBOOT_LB | Kind.REBOOT_WEB:
                await self._reboot(move.host)
            case Kind.SWITCHOVER:
                move.said = await self._switch_over()
        await self.settle()

    async def settle(self) -> None:
        """Return when every host runs what it should, so that the next move breaks nothing."""
        await asyncio.gather(*(self._until(host, "", lambda said: True)
                               for host in self.cluster.hosts))  # fmt: skip

    async def _reboot(self, host: str) -> None:
        boot = await self._ask(host, "cat /proc/sys/kernel/random/boot_id")
        with suppress(TransportError):
            await self._change(host, "trap '' TERM; sync; systemctl reboot")
        await self._until(
            self.feed.site.host(host),
            "cat /proc/sys/kernel/random/boot_id\n",
            lambda said: said.strip() != boot.strip(),
        )

    async def _switch_over(self) -> str:
        """Run the product's own drill; one that is refused until the pair is found well waits."""
        ask = Ask(
            scenario=Scenario.SWITCHOVER, vip=self.cluster.vips[0].address, rate_hz=_RATE_HZ
        )  # fmt: skip
        began = time.monotonic()
        while True:
            drill = Drill(self.own, self.feed, self.cluster, ask, who="soak")
            progress = await drill.prepare()
            if progress.stage is Stage.READY:
                break
            if time.monotonic() - began > _READY_S:
                return "refused: " + "; ".join(str(one.note) for one in progress.refusals)
            await asyncio.sleep(_LOOK_S)
        progress = await drill.execute()
        if progress.stage is not Stage.DONE:
            return f"failed: {progress.problem}"
        return "done"

    async def _until(self, host: Host, script: str, so: Callable[[str], bool]) -> None:
        """Wait until a host's services run, and what ``script`` prints is so."""
        units = "keepalived nginx" if host.role is Role.LB else "nginx"
        wants = f"{script}systemctl is-active {units} >/dev/null || exit 3"
        try:
            async with asyncio.timeout(_BACK_S):
                while True:
                    await self.door.wait_up(host.name)
                    with suppress(TransportError):
                        result = await self.door.run(host.name, Command("how it is", wants))
                        if result.ok and so(result.stdout):
                            return
                    self.door.retry(host.name)
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            raise SoakError(f"{host.name} was not itself again within {_BACK_S:g} s") from None

    async def _ask(self, host: str, script: str) -> str:
        return (await self.door.run(host, Command("how it is", script))).stdout

    async def _change(self, host: str, script: str) -> None:
        command = Command("planned move", script, Effect.CHANGES, root=True, timeout_s=30.0)
        result = await self.door.run(host, command)
        if not result.ok:
            raise SoakError(f"{host}: {script}: {result.stderr.strip() or result.exit_status}")
