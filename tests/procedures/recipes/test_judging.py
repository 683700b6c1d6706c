"""Every refusal: what would not fail over is refused, and what would is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haconsole.domain.facts import Address, Interface
from haconsole.domain.vrrp import effective
from haconsole.procedures.form import Objection
from haconsole.procedures.recipes.judging import Surroundings, judge
from haconsole.procedures.recipes.pair import (
    CheckSettings,
    LbSettings,
    PairSettings,
    VipSettings,
    VrrpState,
)

LB01 = LbSettings("lb01", VrrpState.MASTER, 150, "eth0", "", "10.0.0.10", "2001:db8::10")
LB02 = LbSettings("lb02", VrrpState.BACKUP, 100, "eth0", "", "10.0.0.11", "2001:db8::11")
PAIR = PairSettings((LB01, LB02), (VipSettings("10.0.0.100"),), 50)
BACKUPS = (replace(LB01, state=VrrpState.BACKUP), LB02)
SIX = VipSettings("2001:db8::100", 64)
ETH0 = Interface("eth0", "02:00:00:00:00:01", True)
AROUND = Surroundings(
    interfaces={"lb01": (ETH0,), "lb02": (ETH0,)},
    addresses={
        "lb01": (Address("10.0.0.10", 24, "eth0"), Address("2001:db8::10", 64, "eth0")),
        "lb02": (Address("10.0.0.11", 24, "eth0"), Address("2001:db8::11", 64, "eth0")),
    },
    hosts={"10.0.0.10": "lb01", "10.0.0.11": "lb02", "10.0.0.51": "web01"},
    other_vrids={60: "other"},
)


def weighted(weight: int, **kwargs) -> CheckSettings:
    return CheckSettings(weight=weight, **kwargs)


def found(pair: PairSettings, around: Surroundings = AROUND) -> tuple[Objection, ...]:
    return judge(pair, around)


def test_the_tutorials_pair_done_right_has_no_objection() -> None:
    assert found(PAIR) == ()


REFUSED = [
    ("same priority", {"lbs": (LB01, replace(LB02, priority=150, state=VrrpState.MASTER))},
     "same priority 150 and both begin as MASTER"),
    ("nopreempt with MASTER", {"preempt": False}, "every LB has to begin as BACKUP"),
    ("nopreempt with weight", {"lbs": BACKUPS, "preempt": False, "check": weighted(-60)},
     "a weight moves nothing"),
    ("delay with MASTER", {"preempt_delay_s": 10.0}, "every LB begins as BACKUP"),
    ("weight 50, gap 50", {"check": weighted(50)}, "too small for the gap of 50"),
    ("weight -50, gap 50", {"check": weighted(-50)}, "too small for the gap of 50"),
    ("weight 20", {"check": weighted(20)}, "lb01, it has priority 150 and lb02 has 120"),
    ("weight -20", {"check": weighted(-20)}, "lb01, it has priority 130 and lb02 has 100"),
    ("both at the top",
     {"lbs": (replace(LB01, priority=250), replace(LB02, priority=200)), "check": weighted(100)},
     "both lb01 and lb02 reach priority 254"),
    ("v3 with a password", {"version": 3, "password": "s3cret"}, "VRRPv3 knows no passwords"),
    ("IPv6 with a password", {"vips": (SIX,), "password": "s3cret"}, "IPv6 addresses need VRRPv3"),
    ("no password to keep", {"password": ""}, "none yet that could be kept"),
    ("nine characters", {"password": "123456789"}, "Only the first 8 characters"),
    ("half a second in v2", {"advert_int_s": 0.5}, "whole seconds"),
    ("a minute in v3", {"advert_int_s": 60.0, "version": 3}, "40.95 seconds at most"),
    ("a minute with IPv6", {"advert_int_s": 60.0, "vips": (SIX,)}, "40.95 seconds at most"),
    ("time-out = interval", {"check": weighted(0, timeout_s=2)}, "SIGTERM"),
    ("VIP of a host", {"vips": (VipSettings("10.0.0.51"),)}, "is the address of web01 itself"),
    ("no such interface", {"lbs": (replace(LB01, interface="eth7"), LB02)},
     "lb01 has no interface eth7; it has eth0"),
    ("no source", {"unicast": True, "lbs": (LB01, replace(LB02, source=""))},
     "Unicast needs an IPv4 address of lb02"),
    ("no IPv6 source",
     {"unicast": True, "vips": (SIX,), "lbs": (LB01, replace(LB02, source6=""))},
     "Unicast needs an IPv6 address of lb02"),
    ("one source for both", {"unicast": True, "lbs": (LB01, replace(LB02, source="10.0.0.10"))},
     "have the same unicast source"),
    ("somebody else's source", {"unicast": True, "lbs": (replace(LB01, source="10.0.0.9"), LB02)},
     "lb01 does not have the address 10.0.0.9"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "sentence"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_refused(change: dict, sentence: str) -> None:
    refusals = [one for one in found(replace(PAIR, **change)) if one.refuses]
    assert any(sentence in str(one.note) for one in refusals), [str(o.note) for o in refusals]
    assert all(one.keys for one in refusals)


WARNED = [
    ("same priority", {"lbs": (LB01, replace(LB02, priority=150))}, "have the same priority 150"),
    ("two masters", {"lbs": (LB01, replace(LB02, state=VrrpState.MASTER))}, "all begin as MASTER"),
    ("the lower one is MASTER",
     {"lbs": (BACKUPS[0], replace(LB02, state=VrrpState.MASTER))}, "the VIP moves at once"),
    ("no check", {"check": None}, "nginx is dead"),
    ("VIP elsewhere", {"vips": (VipSettings("192.168.7.7"),)}, "lies in none of the networks"),
    ("VRID of another cluster", {"vrid": 60}, "is used by the cluster other too"),
    ("one router id", {"lbs": (LB01, replace(LB02, router_id="lb01"))}, "same router_id"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "sentence"), [r[1:] for r in WARNED], ids=[r[0] for r in WARNED]
)
def test_warned(change: dict, sentence: str) -> None:
    told = found(replace(PAIR, **change))
    assert any(sentence in str(one.note) for one in told), [str(o.note) for o in told]
    assert not any(one.refuses for one in told)


ALLOWED = [
    ("weight -51", {"check": weighted(-51)}),
    ("weight 51", {"check": weighted(51)}),
    ("nopreempt", {"lbs": BACKUPS, "preempt": False}),
    ("delay", {"lbs": BACKUPS, "preempt_delay_s": 30.0}),
    ("fast v3", {"version": 3, "advert_int_s": 0.2}),
    ("password", {"password": "12345678"}),
    ("unicast", {"unicast": True}),
    ("both families", {"vips": (VipSettings("10.0.0.100"), SIX), "unicast": True}),
]  # fmt: skip


@pytest.mark.parametrize("change", [row[1] for row in ALLOWED], ids=[row[0] for row in ALLOWED])
def test_allowed(change: dict) -> None:
    assert found(replace(PAIR, **change)) == ()


def test_what_is_not_known_of_an_lb_is_not_held_against_it() -> None:
    assert found(replace(PAIR, unicast=True), Surroundings()) == ()


def test_an_interface_that_is_down_or_bare_is_told() -> None:
    down = replace(AROUND, interfaces={"lb01": (replace(ETH0, up=False),)})
    assert ["is down now" in str(o.note) for o in found(PAIR, down)] == [True]
    bare = replace(AROUND, addresses={**AROUND.addresses, "lb02": ()})
    (one,) = found(PAIR, bare)
    assert one.refuses
    assert "eth0 of lb02 has no IPv4 address" in str(one.note)


def vrrp_winner(pair: PairSettings, failed: str) -> str:
    """Play the election: priorities as keepalived counts them, the highest wins (RFC 5798)."""
    weight = pair.check.weight if pair.check else 0
    counted = {}
    for lb in pair.lbs:
        passes = lb.host != failed
        if weight == 0 and not passes:
            continue  # FAULT takes no part
        total = lb.priority
        if weight > 0 and passes:
            total += weight
        if weight < 0 and not passes:
            total += weight
        counted[lb.host] = min(254, max(1, total))
    best = max(counted.values())
    winners = [host for host, priority in counted.items() if priority == best]
    return winners[0] if len(winners) == 1 else "chance"


@given(
    st.lists(st.integers(1, 254), min_size=2, max_size=4, unique=True),
    st.integers(-253, 253),
)
def test_a_weight_is_refused_exactly_when_the_vip_would_not_move(
    priorities: list[int], weight: int
) -> None:
    lbs = tuple(
        LbSettings(f"lb{n}", VrrpState.BACKUP, priority, "eth0")
        for n, priority in enumerate(priorities)
    )
    pair = PairSettings(lbs, PAIR.vips, 50, check=CheckSettings(weight=weight))
    top = max(lbs, key=lambda lb: lb.priority).host
    moves = vrrp_winner(pair, failed="none") == top != vrrp_winner(pair, failed=top)
    chance = "chance" in (vrrp_winner(pair, "none"), vrrp_winner(pair, top))
    refused = any("check_weight" in o.keys for o in judge(pair, Surroundings()) if o.refuses)
    if not chance or len(lbs) == 2:
        assert refused is not (moves and not chance)


def test_the_priority_in_force_is_keepaliveds() -> None:
    assert effective(150, 0, passes=False) == 150
    assert effective(150, 20, passes=True) == 170
    assert effective(150, 20, passes=False) == 150
    assert effective(150, -60, passes=True) == 150
    assert effective(150, -60, passes=False) == 90
    assert effective(250, 20, passes=True) == 254
    assert effective(10, -60, passes=False) == 1
