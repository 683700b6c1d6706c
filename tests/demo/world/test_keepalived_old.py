"""keepalived 1.3.5 on the demo: its words are the captured ones, its elections those of its code."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import pytest

from haconsole.demo.world.cluster import DemoCluster
from haconsole.demo.world.host import DemoHost
from haconsole.demo.world.manners import manners
from haconsole.domain.daemon import VrrpState
from haconsole.monitor.daemon import DaemonReader
from haconsole.parsers.errors import ParseError
from haconsole.parsers.keepalived_dump import parse_dump
from haconsole.parsers.keepalived_version import Version
from haconsole.transport.commands import Command, Result
from tests.demo.world.hosts import CAPTURES, EPOCH, until
from tests.demo.world.pair import LB01, LB02, Pair
from tests.demo.world.stories import cluster_story

OLD = manners(Version(1, 3, 5))
HEALTHY = CAPTURES / "keepalived-1.3.5" / "healthy"


async def asked(host: DemoHost, command: Command | None) -> Result:
    """What a host answers to a command of the console's."""
    assert command is not None
    status, out, err = await host.machine.run(["sh", "-c", command.script])
    return Result(status, out.decode(), err.decode(), EPOCH, 0.0)


def masked(text: str) -> list[str]:
    """The lines without what is another in every pair: names, times, passwords, scripts."""
    text = re.sub(r"Last transition = .*", "Last transition = T", text)
    text = re.sub(r"(Command|VRRP Script) = .*", r"\1 = X", text)
    text = re.sub(r"(Weight =|Interface weight) -?\d+", r"\1 W", text)
    lines = text.splitlines()
    return [line for line in lines if not line.startswith(("   Password", "   Authentication"))]


def test_the_dumps_are_like_the_captured_ones() -> None:
    async def tell(cluster: DemoCluster) -> None:
        await asyncio.sleep(3)
        for lb in cluster.lbs:
            await lb.do("systemctl", "kill", "--signal=USR1", "keepalived")
            await asyncio.sleep(0.1)
            ours = lb.machine.files.read("/tmp/keepalived.data").decode()
            theirs = (HEALTHY / f"{lb.name}.steady.data").read_text()
            assert masked(ours) == masked(theirs)
            (instance,) = parse_dump(ours).instances
            assert instance.effective_priority is None

    cluster_story(tell, OLD)


def test_the_log_of_a_start_and_a_takeover_has_the_captured_words() -> None:
    theirs = {
        line.partition(" keepalived: ")[2]
        for line in (HEALTHY / "lb02.log").read_text().splitlines()
    }

    async def tell(cluster: DemoCluster) -> None:
        lb01, lb02 = cluster.lbs
        await asyncio.sleep(2)
        stopping = asyncio.ensure_future(lb01.do("systemctl", "stop", "keepalived"))
        assert 1.6 < await until(lambda: cluster.owners == ["lb02"]) < 1.7
        await stopping
        said = {e.text for e in lb02.journal.entries() if e.of("keepalived.service") and e.pid != 1}
        ours = {text for text in said if "check_" not in text and "pid=" not in text}
        # The captured one has another file, and addresses are told apart by the interface.
        unlike = {t for t in ours - theirs if "Opening file" not in t and "sockpool" not in t}
        assert not unlike

    cluster_story(tell, OLD)


def test_what_it_does_not_know_it_says_and_ends_as_if_all_were_well() -> None:
    async def tell(cluster: DemoCluster) -> None:
        lb = cluster.lbs[0]
        asked = await lb.do("keepalived", "-t", "-f", "/etc/keepalived/keepalived.conf")
        assert asked == (0, "keepalived: invalid option -- 't'\n")
        asked = await lb.do("keepalived", "--signum=JSON")
        assert asked == (0, "keepalived: unrecognized option '--signum=JSON'\n")
        assert (await lb.do("keepalived", "-v"))[1].startswith("Keepalived v1.3.5 (unknown)\n")

    cluster_story(tell, OLD)


def test_a_console_reads_its_dump_although_it_knows_no_signum() -> None:
    async def tell(cluster: DemoCluster) -> None:
        await asyncio.sleep(3)
        for lb in cluster.lbs:
            reader = DaemonReader()
            reader.versioned(await asked(lb, reader.version_wanted))
            daemon, wanted, _ = reader.looked(await asked(lb, reader.look), None)
            assert (daemon, wanted) == (None, True)
            (instance,) = reader.dumped(await asked(lb, reader.dump())).instances
            assert (instance.state is VrrpState.MASTER) is (lb is cluster.lbs[0])
            with pytest.raises(ParseError, match="knows no JSON dump"):
                reader.dumped(await asked(lb, reader.dump(json=True)), json=True)

    cluster_story(tell, OLD)


def test_a_failure_is_seen_when_the_next_advert_is_due() -> None:
    pair = Pair(how=OLD, settle_s=8)
    due = pair.lb01.instance.due
    assert due is not None
    pair.timers.advance(due - pair.timers.time() + 0.3)
    pair.lb01.instance.fail()
    pair.timers.advance(0.5)
    assert pair.lb01.state is VrrpState.MASTER
    assert 0.19 < pair.timers.until(lambda: not pair.lb01.owns, 5) < 0.21
    assert pair.lb01.lines[-1] == "VRRP_Instance(VI_1) Now in FAULT state"
    # It said 0: the skew, and an advert more before the addresses are taken.
    assert 1.6 < pair.timers.until(pair.lb02_owns, 5) < 1.62


def test_weights_count_once_an_interval() -> None:
    pair = Pair(replace(LB01, advert_int_s=2.0), replace(LB02, advert_int_s=2.0), how=OLD,
                settle_s=15)  # fmt: skip
    pair.lb01.instance.weigh(-60)
    took = pair.timers.until(lambda: pair.lb01.instance.effective_priority == 90, 5)
    assert 0 < took <= 2
    assert pair.lb01.lines[-1] == ("VRRP_Instance(VI_1) Changing effective priority from 150 to 90")
    # Announced by the next advert, forced by the other one, yielded to, and taken two later.
    assert 4 < pair.timers.until(pair.lb02_owns, 10) <= 6.01
