"""Drills as plans: their phases, who is undone first, and where a fault cannot be made."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from haconsole.domain.facts import Address, Unit
from haconsole.domain.model import Vip
from haconsole.domain.vrrp_prediction import Scenario
from haconsole.procedures import paths
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.drill.ask import Ask
from haconsole.procedures.drill.plan import (
    HOLD_BASELINE,
    HOLD_OBSERVE,
    HOLD_SETTLE,
    Stamps,
    arm_steps,
    break_steps,
    due_at,
    plan_drill,
    stamps,
    undo_steps,
)
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.plan import Plan
from haconsole.procedures.progress import StepProgress
from haconsole.procedures.survey.answers import sum_of
from haconsole.transport.commands import Effect
from tests.procedures.configure import grounds
from tests.procedures.drill.console import expected, planned

#: The host that each scenario is made on here, and those that it touches.
TOUCHED = {scenario: ["lb01"] for scenario in Scenario} | {
    Scenario.BACKEND_DOWN: ["web01"],
    Scenario.PARTITION: ["lb01", "lb02"],
    Scenario.SWITCHOVER: ["lb02"],
}
LIMIT_S = 20.0


def ready() -> Ground:
    base = grounds.ground()
    for host in ("lb01", "lb02"):
        text = base.facts.hosts[host].file(paths.KEEPALIVED_CONF).text
        assert text is not None
        base = grounds.with_file(base, host, paths.KEEPALIVED_CONF, text, sum=sum_of(text))
    return base


def conf(base: Ground, host: str, old: str, new: str) -> Ground:
    """The ground with one word of a keepalived.conf changed."""
    text = base.facts.hosts[host].file(paths.KEEPALIVED_CONF).text or ""
    assert old in text
    text = text.replace(old, new)
    return grounds.with_file(base, host, paths.KEEPALIVED_CONF, text, sum=sum_of(text))


def plan(scenario: Scenario | str, base: Ground | None = None, **given) -> Plan:
    target = "web01" if Scenario(scenario) is Scenario.BACKEND_DOWN else None
    return planned(base or ready(), str(scenario), given.pop("target", target), "d1", **given)


def refusal(scenario: str, base: Ground, **given) -> str:
    with pytest.raises(ProcedureError) as refused:
        plan(scenario, base, **given)
    return str(refused.value)


@pytest.mark.parametrize("scenario", Scenario)
def test_every_fault_is_armed_before_and_undone_after(scenario: Scenario) -> None:
    made = plan(scenario)
    hosts = sorted(TOUCHED[scenario])
    order = [step.id for step in made.steps]
    for step in (*arm_steps(made), *break_steps(made), *undo_steps(made)):
        assert step.do is not None and step.do.root and step.do.effect is Effect.CHANGES
    assert sorted(step.host for step in arm_steps(made)) == hosts
    assert sorted(step.host for step in break_steps(made)) == hosts
    assert sorted(step.host for step in undo_steps(made)) == hosts
    for host in hosts:
        mine = [name for name in order if name.endswith(f"@{host}")]
        words = [name.split()[0] for name in mine]
        kept = [w for w in words if w in ("arm", "break", "undo", "disarm", "clean", "healthy")]
        assert kept == ["arm", "break", "undo", "disarm", "clean", "healthy"]
    phases = {str(phase.title): phase for phase in made.phases}
    assert phases["Break"].holds == HOLD_BASELINE and not phases["Break"].always
    assert phases["Undo"].holds == HOLD_OBSERVE and phases["Undo"].always
    assert not phases["Undo"].parallel
    assert phases["Nothing left"].holds == HOLD_SETTLE and phases["Nothing left"].always
    assert not any(step.mutating for step in phases["Ready"].steps)
    assert not any(step.mutating for step in phases["Healthy again"].steps)
    assert made.hosts and set(made.hosts) >= {"lb01", "lb02"}


@pytest.mark.parametrize("scenario", Scenario)
def test_every_script_is_plain_sh(scenario: Scenario) -> None:
    """The shell that reads it on most nodes takes it apart; the undo inside is a script too."""
    for step in plan(scenario).steps:
        for command in (step.do, step.check, step.verify):
            if command is None:
                continue
            done = subprocess.run(
                ["sh", "-n"], input=command.script, text=True, capture_output=True, check=False
            )
            assert done.returncode == 0, f"{step.id}: {done.stderr}\n{command.script}"
            _, found, rest = command.script.partition("<<'END_OF_THE_UNDO'")
            if found:
                inner = rest.partition("\n")[2].partition("END_OF_THE_UNDO\n")[0]
                done = subprocess.run(
                    ["sh", "-n"], input=inner, text=True, capture_output=True, check=False
                )
                assert done.returncode == 0, f"{step.id}: {done.stderr}\n{inner}"


def test_who_shall_hear_first_is_undone_first() -> None:
    made = plan("partition")
    first, second = undo_steps(made)
    assert (first.host, second.host) == ("lb01", "lb02")  # lb01 is the better one
    assert first.do is not None and "sleep 2\n" not in first.do.script
    assert second.do is not None and "sleep 2\n" in second.do.script
    arms = {step.host: step.do.script for step in arm_steps(made) if step.do}
    assert "--on-active=20s" in arms["lb01"]
    assert "--on-active=22s" in arms["lb02"]
    slow = conf(conf(ready(), "lb01", "advert_int 1", "advert_int 3"), "lb02", "advert_int 1",
                "advert_int 3")  # fmt: skip
    late = undo_steps(plan("partition", slow))[1]
    assert late.do is not None and "sleep 4\n" in late.do.script


def test_a_switchover_raises_the_taker_above_the_owner() -> None:
    made = plan("switchover")
    (arm,) = arm_steps(made)
    assert arm.host == "lb02"
    assert arm.do is not None and arm.do.stdin is not None
    before = ready().facts.hosts["lb02"].file(paths.KEEPALIVED_CONF).text or ""
    assert arm.do.stdin.decode() == before.replace("priority 100", "priority 151")
    assert "priority" not in arm.do.script  # it may hold a password: it goes by standard input


def test_where_there_is_no_room_above_the_owner_is_lowered() -> None:
    (arm,) = arm_steps(plan("switchover", conf(ready(), "lb01", "priority 150", "priority 254")))
    assert arm.host == "lb01"
    assert arm.do is not None and b"priority 99" in (arm.do.stdin or b"")


def test_priorities_without_room_at_either_end_are_refused() -> None:
    base = conf(ready(), "lb01", "priority 150", "priority 254")
    base = conf(base, "lb02", "priority 100", "priority 1")
    assert refusal("switchover", base).startswith("The priorities leave no room")


def test_a_file_that_was_cleaned_is_not_edited() -> None:
    base = ready()
    text = base.facts.hosts["lb02"].file(paths.KEEPALIVED_CONF).text
    base = grounds.with_file(base, "lb02", paths.KEEPALIVED_CONF, text, sum="0" * 64)
    assert "control characters" in refusal("switchover", base)


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ('"/usr/bin/killall -0 nginx"', None),
        ('"killall -0 nginx"', "runs “killall -0 nginx”, which is no script of its own"),
        ("\"/bin/sh -c 'exit 0'\"", "which is no script of its own"),
        ('"/bin/sh /etc/keepalived/other.sh"', None),
    ],
)
def test_only_a_script_of_its_own_can_fail(command: str, sentence: str | None) -> None:
    base = conf(ready(), "lb01", f'"{paths.CHECK_SCRIPT}"', command)
    if sentence is not None:
        assert sentence in refusal("check-fail", base)
        return
    (arm,) = arm_steps(plan("check-fail", base))
    path = command.strip('"').replace("/bin/sh ", "").split()[0]
    assert arm.do is not None and f"for f in {path}; do" in arm.do.script


def test_no_check_none_can_fail() -> None:
    base = conf(ready(), "lb01", "track_script", "track_nothing")
    assert refusal("check-fail", base) == (
        "keepalived on lb01 tracks no check for 10.0.0.100, so none can fail."
    )


def test_what_would_not_run_after_a_reboot_is_not_rebooted() -> None:
    units = (
        Unit("nginx.service", True, "active", enabled="disabled"),
        Unit("keepalived.service", True, "active", enabled="enabled"),
    )
    base = grounds.with_facts(ready(), "lb01", units=units)
    assert refusal("reboot", base) == (
        "nginx on lb01 is not enabled (disabled): it would not run after a reboot."
    )


@pytest.mark.parametrize(
    ("unit", "sentence"),
    [
        (None, "keepalived on lb01 is no service of systemd, so it cannot be put back."),
        (Unit("keepalived.service", False, "inactive"), "is no service of systemd"),
        (Unit("keepalived.service", True, "failed"), "keepalived on lb01 does not run (failed)."),
    ],
)
def test_a_daemon_that_cannot_be_put_back_is_let_be(unit: Unit | None, sentence: str) -> None:
    base = grounds.with_facts(ready(), "lb01", units=(unit,) if unit else ())
    for scenario in ("stop", "crash", "freeze", "link-down", "partition", "failback"):
        assert sentence in refusal(scenario, base, target=None)


def test_another_clusters_vip_on_the_interface_is_not_taken_along() -> None:
    other = replace(grounds.CLUSTER, name="mail", vips=(Vip("10.0.0.200", 32, "eth0", 60),))
    base = ready()
    facts = base.facts.hosts["lb01"]
    both = grounds.with_facts(
        replace(base, site=replace(base.site, clusters=(base.cluster, other))),
        "lb01",
        addresses=(*facts.addresses, Address("10.0.0.200", 32, "eth0")),
    )
    assert "carries 10.0.0.200 too" in refusal("link-down", both)
    assert break_steps(plan("link-down", both, force=True))
    assert break_steps(plan("link-down", base))


def test_a_neighbour_in_the_same_file_is_not_taken_along_either() -> None:
    more = "vrrp_instance VI_2 {\n interface eth0\n virtual_router_id 61\n virtual_ipaddress {\n"
    base = ready()
    text = base.facts.hosts["lb01"].file(paths.KEEPALIVED_CONF).text or ""
    text = f"{text}\n{more}  10.0.0.201/32\n }}\n}}\n"
    base = grounds.with_file(base, "lb01", paths.KEEPALIVED_CONF, text, sum=sum_of(text))
    assert "carries 10.0.0.201 too" in refusal("link-down", base)


@pytest.mark.parametrize("limit_s", [0.0, 9.0, 601.0])
def test_limits_have_limits(limit_s: float) -> None:
    assert refusal("stop", ready(), limit_s=limit_s) == (
        f"The limit is 10 to 600 s, not {limit_s:g}."
    )


@pytest.mark.parametrize("drill_id", ["", "../x", "A", "x y", "-x", "x" * 41, "x\n"])
def test_an_id_is_a_word(drill_id: str) -> None:
    ask = Ask(scenario=Scenario.STOP, vip=grounds.VIP)
    with pytest.raises(ProcedureError, match="is no name for a drill"):
        plan_drill(ready(), ask, expected(ready(), ask), drill_id=drill_id)


def test_a_host_that_has_no_such_fault_is_named() -> None:
    ask = Ask(scenario=Scenario.STOP, vip=grounds.VIP)
    with pytest.raises(ProcedureError, match="stop is for lb01, lb02, not for web01"):
        plan_drill(ready(), replace(ask, target="web01"), expected(ready(), ask), drill_id="d")
    assert refusal("backend-down", ready(), target="lb01") == (
        "backend-down is for web01, web02, not for lb01."
    )


def test_a_link_that_is_cut_is_waited_for_beyond_the_limit() -> None:
    made = plan("link-down", limit_s=600.0)
    for step in (*break_steps(made), *undo_steps(made)):
        assert step.patience_s > 600.0


def test_stamps_are_read_from_what_a_step_printed() -> None:
    def printed(*lines: str) -> StepProgress:
        return StepProgress(output=lines)

    both = printed("@broken-from 1700000000.123456789", "noise", "@broken-to 1700000000.2")
    assert stamps(both, "broken") == Stamps(1700000000.123456789, 1700000000.2)
    assert stamps(both, "undone") is None
    assert stamps(printed("@broken-from 17.5"), "broken") == Stamps(17.5, 17.5)
    assert stamps(printed("@broken-from x", "x @broken-from 1.0"), "broken") is None
    assert due_at(printed("@due 1700000010.5")) == 1700000010.5
    assert due_at(printed()) is None
