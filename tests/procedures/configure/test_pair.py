"""configure-pair: defaults from what is there, the order of the LBs, what is said before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from haconsole.domain.facts import Address, Interface
from haconsole.domain.model import Access, Cluster, Host, Role, Vip
from haconsole.lab import ready
from haconsole.lab.topology import LB01, LB02
from haconsole.procedures.configure.live import known_lbs
from haconsole.procedures.errors import AnswerError, ProcedureError
from haconsole.procedures.facts import ClusterFacts
from haconsole.procedures.paths import KEEPALIVED_CONF
from haconsole.procedures.recipes.keepalived import keepalived_conf

from .grounds import (
    CLUSTER,
    VIP,
    defaults,
    fresh_facts,
    ground,
    plan,
    ready_facts,
    with_facts,
    with_file,
)

PAIR = ready.pair_settings()
OTHER = Cluster(
    "other",
    tuple(Host(f"x{n}", Role.LB, Access(f"10.9.0.{n}")) for n in (1, 2)),
    (),
    (Vip("10.9.0.100", None, None, 50),),
)


def conf_of(host: str, **kwargs) -> str:
    return keepalived_conf(replace(PAIR, **kwargs), host)


def pair_with(**kwargs):
    base = ground()
    for host in ("lb01", "lb02"):
        base = with_file(base, host, KEEPALIVED_CONF, conf_of(host, **kwargs), managed=True)
    return base


def ids(made) -> list[str]:
    return [step.id.replace(KEEPALIVED_CONF, "conf") for step in made.steps if step.mutating]


def test_a_ready_pair_is_planned_as_it_is() -> None:
    made = plan("configure-pair", ground())
    texts = {step.host: step.file for step in made.steps if step.file}
    assert not any(file.changes for file in texts.values())
    assert not made.moves_vip
    assert made.warnings == ()


def test_fresh_hosts_are_offered_the_tutorials_pair() -> None:
    offered = defaults("configure-pair", ground(fresh_facts))
    assert offered["vips"] == f"{VIP}/32"
    assert (offered["vrid"], offered["advert_int"]) == ("50", "1")
    assert (offered["state.lb01"], offered["state.lb02"]) == ("MASTER", "BACKUP")
    assert (offered["priority.lb01"], offered["priority.lb02"]) == ("150", "100")
    assert (offered["auth"], offered["preempt"], offered["check_weight"]) == ("none", "yes", "0")
    assert offered["source.lb02"] == LB02.address


def test_what_is_there_is_offered() -> None:
    lbs = tuple(
        replace(lb, source=node.address) for lb, node in zip(PAIR.lbs, (LB01, LB02), strict=True)
    )
    offered = defaults(
        "configure-pair",
        pair_with(vrid=77, advert_int_s=3.0, unicast=True, lbs=lbs, password="s3cret"),
    )
    assert (offered["vrid"], offered["advert_int"]) == ("77", "3")
    assert (offered["adverts"], offered["auth"], offered["auth_pass"]) == ("unicast", "pass", "")
    assert offered["source.lb01"] == LB01.address


def test_a_packages_sample_says_nothing_about_the_pair() -> None:
    sample = conf_of("lb01", vrid=51).replace(VIP, "192.168.200.16").replace("150", "99")
    base = with_file(ground(fresh_facts), "lb01", KEEPALIVED_CONF, sample)
    assert defaults("configure-pair", base) == defaults("configure-pair", ground(fresh_facts))


def test_the_vrid_is_one_that_no_other_cluster_has() -> None:
    cluster = replace(CLUSTER, vips=(Vip(VIP),))
    base = ground(fresh_facts, cluster=cluster, others=(OTHER,))
    assert defaults("configure-pair", base)["vrid"] == "51"


def test_the_interface_is_that_of_the_vips_network() -> None:
    cluster = replace(CLUSTER, vips=(Vip(VIP),))
    base = ground(fresh_facts, cluster=cluster)
    base = with_facts(
        base,
        "lb02",
        interfaces=(Interface("ens3", None, True), Interface("ens4", None, True)),
        addresses=(Address("192.168.1.2", 24, "ens3"), Address(LB02.address, 24, "ens4")),
    )
    offered = defaults("configure-pair", base)
    assert (offered["interface.lb01"], offered["interface.lb02"]) == ("eth0", "ens4")


def test_the_backup_comes_first_and_never_both_at_once() -> None:
    made = plan("configure-pair", ground(), vrrp_version="2", check_fall="3")
    phase = made.phases[0]
    assert not phase.parallel
    assert [lane[0].host for lane in phase.lanes] == ["lb02", "lb01"]
    assert not made.moves_vip


def test_the_one_that_owns_the_vip_is_last_whatever_its_priority() -> None:
    base = ground(lambda node: ready_facts(node, owner="lb02"))
    made = plan("configure-pair", base, check_fall="3")
    assert [lane[0].host for lane in made.phases[0].lanes] == ["lb01", "lb02"]
    assert made.moves_vip  # lb01 has the higher priority and takes it back


def test_without_preemption_the_one_that_shall_have_it_is_first() -> None:
    made = plan("configure-pair", ground(fresh_facts), preempt="no", state="BACKUP")
    assert [lane[0].host for lane in made.phases[0].lanes] == ["lb01", "lb02"]


@pytest.mark.parametrize(
    "change",
    [
        {"vrid": "51"},
        {"advert_int": "2"},
        {"auth": "pass", "auth_pass": "s3cret"},
        {"adverts": "unicast"},
        {"vrrp_version": "3"},
        {"vips": "10.0.0.100, 10.0.0.101"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_that_parts_the_pair_stops_the_backup_first(change: dict[str, str]) -> None:
    made = plan("configure-pair", ground(), **change)
    assert ids(made) == [
        *("hold keepalived@lb02", "place conf@lb01", "start keepalived.service@lb01"),
        *("place conf@lb02", "release keepalived@lb02"),
    ]
    assert made.step("release keepalived@lb02").check is None
    closed = {step.closed_by for step in made.steps if step.closed_by}
    assert closed == {"release keepalived@lb02"}
    assert made.moves_vip
    assert any("do not hear one another" in str(one) for one in made.warnings)


def test_a_change_that_was_cut_off_goes_on_with_the_owner() -> None:
    base = ground()
    stopped = tuple(replace(unit, active="inactive") for unit in base.facts.hosts["lb02"].units)
    made = plan("configure-pair", with_facts(base, "lb02", units=stopped), vrid="51")
    assert [lane[0].host for lane in made.phases[0].lanes] == ["lb01", "lb02"]


def test_what_changes_nothing_on_the_wire_stops_nobody() -> None:
    made = plan("configure-pair", ground(), check_interval="5", preempt_delay="0")
    assert not any("hold" in one for one in ids(made))


def test_no_secret_is_in_a_script_an_answer_or_a_diff() -> None:
    made = plan("configure-pair", ground(), auth="pass", auth_pass="s3cret")
    seen = repr(made.answers) + "".join("\n".join(s.file.diff()) for s in made.steps if s.file)
    for step in made.steps:
        for command in (step.do, step.check, step.verify, step.undo):
            seen += command.script if command else ""
    assert "s3cret" not in seen
    assert all(step.file.mode == 0o600 for step in made.steps if step.file)
    assert "s3cret" in next(step.file.after or "" for step in made.steps if step.file)


def test_a_password_that_is_there_stays() -> None:
    made = plan("configure-pair", pair_with(password="s3cret"), vrid="50")
    assert not any(step.file.changes for step in made.steps if step.file)


def test_passwords_that_differ_are_not_chosen_from() -> None:
    base = with_file(
        pair_with(password="s3cret"), "lb02", KEEPALIVED_CONF, conf_of("lb02", password="0ther")
    )
    with pytest.raises(AnswerError, match="do not have the same password"):
        plan("configure-pair", base)


def test_what_never_counted_of_a_password_goes_and_parts_nobody() -> None:
    made = plan("configure-pair", pair_with(password="123456789"))
    text = made.steps[0].file.after if made.steps[0].file else ""
    assert "auth_pass 12345678\n" in (text or "")
    assert not any("hold" in one for one in ids(made))


def test_a_password_that_needs_quotes_is_not_written_again() -> None:
    base = ground()
    for host in ("lb01", "lb02"):
        text = conf_of(host, password="x").replace("auth_pass x", 'auth_pass "a b#c"')
        base = with_file(base, host, KEEPALIVED_CONF, text)
    with pytest.raises(AnswerError, match="cannot be written again") as caught:
        plan("configure-pair", base)
    assert "a b" not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        'router_id "x\\"; rm -rf /"',
        "router_id $(reboot)",
        "script_user root;reboot",
        "router_id " + "x" * 500,
    ],
)
def test_what_a_file_says_is_no_safer_than_what_is_typed(line: str) -> None:
    key = line.split(maxsplit=1)[0]
    text = "\n".join(
        f"    {line}" if row.strip().startswith(key) else row
        for row in conf_of("lb01").splitlines()
    )
    with pytest.raises(AnswerError, match=key):
        plan("configure-pair", with_file(ground(), "lb01", KEEPALIVED_CONF, text))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"vrid": "0"}, "from 1 to 255"),
        ({"vrid": "256"}, "from 1 to 255"),
        ({"vrid": "５１"}, "a whole number is wanted"),
        ({"advert_int": "２"}, "seconds are wanted"),
        ({"priority__lb01": "255"}, "from 1 to 254"),
        ({"vips": "10.0.0.1000"}, "is no address"),
        ({"vips": "10.0.0.100, 10.0.0.100/24"}, "there twice"),
        ({"vips": " "}, "at least one address"),
        ({"auth": "pass"}, "none yet that could be kept"),
        ({"auth": "pass", "auth_pass": "123456789"}, "only 8 characters count"),
        ({"auth": "pass", "auth_pass": "a b"}, "no spaces"),
        ({"interface__lb02": "eth7"}, "lb02 has no interface eth7"),
        ({"router_id__lb01": 'x" {'}, "letters, digits"),
        ({"preempt": "no"}, "begin as BACKUP"),
        ({"check_weight": "40"}, "too small for the gap"),
        ({"check_timeout": "2"}, "below its interval"),
        ({"vips": "10.0.0.10"}, "is the address of lb01"),
        ({"priority": "100", "state": "MASTER"}, "both begin as MASTER"),
        ({"adverts": "unicast", "source__lb02": ""}, "IPv4 address of lb02"),
        ({"adverts": "unicast", "source__lb02": "fe80::1"}, "an IPv4 address is wanted"),
        ({"script_user": "Robert'); --"}, "name of a user"),
    ],
)
def test_refused(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(AnswerError, match=sentence):
        plan("configure-pair", ground(), **given)


def test_what_would_be_lost_is_said_before() -> None:
    text = conf_of("lb01").replace("    state MASTER", "    notify_master /bin/x\n    state MASTER")
    text += "\nvirtual_server 10.0.0.100 443 {\n    delay_loop 6\n}\n"
    made = plan("configure-pair", with_file(ground(), "lb01", KEEPALIVED_CONF, text))
    (told,) = made.warnings
    assert "virtual_server 10.0.0.100" in str(told)
    assert "vrrp_instance VI_1 / notify_master" in str(told)


def test_another_vip_that_is_given_up_is_named() -> None:
    """A file that serves two pairs: the plan is about one, and the other's VIP would go."""
    other = (
        "vrrp_instance B {\n    virtual_router_id 60\n    priority 7\n    interface eth0\n"
        "    authentication {\n        auth_type PASS\n        auth_pass elsewhere\n    }\n"
        "    virtual_ipaddress {\n        10.0.0.101/32\n    }\n}\n"
    )
    base = ground()
    for host in ("lb01", "lb02"):
        text = conf_of(host, password="s3cret")
        text = text.replace("vrrp_instance VI_1", f"{other}\nvrrp_instance VI_1")
        base = with_file(base, host, KEEPALIVED_CONF, text)
    offered = defaults("configure-pair", base)
    assert (offered["vrid"], offered["priority.lb01"]) == ("50", "150")  # the pair's own
    known = known_lbs(base)
    assert [lb.password for lb in known.values()] == ["s3cret", "s3cret"]
    made = plan("configure-pair", base)
    told = [str(one) for one in made.warnings if "gives up" in str(one)]
    assert len(told) == 2
    assert told[0].startswith("lb01 gives up the VIP 10.0.0.101 of vrrp_instance B")
    assert made.moves_vip


