"""The fold: what each event does to the state and to the time line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from haconsole.domain import events
from haconsole.domain.daemon import CheckStatus, LogFact, LogKind, VrrpState
from haconsole.domain.events import (
    AddressChanged,
    ClockRead,
    DaemonLogged,
    Event,
    Fact,
    HitsSeen,
    JournalRead,
    LinkChanged,
    LinkStatus,
    ReadingFailed,
)
from haconsole.domain.facts import Address, Clock, JournalLine
from haconsole.domain.hits import Hit
from haconsole.domain.notes import note
from haconsole.domain.readings import Freshness, Reading
from haconsole.domain.reduce import reduce
from haconsole.domain.state import TIMELINE_LIMIT, MomentKind, State
from tests.domain import pair
from tests.domain.pair import T0, VIP, state_after

NOW = T0 + 3
HELD = Address(VIP, 32, "eth0")


def all_event_classes() -> list[type[Event]]:
    named = vars(events).values()
    return [c for c in named if isinstance(c, type) and issubclass(c, Event) and c is not Event]


@pytest.mark.parametrize("kind", all_event_classes())
def test_every_event_has_a_fold(kind: type[Event]) -> None:
    from haconsole.domain.reduce import _apply

    assert _apply.dispatch(kind) is not _apply.dispatch(object)


def test_events_about_strangers_change_nothing_but_time() -> None:
    state = state_after()
    after = reduce(state, LinkChanged(at=NOW, host="stranger", status=LinkStatus.UP))
    assert replace(after, at=state.at) == state


def test_a_move_is_told_with_the_gap_between() -> None:
    state = state_after(
        AddressChanged(at=NOW, host="lb01", address=HELD, added=False, node_at=NOW),
        AddressChanged(at=NOW + 1, host="lb02", address=HELD, added=True, node_at=NOW + 0.61),
    )
    told = [str(m.note) for m in state.timeline if m.kind is MomentKind.VIP]
    assert told == [f"{VIP} left lb01", f"{VIP} is on lb02, after 0.61 s on no LB"]
    owned = state.ownership[VIP]
    assert (owned.owners, owned.since, owned.exact) == (("lb02",), NOW + 0.61, True)


def test_the_nodes_stamp_is_put_on_the_consoles_clock() -> None:
    state = state_after(
        ClockRead(at=NOW, host="lb01", clock=Clock(30.0, 0.001)),
        AddressChanged(at=NOW, host="lb01", address=HELD, added=False, node_at=NOW + 30),
    )
    assert state.timeline[-1].at == pytest.approx(NOW)


def test_a_host_that_cannot_be_seen_does_not_lose_the_vip() -> None:
    state = state_after(LinkChanged(at=NOW, host="lb01", status=LinkStatus.LOST))
    assert state.ownership[VIP].owners == ("lb01",)
    took = reduce(state, pair.addresses("lb02", NOW + 1, vip=True))
    assert took.ownership[VIP].owners == ("lb02",)


def test_a_reading_never_goes_back_in_time() -> None:
    reading = Reading(1, 10.0)
    assert reading.taken(2, 9.0) is reading
    assert reading.failed("no").value == 1
    assert reading.freshness(31.0, 20.0) is Freshness.STALE
    never: Reading[int] = Reading()
    assert never.freshness(1.0, 20.0) is Freshness.UNKNOWN


def test_a_late_full_reading_does_not_undo_what_a_stream_said() -> None:
    state = state_after(
        AddressChanged(at=NOW + 1, host="lb01", address=HELD, added=False),
        pair.addresses("lb01", NOW, vip=True),
    )
    assert state.ownership[VIP].owners == ()


def test_a_failed_reading_keeps_the_value_and_says_why() -> None:
    event = ReadingFailed(at=NOW, host="lb01", fact=Fact.DAEMON, problem="no sudo")
    daemon = state_after(event).host("lb01").daemon
    assert daemon.value is not None
    assert daemon.problem == "no sudo"


@pytest.mark.parametrize("fact", list(Fact))
def test_every_fact_names_a_reading(fact: Fact) -> None:
    event = ReadingFailed(at=NOW, host="lb01", fact=fact, problem="why")
    assert getattr(state_after(event).host("lb01"), fact.value).problem == "why"


def test_the_log_moves_the_daemon_before_the_next_dump() -> None:
    def logged(fact: LogFact) -> DaemonLogged:
        return DaemonLogged(at=NOW, host="lb01", fact=fact, node_at=NOW)

    state = state_after(
        logged(LogFact(LogKind.TRANSITION, "", "VI_1", VrrpState.FAULT)),
        logged(LogFact(LogKind.PRIORITY, "", "VI_1", priority=90)),
        logged(LogFact(LogKind.CHECK, "", check="web", status=CheckStatus.BAD)),
    )
    daemon = state.host("lb01").daemon.value
    assert daemon is not None
    assert daemon.instances[0].state is VrrpState.FAULT
    assert daemon.instances[0].priority == 90
    assert [str(m.note) for m in state.timeline[-3:]] == [
        "VI_1 → FAULT",
        "VI_1: effective priority now 90",
        "check web fails",
    ]


def test_the_timeline_is_ordered_and_bounded() -> None:
    lines = tuple(
        JournalLine("nginx.service", NOW - i, 3, f"line {i}") for i in range(TIMELINE_LIMIT + 50)
    )
    state = state_after(JournalRead(at=NOW, host="web01", lines=lines))
    assert len(state.timeline) == TIMELINE_LIMIT
    assert state.timeline_dropped >= 50
    assert [m.at for m in state.timeline] == sorted(m.at for m in state.timeline)


def test_understood_lines_are_not_told_twice() -> None:
    line = JournalLine("keepalived.service", NOW, 6, "Entering MASTER STATE", understood=True)
    state = state_after(JournalRead(at=NOW, host="lb01", lines=(line,)))
    assert state.host("lb01").journal_tail == (line,)
    assert not [m for m in state.timeline if m.kind is MomentKind.JOURNAL]


def test_link_tries_are_not_told_but_losses_are() -> None:
    state = state_after(
        LinkChanged(at=NOW, host="lb01", status=LinkStatus.LOST),
        LinkChanged(at=NOW + 1, host="lb01", status=LinkStatus.CONNECTING),
        LinkChanged(at=NOW + 2, host="lb01", status=LinkStatus.LOST),
        LinkChanged(at=NOW + 3, host="lb01", status=LinkStatus.CONNECTING),
        pair.up("lb01", NOW + 4),
    )
    told = [str(m.note) for m in state.timeline if m.kind is MomentKind.LINK and m.at >= NOW]
    assert told == ["link lost", "link up"]


def test_tries_in_vain_are_told_once_and_since_when_it_is_lost_stands() -> None:
    def lost(at: float, why: str) -> Event:
        # What is not in the sentence tells nothing, and differs from try to try.
        detail = note(why, jump=str(at))
        return LinkChanged(at=at, host="lb01", status=LinkStatus.LOST, detail=detail)

    def trying(at: float) -> Event:
        return LinkChanged(at=at, host="lb01", status=LinkStatus.CONNECTING)

    state = state_after(lost(NOW, "no answer"))
    for second in (1, 3, 5):
        state = reduce(state, trying(NOW + second))
        link = state.host("lb01").link
        assert (link.status, link.since) == (LinkStatus.CONNECTING, NOW)
        assert link.detail is not None, "or it would look like a first try"
        state = reduce(state, lost(NOW + second + 1, "refused"))
        assert state.host("lb01").link.since == NOW
    told = [str(m.note) for m in state.timeline if m.kind is MomentKind.LINK and m.at >= NOW]
    assert told == ["link lost: no answer", "cannot connect: refused"]
    state = reduce(reduce(state, trying(NOW + 8)), pair.up("lb01", NOW + 9))
    assert (state.host("lb01").link.since, state.host("lb01").link.detail) == (NOW + 9, None)


def test_hits_are_counted_for_their_cluster() -> None:
    hit = Hit(NOW, "10.0.0.7", "GET", "/", 200, "10.0.0.51:80", 0.001, 0.001, 0, "lb01")
    state = state_after(HitsSeen(at=NOW, host="lb01", hits=(hit,), dropped=3, unparsed=1))
    sums = state.hits["pair"]
    assert (sums.total, sums.dropped, sums.unparsed) == (1, 3, 1)


def test_the_answer_is_told_when_it_changes() -> None:
    state = state_after(
        pair.answer(NOW, None, "timed out"),
        pair.answer(NOW + 1, None, "timed out"),
        pair.answer(NOW + 2),
    )
    told = [str(m.note) for m in state.timeline if m.kind is MomentKind.ANSWER]
    assert told == [f"{VIP} does not answer: timed out", f"{VIP} answers again"]


def test_a_session_begins_with_nothing_known() -> None:
    state = State.begin(pair.SITE, T0)
    assert set(state.hosts) == {"bastion", "lb01", "lb02", "web01", "web02"}
    assert all(h.link.status is LinkStatus.IDLE for h in state.hosts.values())
