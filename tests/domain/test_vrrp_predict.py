"""Predictions for the tutorial's pair and for those that are configured wrong."""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from haconsole.domain.conf import (
    InstanceConf,
    KeepalivedConf,
    ScriptConf,
    SyncGroupConf,
    TrackConf,
    VipConf,
)
from haconsole.domain.daemon import (
    Check,
    CheckStatus,
    Daemon,
    DaemonSource,
    Instance,
    VrrpState,
)
from haconsole.domain.notes import Note
from haconsole.domain.vrrp_predict import predict
from haconsole.domain.vrrp_prediction import Prediction, Scenario
from haconsole.domain.vrrp_router import Router, current_owner, election, router_of
from haconsole.domain.vrrp_terms import NO_TIME

VIP = "10.0.0.100"
CHECK = ScriptConf("check", 1, "/check", interval_s=2, timeout_s=1, weight=0, fall=2, rise=2)
INSTANCE = InstanceConf(
    "VI_1",
    1,
    interface="eth0",
    vrid=50,
    priority=150,
    advert_int_s=1,
    vips=(VipConf(VIP, 1),),
    track_scripts=(TrackConf("check", 1),),
)
LB01 = Router(
    name="lb01",
    conf=KeepalivedConf("keepalived.conf", scripts=(CHECK,), garp_refresh_s=60),
    instance=INSTANCE,
    state=VrrpState.MASTER,
    address="10.0.0.10",
)
LB02 = replace(
    LB01,
    name="lb02",
    instance=replace(INSTANCE, priority=100),
    state=VrrpState.BACKUP,
    address="10.0.0.11",
)
OLD = (1, 3, 5)


def pair(weight: int = 0, old: bool = False, **changes: Any) -> tuple[Router, Router]:
    """The tutorial's pair with another weight, version or settings of both instances."""
    made = []
    for lb in (LB01, LB02):
        conf = replace(lb.conf, scripts=(replace(CHECK, weight=weight),))
        instance = replace(lb.instance, **changes)
        made.append(replace(lb, conf=conf, instance=instance, keepalived=OLD if old else (2, 2, 7)))
    return made[0], made[1]


def said(foreseen: Prediction) -> str:
    return " / ".join(str(one) for one in (*foreseen.why_not, *foreseen.notes))


def bounds(foreseen: Prediction) -> tuple[float | None, float | None]:
    low, high = foreseen.min_s, foreseen.max_s
    return (None if low is None else round(low, 2), None if high is None else round(high, 2))


#: scenario → (least, most outage) for the facts' pair: v2, advert_int 1, priorities 150 and 100,
#: a check every 2 s with fall 2; 0.1 s is what a handover may take, 0.2 s a check.
NEW = {
    Scenario.STOP: (0.61, 0.71),
    Scenario.CRASH: (0.0, 0.1),
    Scenario.FREEZE: (0.0, 0.1),
    Scenario.NGINX_STOP: (2.61, 4.91),
    Scenario.NGINX_BROKEN: (2.61, 4.91),
    Scenario.CHECK_FAIL: (0.61, 0.71),
    Scenario.PARTITION: (0.0, 0.1),
    Scenario.LINK_DOWN: (2.61, 3.71),
    Scenario.REBOOT: (0.61, 2.71),
    Scenario.FAILBACK: (0.0, 0.1),
    Scenario.SWITCHOVER: (0.0, 0.1),
}
#: The same before 2.0: one advert more for each election, and a gap where 2.x has none.
BEFORE = {
    Scenario.STOP: (1.61, 1.71),
    Scenario.CRASH: (0.0, 0.1),
    Scenario.FREEZE: (0.0, 0.1),
    Scenario.NGINX_STOP: (3.61, 6.91),
    Scenario.NGINX_BROKEN: (3.61, 6.91),
    Scenario.CHECK_FAIL: (1.61, 1.71),
    Scenario.PARTITION: (0.0, 0.1),
    Scenario.LINK_DOWN: (3.61, 4.71),
    Scenario.REBOOT: (1.61, 3.71),
    Scenario.FAILBACK: (2.0, 2.1),
    Scenario.SWITCHOVER: (2.0, 2.1),
}
#: With weight -60 a check costs another master-down; before 2.0 up to two adverts and two more.
WEIGHED = {
    (False, Scenario.NGINX_STOP): (4.61, 7.91),
    (False, Scenario.CHECK_FAIL): (0.0, 0.1),
    (True, Scenario.NGINX_STOP): (4.0, 8.3),
    (True, Scenario.CHECK_FAIL): (2.0, 2.1),
}


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("scenario", NEW)
def test_what_clients_feel(scenario: Scenario, old: bool) -> None:
    foreseen = predict(scenario, pair(old=old))
    assert bounds(foreseen) == (BEFORE if old else NEW)[scenario]
    expected = "lb01" if scenario is Scenario.FAILBACK else "lb02"
    assert foreseen.takes_over == expected
    assert foreseen.target == "lb01"
    assert not foreseen.why_not
    assert ("before 2.0" in said(foreseen)) is old


