"""Lines of streams as events."""

from __future__ import annotations

import json

from haconsole.domain.daemon import LogKind, VrrpState
from haconsole.domain.events import AddressChanged, DaemonLogged, Event, JournalRead
from haconsole.domain.facts import Clock
from haconsole.domain.model import Role
from haconsole.domain.readings import Reading
from haconsole.monitor import clock, hitlog, streams
from haconsole.transport.commands import Result
from haconsole.transport.door import Lines


def entry(
    at: float, text: str, unit: str = "keepalived.service", identifier: str = "Keepalived_vrrp"
) -> str:
    return json.dumps(
        {
            "__REALTIME_TIMESTAMP": str(int(at * 1e6)),
            "MESSAGE": text,
            "PRIORITY": "6",
            "_SYSTEMD_UNIT": unit,
            "SYSLOG_IDENTIFIER": identifier,
        }
    )


def reader(live_from: float = 0.0, at: float = 100.0) -> streams.JournalReader:
    """A reader whose stream began at ``at``, when the node's clock said ``live_from``."""
    made = streams.JournalReader("lb01")
    made.begin(live_from, at)
    return made


def read(
    journal: streams.JournalReader, *lines: str, at: float = 200.0, dropped: int = 0
) -> list[Event]:
    return list(journal.events(Lines(lines, at, dropped)))


def lives(events: list[Event]) -> list[bool]:
    return [e.live for e in events if isinstance(e, DaemonLogged)]


def told(events: list[Event]) -> list[str]:
    return [line.text for e in events if isinstance(e, JournalRead) for line in e.lines]


def state(at: float, word: str = "MASTER") -> str:
    return entry(at, f"(VI_1) Entering {word} STATE")


def test_a_transition_is_understood_and_kept() -> None:
    events = read(reader(), state(50))
    logged, kept = events
    assert isinstance(logged, DaemonLogged)
    assert (logged.fact.kind, logged.fact.state) == (LogKind.TRANSITION, VrrpState.MASTER)
    assert (logged.node_at, logged.live) == (50.0, True)
    assert isinstance(kept, JournalRead)
    assert kept.lines[0].understood


def test_what_is_older_than_the_stream_is_history() -> None:
    events = read(reader(live_from=60.0), state(50))
    assert [e.live for e in events if isinstance(e, DaemonLogged | JournalRead)] == [False, False]
    assert not streams.asks_for_a_reading(events)


def test_a_reconnect_tells_nothing_twice_and_loses_nothing() -> None:
    journal = reader()
    assert read(journal, entry(50, "one"), entry(50, "two"))
    journal.begin(300.0, 300.0)
    again = read(journal, entry(50, "one"), entry(50, "two"), entry(50.000001, "three"), at=300.1)
    assert told(again) == ["three"]


def test_after_the_clock_was_set_back_what_comes_is_still_live() -> None:
    """It was an hour ahead when the stream began, and one line came before it was put right."""
    journal = reader(live_from=3700.0)
    assert lives(read(journal, state(3690.0), at=100.1)) == [False]
    assert lives(read(journal, state(3720.0), at=120.0)) == [True]
    events = read(journal, state(140.0, "FAULT"), at=140.0)
    assert lives(events) == [True]
    assert streams.asks_for_a_reading(events)


def test_nor_does_it_need_a_line_from_before_it_was_set_back() -> None:
    quiet = reader(live_from=3700.0)
    assert lives(read(quiet, state(3690.0), at=100.1)) == [False]
    assert lives(read(quiet, state(140.0, "FAULT"), at=140.0)) == [True]
    full = reader(live_from=3700.0)
    past = [state(3500.0 + n) for n in range(streams.BACKLOG)]
    assert not any(lives(read(full, *past, at=100.1)))
    assert lives(read(full, state(100.5, "FAULT"), at=100.5)) == [True]


def test_after_a_reconnect_it_tells_what_is_stamped_before_what_was_told() -> None:
    journal = reader(live_from=3700.0)
    assert told(read(journal, entry(3705.0, "ahead"), at=105.0)) == ["ahead"]
    journal.begin(150.0, 150.0)
    again = read(journal, entry(3705.0, "ahead"), entry(140.0, "missed"), at=150.1)
    assert told(again) == ["missed"]
    assert [e.live for e in again if isinstance(e, JournalRead)] == [False]
    assert told(read(journal, entry(160.0, "now"), at=160.0)) == ["now"]


