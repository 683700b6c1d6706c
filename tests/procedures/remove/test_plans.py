"""What is taken back and restored, from facts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from haconsole.procedures.errors import AnswerError
from haconsole.procedures.facts import FoundFile, Package
from haconsole.procedures.paths import CHECK_SCRIPT, KEEPALIVED_CONF, NGINX_CONF, SERVER_CONF

from ..install.grounds import ground, planned, running

OLD, NOW = "20261122T120000Z", "20261122T130000Z"


def _brought(**more: Any) -> dict[str, Any]:
    return {
        "brought": ("nginx", "nginx-common"),
        "records": ("nginx",),
        "packages": {"nginx": Package("nginx", "1.22.1-9", ("1.22.1-9",))},
        **more,
    }


def test_on_a_bare_host_there_is_nothing_but_looking_for_notes() -> None:
    plan = planned(ground(), "remove", hosts="lb01")
    assert [step.id for step in plan.steps] == ["take back@lb01", "forget@lb01"]
    assert not plan.warnings and not plan.moves_vip


def test_what_was_brought_goes_and_what_was_there_stays() -> None:
    files = {
        SERVER_CONF: FoundFile(SERVER_CONF, "ours", managed=True, origin=True),
        NGINX_CONF: FoundFile(NGINX_CONF, "theirs"),
    }
    on = ground(
        web01=_brought(files=files, units=running("nginx.service")),
        web02={"files": files, "units": running("nginx.service")},
    )
    brought = [step.id for step in planned(on, "remove", hosts="web01").steps]
    assert brought == [
        "stop nginx.service@web01",
        "take back@web01",
        f"put back {SERVER_CONF}@web01",
        "remove nginx@web01",
        "forget@web01",
    ]
    there = [step.id for step in planned(on, "remove", hosts="web02").steps]
    assert there == [
        "take back@web02",
        f"put back {SERVER_CONF}@web02",
        "nginx.service as before@web02",
        "forget@web02",
    ]


def test_a_file_is_shown_as_it_will_be_and_asked_for_where_somebody_changed_it() -> None:
    found = FoundFile(
        KEEPALIVED_CONF,
        "now\n",
        managed=True,
        drifted=True,
        origin=True,
        versions=("0",),
        kept={"0": "sample\x1b\n"},
    )
    plan = planned(ground(lb01={"files": {KEEPALIVED_CONF: found}}), "remove", hosts="lb01")
    step = plan.step(f"put back {KEEPALIVED_CONF}@lb01")
    assert step.file is not None and step.file.foreign
    assert (step.file.before, step.file.after) == ("now\n", "sample␛\n")
    assert [str(told) for told in plan.warnings] == [
        f"lb01: somebody changed {KEEPALIVED_CONF} since this tool wrote it."
    ]


def test_a_build_goes_file_by_file_and_moves_the_vip() -> None:
    plan = planned(ground(lb01={"built": "2.2.7", "records": ("build",)}), "remove", hosts="lb01")
    ids = [step.id for step in plan.steps]
    assert ids[0] == "stop keepalived.service@lb01" and plan.moves_vip
    assert ids[-3:] == ["remove the build@lb01", "remove build@lb01", "forget@lb01"]


def _kept(**more: Any) -> dict[str, Any]:
    found = FoundFile(
        KEEPALIVED_CONF,
        "now\n",
        mode=0o600,
        managed=True,
        versions=("0", OLD, NOW),
        kept={"0": "sample\n", OLD: "old\udcff\n", NOW: "newer\n"},
        **more,
    )
    return {"files": {KEEPALIVED_CONF: found}}


def test_any_earlier_version_is_restored_byte_for_byte_as_it_was_kept() -> None:
    on = ground(lb02=_kept())
    plan = planned(on, "restore", host="lb02", file=KEEPALIVED_CONF, version=OLD)
    (step,) = plan.steps
    assert str(step.title) == f"{KEEPALIVED_CONF} as of 2026-11-22 12:00:00 UTC"
    assert step.do is not None and step.do.stdin == b"any\nold\xff\n"
    assert step.file is not None and step.file.after == "old�\n" and step.file.mode == 0o600
    assert "keepalived -t" in step.do.script and "systemctl reload" in step.do.script
    # The newest is offered first.
    assert dict(planned(on, "restore").answers)["version"] == NOW


SECRET = "vrrp_instance A {\n authentication {\n auth_type PASS\n auth_pass s3cret\n }\n}\n"


@pytest.mark.parametrize(
    ("found", "version", "mode"),
    [
        # The password was taken out meanwhile: what is there now is for everybody to read.
        (
            FoundFile(KEEPALIVED_CONF, "x\n", kept={OLD: SECRET}, rights={OLD: (0o600, "")}),
            OLD,
            0o600,
        ),
        # It always was: not any more.
        (
            FoundFile(KEEPALIVED_CONF, "x\n", kept={"0": SECRET}, rights={"0": (0o644, "")}),
            "0",
            0o640,
        ),
        (
            FoundFile(KEEPALIVED_CONF, "x\n", 0o600, kept={"0": "y"}, rights={"0": (0o644, "")}),
            "0",
            0o644,
        ),
        # Nothing is there, so nothing tells its mode.
        (FoundFile(CHECK_SCRIPT, kept={OLD: ":"}, rights={OLD: (0o755, "")}), OLD, 0o755),
        (FoundFile(CHECK_SCRIPT, kept={OLD: ":"}), OLD, 0o755),
        (FoundFile(CHECK_SCRIPT, kept={"0": ":"}, rights={"0": (0o700, "")}), "0", 0o755),
    ],
)
def test_a_version_comes_back_with_its_own_mode(found: FoundFile, version: str, mode: int) -> None:
    rights = {name: (bits, "root:adm") for name, (bits, _) in found.rights.items()}
    on = ground(lb02={"files": {found.path: replace(found, rights=rights)}})
    (step,) = planned(on, "restore", host="lb02", file=found.path, version=version).steps
    assert step.file is not None and step.do is not None
    assert (oct(step.file.mode), f"chmod {mode:o} " in step.do.script) == (oct(mode), True)
    assert step.file.owner == ("root:adm" if rights else "root:root")


def test_an_owner_that_is_gone_is_not_given_back() -> None:
    found = FoundFile(NGINX_CONF, "x", kept={"0": "y"}, rights={"0": (0o640, "UNKNOWN:root")})
    (step,) = planned(ground(lb02={"files": {NGINX_CONF: found}}), "restore").steps
    assert step.file is not None and (step.file.mode, step.file.owner) == (0o640, "root:root")


def test_what_is_not_kept_is_not_restored() -> None:
    with pytest.raises(AnswerError, match="No earlier version of any file is kept"):
        planned(ground(), "restore")
    on = ground(lb02=_kept(), lb01={"files": {NGINX_CONF: FoundFile(NGINX_CONF, "x")}})
    with pytest.raises(AnswerError, match="one of lb02 is wanted, not “lb01”"):
        planned(on, "restore", host="lb01")
    with pytest.raises(AnswerError, match="version: one of"):
        planned(on, "restore", version="20200101T000000Z")