@pytest.mark.parametrize(("old", "scenario"), WEIGHED)
def test_what_clients_feel_with_a_weight(old: bool, scenario: Scenario) -> None:
    assert bounds(predict(scenario, pair(-60, old))) == WEIGHED[old, scenario]


def test_the_terms_explain_the_number() -> None:
    foreseen = predict(Scenario.LINK_DOWN, pair())
    assert foreseen.outage is not None
    assert str(foreseen.outage.note) == (
        "2–3 adverts of 1 s + skew 0.61 s of lb02 + up to 0.1 s until it answers"
    )
    old = predict(Scenario.NGINX_STOP, pair(old=True))
    assert "0–1" not in str(old.takeover)
    assert old.takeover is not None
    assert "1 × 1 s of lb02's election (keepalived before 2.0)" in str(old.takeover.note)
    assert "1–2 × 2 s of the check check" in str(old.takeover.note)
    assert str(NO_TIME.note) == "nothing"


def test_every_field_of_every_note_is_filled() -> None:
    for scenario in Scenario:
        for lbs in (pair(), pair(-60, old=True), pair(20), pair(nopreempt=True), (LB01,)):
            foreseen = predict(scenario, lbs, backends=("web01", "web02"))
            spans = (
                foreseen.takeover,
                foreseen.outage,
                foreseen.failback,
                foreseen.failback_outage,
            )
            notes: list[Note] = [*foreseen.why_not, *foreseen.notes]
            notes += [one.note for one in spans if one is not None]
            for one in notes:
                assert not re.search(r"[{}]", str(one))


def test_a_version_3_pair_with_quick_adverts() -> None:
    lbs = pair(version=3, advert_int_s=0.2)
    assert bounds(predict(Scenario.LINK_DOWN, lbs)) == (0.52, 0.82)
    assert bounds(predict(Scenario.STOP, lbs)) == (0.12, 0.22)
    six = pair(vips=(VipConf("2001:db8::100", 1),), advert_int_s=0.2)
    assert bounds(predict(Scenario.STOP, six)) == (0.12, 0.22)


def test_a_link_that_comes_back_meets_an_nginx_that_left_the_web_nodes_out() -> None:
    owner, taker = pair()
    lbs = (replace(owner, left_out_s=10.0), replace(taker, left_out_s=30.0))
    felt = predict(Scenario.LINK_DOWN, lbs).failback_outage
    assert (round(felt.min_s, 2), round(felt.max_s, 2)) == (0.0, 10.1)
    assert str(felt.note).endswith(
        "up to 10 s while nginx on lb01 leaves out web nodes that it did not reach (fail_timeout)"
    )
    # Where the LB's own way to the web nodes stays, or it begins anew, there is nothing of it.
    for scenario in (Scenario.STOP, Scenario.CRASH, Scenario.REBOOT, Scenario.FREEZE):
        assert predict(scenario, lbs) == predict(scenario, pair())
    stays = replace(lbs[0], instance=replace(lbs[0].instance, nopreempt=True))
    assert predict(Scenario.LINK_DOWN, (stays, lbs[1])).failback_outage == NO_TIME


