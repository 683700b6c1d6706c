"""Recovery plans as pure functions: who survives and why, what is edited, what is refused."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from haconsole.domain.facts import Address, Unit
from haconsole.procedures.catalogue import Ground, entry
from haconsole.procedures.errors import AnswerError, ProcedureError
from haconsole.procedures.facts import HostFacts
from haconsole.procedures.paths import KEEPALIVED_CONF, SERVER_CONF
from haconsole.procedures.plan import Plan
from haconsole.procedures.recover.standing import lbs_of, owner_afterwards, survivor_of
from haconsole.telling import say
from tests.procedures.configure.grounds import CLUSTER, VIP, ground

STOPPED = Unit("nginx.service", True, "inactive")


def split() -> Ground:
    """A ready pair in which the other LB holds the VIP, too."""
    found = ground()
    facts = dict(found.facts.hosts)
    both = (*facts["lb02"].addresses, Address(VIP, 32, "eth0"))
    facts["lb02"] = replace(facts["lb02"], addresses=both)
    return replace(found, facts=replace(found.facts, hosts=facts))


def host(on: Ground, name: str) -> HostFacts:
    return on.facts.host(name)


def with_units(on: Ground, name: str, *units: Unit) -> Ground:
    facts = dict(on.facts.hosts)
    known = {unit.name: unit for unit in facts[name].units}
    known |= {unit.name: unit for unit in units}
    facts[name] = replace(facts[name], units=tuple(known.values()))
    return replace(on, facts=replace(on.facts, hosts=facts))


def with_conf(on: Ground, name: str, old: str, new: str) -> Ground:
    facts = dict(on.facts.hosts)
    found = facts[name].file(KEEPALIVED_CONF)
    assert found.text is not None and old in found.text
    files = {
        **facts[name].files,
        KEEPALIVED_CONF: replace(found, text=found.text.replace(old, new)),
    }
    facts[name] = replace(facts[name], files=files)
    return replace(on, facts=replace(on.facts, hosts=facts))


def plan(name: str, on: Ground, **given: str) -> Plan:
    procedure = entry(name).load()
    return procedure.plan(on, procedure.form(on).fill(given))


def survivor(on: Ground) -> tuple[str, str]:
    best, why = survivor_of(lbs_of(on, CLUSTER.vips[0]))
    return best.name, "; ".join(say(one) for one in why)


def test_of_two_equals_the_priority_decides() -> None:
    name, why = survivor(split())
    assert name == "lb01"
    assert "priority" in why


def test_who_does_not_answer_does_not_survive() -> None:
    name, why = survivor(with_units(split(), "lb01", STOPPED))
    assert (name, "nginx on lb02" in why) == ("lb02", True)
    on = split()
    facts = dict(on.facts.hosts)
    facts["lb01"] = replace(facts["lb01"], answers=False)
    facts["lb02"] = replace(facts["lb02"], answers=True)
    assert survivor(replace(on, facts=replace(on.facts, hosts=facts)))[0] == "lb02"


def test_whom_clients_reach_survives() -> None:
    on = split()
    facts = dict(on.facts.hosts)
    facts["lb02"] = replace(facts["lb02"], hits=3000)
    facts["lb01"] = replace(facts["lb01"], hits=4)
    name, why = survivor(replace(on, facts=replace(on.facts, hosts=facts)))
    assert (name, "3000 requests" in why) == ("lb02", True)


def test_the_operator_can_overrule_and_is_told_what_follows() -> None:
    made = plan("recover-split-brain", split(), survivor="lb02")
    quieted = [step.host for step in made.phases[0].steps]
    assert quieted == ["lb01"]
    assert any("takes the VIP from lb02" in say(one) for one in made.warnings)
    lbs = lbs_of(split(), CLUSTER.vips[0])
    assert owner_afterwards(lbs, lbs[1]) is lbs[0]


def test_clients_are_served_before_anything_is_mended() -> None:
    made = plan("recover-split-brain", split())
    titles = [say(phase.title) for phase in made.phases]
    assert titles[0] == "One owner: lb01"
    assert titles[-1] == "One owner, proven from four sides"
    proofs = [step.id for step in made.phases[-1].steps]
    for side in ("daemon", "kernel", "ARP", "answers", "it holds"):
        assert any(side in one for one in proofs), side


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("virtual_router_id 50", "virtual_router_id 51", "vrid"),
        ("advert_int 1", "advert_int 3", "advert_int"),
        (f"        {VIP}\n", f"        {VIP}\n        10.0.0.101\n", "vips"),
    ],
)
def test_a_mismatch_is_mended_to_the_byte(old: str, new: str, key: str) -> None:
    well = host(ground(), "lb02").file(KEEPALIVED_CONF).text
    on = with_conf(split(), "lb02", old, new)
    form = entry("fix-mismatch").load().form(on)
    assert form.defaults()["settings"] == key
    made = plan("fix-mismatch", on)
    placed = [step for step in made.steps if step.file is not None]
    assert [(step.host, step.file.after if step.file else "") for step in placed] == [
        ("lb02", well)
    ]


def test_equal_priorities_are_set_apart() -> None:
    on = with_conf(ground(), "lb02", "priority 100", "priority 150")
    made = plan("fix-mismatch", on)
    placed = [step.file for step in made.steps if step.file is not None]
    assert len(placed) == 1
    assert placed[0].after is not None and "priority 100" in placed[0].after


def test_a_password_is_copied_and_never_shown() -> None:
    secret = "    authentication {\n        auth_type PASS\n        auth_pass s3cret12\n    }\n"
    on = with_conf(split(), "lb01", "    virtual_ipaddress {", f"{secret}    virtual_ipaddress {{")
    made = plan("fix-mismatch", on)
    step = next(step for step in made.steps if step.file is not None)
    assert step.file is not None and "auth_pass s3cret12" in (step.file.after or "")
    assert "s3cret12" not in "\n".join(step.file.diff())
    assert step.do is not None and "s3cret12" not in step.do.script
    assert step.file.mode == 0o600


def test_nothing_that_differs_is_only_looked_at() -> None:
    made = plan("fix-mismatch", ground())
    assert not any(step.mutating for step in made.steps)
    with pytest.raises(AnswerError, match="none of"):
        plan("fix-mismatch", ground(), settings="colour")


def test_a_ghost_without_an_owner_is_another_trouble() -> None:
    on = ground()
    for name in ("lb01", "lb02"):
        on = with_units(on, name, Unit("keepalived.service", True, "failed"))
    with pytest.raises(ProcedureError, match="recover-no-owner"):
        plan("recover-ghost-vip", on)


def test_stale_arp_is_about_one_owner() -> None:
    with pytest.raises(ProcedureError, match=r"lb01 AND lb02.*recover-split-brain"):
        plan("recover-stale-arp", split())
    made = plan("recover-stale-arp", ground())
    assert made.steps[0].host == "lb01"


def test_nobody_is_taken_out_who_is_the_last() -> None:
    on = with_units(ground(), "lb02", STOPPED)
    with pytest.raises(ProcedureError, match="No other LB"):
        plan("drain", on, host="lb01")
    made = plan("drain", ground(), host="web01")
    texts = {step.host: step.file.after for step in made.steps if step.file}
    assert set(texts) == {"lb01", "lb02"}
    for text in texts.values():
        assert text is not None
        assert [line.split()[1] for line in text.splitlines() if " down;" in line] == ["10.0.0.51"]
    on = ground()
    facts = dict(on.facts.hosts)
    for name, text in texts.items():
        file = replace(facts[name].file(SERVER_CONF), text=text)
        facts[name] = replace(facts[name], files={**facts[name].files, SERVER_CONF: file})
    drained = replace(on, facts=replace(on.facts, hosts=facts))
    with pytest.raises(ProcedureError, match="only web node in use"):
        plan("drain", drained, host="web02")
    back = plan("bring-back", drained, host="web01")
    for step in back.steps:
        before = ready_facts_text(step.host)
        assert step.file is not None and step.file.after == before


def ready_facts_text(name: str) -> str | None:
    return host(ground(), name).file(SERVER_CONF).text


def test_a_hostile_instance_name_stays_a_word() -> None:
    on = with_conf(ground(), "lb01", "vrrp_instance ", "vrrp_instance 'x$(reboot)/")
    made = plan("recover-stale-arp", on, lasting="no")
    daemon = next(step for step in made.steps if step.id.startswith("proof by daemon"))
    assert daemon.verify is not None
    line = next(row for row in daemon.verify.script.splitlines() if "reboot" in row)
    # Within single quotes the shell expands nothing; quotes of the name itself are closed first.
    assert any("$(reboot)" in word for word in shlex.split(line))
