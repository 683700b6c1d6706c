"""What the install wizards plan, warn of and refuse, from facts of both families."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from haconsole.domain.facts import Address
from haconsole.procedures.catalogue import entry
from haconsole.procedures.errors import AnswerError, ProcedureError
from haconsole.procedures.facts import ClusterFacts, Manager, Package
from haconsole.procedures.install.source_form import RELEASE
from haconsole.procedures.paths import SOURCE_BINARY
from haconsole.transport.commands import Command, Effect

from .grounds import OFFERED, VIP, ground, planned, running

FAMILIES = (Manager.APT, Manager.DNF, Manager.YUM)
NAMES = ("install-nginx", "install-keepalived", "build-pair")
SOURCE = {"via": "source", "version": "2.2.7"}


@pytest.mark.parametrize("manager", FAMILIES)
@pytest.mark.parametrize("source", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_every_plan_is_of_steps_that_can_be_told_apart(
    name: str, manager: Manager, source: bool
) -> None:
    plan = planned(ground(manager), name, **(SOURCE if source and name != NAMES[0] else {}))
    ids = [step.id for step in plan.steps]
    assert len(ids) == len(set(ids)) and all(id_.endswith(f"@{s.host}")
                                             for id_, s in zip(ids, plan.steps, strict=True))  # fmt: skip
    for step in plan.steps:
        assert str(step.title) and str(step.reason)
        assert step.do or step.verify, step.id
        if step.do:
            assert step.check is not None, f"{step.id} could not be found done"
            assert step.do.effect is Effect.CHANGES and step.do.root


@pytest.mark.parametrize("manager", FAMILIES)
@pytest.mark.parametrize("given", [{}, SOURCE])
def test_every_script_is_one_that_sh_reads(manager: Manager, given: dict[str, str]) -> None:
    on = ground(manager)
    scripts = {
        command.script
        for plan in (planned(on, "build-pair", **given), planned(on, "remove"))
        for step in plan.steps
        for command in (step.check, step.do, step.verify, step.undo)
        if isinstance(command, Command)
    }
    whole = "\n".join(f"f{number}() {{\n{script}\n}}" for number, script in enumerate(scripts))
    done = subprocess.run(["sh", "-n"], input=whole, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(scripts) > 50
    assert not [line for script in scripts for line in script.splitlines() if "@manager@" in line]


def test_each_family_is_spoken_to_in_its_own_words() -> None:
    words = {
        manager: "\n".join(
            s.do.script for s in planned(ground(manager), "install-nginx").steps if s.do
        )
        for manager in FAMILIES
    }
    assert "apt-get -q -y" in words[Manager.APT] and "dnf" not in words[Manager.APT]
    assert "until run dnf -y" in words[Manager.DNF] and "apt-get" not in words[Manager.DNF]
    assert "until run yum -y" in words[Manager.YUM]


def test_packages_go_in_side_by_side_but_a_keepalived_that_runs_one_after_the_other() -> None:
    plan = planned(ground(), "install-keepalived")
    assert [phase.parallel for phase in plan.phases] == [True] and not plan.moves_vip
    owner = {
        "units": running("keepalived.service"),
        "addresses": (Address(VIP, 24, "eth0"),),
        "packages": {"keepalived": Package("keepalived", "1:2.1.5-2", OFFERED["keepalived"])},
    }
    plan = planned(ground(lb01=owner), "install-keepalived", version="1:2.2.7-1+b2")
    assert [phase.parallel for phase in plan.phases] == [False]
    assert plan.moves_vip and plan.hosts == ("lb02", "lb01")  # the owner last


def test_hosts_can_be_chosen_and_unknown_ones_are_refused() -> None:
    assert planned(ground(), "install-nginx", hosts="web02,lb01").hosts == ("lb01", "web02")
    with pytest.raises(AnswerError, match="hosts: web09 is none of these hosts: lb01, lb02"):
        planned(ground(), "install-nginx", hosts="web09")
    with pytest.raises(AnswerError, match="web01 is none of these hosts"):
        planned(ground(), "install-keepalived", hosts="web01")


def test_a_version_that_no_repository_offers_is_refused_as_one_types() -> None:
    for name in ("install-nginx", "install-keepalived"):
        with pytest.raises(AnswerError, match=r"the repositories of lb01 do not offer 9.9"):
            planned(ground(), name, version="9.9")
        with pytest.raises(AnswerError, match="cannot be a version"):
            planned(ground(), name, version="1; reboot")
    unknown = {"packages": {"nginx": Package("nginx", None, None, "no lists")}}
    plan = planned(ground(lb01=unknown), "install-nginx", hosts="lb01", version="9.9")
    assert [str(told) for told in plan.warnings] == [
        "lb01: what is offered is not known: no lists."
    ]
    assert any(step.do and "put_in nginx 9.9" in step.do.script for step in plan.steps)


def test_what_may_stand_in_the_way_is_said_before() -> None:
    held = {"nginx": Package("nginx", "1.18", OFFERED["nginx"], held=True)}
    plan = planned(
        ground(lb01={"read_only": True}, lb02={"free_bytes": 9 << 20}, web01={"packages": held}),
        "install-nginx",
    )
    assert [str(told) for told in plan.warnings] == [
        "lb01: a file system is read-only.",
        "lb02: only 9 MB are free.",
        "web01: nginx is held (apt-mark unhold nginx releases it).",
    ]


def test_a_host_that_could_not_be_read_is_not_planned_for() -> None:
    on = ground()
    facts = {name: one for name, one in on.facts.hosts.items() if name != "lb02"}
    on = replace(on, facts=ClusterFacts(facts, {"lb02": "lb02 does not answer."}))
    for name in NAMES:
        with pytest.raises(ProcedureError, match=r"lb02.*: lb02 does not answer."):
            planned(on, name)
    assert planned(on, "install-nginx", hosts="web01").hosts == ("web01",)


def test_a_host_without_a_manager_takes_builds_but_no_packages() -> None:
    on = ground(Manager.NONE)
    with pytest.raises(ProcedureError, match="neither apt, dnf nor yum"):
        planned(on, "install-keepalived")
    tools = planned(on, "install-keepalived", **SOURCE).step("build tools@lb01")
    assert tools.do is None and tools.verify is not None


def test_a_package_is_not_put_over_a_build_nor_a_build_over_a_package() -> None:
    built = ground(lb02={"built": "2.2.7", "binary": SOURCE_BINARY})
    with pytest.raises(AnswerError, match="lb02 has a keepalived that was built from source"):
        planned(built, "install-keepalived", via="package")
    form = entry("install-keepalived").load().form(built)
    assert form.defaults()["via"] == "source"
    there = {"keepalived": Package("keepalived", "1:2.2.7-1+b2", OFFERED["keepalived"])}
    packaged = ground(lb01={"packages": there})
    with pytest.raises(AnswerError, match=r"lb01 has keepalived 1:2.2.7-1.b2 as a package"):
        planned(packaged, "install-keepalived", **SOURCE)


def test_an_nginx_of_another_origin_is_left_as_it_is() -> None:
    plan = planned(ground(web01={"nginx_version": "1.27.0"}), "install-nginx", hosts="web01")
    assert [step.id for step in plan.steps] == ["port 80@web01", "start nginx.service@web01"]


def _source_url(**given: str) -> str:
    plan = planned(ground(), "install-keepalived", via="source", **given)
    step = next(step for step in plan.steps if step.id.startswith("archive of"))
    assert step.do is not None
    return next(
        line.split("URL=")[1].split(";")[0]
        for line in step.do.script.splitlines()
        if "URL=" in line
    )


def test_the_address_follows_the_version_and_the_version_the_address() -> None:
    assert f"keepalived-{RELEASE}.tar.gz" in _source_url()
    assert "keepalived-2.1.2.tar.gz" in _source_url(version="2.1.2")
    url = "http://mirror/keepalived-{version}.tar.gz"
    assert _source_url(url=url, version="2.2.8") == "http://mirror/keepalived-2.2.8.tar.gz"
    plan = planned(
        ground(), "install-keepalived", via="source", url="http://m/keepalived-2.0.1.tgz"
    )
    assert "make keepalived 2.0.1@lb01" in [step.id for step in plan.steps]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"url": "mirror/keepalived.tar.gz"}, "url: an address like https"),
        ({"url": "http://u:p@mirror/k.tar.gz"}, "url: a password has no place"),
        ({"url": "http://mirror/$(reboot)"}, "url: these characters"),
        ({"version": "newest"}, "a release of keepalived is called like"),
        ({"sha256": "abc"}, "sha256: 64 hexadecimal digits"),
        ({"options": "--prefix=/opt"}, "options: --prefix=/opt is set already"),
        ({"options": "--with-x; reboot"}, "options: “--with-x;” is no option"),
        ({"archive": "/nowhere/keepalived-2.2.7.tar.gz"}, "archive: there is no file /nowhere"),
    ],
)
def test_answers_that_make_no_build_are_refused(given: dict[str, str], says: str) -> None:
    with pytest.raises(AnswerError) as caught:
        planned(ground(), "install-keepalived", **{"via": "source", **given})
    assert str(caught.value).startswith(says)


def test_an_archive_is_sent_with_its_sum(tmp_path: Path) -> None:
    archive = tmp_path / "keepalived-2.2.8.tar.gz"
    archive.write_bytes(b"\x1f\x8b and so on")
    actual = hashlib.sha256(archive.read_bytes()).hexdigest()
    given = {"via": "source", "archive": str(archive)}
    step = planned(ground(), "install-keepalived", **given).step("archive of keepalived 2.2.8@lb02")
    assert step.do is not None and step.do.stdin == archive.read_bytes()
    assert f"SUM={actual}" in step.do.script and str(tmp_path) not in step.do.script
    with pytest.raises(ProcedureError, match=rf"SHA-256 of .* is {actual}, and not"):
        planned(ground(), "install-keepalived", **given, sha256="0" * 64)
    with pytest.raises(AnswerError, match=r"The archive is of version 2.2.8, not 2.2.7"):
        planned(ground(), "install-keepalived", **given, version="2.2.7")
    other = archive.rename(tmp_path / "archive.tar.gz")
    with pytest.raises(AnswerError, match="is not called keepalived-VERSION"):
        planned(ground(), "install-keepalived", via="source", archive=str(other))


def test_the_archive_comes_before_the_tools_unless_they_have_to_fetch_it() -> None:
    def order(tools: frozenset[str]) -> list[str]:
        plan = planned(ground(lb01={"tools": tools}), "install-keepalived", hosts="lb01", **SOURCE)
        return [step.id.split()[0] for step in plan.steps][:2]

    assert order(frozenset({"wget"})) == ["archive", "build"]
    assert order(frozenset()) == ["build", "archive"]


def test_the_whole_pair_is_planned_from_nothing_in_an_order_that_works() -> None:
    plan = planned(ground(), "build-pair")
    ids = [step.id for step in plan.steps]
    order = [
        "install nginx@lb01",
        "install keepalived@lb01",
        "place /etc/nginx/conf.d/kd.test.conf@web01",
        "start nginx.service@web01",
        "place /etc/nginx/conf.d/kd.test.conf@lb01",
        "place /etc/keepalived/check_nginx.sh@lb01",
        "place /etc/keepalived/keepalived.conf@lb02",
        "place /etc/keepalived/keepalived.conf@lb01",
    ]
    assert sorted(order, key=ids.index) == order
    # A service that two parts start is started once, when it is configured.
    assert ids.index("start nginx.service@lb01") > ids.index(order[4])
    assert "auth_pass" not in dict(plan.answers)
    assert not any("check_nginx" in id_ for id_ in _ids("build-pair", check="no"))


def _ids(name: str, **given: str) -> list[str]:
    return [step.id for step in planned(ground(), name, **given).steps]


def test_the_pair_asks_every_question_once_and_refuses_what_its_parts_refuse() -> None:
    form = entry("build-pair").load().form(ground())
    keys = [field.key for field in form.fields]
    assert len(keys) == len(set(keys)) and "hosts" not in keys
    assert {"via", "version", "nginx_version", "vips", "backends", "root", "allow_vrrp"} <= {*keys}
    with pytest.raises(AnswerError):
        form.fill({"health_port": "80"})
    with pytest.raises(AnswerError, match=r"do not offer 9.9"):
        form.fill({"nginx_version": "9.9"})


def test_no_password_is_in_a_script_or_an_answer() -> None:
    plan = planned(ground(), "build-pair", auth="pass", auth_pass="s3cr-t.x")
    assert "s3cr-t.x" not in str(plan.answers)
    for step in plan.steps:
        for command in (step.check, step.do, step.verify, step.undo):
            assert command is None or "s3cr-t.x" not in command.script
        assert step.file is None or "s3cr-t.x" not in "\n".join(step.file.diff())
    assert any(step.do and b"s3cr-t.x" in (step.do.stdin or b"") for step in plan.steps)
