"""The verdict on a site, and the exit status that it stands for."""

from __future__ import annotations

import pytest

from haconsole.domain.daemon import VrrpState
from haconsole.domain.events import (
    Event,
    Fact,
    FirewallRead,
    LinkChanged,
    LinkStatus,
    ReadingFailed,
)
from haconsole.domain.facts import Firewall, VrrpFirewall
from haconsole.domain.notes import note
from haconsole.domain.state import State
from haconsole.domain.verdict import Level, judge, lost_jump
from tests.domain import pair
from tests.domain.pair import SITE, T0, state_after

NOW = T0 + 3


def test_a_healthy_pair_is_ok() -> None:
    verdict = judge(state_after(), NOW)
    assert (verdict.level, verdict.troubles) == (Level.OK, ())
    assert str(verdict.headline) == "10.0.0.100 on lb01"


TROUBLES: list[tuple[list[Event], Level, str]] = [
    ([pair.addresses("lb01", NOW, vip=False)], Level.CRITICAL, "no owner"),
    ([pair.addresses("lb02", NOW, vip=True)], Level.CRITICAL, "split brain"),
    ([pair.daemon("lb01", NOW, None)], Level.CRITICAL, "ghost VIP"),
    ([pair.daemon("lb02", NOW, None)], Level.WARNING, "lb02: keepalived does not run"),
    ([pair.daemon("lb02", NOW, VrrpState.FAULT)], Level.WARNING, "VI_1 is in FAULT"),
    (
        [pair.daemon("lb02", NOW, VrrpState.BACKUP, frozen=True)],
        Level.WARNING,
        "lb02: keepalived is frozen",
    ),
    ([pair.nginx("lb01", NOW, "failed")], Level.CRITICAL, "lb01: nginx does not run (failed)"),
    ([pair.nginx("lb02", NOW, "inactive")], Level.WARNING, "lb02: nginx does not run"),
    ([pair.nginx("web01", NOW, "failed")], Level.WARNING, "web01: nginx does not run"),
    (
        [pair.nginx("web01", NOW, "failed"), pair.nginx("web02", NOW, "failed")],
        Level.CRITICAL,
        "pair: nginx runs on no web node",
    ),
    ([pair.answer(NOW, None, "timed out")], Level.CRITICAL, "no answer to bastion: timed out"),
    ([pair.answer(NOW, 502)], Level.CRITICAL, "502 in"),
    ([pair.arp("web01", NOW, "lb02")], Level.WARNING, "stale ARP"),
    (
        [
            FirewallRead(
                at=NOW, host="lb02", firewall=Firewall("firewalld", VrrpFirewall.BLOCKED)
            )
        ],
        Level.WARNING,
        "lb02: its firewall (firewalld) drops VRRP",
    ),
    (
        [LinkChanged(at=NOW, host="web01", status=LinkStatus.LOST, detail=note("timed out"))],
        Level.WARNING,
        "web01 cannot be reached: timed out",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("events", "level", "said"), TROUBLES, ids=[t[2] for t in TROUBLES])
def test_troubles(events: list[Event], level: Level, said: str) -> None:
    verdict = judge(state_after(*events), NOW)
    assert verdict.level is level
    assert any(said in str(trouble.note) for trouble in verdict.troubles), verdict.troubles


def test_a_lost_jump_is_one_trouble_and_nobody_is_called_down() -> None:
    events: list[Event] = [
        LinkChanged(at=NOW, host="bastion", status=LinkStatus.LOST, detail=note("timed out"))
    ]
    events += [
        LinkChanged(at=NOW, host=host.name, status=LinkStatus.JUMP_LOST) for host in SITE.hosts
    ]
    state = state_after(*events)
    verdict = judge(state, NOW)
    assert verdict.level is Level.UNKNOWN
    assert "jump host bastion lost: timed out" in str(verdict.headline)
    assert not [t for t in verdict.troubles if t.host in pair.ADDRESS]
    assert lost_jump(state, SITE.hosts[0]) == SITE.jumps[0]


def test_a_reading_that_fails_is_unknown_not_down() -> None:
    begin = [
        e for e in pair.healthy() if not (type(e).__name__ == "DaemonRead" and e.host == "lb02")
    ]
    state = state_after(
        ReadingFailed(at=NOW, host="lb02", fact=Fact.DAEMON, problem="no sudo"), begin=begin
    )
    verdict = judge(state, NOW)
    assert verdict.level is Level.UNKNOWN
    assert "lb02: keepalived cannot be read: no sudo" in str(verdict.headline)


def test_at_the_start_nothing_is_known() -> None:
    verdict = judge(State.begin(SITE, T0), T0)
    assert verdict.level is Level.UNKNOWN


def test_exit_statuses_are_those_of_monitoring_plugins() -> None:
    assert [level.exit_status for level in Level] == [0, 1, 2, 3]
    assert sorted(Level, key=lambda level: level.rank)[-1] is Level.CRITICAL


def test_what_only_waits_is_told_in_one_line_with_its_age() -> None:
    later = T0 + 40
    fresh = [pair.addresses("lb02", later, vip=False), pair.up("lb02", T0 - 5)]
    notes = [str(t.note) for t in judge(state_after(*fresh), later).troubles if t.host == "lb02"]
    assert notes == ["lb02: keepalived, services not read for 40 s"]
    begin = [pair.up("bastion", T0), pair.up("lb02", T0)]
    notes = [str(t.note) for t in judge(state_after(begin=begin), T0).troubles if t.host == "lb02"]
    assert notes == ["lb02: keepalived, addresses, services not read yet"]
