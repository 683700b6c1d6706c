"""What the detector makes of its looks: pure, on made-up segments and times."""

from __future__ import annotations

import json

import pytest

from haconsole.procedures.detector.program.judging import (
    CRIT,
    NONE,
    NOTICE,
    ONE,
    STRANGER,
    TWO,
    UNCOVERED,
    UNKNOWN,
    WARNING,
    Detector,
    Look,
    Once,
    Settings,
    line_of,
    word_of,
)
from haconsole.procedures.detector.shipping import Watcher, settings

VIP = "10.0.0.100"
A, B, W, X = (f"02:00:00:00:00:{n}" for n in ("0a", "0b", "33", "99"))
NAMES = {A: "lb01", B: "lb02", W: "web01"}
HOSTS = (("lb01", "10.0.0.10", True), ("lb02", "10.0.0.11", True), ("web01", "10.0.0.51", False))


def told(me: str = "web01", vips: tuple[tuple[str, str], ...] = ((VIP, "eth0"),)) -> Settings:
    """The settings as the procedure writes them and the program reads them."""
    return Settings(settings(Watcher(me, vips, HOSTS, 5.0, 15, "/usr/local/sbin/page")))


def test_what_is_written_is_what_is_read() -> None:
    one = told("lb01")
    assert (one.me, one.is_lb, one.interval, one.repeat_s) == ("lb01", True, 5.0, 900.0)
    assert one.vips == [(VIP, "eth0")]
    assert one.hosts == {name: (address, lb) for name, address, lb in HOSTS}
    assert one.hook == "/usr/local/sbin/page"


@pytest.mark.parametrize(
    "text", ["me a", "vip 10.0.0.1", "interval soon", "color red", "me a\nhost a 1.2.3.4\n"]
)
def test_settings_that_are_wrong_are_refused_with_a_place(text: str) -> None:
    with pytest.raises(ValueError, match=r"^here:"):
        Settings(text, "here")


@pytest.mark.parametrize(
    ("look", "word"),
    [
        (Look(answers=[A], names=NAMES), ONE),
        (Look(answers=[A, A], names=NAMES), ONE),
        (Look(answers=[A, B], names=NAMES), TWO),
        (Look(own=A, answers=[B], names=NAMES), TWO),
        (Look(own=A, names=NAMES), ONE),
        (Look(names=NAMES), NONE),
        (Look(answers=[X], names=NAMES), STRANGER),
        (Look(answers=[W], names=NAMES), STRANGER),
        # lb02 is down, so nobody can say that X is none of the LBs.
        (Look(answers=[X], names={A: "lb01", W: "web01"}), ONE),
        # Nobody answers for itself: this host may be the one that is cut off.
        (Look(names={W: "web01"}), UNKNOWN),
        (Look(own=A, names={A: "lb01"}), UNKNOWN),
        (Look(problem="eth0 is down"), UNKNOWN),
        # Two answer, whoever else is silent.
        (Look(answers=[A, X], names={W: "web01"}), TWO),
    ],
)
def test_a_look(look: Look, word: str) -> None:
    assert word_of(told("lb01" if look.own else "web01"), VIP, look) == word


def test_ipv6_is_said_not_to_be_covered() -> None:
    one = told(vips=(("2001:db8::1", "-"),))
    assert word_of(one, "2001:db8::1", Look()) == UNCOVERED
    asked = Once(one)
    assert not asked.take([Look()], 0.0)
    assert asked.line()[0] == 3
    assert "IPv6 is not covered" in asked.line()[1]


class Node:
    """A detector on one host with a clock of its own, and all that it said."""

    def __init__(self, me: str = "web01") -> None:
        self.said: list[tuple[int, str]] = []
        self.hooked: list[str] = []
        self.at = 0.0
        self.detector = Detector(
            told(me),
            lambda level, text: self.said.append((level, text)),
            lambda word, vip, text: self.hooked.append(word),
        )

    def see(self, look: Look, seconds: float | None = None) -> float:
        """Take looks for so long, as often as the program does; return when it last did."""
        until = self.at + (seconds or 0.0)
        while True:
            self.state = json.loads(self.detector.take([look], self.at, 1e9 + self.at))
            self.at += 1.0 + self.detector.pause()
            if self.at > until:
                return self.at

    @property
    def verdict(self) -> str:
        return str(self.state["vips"][0]["verdict"])


