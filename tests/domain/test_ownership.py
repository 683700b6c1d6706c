"""Who owns a VIP, for every way in which the four sources can differ."""

from __future__ import annotations

import pytest

from haconsole.domain.daemon import LogFact, LogKind, VrrpState
from haconsole.domain.events import (
    AddressChanged,
    AnswerSeen,
    DaemonLogged,
    LinkChanged,
    LinkStatus,
)
from haconsole.domain.facts import Address, Answer
from haconsole.domain.ownership import Source, VipVerdict, VipView, judge_vip
from haconsole.domain.state import MAX_AGE_S, State
from tests.domain import pair
from tests.domain.pair import CLUSTER, T0, THE_VIP, VIP, state_after

NOW = T0 + 3


def judge(state: State, now: float = NOW) -> VipView:
    return judge_vip(state, CLUSTER, THE_VIP, now)


def test_a_healthy_pair_has_one_owner_and_all_sources_agree() -> None:
    view = judge(state_after())
    assert view.verdict is VipVerdict.OWNED
    assert view.owners == ("lb01",)
    assert [source.agrees for source in view.sources] == [True, True, True, True]
    assert str(view.headline) == "10.0.0.100 on lb01"


def test_the_daemon_tells_since_when_and_the_offset_is_taken_off() -> None:
    view = judge(state_after())
    assert (view.since, view.exact) == (T0 - 100, True)


def test_two_kernels_with_live_daemons_are_a_split_brain() -> None:
    view = judge(
        state_after(
            pair.addresses("lb02", NOW, vip=True), pair.daemon("lb02", NOW, VrrpState.MASTER)
        )
    )
    assert view.verdict is VipVerdict.SPLIT_BRAIN
    assert view.owners == ("lb01", "lb02")


def test_a_dead_daemons_address_is_a_ghost() -> None:
    view = judge(
        state_after(
            pair.daemon("lb01", NOW, None),
            pair.addresses("lb02", NOW, vip=True),
            pair.daemon("lb02", NOW, VrrpState.MASTER),
        )
    )
    assert view.verdict is VipVerdict.GHOST
    assert view.ghosts == ("lb01",)
    assert "left behind on lb01" in str(view.headline)
    assert "lb02 owns it" in str(view.headline)


def test_a_ghost_that_nobody_else_claims_is_still_a_ghost() -> None:
    view = judge(state_after(pair.daemon("lb01", NOW, None)))
    assert (view.verdict, view.ghosts) == (VipVerdict.GHOST, ("lb01",))


def test_a_killed_daemon_is_known_from_its_log_before_any_reading() -> None:
    killed = DaemonLogged(
        at=NOW, host="lb01", fact=LogFact(LogKind.KILLED, "code=killed"), node_at=NOW
    )
    assert judge(state_after(killed)).verdict is VipVerdict.GHOST


def test_history_of_the_journal_does_not_change_what_is() -> None:
    old = LogFact(LogKind.TRANSITION, "", "VI_1", VrrpState.FAULT)
    event = DaemonLogged(at=NOW, host="lb01", fact=old, node_at=T0 - 500, live=False)
    state = state_after(event)
    assert judge(state).verdict is VipVerdict.OWNED
    assert state.timeline[0].at == T0 - 500, "history is told, in its place"


def test_frozen_daemon_is_not_dead() -> None:
    view = judge(
        state_after(
            pair.daemon("lb01", NOW, VrrpState.MASTER, frozen=True),
            pair.addresses("lb02", NOW, vip=True),
            pair.daemon("lb02", NOW, VrrpState.MASTER),
        )
    )
    assert view.verdict is VipVerdict.SPLIT_BRAIN
    assert any("frozen" in str(reason) for reason in view.reasons)


def test_nobody_holds_it() -> None:
    view = judge(state_after(pair.addresses("lb01", NOW, vip=False)))
    assert (view.verdict, view.owners) == (VipVerdict.UNOWNED, ())


@pytest.mark.parametrize("status", [LinkStatus.LOST, LinkStatus.JUMP_LOST, LinkStatus.REFUSED])
def test_what_cannot_be_seen_is_not_guessed(status: LinkStatus) -> None:
    gone = LinkChanged(at=NOW, host="lb01", status=status)
    view = judge(state_after(gone))
    assert view.verdict is VipVerdict.UNKNOWN
    assert view.since is None


