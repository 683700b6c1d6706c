"""The LBs of a pair side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from haconsole.procedures.recipes.differences import Row, Rule, differences
from haconsole.procedures.recipes.keepalived import keepalived_conf
from haconsole.procedures.recipes.pair import LbSettings, PairSettings, VipSettings, VrrpState

LB01 = LbSettings("lb01", VrrpState.MASTER, 150, "eth0", "", "10.0.0.10")
LB02 = LbSettings("lb02", VrrpState.BACKUP, 100, "eth0", "", "10.0.0.11")
PAIR = PairSettings((LB01, LB02), (VipSettings("10.0.0.100"),), 50, password="s3cret", unicast=True)


def compare(one: PairSettings, two: PairSettings) -> dict[str, Row]:
    texts = {"lb01": keepalived_conf(one, "lb01"), "lb02": keepalived_conf(two, "lb02")}
    return {row.setting: row for row in differences(texts)}


def test_a_good_pair_differs_where_it_must_and_nowhere_else() -> None:
    rows = compare(PAIR, PAIR)
    assert {name for name, row in rows.items() if row.differs} == {
        *("router_id", "state", "priority", "unicast_src_ip"),
    }
    assert all(row.holds for row in rows.values())
    assert rows["priority"].values == {"lb01": "150", "lb02": "100"}
    assert rows["priority"].rule is Rule.MUST_DIFFER


def test_what_must_match_and_does_not_is_told() -> None:
    changes: dict[str, dict[str, Any]] = {
        "virtual_router_id": {"vrid": 51},
        "advert_int": {"advert_int_s": 3.0},
        "vrrp_version": {"version": 3},
        "authentication": {"password": "0ther-pw"},
        "virtual_ipaddress": {"vips": (VipSettings("10.0.0.101"),)},
        "preempt": {"preempt": False},
        "weight": {"check": replace(PAIR.check, weight=-60) if PAIR.check else None},
        "unicast_src_ip": {"lbs": (LB01, replace(LB02, source="10.0.0.10"))},
        "unicast_peer": {"lbs": (replace(LB01, source="10.0.0.9"), LB02)},
        "priority": {"lbs": (LB01, replace(LB02, priority=150))},
    }
    for setting, change in changes.items():
        rows = compare(PAIR, replace(PAIR, **change))
        assert not rows[setting].holds, setting


def test_passwords_are_told_apart_and_never_shown() -> None:
    rows = compare(PAIR, replace(PAIR, password="0ther-pw"))
    assert rows["authentication"].values == {
        "lb01": "PASS (password A)",
        "lb02": "PASS (password B)",
    }
    assert "s3cret" not in repr(rows)
    assert "0ther-pw" not in repr(rows)


def test_one_without_the_instance_says_nothing_there() -> None:
    rows = differences({"lb01": keepalived_conf(PAIR, "lb01"), "lb02": "not a { conf"})
    (vrid,) = [row for row in rows if row.setting == "virtual_router_id"]
    assert vrid.values == {"lb01": "50", "lb02": ""}
    assert not vrid.holds
