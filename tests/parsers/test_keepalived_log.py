"""Logs of real daemons, and the messages of their sources that no capture holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from haconsole.domain.daemon import CheckStatus, LogFact, LogKind, VrrpState
from haconsole.parsers.keepalived_log import parse_line
from tests.parsers.captured import captured, every, name_of

K = LogKind


def facts(name: str) -> list[LogFact]:
    return [fact for line in captured(name).splitlines() if (fact := parse_line(line))]


def told(name: str) -> list[str]:
    """The story of a log: transitions, priorities, checks, starts and stops."""
    story = []
    for fact in facts(name):
        match fact.kind:
            case K.TRANSITION:
                story.append(f"{fact.instance} {fact.state}")
            case K.PRIORITY:
                story.append(f"{fact.instance} {fact.priority}")
            case K.CHECK:
                story.append(f"{fact.check} {fact.status}")
            case K.STARTED | K.STOPPED:
                story.append(fact.kind.value)
            case _:
                pass
    return story


STORY = [
    "started",
    "check_web GOOD",
    "VI_1 MASTER",
    "check_web BAD",
    "VI_1 90",
    "VI_1 BACKUP",
    "check_web GOOD",
    "VI_1 150",
    "VI_1 MASTER",
    "stopped",
    "stopped",
]


@pytest.mark.parametrize("version", ["1.3.5", "2.2.7", "2.4.3"])
def test_the_story_of_a_check_that_fails(version: str) -> None:
    # 2.x begins as BACKUP by an own line, before or after the check's first success
    told_ = told(f"keepalived-{version}/healthy/lb01.log")
    if version != "1.3.5":
        told_.remove("VI_1 BACKUP")
    assert told_ == STORY


def test_a_master_whose_interface_goes_down() -> None:
    found = facts("keepalived-2.2.7/interface_down/lb01.log")
    kinds = [(f.kind, f.state) for f in found if f.kind in (K.TRANSITION, K.INTERFACE)]
    assert kinds == [
        (K.TRANSITION, VrrpState.BACKUP),
        (K.TRANSITION, VrrpState.MASTER),
        (K.INTERFACE, None),
        (K.TRANSITION, VrrpState.FAULT),
        (K.INTERFACE, None),
        (K.INTERFACE, None),
        (K.TRANSITION, VrrpState.BACKUP),
        (K.TRANSITION, VrrpState.MASTER),
    ]


def test_a_killed_child() -> None:
    kinds = [f.kind for f in facts("keepalived-2.2.7/child_killed/lb01.log")]
    assert K.KILLED in kinds
    after = kinds[kinds.index(K.KILLED) :]
    assert K.TRANSITION in after  # it was started again


MISMATCHES = {
    ("auth_mismatch", "lb02"): {K.MISMATCH},
    ("advert_int_mismatch", "lb02"): {K.MISMATCH},
    ("vip_list_mismatch", "lb02"): {K.MISMATCH},
    ("vrid_mismatch", "lb02"): set(),
}


@pytest.mark.parametrize("version", ["1.3.5", "2.2.7", "2.4.3"])
@pytest.mark.parametrize(("scenario", "node"), MISMATCHES)
def test_mismatches(version: str, scenario: str, node: str) -> None:
    kinds = {f.kind for f in facts(f"keepalived-{version}/{scenario}/{node}.log")}
    assert kinds & {K.MISMATCH} == MISMATCHES[scenario, node]


@pytest.mark.parametrize("version", ["1.3.5", "2.2.7", "2.4.3"])
def test_a_wrong_interface_is_a_config_error(version: str) -> None:
    kinds = [f.kind for f in facts(f"keepalived-{version}/wrong_interface/lb02.log")]
    assert K.CONFIG_ERROR in kinds


#: What a log says again and again, or says of itself: nothing to act on.
NOISE = re.compile(
    r"Sending|Registering |Opening file|Command line|Running on|Configuration file|NOTICE"
    r"|Assigned address|Printing |VRRP sockpool|CPU usage|tables command|Starting VRRP child"
    r"|Using LinkWatch|Script user 'keepalived_script'|'/|Warning - script|Reload complete"
    r"|Restart of|Please log|and include|copies of|read eventfd|^\S+ \S+ keepalived: \S+ \S+ +\d+"
    r" \S+ \d+:   "
)


@pytest.mark.parametrize("path", every("keepalived-*/*/*.log"), ids=name_of)
def test_every_line_is_understood_or_noise(path: Path) -> None:
    unknown = [
        line
        for line in path.read_text().splitlines()
        if parse_line(line) is None and not NOISE.search(line)
    ]
    assert unknown == []


MESSAGES = [
    ("(VI_1) Entering FAULT STATE (init)", K.TRANSITION, {"state": VrrpState.FAULT}),
    ("VRRP_Instance(VI_1) Now in FAULT state", K.TRANSITION, {"state": VrrpState.FAULT}),
    ("(a-b.c): entering FAULT state due to script chk", K.SCRIPT, {"check": "chk"}),
    ("(VI_1): entering FAULT state (interface eth0 down)", K.INTERFACE, {"instance": "VI_1"}),
    ("(VI_1) entering FAULT state (no IPv4 address for interface)", K.INTERFACE, {}),
    ("(VI_1) entering FAULT state (tracked process nginx quorum not achieved)", K.SCRIPT, {}),
    ("(VI_1) entering FAULT state", K.TRANSITION, {"state": VrrpState.FAULT}),
    ("VRRP_Script(c) timed out", K.CHECK, {"check": "c", "status": CheckStatus.BAD}),
    ("VRRP_Script(c) failed (due to signal 15)", K.CHECK, {"status": CheckStatus.BAD}),
    ("VRRP_Script(c) considered successful on reload", K.CHECK, {"status": CheckStatus.GOOD}),
    ("VRRP_Script(c) considered unsuccessful on reload", K.CHECK, {"status": CheckStatus.BAD}),
    (
        "(V) Master received advert from 10.0.0.9 with same priority 100 but higher IP address"
        " than ours",
        K.HIGHER_PRIORITY,
        {"peer": "10.0.0.9"},
    ),
    (
        "(V) Received advert from fe80::1 with lower priority 90, ours 100, forcing new election",
        K.LOWER_PRIORITY,
        {"peer": "fe80::1"},
    ),
    ("(V) Cant send advert to 224.0.0.18 (Operation not permitted)", K.SEND_FAILED, {}),
    ("(V): send advert error 1 (Operation not permitted)", K.SEND_FAILED, {}),
    ("(V) received a 1 auth from 10.0.0.9, expecting 0!", K.MISMATCH, {"peer": "10.0.0.9"}),
    ("(V): received a 0 auth, expecting 1!", K.MISMATCH, {}),
    ("(V) wrong VRRP version from 10.0.0.9. Received 3 and expect 2", K.MISMATCH, {}),
    ("(V): invalid version. 3 and expect 2", K.MISMATCH, {}),
    ("(V) Expected unicast packet but received multicast packet", K.MISMATCH, {}),
    (
        "(V) ip address associated with VRID 50 not present in MASTER advert: 1.2.3.4",
        K.MISMATCH,
        {},
    ),
    ("(V) WARNING - equal priority advert received from remote host with our IP", K.MISMATCH, {}),
    ("Unknown VRID(51) received on interface(eth0). ignoring...", K.MISMATCH, {}),
    ("(V) unicast source address 10.0.0.9 not a unicast peer", K.REJECTED, {"peer": "10.0.0.9"}),
    ("(V) invalid TTL/HL from 10.0.0.9. Received 1 and expect 255", K.REJECTED, {}),
    ("(V): invalid ttl. 1 and expect 255", K.REJECTED, {}),
    ("(V) Invalid VRRPv3 checksum", K.REJECTED, {}),
    ("A thread timer expired 3.123456 seconds ago", K.LATE, {}),
    ("bind unicast_src 10.0.0.9 failed 99 - Cannot assign requested address", K.INTERFACE, {}),
    ("Keepalived_vrrp exited due to signal 9", K.KILLED, {}),
    ("VRRP child process(12) died: Respawning", K.KILLED, {}),
    ("Healthcheck child process(12) died: Respawning", K.OTHER, {}),
    ("WARNING - script 'x' is not executable - disabling.", K.SCRIPT, {}),
    ("Disabling track script chk due to insecure", K.SCRIPT, {}),
    ("Unsafe permissions found for script '/x'.", K.SCRIPT, {}),
    ("(Line 5) Unknown keyword 'intrface'", K.CONFIG_ERROR, {}),
    ("(/etc/keepalived/keepalived.conf: Line 5) Unknown keyword 'x'", K.CONFIG_ERROR, {}),
    ("New config failed validation, see /x for details", K.CONFIG_ERROR, {}),
    ("daemon is already running", K.CONFIG_ERROR, {}),
    ("Kernel is reporting: interface eth0 DOWN", K.INTERFACE, {}),
    ("(V) master changed from 10.0.0.8 to 10.0.0.9", K.OTHER, {"instance": "V"}),
]


@pytest.mark.parametrize(("text", "kind", "more"), MESSAGES, ids=[m[0][:40] for m in MESSAGES])
@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "Nov 22 08:16:08 lb01 Keepalived_vrrp[143]: ",
        "2026-11-22T08:16:08.123456+00:00 lb01 Keepalived_vrrp[143]: ",
        "2026-11-22T08:16:08+0000 lb01 keepalived: Sun Nov 22 08:16:08 2026: ",
    ],
    ids=["bare", "syslog", "iso", "captured"],
)
def test_messages(text: str, kind: LogKind, more: dict[str, object], prefix: str) -> None:
    fact = parse_line(prefix + text)
    assert fact is not None
    assert (fact.kind, fact.text) == (kind, text)
    assert {key: getattr(fact, key) for key in more} == more


def test_only_the_vrrp_process_stops_vrrp() -> None:
    for text, kind in (
        ("Keepalived_vrrp[143]: Stopped", K.STOPPED),
        ("Keepalived[142]: Stopped Keepalived v2.2.7 (01/16,2022)", K.STOPPED),
        ("Keepalived_healthcheckers[144]: Stopped", K.OTHER),
    ):
        fact = parse_line("Nov 22 08:16:08 lb01 " + text)
        assert fact is not None
        assert fact.kind is kind


def test_the_journal_tells_who_stopped() -> None:
    for identifier, kind in (
        ("Keepalived_vrrp", K.STOPPED),
        ("Keepalived", K.STOPPED),
        ("", K.STOPPED),
        ("Keepalived_healthcheckers", K.OTHER),
    ):
        fact = parse_line("Stopped - used 0.1 user time, 0.2 system time", identifier)
        assert fact is not None
        assert fact.kind is kind


@pytest.mark.parametrize("text", ["", " ", "(", "()", "(VI_1)", "VRRP_Instance(", "hello", "(x) y"])
def test_what_says_nothing(text: str) -> None:
    assert parse_line(text) is None
