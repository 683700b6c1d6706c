"""What ``status`` prints."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from haconsole.commandline import report
from haconsole.domain.daemon import VrrpState
from haconsole.domain.events import LinkChanged, LinkStatus
from haconsole.domain.notes import note
from haconsole.domain.reduce import fold
from haconsole.domain.state import State
from haconsole.telling import say
from tests.domain import pair
from tests.domain.pair import SITE, T0, state_after
from tests.support.states import Scene, ghost, healthy, split_brain, unknown

NOW = T0 + 3


def test_the_document_of_a_healthy_pair() -> None:
    document = json.loads(report.as_json(state_after(), NOW))
    assert (document["version"], document["verdict"], document["site"]) == (1, "OK", "shop")
    cluster = document["clusters"][0]
    vip = cluster["vips"][0]
    assert (vip["address"], vip["verdict"], vip["owners"]) == ("10.0.0.100", "owned", ["lb01"])
    assert {host["name"] for host in cluster["hosts"]} == set(pair.ADDRESS)
    lb01 = cluster["hosts"][0]
    assert (lb01["role"], lb01["link"], lb01["age_s"]) == ("lb", "up", 3.0)
    assert (lb01["keepalived"]["state"], lb01["keepalived"]["priority"]) == ("MASTER", 150)
    assert lb01["nginx"]["active"] is True


def test_what_is_not_known_is_null() -> None:
    document = json.loads(report.as_json(State.begin(SITE, T0), T0))
    assert document["verdict"] == "UNKNOWN"
    for host in document["clusters"][0]["hosts"]:
        assert host["keepalived"]["state"] is None
        assert host["nginx"]["active"] is None
        assert host["age_s"] is None


def test_old_readings_of_a_lost_host_are_not_told_as_present() -> None:
    gone = LinkChanged(
        at=NOW, host="lb01", status=LinkStatus.LOST, detail=note("no answer from {it}", it="lb01")
    )
    document = json.loads(report.as_json(state_after(gone), NOW))
    lb01 = document["clusters"][0]["hosts"][0]
    assert (lb01["link"], lb01["link_detail"]) == ("lost", "no answer from lb01")
    assert lb01["keepalived"]["state"] is None
    assert lb01["nginx"]["active"] is None
    assert lb01["age_s"] == 3.0


@pytest.mark.parametrize(
    ("state", "frozen", "word"),
    [
        (None, False, "STOPPED"),
        (VrrpState.MASTER, True, "FROZEN"),
        (VrrpState.FAULT, False, "FAULT"),
    ],
)
def test_the_daemon_in_one_word(state: VrrpState | None, frozen: bool, word: str) -> None:
    document = report.document(state_after(pair.daemon("lb01", NOW, state, frozen=frozen)), NOW)
    assert (
        json.loads(json.dumps(document))["clusters"][0]["hosts"][0]["keepalived"]["state"] == word
    )


def test_one_line_and_text() -> None:
    assert report.line(state_after(), NOW) == "OK: 10.0.0.100 on lb01"
    broken = state_after(pair.nginx("web01", NOW, "failed"), pair.nginx("lb02", NOW, "failed"))
    assert report.line(broken, NOW) == "WARNING: lb02: nginx does not run (failed) (+1 more)"
    text = report.text(broken, NOW)
    assert "WARNING: web01: nginx does not run (failed)" in text
    assert "lb01   link up, keepalived MASTER 150, nginx active" in text


def test_notes_within_notes_are_said_in_words() -> None:
    assert say(note("a {b}", b=note("c {d}", d="{x}"))) == "a c {x}"


def test_the_line_names_the_cause_where_it_is_certain_and_more_than_the_verdict() -> None:
    scene = split_brain()
    state = fold(State.begin(scene.site, scene.now - 600), scene.events)
    line = report.line(state, scene.now)
    assert line.startswith("CRITICAL: split brain: 10.0.0.100 on lb01 AND lb02 (+")
    assert line.endswith("; cause: The firewall drops VRRP that comes in on lb02")
    assert "\n" not in line
    assert "  cause: The firewall drops VRRP" in report.text(state, scene.now)
    (cause,) = json.loads(report.as_json(state, scene.now))["causes"]
    assert (cause["cluster"], cause["cause"]) == ("pair", "firewall-blocks-vrrp")
    assert cause["nodes"] == ["lb02"]


@pytest.mark.parametrize("make", [healthy, ghost, unknown])
def test_the_line_says_nothing_twice_and_no_guess(make: Callable[[], Scene]) -> None:
    scene = make()
    state = fold(State.begin(scene.site, scene.now - 600), scene.events)
    assert "cause" not in report.line(state, scene.now)
    assert report.document(state, scene.now)["causes"] == []
