"""What speaks against a drill: each thing alone, and none of it where all is well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from haconsole.domain.daemon import CheckStatus, VrrpState
from haconsole.domain.events import DaemonRead, LinkChanged, LinkStatus
from haconsole.domain.notes import note
from haconsole.domain.vrrp_prediction import Scenario
from haconsole.procedures.drill.preflight import Found, preflight
from tests.support.parts import Scene, daemon, units
from tests.support.states import NOW, healthy

from .grounds import conf, found


def names(case: Found) -> dict[str, bool]:
    return {one.name: one.forcible for one in preflight(case)}


@pytest.mark.parametrize("scenario", Scenario)
def test_nothing_speaks_against_drilling_a_healthy_pair(scenario: Scenario) -> None:
    target = "web01" if scenario is Scenario.BACKEND_DOWN else None
    assert preflight(found(scenario, target=target)) == ()


def stopped_backup() -> Found:
    scene = healthy()
    cluster = scene.site.clusters[0]
    lb02 = cluster.lbs[1]
    fault = DaemonRead(
        at=NOW, host="lb02", daemon=daemon(cluster, VrrpState.FAULT, 100, check=CheckStatus.BAD)
    )
    return found(scene=scene.then(units(NOW, lb02, nginx="failed"), fault))


def cut_off() -> Found:
    lost = LinkChanged(at=NOW, host="lb02", status=LinkStatus.LOST, detail=note("no route"))
    return found(scene=healthy().then(lost))


def included() -> Found:
    return found(texts={"lb02": conf("lb02", 100, more="include /etc/keepalived/conf.d/*.conf")})


def read_only_site() -> Found:
    case = found()
    return replace(case, state=replace(case.state, site=replace(case.state.site, read_only=True)))


CASES: dict[str, tuple[Callable[[], Found], str, bool, str]] = {
    "locked": (lambda: replace(found(), writable=False), "read-only", False, "--write"),
    "a read-only site": (read_only_site, "read-only", False, "read_only"),
    "no such VIP": (
        lambda: replace(found(), ask=replace(found().ask, vip="10.0.0.9")),
        "vip",
        False,
        "10.0.0.9 is no VIP of pair",
    ),
    "no such host": (
        lambda: found(target="web01"),
        "target",
        False,
        "web01 is not among the LBs of pair: lb01, lb02",
    ),
    "no such web node": (
        lambda: found(Scenario.BACKEND_DOWN, target="lb01"),
        "target",
        False,
        "not among the web nodes",
    ),
    "another plan": (
        lambda: replace(found(), locked=note("lb01 is locked")),
        "locked",
        False,
        "lb01 is locked",
    ),
    "the last undo": (
        lambda: replace(found(), leftovers=(("lb01", note("until 12:00:00")),)),
        "last-undo",
        False,
        "12:00:00",
    ),
    "no path": (lambda: replace(found(), path=note("refused")), "no-path", True, "refused"),
    "it cannot be made": (
        lambda: replace(found(), impossible=note("killall is no script")),
        "not-possible",
        False,
        "killall",
    ),
    "no link": (cut_off, "no-link", False, "no link to lb02"),
    "stale": (lambda: found(scene=healthy().later(25)), "stale", True, "too old"),
    "not healthy": (stopped_backup, "not-healthy", True, "lb02: VI_1 is in FAULT"),
    "the backup is not ready": (stopped_backup, "backup-not-ready", True, "lb02"),
    "short": (lambda: found(Scenario.CRASH, limit_s=10.0), "limit-short", True, "or more"),
    "too short": (lambda: found(limit_s=3), "limit", False, "outside of 10 to 600 s"),
    "too long": (lambda: found(limit_s=9000), "limit", False, "outside of 10 to 600 s"),
    "a clock": (
        lambda: replace(found(), clocks={"lb01": (-300.0, 0.001)}),
        "clock",
        True,
        "-300.0 s off",
    ),
    "a vague clock": (
        lambda: replace(found(), clocks={"lb01": (0.0, 0.5)}),
        "clock-error",
        True,
        "500 ms only",
    ),
    "an include": (included, "not-known", True, "conf.d/*.conf"),
    "no file at all": (
        lambda: found(texts={"lb01": "", "lb02": ""}),
        "no-owner",
        False,
        "no LB owns 10.0.0.100",
    ),
}


@pytest.mark.parametrize(("case", "name", "forcible", "words"), CASES.values(), ids=CASES)
def test_each_of_these_does(
    case: Callable[[], Found], name: str, forcible: bool, words: str
) -> None:
    said = preflight(case())
    assert names(case())[name] is forcible
    assert any(words in str(one.note) for one in said if one.name == name), said


def test_who_does_not_tell_what_drills_left_matters_only_where_it_is_drilled() -> None:
    def unasked(case: Found, host: str) -> list[str]:
        said = preflight(replace(case, unasked={host: "sudo refuses"}))
        return [str(one.note) for one in said if one.name == "last-undo" and not one.forcible]

    told = "{} does not tell what earlier drills left: sudo refuses"
    assert unasked(found(), "lb02") == [told.format("lb02")]
    assert unasked(found(), "web02") == []
    assert unasked(found(Scenario.BACKEND_DOWN, target="web02"), "web02") == [told.format("web02")]
    assert unasked(cut_off(), "lb02") == []  # "there is no link" is all that there is to say
    assert names(cut_off())["no-link"] is False


def test_what_cannot_be_forced_is_said_first() -> None:
    case = replace(stopped_backup(), writable=False)
    assert [one.forcible for one in preflight(case)][:1] == [False]


def test_a_backup_that_is_down_does_not_matter_where_it_is_the_one_that_is_hit() -> None:
    case = found(Scenario.STOP, stopped_backup_scene(), target="lb02")
    assert "backup-not-ready" not in names(case)


def stopped_backup_scene() -> Scene:
    scene = healthy()
    return scene.then(units(NOW, scene.site.clusters[0].lbs[1], nginx="failed"))


def test_a_reboot_takes_longer_than_its_limit_and_nobody_minds() -> None:
    assert preflight(found(Scenario.REBOOT, limit_s=10.0)) == ()
