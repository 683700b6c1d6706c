"""What a finding names as its fix runs as it is printed: every question has its answer."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from haconsole.domain.model import Role
from haconsole.domain.rules.causes.nginx_down import WRITTEN
from haconsole.domain.rules.diagnosis import diagnose
from haconsole.domain.rules.finding import Finding, Fix
from haconsole.domain.rules.pieces import Drift, NginxTest
from haconsole.procedures.catalogue import ENTRIES, Ground, entry
from haconsole.procedures.facts import Manager, Package
from haconsole.procedures.paths import HEALTH_CONF, KEEPALIVED_CONF, LOG_CONF, SERVER_CONF
from haconsole.telling import say
from tests.domain.rules.cases import GONE, NOT_RUNNING, VIP, healthy, on
from tests.domain.rules.faults import BLOCKED, FAULTS
from tests.procedures.configure.grounds import ground, with_file

#: Questions that say what a plan is about: their defaults are a guess.
_ABOUT = frozenset({"host", "hosts", "vip", "model", "file"})


def finding_of(cause: str) -> Finding:
    (found,) = diagnose(FAULTS[cause](healthy())).findings
    return found


def prepared() -> Ground:
    """A ready pair whose package managers offer something, with an earlier version of a file."""
    found = ground()
    text = found.facts.host("lb01").file(KEEPALIVED_CONF).text
    offers = {name: Package(name, candidates=("1.22.1",)) for name in ("nginx", "keepalived")}
    hosts = {
        name: replace(facts, packages=offers, manager=Manager.APT)
        for name, facts in found.facts.hosts.items()
    }
    found = replace(found, facts=replace(found.facts, hosts=hosts))
    return with_file(found, "lb01", KEEPALIVED_CONF, text, kept={"0": "! before\n"})


def answers_of(fix: Fix) -> dict[str, str]:
    """Return the answers in the printed command, read as a shell and the command line do."""
    words = shlex.split(fix.shell())
    assert words[:3] == ["haconsole", "apply", "INVENTORY"]
    assert words[3] in ENTRIES
    given = [words[at + 1] for at, word in enumerate(words) if word == "--set"]
    return dict(word.split("=", 1) for word in given)


@pytest.mark.parametrize("cause", FAULTS)
def test_the_printed_command_runs_as_it_is(cause: str) -> None:
    fix = finding_of(cause).fix
    if fix.procedure is None:
        assert fix.shell() == ""
        assert say(fix.note).endswith(".")
        return
    on_what = prepared()
    procedure = entry(fix.procedure).load()
    form = procedure.form(on_what)
    given = answers_of(fix)
    plan = procedure.plan(on_what, form.fill(given))
    assert plan.steps
    open_ones = {one.key for one in form.fields} & _ABOUT - set(given)
    assert not open_ones, "a guess would be taken for an answer"


def test_a_command_names_its_cluster_where_there_are_several() -> None:
    line = finding_of("ghost-vip").fix.shell("shop of ours")
    assert "--cluster 'shop of ours'" in line
    assert line.endswith(" --plan")


def test_a_file_that_a_wizard_writes_is_written_anew_and_any_other_comes_back() -> None:
    assert WRITTEN[Role.LB][1] == {SERVER_CONF, HEALTH_CONF, LOG_CONF}
    assert WRITTEN[Role.WEB][1] == {SERVER_CONF}
    foreign = "/etc/nginx/nginx.conf"
    for host, path, drift, procedure in (
        ("lb01", SERVER_CONF, (), "configure-balancer"),
        ("web01", SERVER_CONF, (), "configure-web"),
        ("lb01", foreign, (Drift(foreign),), "restore"),
        ("lb01", foreign, (), None),
    ):
        complaint = f"[emerg] 1#1: unexpected end of file in {path}:20"
        change = on(host, nginx_test=NginxTest(False, complaint), drift=drift)
        found = next(one for one in diagnose(change(healthy())).findings if "nginx" in one.cause)
        assert found.fix.procedure == procedure
        wanted = {"host": host, "file": path} if procedure == "restore" else {}
        assert dict(found.fix.settings) == wanted


def test_who_is_started_again_and_who_gets_an_owner() -> None:
    for cause in ("keepalived-stopped", "keepalived-crashed"):
        fix = finding_of(cause).fix
        assert (fix.procedure, dict(fix.settings)) == ("bring-back", {"host": "lb01"})
        nobody = on("lb02", daemon=GONE, units=NOT_RUNNING, addresses=())
        fixes = [one.fix for one in diagnose(nobody(FAULTS[cause](healthy()))).findings]
        assert {fix.procedure for fix in fixes} == {"recover-no-owner"}


def test_a_split_brain_comes_back_to_one_owner_before_the_firewall_is_mended() -> None:
    split = finding_of("firewall-blocks-vrrp").fix
    assert (split.procedure, dict(split.settings)) == ("recover-split-brain", {"vip": VIP})
    waiting = on("lb02", firewall=BLOCKED)(healthy())
    (found,) = diagnose(waiting).findings
    assert found.fix.procedure == "allow-vrrp"
