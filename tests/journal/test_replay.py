"""A recording as a feed: any moment of it, forth and back, and nobody is asked."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haconsole.domain.reduce import fold
from haconsole.domain.state import State
from haconsole.domain.verdict import Level
from haconsole.journal.recording import Limits, Recorder, files
from haconsole.journal.recording_reading import Mark, read_recording
from haconsole.journal.replay import SPEEDS, Replay
from haconsole.journal.replay_reel import Reel
from haconsole.journal.replay_time import MomentError, parse_moment
from haconsole.monitor.feed import Feed, FeedError
from tests.support.recordings import FOLDER
from tests.support.waiting import until

RECORDING = read_recording(FOLDER / "split-brain.jsonl")
REEL = Reel(RECORDING)


class Clock:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_it_is_a_feed() -> None:
    feed: Feed = Replay(RECORDING)
    assert feed.writable is False
    assert feed.now() == RECORDING.first


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-10, 100), min_size=1, max_size=6))
def test_wherever_it_is_sent_it_shows_what_was_known_then(moments: list[float]) -> None:
    replay = Replay(RECORDING)
    for moment in moments:
        replay.seek(replay.reel.first + moment)
        begin = State.begin(RECORDING.site, RECORDING.begun)
        known = [
            e for e, at in zip(RECORDING.events, REEL.times, strict=True) if at <= replay.now()
        ]
        assert replay.state == fold(begin, known)
        assert RECORDING.first <= replay.now() <= RECORDING.last
        assert list(replay.heard) == known


def test_steps_meet_every_event_that_is_more_than_a_line_and_lead_back() -> None:
    replay = Replay(RECORDING)
    forth = []
    while replay.step(1):
        forth.append((replay.now(), replay.state))
    assert len(forth) > 100
    assert [at for at, _ in forth] == sorted(at for at, _ in forth)
    back = [forth[-1]]
    while replay.step(-1):
        back.append((replay.now(), replay.state))
    assert back[: len(forth)] == forth[::-1]
    assert replay.now() == RECORDING.first


def test_listeners_hear_what_is_gone_over_and_are_told_of_a_way_back() -> None:
    replay = Replay(RECORDING)
    heard: list[int] = []
    jumps: list[float] = []
    stop = replay.subscribe(lambda events, state: heard.append(len(events)))
    replay.on_jump = lambda: jumps.append(replay.now())
    replay.seek(replay.reel.first + 50)
    replay.seek(replay.reel.last)
    assert sum(heard) == len(RECORDING.events) - REEL.upto(RECORDING.first)
    assert jumps == []
    replay.seek(replay.reel.first + 10)
    assert jumps == [replay.reel.first + 10]
    stop()
    replay.seek(replay.reel.last)
    assert len(heard) == 2


def test_troubles_and_marks_are_where_it_stops() -> None:
    recording = read_recording(FOLDER / "split-brain.jsonl")
    recording.marks.append(Mark(recording.first + 40, "here"))
    replay = Replay(recording)
    first = replay.jump(1)
    assert first is not None
    assert (first.text, first.level, replay.now()) == ("here", None, recording.first + 40)
    second, third = replay.jump(1), replay.jump(1)
    assert second is not None
    assert third is not None
    assert (second.level, third.level) == (Level.WARNING, Level.CRITICAL)
    assert third.text == "split brain: 10.0.0.100 on lb01 AND lb02"
    assert replay.jump(1) is None
    assert replay.now() == third.at
    assert replay.jump(-1) == second
    assert [stop.text for stop in Reel(read_recording(FOLDER / "healthy.jsonl")).stops] == []


async def test_it_plays_by_its_clock_and_the_readings_age() -> None:
    clock = Clock()
    replay = Replay(RECORDING, clock)
    running = asyncio.create_task(replay.run())
    replay.seek(RECORDING.first + 20)
    standing = replay.state
    clock.at += 30
    assert replay.now() == RECORDING.first + 20
    replay.play()
    clock.at += 10
    assert replay.now() == RECORDING.first + 30
    await until(lambda: replay.state is not standing)
    assert replay.state.at <= replay.now()
    assert [replay.faster(1) for _ in SPEEDS][-1] == SPEEDS[-1]
    assert replay.now() == RECORDING.first + 30
    assert [replay.faster(-1) for _ in SPEEDS][-1] == SPEEDS[0]
    clock.at += 4
    assert replay.now() == RECORDING.first + 31
    clock.at += 10_000
    await until(lambda: not replay.playing)
    assert replay.now() == RECORDING.last
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_nobody_is_asked() -> None:
    replay = Replay(RECORDING)
    with pytest.raises(FeedError, match="This is a recording: no host is asked"):
        await replay.refresh()
    with pytest.raises(FeedError, match="was not read up to this moment"):
        await replay.read_file("lb01", "/etc/shadow")
    assert "vrrp_instance" in await replay.read_file("lb01", "/etc/keepalived/keepalived.conf")


def test_a_part_of_a_session_begins_with_what_was_known(tmp_path: Path) -> None:
    recorder = Recorder(
        RECORDING.site, RECORDING.begun, place=tmp_path, limits=Limits(file_bytes=40_000)
    ).begin()
    begin = State.begin(RECORDING.site, RECORDING.begun)
    for event in RECORDING.events:
        recorder.take((event,), begin)
    recorder.close()
    found = files(tmp_path)
    assert len(found) >= 3
    whole = REEL.state_at(len(RECORDING.events))
    last = Replay(read_recording(found[-1]))
    assert last.now() == last.reel.first > RECORDING.first
    assert all(stop.at >= last.reel.first for stop in last.reel.stops)
    last.seek(last.reel.last)
    for name, host in whole.hosts.items():
        known = last.state.host(name)
        assert (known.addresses, known.units, known.link.status) == (
            host.addresses,
            host.units,
            host.link.status,
        )
    assert {vip: one.owners for vip, one in last.state.ownership.items()} == {
        vip: one.owners for vip, one in whole.ownership.items()
    }


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("+90", 90.0), ("+1m30s", 90.0), ("+1h", 3600.0), ("end-30s", 7170.0), ("end", 7200.0), ("+2.5", 2.5),
     ("13:34:10", 10.0), ("14:00", 1560.0), ("2026-11-22T13:34:01", 1.0), ("13:33:59.5", -0.5),
     ("13:33", 86_340.0), ("2026-11-22T13:34:01.5+00:00", 1.5)],
)  # fmt: skip
def test_moments_as_they_are_typed(
    text: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    first = 1_795_354_440.0
    try:
        assert parse_moment(text, first, first + 7200) == pytest.approx(first + seconds)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "text", ["", "+", "-", "noon", "25:00", "12:61", "2026-13-01", "+1x", "9" * 50]
)
def test_what_is_no_moment_is_said(text: str) -> None:
    with pytest.raises(MomentError, match="is no moment: write"):
        parse_moment(text, 1000.0, 2000.0)