def test_a_line_of_the_past_that_is_stamped_ahead_is_history() -> None:
    """The machine booted an hour ahead; the clock was right when the stream began."""
    journal = reader(live_from=200.0, at=200.0)
    boot = [state(3650.0), state(60.0, "BACKUP"), state(70.0)]
    assert lives(read(journal, *boot, at=200.1)) == [False, False, False]
    assert lives(read(journal, state(202.0, "FAULT"), at=202.0)) == [True]


def test_lines_that_were_lost_are_lines_of_the_past_too() -> None:
    journal = reader(live_from=3700.0)
    read(journal, state(3600.0), at=100.1, dropped=streams.BACKLOG)
    assert lives(read(journal, state(100.5, "FAULT"), at=100.5)) == [True]


def test_our_own_dumps_are_not_told() -> None:
    assert not read(reader(), entry(50, "Printing VRRP data for process(28889) on signal"))


def test_what_is_no_journal_line_is_passed_over() -> None:
    assert not read(reader(), "", "@1.5", "{", "[]", "null", '{"a": 1}')


def test_systemds_words_about_a_killed_daemon() -> None:
    line = json.dumps(
        {
            "__REALTIME_TIMESTAMP": "50000000",
            "MESSAGE": "keepalived.service: Main process exited, code=killed, status=9/KILL",
            "UNIT": "keepalived.service",
            "_SYSTEMD_UNIT": "init.scope",
            "SYSLOG_IDENTIFIER": "systemd",
        }
    )
    events = read(reader(), line)
    assert isinstance(events[0], DaemonLogged)
    assert events[0].fact.kind is LogKind.KILLED
    assert streams.asks_for_a_reading(events)


def test_addresses_that_come_and_go() -> None:
    lines = (
        "[2026-11-22T08:15:54.578552] 2: eth0    inet 10.0.0.100/32 scope global eth0",
        "[2026-11-22T08:15:55.578552] Deleted 2: eth0    inet 10.0.0.100/32 scope global eth0",
        "garbage",
    )
    events = list(streams.address_events("lb01", Lines(lines, 1795335355.0)))
    assert [(e.added, e.address.address) for e in events] == [
        (True, "10.0.0.100"),
        (False, "10.0.0.100"),
    ]
    assert all(isinstance(e, AddressChanged) and e.node_at for e in events)


def test_the_streams_beginning() -> None:
    assert streams.journal_start(Lines(("@1795335354.25",), 0)) == (1795335354.25, None)
    assert streams.journal_start(Lines(("@1795335354.%N",), 0)) == (1795335354.0, None)
    assert "missing" in str(streams.journal_start(Lines(("@missing",), 0))[1])
    assert streams.journal_start(Lines(("hello",), 0))[1]


def test_each_role_has_its_journals() -> None:
    assert "keepalived.service" in streams.journal(Role.LB).script
    assert "keepalived.service" not in streams.journal(Role.WEB).script


def test_an_offset_is_right_within_half_the_round_trip() -> None:
    read = clock.understand(Result(0, "1000.500000000\n", "", 1000.0, 0.2))
    assert abs(read.offset_s - 0.4) < 1e-9
    assert read.error_s == 0.1
    busybox = clock.understand(Result(0, "1000.%N\n", "", 1000.0, 0.0))
    assert busybox.error_s == 0.5


def test_an_offset_is_asked_for_until_it_is_good_and_then_seldom() -> None:
    good, bad = Clock(0.1, 0.001), Clock(0.1, 0.1)
    assert clock.is_due(Reading(), 0.0)
    assert clock.is_due(Reading(bad, 0.0), 1.0)
    assert not clock.is_due(Reading(good, 0.0), 1.0)
    assert clock.is_due(Reading(good, 0.0), 61.0)
    assert not clock.is_better(bad, Reading(good, 0.0), 1.0)
    assert clock.is_better(Clock(0.1, 0.002), Reading(good, 0.0), 61.0)


def test_a_log_is_followed_by_what_its_node_has() -> None:
    polling = hitlog.follow(hitlog.Found("/var/log/it's.log", (), polls=True)).script
    assert "---disable-inotify" in polling
    assert "'/var/log/it'\"'\"'s.log'" in polling
    assert "---" not in hitlog.follow(hitlog.Found("/x", (), polls=False)).script
