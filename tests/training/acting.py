"""Acts done by the engine, and looked at by probes, on a real site: demo and lab alike."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from haconsole.domain.vrrp_moves import STALE_ARP_S
from haconsole.inventory import load
from haconsole.monitor.casework.consult import watched
from haconsole.monitor.monitor import Monitor
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.engine import Run
from haconsole.procedures.progress import RunStatus
from haconsole.procedures.survey import survey
from haconsole.training.acts.registry import ACTS
from haconsole.training.probes.registry import PROBES
from haconsole.training.probes.sight import Sight
from haconsole.training.standing import Seen
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from tests.procedures.driving import told


@dataclass
class Hand:
    """Does acts, and looks with probes."""

    door: Transport
    monitor: Monitor
    sight: Sight

    async def act(self, name: str, /, **given: str) -> None:
        """Do an act that has to succeed."""
        cluster = self.sight.cluster
        facts = await survey(self.door, cluster)
        assert not facts.problems, facts.problems
        ground = Ground(self.door.site, cluster, facts)
        act = ACTS[name]
        run = Run(self.door, act.plan(ground, act.form(ground).fill(given)), overwrite=True)
        await run.execute()
        assert run.progress.status is RunStatus.DONE, told(run)

    async def look(self, name: str, /, **given: str) -> Seen:
        """Look once."""
        settings = {key.rstrip("_").replace("_", "-"): value for key, value in given.items()}
        unknown = settings.keys() - PROBES[name].parameters.keys()
        assert not unknown, unknown
        seen = await PROBES[name].look(self.sight, settings)
        assert str(seen.note)
        return seen

    async def sees(self, name: str, /, *, within_s: float = 20.0, **given: str) -> str:
        """Wait until a probe passes, and return its sentence."""
        return await self._until(name, True, within_s, given)

    async def fails(self, name: str, /, *, within_s: float = 20.0, **given: str) -> str:
        """Wait until a probe says no, which is more than that it cannot tell."""
        return await self._until(name, False, within_s, given)

    async def _until(
        self, name: str, wanted: bool, within_s: float, given: Mapping[str, str]
    ) -> str:
        seen = Seen(None, None)  # type: ignore[arg-type]  # replaced at once
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while (seen := await self.look(name, **given)).ok is not wanted:
                    await asyncio.sleep(0.1)
        assert seen.ok is wanted, f"{name} {dict(given)}: {seen}"
        return str(seen.note)

    def begin(self) -> None:
        """Begin a step: what happened before does not count."""
        self.sight = Sight(self.monitor, self.door, self.sight.cluster, self.monitor.now())


@contextlib.asynccontextmanager
async def hand_on(inventory: Path) -> AsyncIterator[Hand]:
    """Open a console's works on a site for the length of a test."""
    door = Transport(load(inventory), prompter=NoPrompter(), writable=True)
    monitor = Monitor(door)
    async with watched(monitor, 30.0):
        yield Hand(door, monitor, Sight(monitor, door, door.site.clusters[0], monitor.now()))


async def a_day(hand: Hand) -> None:
    """What the lessons do to a working pair, each act seen by what is there to see it."""
    await hand.sees("owner", host="lb01", within_s=40)
    await _looks(hand)
    await _services(hand)
    await _web(hand)
    await _scripts(hand)
    await _firewall(hand)
    await _conf(hand)


async def _looks(hand: Hand) -> None:
    """Everything that is so on a healthy pair, and its opposite."""
    await hand.sees("one-owner")
    await hand.fails("no-owner")
    await hand.fails("owner", host="lb02")
    await hand.fails("split", hosts="lb01 lb02")
    await hand.sees("holds", host="lb01", vip="yes")
    await hand.sees("holds", host="lb02", vip="no")
    await hand.sees("daemon", host="lb01", state="MASTER")
    assert "MASTER" in await hand.fails("daemon", host="lb01", state="BACKUP")
    await hand.sees("daemon", host="lb02", state="BACKUP")
    await hand.sees("priority", host="lb01", is_="150")
    await hand.fails("priority", host="lb01", is_="151")
    await hand.sees("service", host="lb01", unit="nginx", is_="active")
    await hand.fails("service", host="lb01", unit="nginx", is_="failed")
    await hand.sees("at-boot", host="lb01", unit="keepalived", is_="yes")
    await hand.sees("answers")
    await hand.fails("silent")
    await hand.fails("answers", status="404")
    await hand.sees("serves", host="web01")
    await hand.sees("firewall", host="lb01", vrrp="allowed")
    await hand.sees("installed", host="lb01", program="keepalived", from_="package")
    await hand.fails("installed", host="lb01", program="keepalived", from_="source")
    await hand.fails("installed", host="web01", program="keepalived")
    await hand.sees("installed", host="web01", program="nginx")
    await hand.sees("version", host="lb01", at_least="2.0")
    await hand.fails("version", host="lb01", is_="1.3.5")
    await hand.sees("config", host="lb01", key="priority", is_="150")
    await hand.fails("config", host="lb01", key="priority", is_="100")
    await hand.sees("config", host="lb01", key="nopreempt", set="no")
    await hand.sees("config", host="lb01", key="auth_pass", set="no")
    await hand.sees("alike", keys="virtual_router_id advert_int virtual_ipaddress")
    await hand.fails("alike", keys="priority")
    await hand.sees("differ", keys="priority router_id")
    await hand.sees("balances", host="lb01", to="web01 web02")
    await hand.fails("balances", host="web01", to="web01")
    await hand.sees(
        "file", host="lb01", path="/etc/keepalived/keepalived.conf", has="vrrp_instance"
    )
    conf = "/etc/keepalived/keepalived.conf"
    await hand.sees("file", host="lb01", path=conf, has="vrrp_instance", times="1")
    await hand.fails("file", host="lb01", path=conf, has="vrrp_instance", times="2")
    await hand.fails("file", host="lb01", path=conf, lacks="vrrp_instance")
    await hand.sees("file", host="lb01", path=conf, lacks="nothing of that kind")
    await hand.fails("file", host="lb01", path="/nowhere")
    await hand.sees("file", host="lb01", path="/nowhere", exists="no")
    await hand.sees("process", host="lb01", name="keepalived", at_least="1")
    await hand.sees("process", host="lb01", name="check_web.sh", none="yes")
    await hand.sees("healthy", within_s=30)
    await hand.fails("finding", cause="split-brain")
    await hand.sees("finding", cause="split-brain", present="no")
    await hand.fails("drilled", scenario="stop")
    await hand.sees("outage", at_most="1")