WELL, SPLIT, GONE = (Look(answers=macs, names=NAMES) for macs in ([A], [A, B], []))


def test_a_split_brain_is_said_once_in_two_intervals_and_its_end_once() -> None:
    node = Node()
    node.see(WELL, 60.0)
    assert node.said == []
    began = node.at
    while node.verdict == ONE:
        node.see(SPLIT)
    assert node.at - began <= 10.0
    node.see(SPLIT, 60.0)
    ((level, text),) = node.said
    assert level == CRIT
    assert f"{A} (lb01) and {B} (lb02)" in text
    assert "seen from web01 (third host)" in text
    node.see(WELL, 60.0)
    assert [one[0] for one in node.said] == [CRIT, NOTICE]
    assert node.hooked == [TWO, ONE]
    assert node.verdict == ONE


def test_a_moment_of_two_owners_is_no_alarm() -> None:
    """The old owner has not heard the new one's advert, and both answer one question."""
    node = Node()
    for _ in range(20):
        node.see(WELL, 7.0)
        node.see(SPLIT)
    node.see(WELL, 7.0)
    assert node.said == []


@pytest.mark.parametrize("gap_s", [0.7, 2.0, 3.7])
def test_a_failover_that_leaves_nobody_for_its_time_is_no_alarm(gap_s: float) -> None:
    node = Node()
    node.see(WELL, 20.0)
    began = node.at
    while node.at < began + gap_s:
        node.see(GONE)
    node.see(WELL, 20.0)
    assert node.said == []


def test_no_owner_is_said_when_it_stays_so() -> None:
    node = Node()
    node.see(WELL, 20.0)
    node.see(GONE, 15.0)
    ((level, text),) = node.said
    assert level == CRIT
    assert "no owner" in text
    assert "lb01, lb02 answer for themselves" in text


def test_what_stays_wrong_is_said_again_after_the_time_that_was_asked_for() -> None:
    node = Node()
    node.see(SPLIT, 3600.0)
    assert len(node.said) == 4
    assert all(text.startswith("still: ") for _, text in node.said[1:])
    assert node.hooked == [TWO]


def test_a_host_that_is_cut_off_says_that_and_nothing_of_owners() -> None:
    node = Node("lb01")
    node.see(Look(own=A, names=NAMES), 20.0)
    node.see(Look(problem="eth0 is down or has no carrier"), 20.0)
    ((level, text),) = node.said
    assert level == WARNING
    assert "it cannot be told who owns it: eth0 is down" in text


@pytest.mark.parametrize(
    ("looks", "status", "word"),
    [
        ([WELL], 0, "OK: "),
        ([SPLIT, SPLIT], 2, "CRITICAL: "),
        ([SPLIT, WELL], 0, "OK: "),
        ([GONE, GONE, WELL], 0, "OK: "),
        ([GONE] * 4, 2, "CRITICAL: "),
        ([Look(answers=[X], names=NAMES)] * 2, 1, "WARNING: "),
        ([Look(problem="eth0 is down")] * 2, 3, "UNKNOWN: "),
    ],
)
def test_one_answer_for_a_monitoring_system(looks: list[Look], status: int, word: str) -> None:
    asked = Once(told())
    for number, look in enumerate(looks):
        again = asked.take([look], number * 2.0)
        if number + 1 < len(looks):
            assert again, f"look {number} was not followed by another"
    assert not again
    assert asked.line()[0] == status
    assert asked.line()[1].startswith(word)


def test_a_state_file_is_believed_while_it_is_young() -> None:
    node = Node()
    node.see(SPLIT, 10.0)
    text = json.dumps(node.state)
    at = node.state["at"]
    assert line_of(text, "file", at + 5.0) == (2, f"CRITICAL: {VIP}: two-owners")
    assert line_of(text, "file", at + 60.0)[0] == 3
    assert "does not run" in line_of(text, "file", at + 60.0)[1]
    for broken in ("", "{}", "[]", "{", text[:-20]):
        assert line_of(broken, "file", at)[0] == 3
