"""systemctl show and the journal, as systemd 252 (Debian 12) and 219 (CentOS 7) print them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from haconsole.domain.facts import JournalLine, Unit
from haconsole.parsers.errors import ParseError
from haconsole.parsers.systemd import UnitFactKind, parse_journal_json, parse_show, unit_fact

SHOW = """MainPID=142
Result=success
Id=keepalived.service
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled
StateChangeTimestampMonotonic=2289709186
ActiveEnterTimestamp=Sun 2026-11-22 09:12:37 UTC
ActiveEnterTimestampMonotonic=2289709186
InactiveEnterTimestampMonotonic=2281809732

MainPID=0
Result=exit-code
Id=nginx.service
LoadState=loaded
ActiveState=failed
SubState=failed
UnitFileState=enabled
StateChangeTimestampMonotonic=2300000000
ActiveEnterTimestampMonotonic=2228752814
InactiveEnterTimestampMonotonic=2300000000

MainPID=0
Result=success
Id=nosuch.service
LoadState=not-found
ActiveState=inactive
SubState=dead
UnitFileState=
StateChangeTimestampMonotonic=0
ActiveEnterTimestampMonotonic=0
InactiveEnterTimestampMonotonic=0
"""


def test_show() -> None:
    assert parse_show(SHOW, boot_at=1000.0) == (
        Unit(
            "keepalived.service", True, "active", "running", "enabled", 142, 3289.709186, "success"
        ),
        Unit("nginx.service", True, "failed", "failed", "enabled", None, 3300.0, "exit-code"),
        Unit("nosuch.service", False, "inactive", "dead", "", None, None, "success"),
    )
    assert [unit.since for unit in parse_show(SHOW)] == [None, None, None]
    assert [unit.running for unit in parse_show(SHOW)] == [True, False, False]


def test_blocks_without_a_blank_line() -> None:
    text = "Id=a.service\nActiveState=active\nId=b.service\nActiveState=inactive\n"
    assert [(u.name, u.active) for u in parse_show(text)] == [
        ("a.service", "active"),
        ("b.service", "inactive"),
    ]


def test_show_of_nothing() -> None:
    assert parse_show("") == ()
    with pytest.raises(ParseError):
        parse_show("Failed to connect to bus: No such file or directory\n")


def line(**fields: object) -> str:
    return json.dumps({"__REALTIME_TIMESTAMP": "1795338757161031", **fields})


def test_a_line_of_a_service() -> None:
    read = parse_journal_json(
        line(
            MESSAGE="(VI_1) Entering BACKUP STATE",
            PRIORITY="6",
            _SYSTEMD_UNIT="keepalived.service",
            SYSLOG_IDENTIFIER="Keepalived_vrrp",
        )
    )
    assert read == JournalLine(
        "keepalived.service",
        1795338757.161031,
        6,
        "(VI_1) Entering BACKUP STATE",
        identifier="Keepalived_vrrp",
    )


def test_a_line_of_systemd_is_about_the_unit() -> None:
    read = parse_journal_json(
        line(MESSAGE="Started x.", UNIT="nginx.service", _SYSTEMD_UNIT="init.scope", PRIORITY="6")
    )
    assert read is not None
    assert read.unit == "nginx.service"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("plain", "plain"),
        (None, ""),
        ([104, 101, 27, 255], "he\x1b\ufffd"),
        (["one", "two"], "one\ntwo"),
        ([], ""),
        (7, ""),
        ([300], ""),
        ({}, ""),
    ],
)
def test_messages_of_every_kind(message: object, text: str) -> None:
    read = parse_journal_json(line(MESSAGE=message, SYSLOG_IDENTIFIER="x"))
    assert read is not None
    assert (read.text, read.unit, read.priority) == (text, "x", 6)


@pytest.mark.parametrize(
    "text",
    ["", "-- No entries --", "{", "[]", "{}", "1", '{"a":' * 50_000, '{"__REALTIME_TIMESTAMP":5}'],
)
def test_what_is_no_journal_line(text: str) -> None:
    assert parse_journal_json(text) is None


FACTS = [
    ("Started keepalived.service - Keepalive Daemon (LVS and VRRP).", UnitFactKind.STARTED, ""),
    ("Started LVS and VRRP High Availability Monitor.", UnitFactKind.STARTED, ""),
    ("Starting keepalived.service - Keepalive Daemon...", UnitFactKind.STARTING, ""),
    ("Stopping keepalived.service - Keepalive Daemon...", UnitFactKind.STOPPING, ""),
    ("Stopped keepalived.service - Keepalive Daemon.", UnitFactKind.STOPPED, ""),
    ("keepalived.service: Deactivated successfully.", UnitFactKind.STOPPED, ""),
    ("keepalived.service: Succeeded.", UnitFactKind.STOPPED, ""),
    ("Reloaded nginx.service - A high performance web server.", UnitFactKind.RELOADED, ""),
    (
        "keepalived.service: Main process exited, code=killed, status=9/KILL",
        UnitFactKind.KILLED,
        "9/KILL",
    ),
    (
        "keepalived.service: main process exited, code=killed, status=9/KILL",
        UnitFactKind.KILLED,
        "9/KILL",
    ),
    ("x.service: Main process exited, code=dumped, status=11/SEGV", UnitFactKind.KILLED, "11/SEGV"),
    (
        "nginx.service: Main process exited, code=exited, status=1/FAILURE",
        UnitFactKind.EXITED,
        "1/FAILURE",
    ),
    ("keepalived.service: Failed with result 'signal'.", UnitFactKind.FAILED, "signal"),
    ("Unit keepalived.service entered failed state.", UnitFactKind.FAILED, ""),
    (
        "Failed to start nginx.service - A web server.",
        UnitFactKind.FAILED,
        "nginx.service - A web server.",
    ),
    (
        "nginx.service: Scheduled restart job, restart counter is at 3.",
        UnitFactKind.RESTARTING,
        "3",
    ),
    ("keepalived.service holdoff time over, scheduling restart.", UnitFactKind.RESTARTING, ""),
]


@pytest.mark.parametrize(("text", "kind", "detail"), FACTS)
def test_unit_facts(text: str, kind: UnitFactKind, detail: str) -> None:
    found = unit_fact(JournalLine("keepalived.service", 0.0, 6, text))
    assert found is not None
    assert (found.kind, found.unit, found.detail) == (kind, "keepalived.service", detail)


def test_what_is_no_fact_about_a_unit() -> None:
    assert unit_fact(JournalLine("keepalived.service", 0.0, 6, "hello")) is None
    assert unit_fact(JournalLine("", 0.0, 6, "Started x.")) is None
    assert unit_fact(JournalLine("init.scope", 0.0, 6, "Started x.")) is None


@pytest.mark.parametrize(
    "text",
    [
        "Starting Keepalived v2.2.7 (01/16,2022)",
        "Starting VRRP child process, pid=143",
        "Stopped Keepalived v2.2.7 (01/16,2022)",
        "Stopped - used (self/children) 0.0/0.0 user time, 0.0/0.0 system time",
    ],
)
def test_what_keepalived_says_of_itself_is_no_fact_about_its_unit(text: str) -> None:
    for identifier in ("", "Keepalived", "Keepalived_vrrp"):
        line = JournalLine("keepalived.service", 0.0, 6, text, identifier=identifier)
        assert unit_fact(line) is None


def test_only_systemd_speaks_of_units() -> None:
    text = "Started keepalived.service - Keepalive Daemon."
    said = JournalLine("keepalived.service", 0.0, 6, text, identifier="systemd")
    assert unit_fact(said) is not None
    assert unit_fact(replace(said, identifier="script")) is None
