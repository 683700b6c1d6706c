"""The monitor on a real pair: what changes is seen as it changes, and nothing is made up."""

from __future__ import annotations

import asyncio
import re

import pytest

from haconsole.domain.daemon import VrrpState
from haconsole.domain.events import AddressChanged, LinkStatus
from haconsole.domain.model import Become
from haconsole.domain.ownership import VipVerdict
from haconsole.domain.state import MomentKind
from haconsole.domain.verdict import Level, judge
from haconsole.inventory import load
from haconsole.lab.api import LabHandle
from haconsole.monitor.feed import FeedError

from .watching import Operator, Watch, as_user, watching

pytestmark = pytest.mark.lab


async def test_a_stop_is_told_by_the_kernels_event(pair: LabHandle) -> None:
    async with watching(pair.inventory) as watch:
        await watch.healthy()
        await asyncio.to_thread(pair.fault, "stop", "lb01")
        await watch.until(lambda: watch.owners == ("lb02",))
        moved = [e for e in watch.events if isinstance(e, AddressChanged)]
        assert [(e.host, e.added) for e in moved] == [("lb01", False), ("lb02", True)]
        # iproute2 stamps what it prints; a lab's nodes and this test share one clock.
        assert all(e.node_at is not None and e.at - e.node_at < 0.5 for e in moved)
        told = [str(m.note) for m in watch.state.timeline if m.kind is MomentKind.VIP]
        assert told[0] == "10.0.0.100 left lb01"
        gap = re.fullmatch(r"10\.0\.0\.100 is on lb02, after ([\d.]+) s on no LB", told[1])
        assert gap, told
        # RFC 3768: skew = (256 - 100) / 256 s after the priority-0 advert.
        assert 0.5 < float(gap[1]) < 0.8
        await watch.until(lambda: _daemon(watch, "lb02") is VrrpState.MASTER)
        await watch.until(lambda: watch.level is Level.WARNING)


async def test_a_crash_leaves_a_ghost(pair: LabHandle) -> None:
    async with watching(pair.inventory) as watch:
        await watch.healthy()
        await asyncio.to_thread(pair.fault, "crash", "lb01")
        await watch.until(lambda: watch.verdict is VipVerdict.GHOST)
        await watch.until(lambda: watch.owners == ("lb01", "lb02"))


async def test_blocked_vrrp_is_a_split_brain_and_heals(pair: LabHandle) -> None:
    async with watching(pair.inventory) as watch:
        await watch.healthy()
        await asyncio.to_thread(pair.fault, "vrrp-block")
        await watch.until(lambda: watch.verdict is VipVerdict.SPLIT_BRAIN)
        await watch.until(
            lambda: any("drops VRRP" in str(t.note) for t in _troubles(watch)), timeout_s=20
        )
        await asyncio.to_thread(pair.heal)
        await watch.until(lambda: watch.verdict is VipVerdict.OWNED)
        await watch.healthy()


async def test_a_node_whose_link_is_down_is_unknown_and_ages(pair: LabHandle) -> None:
    async with watching(pair.inventory) as watch:
        await watch.healthy()
        await asyncio.to_thread(pair.fault, "link-down", "lb01")
        await watch.until(lambda: watch.host("lb01").link.status is LinkStatus.LOST, 40)
        known = watch.host("lb01")
        assert known.addresses.value, "the last value stays"
        assert known.current(known.addresses, watch.monitor.now()) is None
        assert known.current(known.daemon, watch.monitor.now()) is None
        await watch.until(lambda: watch.owners == ("lb02",) and watch.verdict is VipVerdict.OWNED)
        assert not [t for t in _troubles(watch) if "does not run" in str(t.note)]
        await asyncio.to_thread(pair.heal)
        await watch.until(lambda: watch.host("lb01").link.status is LinkStatus.UP, 40)
        await watch.healthy()


async def test_a_lost_bastion_is_a_lost_jump_and_comes_back(pair: LabHandle) -> None:
    async with watching(pair.inventory) as watch:
        await watch.healthy()
        await asyncio.to_thread(pair.exec, "bastion", ["systemctl", "stop", "ssh"])
        await asyncio.to_thread(pair.exec, "bastion", ["pkill", "-x", "sshd"])
        await watch.until(lambda: watch.host("bastion").link.status is LinkStatus.LOST)
        for name in ("lb01", "lb02", "web01", "web02"):
            await watch.until(
                lambda name=name: watch.host(name).link.status is LinkStatus.JUMP_LOST  # type: ignore[misc]
            )
        assert watch.level is Level.UNKNOWN
        assert "jump host bastion lost" in str(judge(watch.state, watch.monitor.now()).headline)
        assert not [t for t in _troubles(watch) if t.host not in (None, "bastion")]
        await asyncio.to_thread(pair.exec, "bastion", ["systemctl", "start", "ssh"])
        await watch.healthy()