def test_half_seen_pair_is_owned_only_if_a_third_host_says_so() -> None:
    gone = LinkChanged(at=NOW, host="lb01", status=LinkStatus.LOST)
    took = [pair.addresses("lb02", NOW, vip=True), pair.daemon("lb02", NOW, VrrpState.MASTER)]
    assert judge(state_after(gone, *took)).verdict is VipVerdict.UNKNOWN
    later = NOW + 2
    witness = pair.arp("web01", later, "lb02"), pair.arp("web02", later, "lb02")
    view = judge(state_after(gone, *took, *witness), later)
    assert (view.verdict, view.owners) == (VipVerdict.OWNED, ("lb02",))
    torn = judge(state_after(gone, *took, witness[0], pair.arp("web02", later, "lb01")), later)
    assert torn.verdict is VipVerdict.UNKNOWN


def test_old_readings_are_no_present() -> None:
    assert judge(state_after(), T0 + MAX_AGE_S + 1).verdict is VipVerdict.UNKNOWN


def test_readings_from_before_an_interruption_are_no_present() -> None:
    state = state_after(
        LinkChanged(at=NOW, host="lb01", status=LinkStatus.LOST), pair.up("lb01", NOW + 1)
    )
    assert judge(state, NOW + 1).verdict is VipVerdict.UNKNOWN
    again = state_after(
        LinkChanged(at=NOW, host="lb01", status=LinkStatus.LOST),
        pair.up("lb01", NOW + 1),
        pair.addresses("lb01", NOW + 2, vip=True),
        pair.daemon("lb01", NOW + 2, VrrpState.MASTER),
    )
    assert judge(again, NOW + 2).verdict is VipVerdict.OWNED


def test_an_arp_table_read_before_the_move_says_nothing_about_it() -> None:
    moved = [
        AddressChanged(at=NOW, host="lb01", address=Address(VIP, 32, "eth0"), added=False),
        AddressChanged(at=NOW + 0.6, host="lb02", address=Address(VIP, 32, "eth0"), added=True),
        pair.daemon("lb01", NOW + 1, VrrpState.BACKUP),
        pair.daemon("lb02", NOW + 1, VrrpState.MASTER),
    ]
    view = judge(state_after(*moved), NOW + 1)
    arp = next(s for s in view.sources if s.source is Source.ARP)
    assert view.verdict is VipVerdict.OWNED
    assert arp.agrees is None
    stale = judge(state_after(*moved, pair.arp("web01", NOW + 4, "lb01")), NOW + 4)
    assert next(s for s in stale.sources if s.source is Source.ARP).agrees is False


def test_a_daemon_that_disagrees_with_its_kernel_is_told() -> None:
    view = judge(state_after(pair.daemon("lb01", NOW, VrrpState.BACKUP)))
    assert view.verdict is VipVerdict.OWNED
    assert any("not MASTER" in str(said) for said in view.disagreements)


def answered(state: State, now: float) -> tuple[bool | None, str]:
    source = next(s for s in judge(state, now).sources if s.source is Source.ANSWER)
    return source.agrees, str(source.note)


def test_that_no_answer_came_counts_while_the_host_that_asked_is_there() -> None:
    silent = pair.answer(NOW, None, "no answer within 1 s")
    assert answered(state_after(silent), NOW + 1)[0] is False


@pytest.mark.parametrize("status", [LinkStatus.LOST, LinkStatus.JUMP_LOST, LinkStatus.CONNECTING])
def test_that_no_answer_came_says_nothing_once_the_way_is_gone(status: LinkStatus) -> None:
    silent = pair.answer(NOW, None, "no answer within 1 s")
    gone = LinkChanged(at=NOW + 1, host="bastion", status=status)
    assert answered(state_after(silent, gone), NOW + 2) == (None, "not asked")
    back = pair.up("bastion", NOW + 3)
    assert answered(state_after(silent, gone, back), NOW + 4) == (None, "not asked")
    again = pair.answer(NOW + 5, None, "no answer within 1 s")
    assert answered(state_after(silent, gone, back, again), NOW + 6)[0] is False


def test_an_answer_that_came_needs_no_link_to_vouch_for_it() -> None:
    gone = LinkChanged(at=NOW + 1, host="bastion", status=LinkStatus.LOST)
    assert answered(state_after(pair.answer(NOW, 502), gone), NOW + 2)[0] is False
    assert answered(state_after(pair.answer(NOW), gone), NOW + 2)[0] is True


def test_no_answer_to_this_machine_counts_without_a_link() -> None:
    silent = AnswerSeen(at=NOW, host="", vip=VIP, answer=Answer(None, 1.0, "", "no answer"))
    assert answered(state_after(silent), NOW + 1)[0] is False