async def _services(hand: Hand) -> None:
    hand.begin()
    await hand.fails("moved", to="lb02")
    await hand.act("service", host="lb01", unit="keepalived", do="stop")
    await hand.sees("moved", to="lb02", from_="lb01")
    await hand.sees("service", host="lb01", unit="keepalived", is_="inactive")
    await hand.sees("finding", cause="keepalived-stopped")
    assert "still wrong" in await hand.fails("healthy")
    await hand.act("service", host="lb01", unit="keepalived", do="start")
    await hand.sees("owner", host="lb01")
    await hand.act("service", host="lb01", unit="keepalived", do="disable")
    await hand.sees("at-boot", host="lb01", unit="keepalived", is_="no")
    await hand.act("service", host="lb01", unit="keepalived", do="enable")
    await hand.sees("at-boot", host="lb01", unit="keepalived", is_="yes")


async def _web(hand: Hand) -> None:
    await hand.act("append-web", host="web01")
    await hand.act("unappend-web", host="web01")
    await hand.act("break-nginx", host="lb01")
    await hand.sees("service", host="lb01", unit="nginx", is_="active")
    await hand.act("service", host="lb01", unit="nginx", do="stop")
    await hand.sees("owner", host="lb02", within_s=30)
    await hand.act("mend-nginx", host="lb01")
    await hand.sees("service", host="lb01", unit="nginx", is_="active")
    await hand.sees("owner", host="lb01", within_s=30)
    await hand.sees("healthy", within_s=40)


async def _scripts(hand: Hand) -> None:
    await hand.act("tutorial-loop", host="lb01")
    await hand.sees("process", host="lb01", name="check_web.sh", at_least="1")
    await hand.act("remove-loop")
    await hand.sees("process", host="lb01", name="check_web.sh", none="yes")
    await hand.sees("file", host="lb01", path="/server/scripts/check_web.sh", exists="no")
    await hand.act("tutorial-watch", host="lb02")
    said = await hand.sees("file", host="lb02", path="/server/scripts/check_split_brain.out",
                           has="all right")  # fmt: skip
    assert said
    hand.begin()
    await hand.act("tutorial-loop-tracked")
    await hand.sees("config", host="lb01", key="script.weight", is_="50")
    await hand.sees("config", host="lb02", key="script.interval", is_="10")
    await hand.sees("journal", host="lb01", says="check_web", within_s=40)
    await hand.act("remove-loop")
    await hand.sees("config", host="lb01", key="script.interval", is_="2")
    await hand.sees("healthy", within_s=60)


async def _firewall(hand: Hand) -> None:
    await hand.act("firewalld", vrrp="no")
    await hand.sees("firewall", host="lb01", vrrp="blocked")
    await hand.sees("split", hosts="lb01 lb02", within_s=30)
    await hand.sees("finding", cause="firewall-blocks-vrrp", within_s=30)
    await hand.act("firewalld", vrrp="yes")
    await hand.sees("owner", host="lb01", within_s=30)
    # Whoever yields before the other can hear it lets that one send no gratuitous ARP again: then
    # third hosts ask anew only when their entries are old.
    await hand.sees("healthy", within_s=STALE_ARP_S + 20)


async def _conf(hand: Hand) -> None:
    hand.begin()
    await hand.act("high-priority", host="lb02", priority="200")
    await hand.sees("moved", to="lb02", within_s=30)
    await hand.act("high-priority", host="lb02", priority="100")
    await hand.sees("owner", host="lb01", within_s=30)
    await hand.act("conf-away", host="lb02")
    await hand.fails("config", host="lb02", key="priority", set="yes")
    await hand.act("conf-back", host="lb02")
    await hand.sees("daemon", host="lb02", state="BACKUP", within_s=30)
    for host in ("lb01", "lb02"):
        await hand.act("tutorial-conf", host=host)
        await hand.act("service", host=host, unit="keepalived", do="restart")
    await hand.sees("config", host="lb01", key="virtual_router_id", is_="50")
    await hand.sees("config", host="lb01", key="script.name", set="no")
    told = await hand.sees("config", host="lb01", key="auth_pass", set="yes")
    assert told.endswith("auth_pass is set")
    await hand.sees("alike", keys="auth_pass")
    assert "•••" in await hand.fails("differ", keys="auth_pass")
    await hand.sees("owner", host="lb01", within_s=40)
