"""keepalived.conf from settings: every option, and reading it gives the settings back."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haconsole.parsers.keepalived_conf import parse_conf, read_conf
from haconsole.procedures.configure.live import password_in
from haconsole.procedures.recipes.header import MANAGED, is_managed
from haconsole.procedures.recipes.keepalived import keepalived_conf
from haconsole.procedures.recipes.pair import (
    CheckSettings,
    LbSettings,
    PairSettings,
    VipSettings,
    VrrpState,
)

LB01 = LbSettings("lb01", VrrpState.MASTER, 150, "eth0", "", "10.0.0.10", "2001:db8::10")
LB02 = LbSettings("lb02", VrrpState.BACKUP, 100, "eth1", "", "10.0.0.11", "2001:db8::11")
PAIR = PairSettings((LB01, LB02), (VipSettings("10.0.0.100"),), 50)


def rows(pair: PairSettings, host: str = "lb01", **kwargs) -> list[str]:
    return [line.strip() for line in keepalived_conf(pair, host, **kwargs).splitlines()]


def test_the_tutorials_pair_differs_in_three_things_alone() -> None:
    one, two = (rows(PAIR, host) for host in ("lb01", "lb02"))
    differing = [(a, b) for a, b in zip(one, two, strict=True) if a != b]
    assert differing == [
        ("router_id lb01", "router_id lb02"),
        ("state MASTER", "state BACKUP"),
        ("interface eth0", "interface eth1"),
        ("priority 150", "priority 100"),
    ]


def test_every_file_says_who_writes_it() -> None:
    text = keepalived_conf(PAIR, "lb01")
    assert text.startswith(f"{MANAGED}\n")
    assert is_managed(text)
    assert not is_managed("global_defs {\n}\n")


@pytest.mark.parametrize(
    ("change", "there", "gone"),
    [
        ({"version": 3, "advert_int_s": 0.2}, ["vrrp_version 3", "advert_int 0.2"], []),
        ({"password": "s3cret"}, ["auth_type PASS", "auth_pass s3cret"], []),
        ({}, [], ["authentication {", "nopreempt", "unicast_peer {", "vrrp_version 2"]),
        ({"preempt": False}, ["nopreempt"], []),
        ({"preempt_delay_s": 30}, ["preempt_delay 30"], ["nopreempt"]),
        ({"preempt": False, "preempt_delay_s": 30}, ["nopreempt"], ["preempt_delay 30"]),
        ({"unicast": True}, ["unicast_src_ip 10.0.0.10", "10.0.0.11"], []),
        ({"check": None}, [], ["track_script {", "vrrp_script check_nginx {"]),
        ({"garp_refresh_s": 0}, [], ["vrrp_garp_master_refresh 60"]),
        ({"script_user": "nobody"}, ["script_user nobody", "enable_script_security"], []),
        ({"vips": (VipSettings("10.0.0.100", 24),)}, ["10.0.0.100/24"], ["10.0.0.100"]),
    ],
)
def test_options(change: dict, there: list[str], gone: list[str]) -> None:
    found = rows(replace(PAIR, **change))
    assert [row for row in there if row not in found] == []
    assert [row for row in gone if row in found] == []


def test_versions_before_script_security_are_not_given_it() -> None:
    old = rows(PAIR, running=(1, 2, 24))
    assert "enable_script_security" not in old
    assert not any(row.startswith("script_user") for row in old)
    assert "enable_script_security" in rows(PAIR, running=(1, 3, 5))


def test_families_have_instances_of_their_own() -> None:
    both = replace(PAIR, vips=(VipSettings("10.0.0.100"), VipSettings("2001:db8::100", 64)))
    conf = read_conf(keepalived_conf(replace(both, unicast=True), "lb02"))
    four, six = conf.instances
    assert [vip.address for vip in four.vips] == ["10.0.0.100"]
    assert [vip.address for vip in six.vips] == ["2001:db8::100"]
    assert (four.version, six.version) == (None, 3)
    assert (four.unicast_source, four.unicast_peers) == ("10.0.0.11", ("10.0.0.10",))
    assert (six.unicast_source, six.unicast_peers) == ("2001:db8::11", ("2001:db8::10",))
    assert all(one.track_scripts[0].name == "check_nginx" for one in conf.instances)


names = st.from_regex(r"[a-z][a-z0-9.-]{0,14}", fullmatch=True)
passwords = st.none() | st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'#!{}$@\\~<>"),
    min_size=1,
    max_size=8,
)
vips = st.lists(
    st.one_of(
        st.builds(
            VipSettings,
            st.ip_addresses(v=4).map(str),
            st.none() | st.integers(0, 32),
        ),
        st.builds(VipSettings, st.ip_addresses(v=6).map(str), st.none() | st.integers(0, 128)),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda vip: vip.address,
)


@st.composite
def pairs(draw: st.DrawFn) -> PairSettings:
    hosts = draw(st.lists(names, min_size=2, max_size=4, unique=True))
    address = st.integers(1, 2**32 - 2).map(lambda n: str(IPv4Address(n)))
    address6 = st.integers(1, 2**128 - 2).map(lambda n: str(IPv6Address(n)))
    lbs = tuple(
        LbSettings(
            host,
            draw(st.sampled_from(VrrpState)),
            draw(st.integers(1, 254)),
            draw(st.from_regex(r"[a-z][a-z0-9.-]{0,10}", fullmatch=True)),
            draw(names),
            draw(address),
            draw(address6),
        )
        for host in hosts
    )
    interval = draw(st.integers(2, 60))
    check = st.builds(
        CheckSettings,
        interval_s=st.just(interval),
        timeout_s=st.integers(1, interval - 1),
        weight=st.integers(-253, 253),
        fall=st.integers(1, 9),
        rise=st.integers(1, 9),
    )
    return PairSettings(
        lbs=lbs,
        vips=tuple(draw(vips)),
        vrid=draw(st.integers(1, 255)),
        advert_int_s=draw(st.sampled_from([1, 2, 0.2, 0.25, 40.95, 255])),
        version=draw(st.sampled_from([2, 3])),
        unicast=draw(st.booleans()),
        password=draw(passwords),
        preempt=draw(st.booleans()),
        preempt_delay_s=draw(st.sampled_from([0, 0.5, 30, 1000])),
        check=draw(st.none() | check),
        script_user=draw(names),
    )


@given(pairs())
def test_what_is_written_reads_as_what_was_meant(pair: PairSettings) -> None:
    for lb in pair.lbs:
        text = keepalived_conf(pair, lb.host)
        assert parse_conf(text).problems == ()
        conf = read_conf(text)
        assert conf.problems == ()
        assert (conf.router_id, conf.script_user) == (lb.name, pair.script_user)
        assert (conf.vrrp_version or 2) == pair.version
        assert password_in(text, conf.instances) == pair.password
        found = {(vip.address, vip.prefix) for one in conf.instances for vip in one.vips}
        assert found == {(vip.address, vip.prefix) for vip in pair.vips}
        for one in conf.instances:
            family = 6 if ":" in one.vips[0].address else 4
            assert {(":" in vip.address) for vip in one.vips} == {family == 6}
            assert (one.state, one.interface) == (lb.state, lb.interface)
            assert (one.vrid, one.priority) == (pair.vrid, lb.priority)
            assert one.advert_int_s == pytest.approx(pair.advert_int_s)
            assert one.nopreempt is not pair.preempt
            assert (one.auth_type == "PASS") is (pair.password is not None)
            assert [t.name for t in one.track_scripts] == (["check_nginx"] if pair.check else [])
            others = [o.source if family == 4 else o.source6 for o in pair.lbs if o.host != lb.host]
            assert one.unicast_peers == (tuple(others) if pair.unicast else ())
        if pair.check is None:
            assert conf.scripts == ()
            continue
        (script,) = conf.scripts
        wanted = pair.check
        assert (script.interval_s, script.timeout_s) == (wanted.interval_s, wanted.timeout_s)
        assert (script.weight, script.fall, script.rise) == (
            wanted.weight,
            wanted.fall,
            wanted.rise,
        )