@pytest.mark.parametrize("scenario", [Scenario.CRASH, Scenario.FREEZE, Scenario.PARTITION])
def test_two_own_it_until_it_is_undone(scenario: Scenario) -> None:
    foreseen = predict(scenario, pair())
    assert foreseen.two_owners
    assert foreseen.takeover is not None
    assert foreseen.takeover.admits(2.61, 3.61)
    assert foreseen.fails_back


def test_a_partition_is_to_be_healed_on_the_better_one_first() -> None:
    foreseen = predict(Scenario.PARTITION, pair())
    assert foreseen.undo_first == "lb01"
    assert round(foreseen.failback_outage.max_s, 1) == 53.1
    assert "stale ARP" in str(foreseen.failback_outage.note)
    refreshed = [replace(lb, instance=replace(lb.instance, garp_refresh_s=10)) for lb in pair()]
    assert round(predict(Scenario.PARTITION, refreshed).failback_outage.max_s, 1) == 10.1
    answers = [
        replace(lb, instance=replace(lb.instance, higher_prio_send_advert=True)) for lb in pair()
    ]
    quick = predict(Scenario.PARTITION, answers)
    assert quick.undo_first is None
    assert round(quick.failback_outage.max_s, 2) == 0.1
    assert predict(Scenario.FREEZE, pair()).undo_first is None


def test_the_way_back() -> None:
    back = predict(Scenario.STOP, pair())
    assert back.fails_back
    assert back.failback is not None
    assert (round(back.failback.min_s, 2), round(back.failback.max_s, 2)) == (3.41, 3.91)
    assert round(back.failback_outage.max_s, 2) == 0.1
    checked = predict(Scenario.NGINX_STOP, pair())
    assert checked.failback is not None
    assert (round(checked.failback.min_s, 2), round(checked.failback.max_s, 2)) == (5.41, 7.61)
    weighed = predict(Scenario.NGINX_STOP, pair(-60))
    assert weighed.failback is not None
    assert (round(weighed.failback.min_s, 2), round(weighed.failback.max_s, 2)) == (4.41, 7.61)
    old = predict(Scenario.STOP, pair(old=True, state="MASTER"))
    assert old.failback is not None
    assert (round(old.failback.min_s, 2), round(old.failback.max_s, 2)) == (1.0, 2.5)
    assert round(old.failback_outage.min_s, 2) == 1.0


def test_it_stays_where_nobody_preempts() -> None:
    for scenario in (Scenario.STOP, Scenario.CRASH, Scenario.NGINX_STOP, Scenario.LINK_DOWN):
        foreseen = predict(scenario, pair(nopreempt=True))
        assert foreseen.takes_over == "lb02"
        assert not foreseen.fails_back
        assert "nopreempt" in said(foreseen)
    stays = predict(Scenario.FAILBACK, pair(nopreempt=True))
    assert not stays.fails_over
    assert "nopreempt" in str(stays.why_not[0])
    assert bounds(stays) == (0.0, 0.0)
    # Two masters compare their priorities, whatever their manners.
    assert predict(Scenario.PARTITION, pair(nopreempt=True)).fails_back
    # state MASTER takes nopreempt away.
    assert predict(Scenario.STOP, pair(nopreempt=True, state="MASTER")).fails_back


def test_a_delay_before_preemption_holds_the_return_and_a_weight_back() -> None:
    delayed = pair(-60, preempt_delay_s=10)
    back = predict(Scenario.STOP, delayed).failback
    assert back is not None
    assert (round(back.min_s, 2), round(back.max_s, 2)) == (12.41, 14.91)
    foreseen = predict(Scenario.NGINX_STOP, delayed)
    assert bounds(foreseen) == (14.61, 18.91)


