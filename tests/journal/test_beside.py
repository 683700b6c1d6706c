"""What a diagnosis learns beside the events is recorded, and a replay judges by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from haconsole.domain.facts import Answer, Firewall, VrrpFirewall
from haconsole.domain.notes import note
from haconsole.domain.rules.case import Missing, Seen
from haconsole.domain.rules.finding import Diagnosis
from haconsole.domain.rules.pieces import (
    Advert,
    Disk,
    Drift,
    KeepalivedProcess,
    NginxErrors,
    NginxTest,
    ScriptFacts,
    Wire,
)
from haconsole.domain.stats import VrrpStats
from haconsole.journal.export import export
from haconsole.journal.recording import Limits, Recorder
from haconsole.journal.recording_reading import Recording, RecordingError, read_recording
from haconsole.journal.replay import Replay
from haconsole.monitor.casework.beside import Beside
from haconsole.monitor.casework.build import Active
from haconsole.monitor.casework.extras import Extras
from haconsole.parsers.keepalived_conf import read_conf
from haconsole.parsers.nginx_conf import read_dump
from haconsole.ui.triaging import OwnClinic
from tests.support.states import NOW, Scene, healthy, pair_site

CONF = """\
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 50
    authentication {
        auth_type PASS
        auth_pass s3cr3t
    }
    virtual_ipaddress {
        10.0.0.100
    }
}
"""
MASKED = CONF.replace("s3cr3t", "********")
DUMP = """\
# configuration file /etc/nginx/nginx.conf:
http {
    upstream web { server 10.0.0.51:80; server 10.0.0.52:80 weight=2; }
    server { listen 80; location / { proxy_pass http://web; } }
}
"""


def seen(value: Any, at: float = NOW) -> Seen[Any]:
    return Seen(value, at, "a command")


def extras(at: float = NOW, **other: Any) -> Extras:
    """A reading of a host with every piece that there is."""
    whole = Extras(
        at=at,
        conf=seen(read_conf(CONF, "/etc/keepalived/keepalived.conf"), at),
        conf_changed_at=seen(NOW - 600.0, at),
        scripts=seen((ScriptFacts("nginx", "/etc/keepalived/check.sh", text="#!/bin/sh\n"),), at),
        processes=seen((KeepalivedProcess(100, 1), KeepalivedProcess(101, 100)), at),
        uptime_s=seen(9000.5, at),
        disks=seen((Disk("/", 0.4, 4_000_000), Disk("/", 0.1, None, True)), at),
        nginx_conf=seen(read_dump(DUMP), at),
        nginx_test=seen(NginxTest(True), at),
        nginx_errors=seen(NginxErrors((("10.0.0.51:80", "connect() failed"),), 30.0), at),
        firewall_at_boot=seen(Firewall("nftables", VrrpFirewall.ALLOWED, "rule"), at),
        nonlocal_bind=seen(False, at),
        denials=seen(("type=AVC denied",), at),
        drift=seen((Drift("/etc/nginx/nginx.conf", True),), at),
        missing=(Missing("journal", note("{host}: no journal", host="lb01"), "lb01"),),
        files={"/etc/keepalived/keepalived.conf": MASKED},
    )
    return replace(whole, **other)


def active() -> Active:
    """Closer looks of every kind: the adverts of both LBs are sent, and heard by nobody."""
    own = {"lb01": "10.0.0.10", "lb02": "10.0.0.11"}
    return Active(
        wires={
            name: seen(Wire(3.0, (Advert(address, 50, 150, 2, "none", 1.0, ("10.0.0.100",)),)))
            for name, address in own.items()
        },
        stats={name: seen((VrrpStats("VI_1", advert_sent=9),)) for name in own},
        stats_before={name: seen((VrrpStats("VI_1", advert_sent=3),)) for name in own},
        served={"web02": seen(Answer(502, 0.01, "bastion"))},
        pings={"web01": seen({"lb01": True, "lb02": False})},
        answers={"10.0.0.100": seen(Answer(None, 2.0, "bastion", "timed out"))},
    )


def without_files(told: Mapping[str, Extras]) -> dict[str, Extras]:
    return {host: replace(one, files={}) for host, one in told.items()}


def recorder_of(scene: Scene, place: Path, limits: Limits | None = None) -> Recorder:
    recorder = Recorder(scene.site, NOW - 600, place=place, limits=limits or Limits()).begin()
    recorder.take(scene.events, scene.state)
    return recorder


def closed(recorder: Recorder, at: float = NOW + 60) -> Recording:
    recorder.close(at)
    assert recorder.problem is None
    assert recorder.path is not None
    return read_recording(recorder.path)


def test_all_of_it_comes_back_as_it_was(tmp_path: Path) -> None:
    recorder = recorder_of(healthy(), tmp_path)
    told = Beside(NOW + 1, "pair", {"lb01": extras(), "lb02": extras()}, active())
    recorder.beside(told)
    replay = Replay(closed(recorder))
    replay.seek(NOW + 0.5)
    assert replay.beside("pair") == Beside(NOW + 0.5, "pair")
    replay.seek(NOW + 2)
    back = replay.beside("pair")
    assert (back.at, back.active) == (told.at, told.active)
    assert back.extras == without_files(told.extras)
    assert replay.beside("another").extras == {}


async def test_keepaliveds_file_is_there_and_its_password_is_not(tmp_path: Path) -> None:
    recorder = recorder_of(healthy(), tmp_path)
    recorder.beside(Beside(NOW + 1, "pair", {"lb01": extras()}))
    recorder.beside(Beside(NOW + 9, "pair", {"lb01": extras(NOW + 8)}))
    recording = closed(recorder)
    assert recorder.path is not None
    assert "s3cr3t" not in recorder.path.read_text()
    (kept,) = recording.files
    assert (kept.host, kept.path, kept.text) == (
        "lb01", "/etc/keepalived/keepalived.conf", MASKED
    )  # fmt: skip
    replay = Replay(recording)
    replay.seek(NOW + 2)
    assert await replay.read_file("lb01", "/etc/keepalived/keepalived.conf") == MASKED
    export(replay.reel, NOW - 60, NOW + 20, tmp_path / "incident", tmp_path / "no-ledger")
    assert (tmp_path / "incident" / "lb01.conf").read_text() == MASKED
    again = read_recording(tmp_path / "incident" / "recording.jsonl")
    assert [one.extras for one in again.besides] == [one.extras for one in recording.besides]


def test_what_stays_is_written_once_and_what_goes_is_gone(tmp_path: Path) -> None:
    recorder = recorder_of(healthy(), tmp_path)
    both = {"lb01": extras(), "lb02": extras()}
    recorder.beside(Beside(NOW + 1, "pair", both, active()))
    recorder.beside(Beside(NOW + 2, "pair", {n: extras(NOW + 2) for n in both}, active()))
    recorder.beside(Beside(NOW + 3, "pair", both | {"lb02": extras(uptime_s=None)}, active()))
    recorder.beside(Beside(NOW + 4, "pair", {"lb01": extras()}))
    recording = closed(recorder)
    assert [(one.at - NOW, sorted(one.extras)) for one in recording.besides] == [
        (1, ["lb01", "lb02"]), (3, ["lb02"]), (4, ["lb02"])
    ]  # fmt: skip
    assert recording.besides[1].active is None, "nothing new was looked at"
    replay = Replay(recording)
    replay.seek(NOW + 3.5)
    assert replay.beside("pair").extras["lb02"].uptime_s is None
    assert replay.beside("pair").active == active()
    replay.seek(NOW + 5)
    assert sorted(replay.beside("pair").extras) == ["lb01"]
    assert replay.beside("pair").active == Active()


def test_every_file_of_a_session_begins_with_it(tmp_path: Path) -> None:
    scene = healthy()
    recorder = recorder_of(scene, tmp_path, Limits(file_bytes=1))
    recorder.beside(Beside(NOW + 1, "pair", {"lb01": extras()}, active()))
    first = recorder.path
    recorder.take(scene.events[-1:], scene.state)
    assert recorder.path != first
    recording = closed(recorder)
    replay = Replay(recording)
    replay.seek(replay.reel.last)
    back = replay.beside("pair")
    assert (back.extras, back.active) == (without_files({"lb01": extras()}), active())
    assert [one.path for one in recording.files] == ["/etc/keepalived/keepalived.conf"]


def judged(replay: Replay) -> Diagnosis:
    (cluster,) = replay.site.clusters
    return OwnClinic().consult(replay, None, cluster).passive()


def test_a_replay_judges_by_what_closer_looks_have_shown(tmp_path: Path) -> None:
    recorder = recorder_of(healthy(), tmp_path)
    looked = Active(served={"web02": seen(Answer(502, 0.01, "bastion"), NOW + 1)})
    recorder.beside(Beside(NOW + 1, "pair", {}, looked))
    recorder.beside(Beside(NOW + 4, "pair", {}))
    replay = Replay(closed(recorder))
    for at, causes in ((NOW + 0.5, []), (NOW + 2, ["backend-errors"]), (NOW + 4.5, [])):
        replay.seek(at)
        assert [one.cause for one in judged(replay).findings] == causes, at


@pytest.mark.parametrize(
    "row",
    [
        {"beside": "pair", "at": "now"},
        {"beside": "pair", "at": NOW, "extras": []},
        {"beside": "pair", "at": NOW, "extras": {"lb01": {"at": NOW, "conf": {"value": 3}}}},
        {"beside": "pair", "at": NOW, "active": {"wires": {"lb01": {"value": {}}}}},
    ],
)
def test_a_line_that_makes_no_sense_is_named(tmp_path: Path, row: dict[str, Any]) -> None:
    recorder = recorder_of(healthy(pair_site()), tmp_path)
    recorder.close(NOW)
    assert recorder.path is not None
    with recorder.path.open("a") as out:
        out.write(json.dumps(row) + "\n")
    with pytest.raises(RecordingError, match="the recording is damaged here"):
        read_recording(recorder.path)