async def test_hits_come_with_their_backend(pair: LabHandle) -> None:
    async with watching(pair.inventory) as watch:
        await watch.healthy()
        await watch.until(lambda: watch.host("lb01").hits.value)
        assert watch.host("lb01").hits_upstream
        before = watch.state.hits["pair"].total
        for _ in range(10):
            asked = await asyncio.to_thread(
                pair.exec, "web01", ["curl", "-fsS", "-m", "2", "http://10.0.0.100/"]
            )
            assert asked.returncode == 0, asked.stderr
        await watch.until(lambda: watch.state.hits["pair"].total >= before + 10)
        assert {"10.0.0.51:80", "10.0.0.52:80"} <= set(watch.state.hits["pair"].backends)


async def test_without_an_upstream_log_the_web_nodes_tell(pair: LabHandle) -> None:
    for name in ("lb01", "lb02"):
        await asyncio.to_thread(
            pair.exec, name, ["mv", "/var/log/nginx/haconsole.log", "/var/log/nginx/put-aside"]
        )
    try:
        async with watching(pair.inventory) as watch:
            await watch.healthy()
            await watch.until(lambda: watch.host("web01").hits.value)
            assert not watch.host("lb01").hits.value
            await watch.until(lambda: watch.state.hits["pair"].total > 0)
            assert set(watch.state.hits["pair"].backends) <= {"10.0.0.51", "10.0.0.52"}
    finally:
        for name in ("lb01", "lb02"):
            await asyncio.to_thread(
                pair.exec, name, ["mv", "/var/log/nginx/put-aside", "/var/log/nginx/haconsole.log"]
            )


@pytest.mark.parametrize("user", ["ops-fish", "ops-csh"])
async def test_odd_login_shells_make_no_difference(pair: LabHandle, user: str) -> None:
    async with watching(as_user(load(pair.inventory), user)) as watch:
        await watch.healthy()
        await watch.until(lambda: watch.host("lb01").journal.value)


async def test_sudo_asks_once_for_each_node_and_never_again(pair: LabHandle) -> None:
    password = (pair.places.root / "ops-pw.password").read_text().strip()
    operator = Operator(["wrong", *[password] * 8])
    site = as_user(load(pair.inventory), "ops-pw")
    async with watching(site, operator=operator) as watch:
        await watch.healthy()
        await watch.until(lambda: any(question.attempt > 1 for question in operator.asked))
        await watch.until(lambda: all(watch.host(h.name).journal.value for h in site.hosts))
        asked = [(q.host, q.attempt) for q in operator.asked]
        assert sorted(set(asked)) == sorted(asked), "the same question twice"
        assert sum(attempt > 1 for _, attempt in asked) == 1
        assert not [e for e in watch.ledger if password in e.script]
        listing = await asyncio.to_thread(pair.exec, "lb01", ["ps", "-eo", "args"])
        assert password not in listing.stdout


async def test_without_root_rights_the_rest_is_still_seen(pair: LabHandle) -> None:
    site = as_user(load(pair.inventory), "ops", Become.NONE)
    async with watching(site) as watch:
        await watch.until(lambda: watch.host("lb01").daemon.problem)
        assert "become" in str(watch.host("lb01").daemon.problem)
        await watch.until(lambda: watch.verdict is VipVerdict.OWNED)
        assert watch.owners == ("lb01",)
        assert watch.level is Level.UNKNOWN


async def test_a_declined_sudo_password_is_not_asked_for_again(pair: LabHandle) -> None:
    operator = Operator([None] * 50)
    site = as_user(load(pair.inventory), "ops-pw")
    async with watching(site, operator=operator) as watch:
        await watch.until(lambda: watch.host("lb01").daemon.problem)
        first = watch.host("lb01").units.at or 0.0
        await watch.until(lambda: (watch.host("lb01").units.at or 0.0) > first + 7)
        asked = [question.host for question in operator.asked]
        assert sorted(asked) == sorted(set(asked))


async def test_files_are_shown_without_their_secrets(pair: LabHandle) -> None:
    async with watching(pair.inventory) as watch:
        await watch.healthy()
        text = await watch.monitor.read_file("lb01", "/etc/keepalived/keepalived.conf")
        assert "vrrp_instance" in text
        for path in ("/etc/shadow", "/etc/nginx/../shadow"):
            with pytest.raises(FeedError):
                await watch.monitor.read_file("lb01", path)


async def test_nothing_that_changes_was_sent(pair: LabHandle) -> None:
    async with watching(pair.inventory) as watch:
        await watch.healthy()
        assert {entry.effect for entry in watch.ledger} == {"reads"}


def _daemon(watch: Watch, host: str) -> VrrpState | None:
    daemon = watch.host(host).daemon.value
    return daemon.instances[0].state if daemon and daemon.instances else None


def _troubles(watch: Watch):
    return judge(watch.state, watch.monitor.now()).troubles