def test_equal_priorities_are_said() -> None:
    equal = pair(priority=100)
    foreseen = predict(Scenario.STOP, equal)
    assert foreseen.takes_over == "lb02"
    assert not foreseen.fails_back
    assert "same priority 100" in said(foreseen)
    # Of two owners the higher address stays.
    assert not predict(Scenario.PARTITION, equal).fails_back
    assert predict(Scenario.PARTITION, equal).undo_first == "lb02"


@pytest.mark.parametrize(
    ("lbs", "words"),
    [
        (pair(-50), "too small for the gap of 50"),
        (pair(-20), "lb01 has 130 and lb02 has 100"),
        (pair(50), "added while the check passes"),
        (pair(20), "lb01 has 150 and lb02 has 120"),
        (pair(-60, nopreempt=True), "weight 0"),
        (pair(track_scripts=()), "does not track it"),
        (pair(track_scripts=(TrackConf("other", 3),)), "does not define"),
        (pair(-60, priority=255), "255"),
    ],
)
@pytest.mark.parametrize("scenario", [Scenario.NGINX_STOP, Scenario.NGINX_BROKEN])
def test_where_a_dead_nginx_keeps_the_vip_it_says_why(
    lbs: tuple[Router, Router], words: str, scenario: Scenario
) -> None:
    foreseen = predict(scenario, lbs)
    assert not foreseen.fails_over
    assert bounds(foreseen) == (None, None)
    assert words in said(foreseen)
    # A stopped keepalived needs no check.
    assert predict(Scenario.STOP, lbs).takes_over == "lb02"
    assert predict(Scenario.CHECK_FAIL, lbs).outage == NO_TIME


@pytest.mark.parametrize("weight", [-51, -60, -253, 51, 100])
def test_a_weight_beyond_the_gap_moves_it(weight: int) -> None:
    assert predict(Scenario.NGINX_STOP, pair(weight)).takes_over == "lb02"


def test_no_check_at_all_and_one_that_is_asleep() -> None:
    bare = [
        replace(
            lb, conf=replace(lb.conf, scripts=()), instance=replace(lb.instance, track_scripts=())
        )
        for lb in pair()
    ]
    assert "has no check" in said(predict(Scenario.NGINX_STOP, bare))
    missing = replace(LB01, missing_scripts=frozenset({"check"}))
    foreseen = predict(Scenario.NGINX_STOP, (missing, LB02))
    assert "is not there on lb01" in said(foreseen)
    assert foreseen.outage is None
    off = replace(LB01, checks=MappingProxyType({"check": CheckStatus.DISABLED}))
    assert "switched the check check off" in said(predict(Scenario.NGINX_STOP, (off, LB02)))


def test_a_sync_group_ignores_weights_unless_told_otherwise() -> None:
    for tracks in (False, True):
        group = SyncGroupConf("G", 1, ("VI_1",), tracks_weight=tracks)
        lbs = [replace(lb, conf=replace(lb.conf, sync_groups=(group,))) for lb in pair(-60)]
        foreseen = predict(Scenario.NGINX_STOP, lbs)
        assert foreseen.fails_over is tracks
        assert ("sync group G" in said(foreseen)) is not tracks


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"running": False}, "keepalived does not run on lb02"),
        ({"frozen": True}, "frozen"),
        ({"state": VrrpState.FAULT}, "lb02 is in FAULT"),
        ({"checks": MappingProxyType({"check": CheckStatus.BAD})}, "check fails on lb02"),
    ],
)
def test_with_one_lb_down_nobody_takes_over(change: dict[str, Any], words: str) -> None:
    lbs = (LB01, replace(LB02, **change))
    for scenario in (Scenario.STOP, Scenario.LINK_DOWN, Scenario.REBOOT, Scenario.NGINX_STOP):
        foreseen = predict(scenario, lbs)
        assert (foreseen.takes_over, foreseen.outage) == (None, None)
        assert words in said(foreseen)
    for scenario in (Scenario.CRASH, Scenario.FREEZE, Scenario.PARTITION, Scenario.SWITCHOVER):
        foreseen = predict(scenario, lbs)
        assert (foreseen.takes_over, foreseen.outage) == (None, NO_TIME)
        assert words in said(foreseen)