def test_a_host_that_could_not_be_read_is_named() -> None:
    base = ground()
    hosts = {name: facts for name, facts in base.facts.hosts.items() if name != "lb02"}
    base = replace(base, facts=ClusterFacts(hosts, {"lb02": "the link is down"}))
    with pytest.raises(ProcedureError, match=r"lb02 could not be read.*the link is down"):
        plan("configure-pair", base)


def test_the_looks_ask_every_side() -> None:
    made = plan("configure-pair", ground())
    looks = [step.id for step in made.phases[-1].steps]
    assert looks == [
        *("owns the VIP@lb01", "holds no VIP@lb02", f"ask {VIP}@web01"),
        "every backend answers@lb01",
    ]
    last = made.step("every backend answers@lb01").verify
    assert last is not None
    assert "10.0.0.51:80 10.0.0.52:80" in last.script


def test_every_question_explains_itself() -> None:
    from haconsole.procedures.catalogue import entry

    for name in ("configure-pair", "configure-balancer", "configure-web", "install-check",
                 "allow-vrrp"):  # fmt: skip
        form = entry(name).load().form(ground())
        assert len({one.key for one in form.fields}) == len(form.fields)
        for one in form.fields:
            assert str(one.help).endswith("."), one.key
            assert str(one.label), one.key
        filled = form.fill({})
        assert filled == form.defaults()
    sigterm = next(
        one for one in entry("install-check").load().form(ground()).fields
        if one.key == "check_interval"
    )  # fmt: skip
    assert "SIGTERM" in str(sigterm.help)
