"""Recordings: read back as it was, bounded, without secrets, whatever comes and whatever breaks."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path

import pytest

from haconsole.domain.events import (
    Event,
    HitsSeen,
    LoadRead,
    ReadingFailed,
)
from haconsole.domain.facts import Load
from haconsole.domain.model import Access, Site
from haconsole.domain.reduce import fold
from haconsole.domain.state import State
from haconsole.domain.verdict import judge
from haconsole.journal.recording import Limits, Recorder, files
from haconsole.journal.recording_hits import COUNTED, KEPT_A_SECOND
from haconsole.journal.recording_reading import Recording, RecordingError, read_recording
from haconsole.journal.replay import Replay
from tests.support.parts import LONG_AGO, NOW, hits, pair_site
from tests.support.planted import CONF, SECRETS, secret_events
from tests.support.states import all_scenes, healthy


def recorded(
    place: Path, events: Iterable[Event], site: Site | None = None, limits: Limits | None = None
) -> Recorder:
    """Record events, one at a time; return the recorder, closed."""
    site = site or pair_site()
    recorder = Recorder(site, NOW - 600, place=place, limits=limits or Limits()).begin()
    state = State.begin(site, NOW - 600)
    for event in events:
        recorder.take((event,), state)
    recorder.close()
    return recorder


def read_back(recorder: Recorder) -> Recording:
    assert recorder.problem is None
    assert recorder.path is not None
    return read_recording(recorder.path)


@pytest.mark.parametrize("name", [name for name in all_scenes() if name != "many"])
def test_what_is_read_back_gives_the_same_state_and_verdict(name: str, tmp_path: Path) -> None:
    scene = all_scenes()[name]
    back = read_back(recorded(tmp_path, scene.events, scene.site))
    state = fold(State.begin(back.site, back.begun), back.events)
    live = fold(State.begin(scene.site, NOW - 600), scene.events)
    assert judge(state, scene.now) == judge(live, scene.now)
    assert state.ownership == live.ownership
    assert state.timeline == live.timeline
    for cluster, sums in live.hits.items():
        told = state.hits[cluster]
        assert (told.total, told.errors, told.last_at) == (sums.total, sums.errors, sums.last_at)
        assert told.backends == sums.backends
        assert [one.backends for one in told.seconds] == [one.backends for one in sums.seconds]
        assert [one.times for one in told.seconds] == [one.times for one in sums.seconds]


def test_an_equal_reading_takes_a_short_line(tmp_path: Path) -> None:
    load = [LoadRead(at=NOW + i, host="lb01", load=Load(0.5, 2)) for i in range(100)]
    recorder = recorded(tmp_path, load)
    back = read_back(recorder)
    assert back.events == load
    assert back.fresh == [True] + [False] * 99
    assert recorder.path is not None
    longest = max(len(row) for row in recorder.path.read_text().splitlines()[2:])
    assert longest < 70


def test_busy_seconds_keep_some_hits_and_count_the_others(tmp_path: Path) -> None:
    cluster = pair_site().clusters[0]
    rows = hits(cluster, NOW, 1, per_second=2000)
    failed = [hit for hit in rows if hit.is_error]
    batches = [tuple(rows[i : i + 200]) for i in range(0, len(rows), 200)]
    events = [HitsSeen(at=NOW + 0.01 * i, host="lb01", hits=b) for i, b in enumerate(batches)]
    recorder = recorded(tmp_path, events)
    back = read_back(recorder)
    kept = [h for e in back.events if isinstance(e, HitsSeen) for h in e.hits if h.path != COUNTED]
    assert len(kept) == KEPT_A_SECOND
    assert {hit for hit in failed if hit in batches[0]} <= set(kept)
    assert recorder.path is not None
    assert recorder.path.stat().st_size < 60 * len(rows) / 3
    live = fold(State.begin(pair_site(), NOW), events).hits["pair"]
    sums = fold(State.begin(pair_site(), NOW), back.events).hits["pair"]
    assert sums.total == live.total == len(rows)
    assert (sums.errors, sums.backends, sums.seconds) == (live.errors, live.backends, live.seconds)


def test_no_secret_is_in_any_byte(tmp_path: Path) -> None:
    site = pair_site()
    from dataclasses import replace

    def known(host):
        access = Access(
            host.address,
            port=2222,
            user="opsuser",
            identity_files=(Path("/home/op/.ssh/id_secret"),),
            known_hosts=Path("/home/op/known"),
            jumps=host.access.jumps,
        )
        return replace(host, access=access)

    cluster = site.clusters[0]
    cluster = replace(
        cluster, lbs=tuple(map(known, cluster.lbs)), webs=tuple(map(known, cluster.webs))
    )
    site = replace(site, clusters=(cluster,), jumps=tuple(map(known, site.jumps)))
    recorder = Recorder(site, NOW - 600, place=tmp_path).begin()
    recorder.take(secret_events(), State.begin(site, NOW))
    recorder.file(NOW, "lb01", "/etc/keepalived/keepalived.conf", CONF)
    recorder.mark(NOW, "password=hunter2x")
    recorder.close()
    assert recorder.path is not None
    data = recorder.path.read_bytes()
    planted = (*SECRETS, "opsuser", "id_secret", "2222", "/home/op")
    assert [secret for secret in planted if secret.encode() in data] == []
    assert data.count(b"********") >= 12
    back = read_back(recorder)
    assert len(back.events) == len(secret_events())
    assert "vrrp_instance VI_1 {" in back.files[0].text


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    recorder = recorded(tmp_path / "new" / "place", healthy().events)
    assert recorder.path is not None
    assert stat.S_IMODE(recorder.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(recorder.path.parent.stat().st_mode) == 0o700


# Bounds


def stream(count: int) -> Iterable[Event]:
    for i in range(count):
        yield LoadRead(at=NOW + i * 0.1, host="lb01", load=Load(i / 7, 2))
        yield LoadRead(at=NOW + i * 0.1, host="lb02", load=Load(i / 9, 2))


def test_however_long_it_lasts_it_stays_within_its_bounds(tmp_path: Path) -> None:
    limits = Limits(file_bytes=20_000, all_bytes=100_000)
    recorder = recorded(tmp_path, stream(20_000), limits=limits)
    found = files(tmp_path)
    assert recorder.problem is None
    assert len(found) > 2
    sizes = [path.stat().st_size for path in found]
    assert max(sizes) <= 20_000 + 500
    assert sum(sizes) <= 100_000
    assert found[-1] == recorder.path
    for path in found:
        back = read_recording(path)
        assert back.part > 1
        # Each can be replayed alone: what was known stands before it.
        assert {event.host for event in back.events[: back.known]} == {"lb01", "lb02"}
        assert back.first >= NOW
    assert read_recording(found[-1]).events[-1].at == NOW + 19_999 * 0.1


def test_a_file_ends_at_its_age_and_old_ones_go(tmp_path: Path) -> None:
    old = tmp_path / "shop-20200101T000000Z-000.jsonl"
    old.write_text("{}\n")
    os.utime(old, (1_577_836_800, 1_577_836_800))
    recorded(tmp_path, stream(1000), limits=Limits(file_s=30.0))
    found = files(tmp_path)
    assert old not in found
    # The first one ended before anything came: the session is older than a file may be.
    spans = [(back.first, back.last) for back in map(read_recording, found[1:])]
    assert len(spans) == 4
    assert all(last - first <= 31 for first, last in spans)


def test_a_folder_that_cannot_be_written_is_said_and_nothing_else_happens(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told: list[str] = []
    recorder = Recorder(pair_site(), NOW, place=tmp_path / "file" / "below")
    recorder.on_problem = told.append
    recorder.begin()
    recorder.take(healthy().events, State.begin(pair_site(), NOW))
    recorder.mark(NOW)
    recorder.close()
    assert len(told) == 1
    assert told == [recorder.problem]
    assert "Nothing is recorded any more" in told[0]


def test_a_full_disk_ends_the_recording_not_the_console(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("NOT TESTED: a disk that is full needs /dev/full")
    recorder = Recorder(pair_site(), NOW, place=tmp_path).begin()
    os.dup2(os.open("/dev/full", os.O_WRONLY), recorder._handle)
    recorder.take(healthy().events, State.begin(pair_site(), NOW))
    assert recorder.problem is not None
    assert "No space left on device" in recorder.problem
    assert not recorder.recording


# What was killed, damaged, or never was a recording


def rows(tmp_path: Path) -> list[str]:
    recorder = recorded(tmp_path / "made", healthy().events)
    assert recorder.path is not None
    return recorder.path.read_text().splitlines(keepends=True)


def test_wherever_it_is_cut_off_the_rest_is_read(tmp_path: Path) -> None:
    data = "".join(rows(tmp_path)).encode()
    path = tmp_path / "cut.jsonl"
    lines = data.splitlines(keepends=True)
    begin = len(lines[0]) + len(lines[1])
    for end in range(begin, min(len(data), begin + 3000), 13):
        path.write_bytes(data[:end])
        back = read_recording(path)
        whole = data[:end].count(b"\n")
        assert len(back.events) >= whole - 1
        assert back.ended is None
        Replay(back)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty: nothing was recorded."),
        ("hello\n", "is no recording of haconsole."),
        ("[1,2]\n", "is no recording of haconsole."),
        ('{"kind":"other"}\n', "is no recording of haconsole."),
        ("\x00\xff\n", "is no recording of haconsole."),
        ('{"kind":"haconsole recording","version":"1"}\n', "is no recording of haconsole."),
        (
            '{"kind":"haconsole recording","version":9,"by":"haconsole 7\\u001b[2J"}\n',
            "was written by a newer version (haconsole 7\u241b[2J, format 9)",
        ),
        ('{"kind":"haconsole recording","version":1}\n', ":1: the recording is damaged here"),
    ],
)
def test_what_is_no_recording_is_said_in_a_sentence(
    text: str, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "file.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecordingError) as said:
        read_recording(path)
    assert sentence in str(said.value)
    assert str(said.value).startswith(str(path))
    assert "\x1b" not in str(said.value)


BAD_ROWS = [
    "nonsense",
    "{}",
    '{"e":"Nothing","at":1,"host":"lb01"}',
    '{"e":"LoadRead","at":NaN,"host":"lb01","load":{"one_minute":1,"processors":1}}',
    '{"e":"LoadRead","at":1e300,"host":"lb01","load":{"one_minute":1,"processors":1}}',
    '{"e":"LoadRead","at":1,"host":"lb01"}',
    '{"e":"LoadRead","at":1,"host":7,"load":{"one_minute":1,"processors":1}}',
    '{"e":"LoadRead","at":1,"host":"lb01","load":{"one_minute":"x","processors":1}}',
    '{"e":"LoadRead","at":1,"host":"lb01","load":{"one_minute":1,"processors":true}}',
    '{"e":"LoadRead","at":1,"host":"lb01","load":{"one_minute":1,"processors":1},"more":[]}',
    '{"e":"LinkChanged","at":1,"host":"lb01","status":"odd"}',
    '{"e":"HitsSeen","at":1,"host":"lb01","hits":[[1,2]]}',
    '{"e":"HitsSeen","at":1,"host":"lb01","hits":[],"more":[[1,"n","b",200,5,1000000000]]}',
    '{"e":"HitsSeen","at":1,"host":"lb01","hits":[],"more":[[1,"n","b",200,900,1]]}',
    '{"again":"FirewallRead","at":1,"host":"nobody"}',
    '{"again":"Hit","at":1,"host":"lb01"}',
    '{"mark":{},"at":1}',
    '{"file":"/x","host":"lb01","at":1,"text":7}',
    '{"e":"LinkChanged","at":1,"host":"lb01","status":"up","detail":' + '{"template":"a","values":'
    '{"a":' * 3000 + "1" + "}}" * 3000 + "}",
]


@pytest.mark.parametrize("row", BAD_ROWS, ids=[row[:40] for row in BAD_ROWS])
def test_a_damaged_line_is_named(row: str, tmp_path: Path) -> None:
    lines = rows(tmp_path)
    path = tmp_path / "bad.jsonl"
    path.write_text("".join([*lines[:4], row + "\n", *lines[4:]]))
    with pytest.raises(RecordingError) as said:
        read_recording(path)
    assert str(said.value).startswith(f"{path}:5: the recording is damaged here: ")
    assert len(str(said.value)) < 400


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda site: site.update(clusters=[]), "no cluster"),
        (lambda site: site["clusters"][0].update(lbs=[]), "without an LB"),
        (lambda site: site["clusters"][0]["vips"][0].update(address="here"), "is no address"),
        (lambda site: site["clusters"][0]["lbs"][0].update(name="lb02"), "have one name"),
        (lambda site: site.update(jumps=[]), "behind a jump host that is not there"),
        (lambda site: site.update(surprise=1), "Site has no 'surprise'"),
    ],
)
def test_a_site_that_cannot_be_is_refused(change, why: str, tmp_path: Path) -> None:
    lines = rows(tmp_path)
    head = json.loads(lines[0])
    change(head["site"])
    path = tmp_path / "bad.jsonl"
    path.write_text("".join([json.dumps(head) + "\n", *lines[1:]]))
    with pytest.raises(RecordingError, match=why):
        read_recording(path)


def test_hostile_text_is_made_harmless(tmp_path: Path) -> None:
    lines = rows(tmp_path)
    evil = {
        "e": "ReadingFailed",
        "at": NOW,
        "host": "lb01",
        "fact": "load",
        "problem": "\x1b]0;owned\x07 \u202e",
    }
    path = tmp_path / "evil.jsonl"
    path.write_text("".join([*lines, json.dumps(evil) + "\n"]))
    event = read_recording(path).events[-1]
    assert isinstance(event, ReadingFailed)
    assert event.problem == "\u241b]0;owned\u2407 \ufffd"
    assert event.at > LONG_AGO