def test_a_taker_whose_nginx_is_dead_helps_nobody() -> None:
    foreseen = predict(Scenario.STOP, (LB01, replace(LB02, serves=False)))
    assert foreseen.takes_over == "lb02"
    assert foreseen.outage is None
    assert "its nginx does not answer" in said(foreseen)


def test_an_lb_that_owns_nothing_moves_nothing() -> None:
    for scenario in (Scenario.STOP, Scenario.CRASH, Scenario.NGINX_STOP, Scenario.LINK_DOWN):
        foreseen = predict(scenario, pair(), target="lb02")
        assert (foreseen.takes_over, foreseen.outage) == (None, NO_TIME)
        assert "does not own the VIP" in said(foreseen)
    with pytest.raises(ValueError, match="lb09 is none of the LBs"):
        predict(Scenario.STOP, pair(), target="lb09")


def test_web_nodes() -> None:
    one = predict(Scenario.BACKEND_DOWN, pair(), target="web01", backends=("web01", "web02"))
    assert bounds(one) == (0.0, 0.1)
    last = predict(Scenario.BACKEND_DOWN, pair(), target="web01", backends=("web01",))
    assert last.outage is None
    assert "no other web node" in said(last)


def test_of_three_the_best_takes_over() -> None:
    third = replace(
        LB02, name="lb03", instance=replace(INSTANCE, priority=120), address="10.0.0.12"
    )
    foreseen = predict(Scenario.STOP, (LB01, LB02, third))
    assert foreseen.takes_over == "lb03"
    assert foreseen.min_s == pytest.approx(136 / 256)


def test_elections() -> None:
    assert election(pair()) == "lb01"
    silent = [replace(lb, state=None) for lb in pair()]
    assert election(silent) == "lb01"
    moved = (replace(LB01, state=VrrpState.BACKUP), replace(LB02, state=VrrpState.MASTER))
    assert election(moved) == "lb01"
    held = [replace(lb, instance=replace(lb.instance, nopreempt=True)) for lb in moved]
    assert election(held) == "lb02"
    both = [replace(lb, state=VrrpState.MASTER) for lb in pair()]
    assert election(both) == "lb01"
    none = [replace(lb, running=False) for lb in pair()]
    assert election(none) is None
    assert current_owner(none) is None
    gone = predict(Scenario.STOP, none)
    assert (gone.owner, gone.outage) == (None, None)
    assert "keepalived does not run on lb01" in said(gone)


def test_what_is_known_of_an_lb_is_put_together() -> None:
    conf = replace(LB01.conf, instances=(replace(INSTANCE, unicast_source="10.0.0.10"),))
    daemon = Daemon(
        running=True,
        source=DaemonSource.DUMP,
        instances=(Instance("VI_1", VrrpState.MASTER, effective_priority=140, vips=(VIP,)),),
        checks=(Check("check", CheckStatus.GOOD),),
    )
    router = router_of("lb01", conf, VIP, daemon)
    assert router is not None
    assert (router.state, router.address, router.running) == (VrrpState.MASTER, "10.0.0.10", True)
    # 10 less than its file says: something else that it tracks has failed, and stays failed.
    assert router.priority() == 140
    weighed = replace(router, conf=replace(conf, scripts=(replace(CHECK, weight=-60),)))
    assert weighed.priority({"check"}) == 80
    assert router_of("lb01", conf, "10.9.9.9") is None
    by_vrid = router_of("lb01", conf, "10.9.9.9", vrid=50)
    assert by_vrid is not None
    dead = router_of("lb01", conf, VIP, Daemon(running=False, source=DaemonSource.PROCESS))
    assert dead is not None
    assert "does not run" in str(dead.unable())
