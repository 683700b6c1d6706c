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
):
    return json.dumps(
        {
            "__REALTIME_TIMESTAMP": str(int(at * 1e6)),
            "MESSAGE": text,
            "PRIORITY": "6",
            "_SYSTEMD_UNIT": unit,
            "SYSLOG_IDENTIFIER": identifier,
        }
    )


def read(reader: streams.JournalReader, *lines: str, live_from: float = 0.0) -> list[Event]:
    return list(reader.events(Lines(lines, 100.0), live_from))


def test_a_transition_is_understood_and_kept() -> None:
    events = read(streams.JournalReader("lb01"), entry(50, "(VI_1) Entering MASTER STATE"))
    logged, kept = events
    assert isinstance(logged, DaemonLogged)
    assert (logged.fact.kind, logged.fact.state) == (LogKind.TRANSITION, VrrpState.MASTER)
    assert (logged.node_at, logged.live) == (50.0, True)
    assert isinstance(kept, JournalRead)
    assert kept.lines[0].understood


def test_what_is_older_than_the_stream_is_history() -> None:
    events = read(
        streams.JournalReader("lb01"), entry(50, "(VI_1) Entering MASTER STATE"), live_from=60.0
    )
    assert [e.live for e in events if isinstance(e, DaemonLogged | JournalRead)] == [False, False]
    assert not streams.asks_for_a_reading(events)


def test_a_reconnect_tells_nothing_twice_and_loses_nothing() -> None:
    reader = streams.JournalReader("lb01")
    reader.begin()
    assert read(reader, entry(50, "one"), entry(50, "two"))
    reader.begin()
    again = read(reader, entry(50, "one"), entry(50, "two"), entry(50.000001, "three"))
    assert [line.text for e in again if isinstance(e, JournalRead) for line in e.lines] == ["three"]


def test_our_own_dumps_are_not_told() -> None:
    reader = streams.JournalReader("lb01")
    assert not read(reader, entry(50, "Printing VRRP data for process(28889) on signal"))


def test_what_is_no_journal_line_is_passed_over() -> None:
    assert not read(streams.JournalReader("lb01"), "", "@1.5", "{", "[]", "null", '{"a": 1}')


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
    events = read(streams.JournalReader("lb01"), line)
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
