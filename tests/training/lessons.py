"""Lessons of the tests' own, as small as can be."""

from __future__ import annotations

from typing import Any

from haconsole.training.lesson import (
    Check,
    Choice,
    Deed,
    DeedKind,
    Lesson,
    Question,
    Step,
    Words,
)

#: ``is`` is a word of Python's.
ACTIVE: Any = {"is": "active"}
INACTIVE: Any = {"is": "inactive"}


def act(name: str, **settings: str) -> Deed:
    return Deed(DeedKind.ACT, name, settings)


def fault(name: str, **settings: str) -> Deed:
    return Deed(DeedKind.FAULT, name, settings)


def check(probe: str, within: float = 15.0, hold: float = 0.0, **settings: str) -> Check:
    return Check(probe, settings, within, hold)


def words(text: str) -> Words:
    return Words(text, text)


def lesson(name: str, *steps: Step) -> Lesson:
    return Lesson(name, words(name), words("For a test."), 5, steps=steps, file="here.yaml")


OWNERS = Question(
    words("Who has the VIP then?"),
    (Choice("lb02", words("lb02")), Choice("nobody", words("nobody"))),
    "lb02",
    words("It hears no adverts any more."),
)
STOP = Step(
    "stop",
    words("Stop it"),
    words("keepalived is stopped on lb01."),
    predict=OWNERS,
    task=words("Stop keepalived on lb01."),
    solve=(act("service", host="lb01", unit="keepalived", do="stop"),),
    checks=(check("owner", host="lb02", hold=1.0),),
    hints=(words("Look at the wizards."), words("systemctl stop keepalived")),
)
START = Step(
    "start",
    words("Start it"),
    words("It is started again."),
    task=words("Start keepalived on lb01."),
    solve=(act("service", host="lb01", unit="keepalived", do="start"),),
    checks=(check("owner", host="lb01"),),
)
FAILOVER = lesson("failover", STOP, START)
#: A fault is made for the learner; nothing is to be done but to look.
LOOK = Step(
    "look",
    words("A dead web node"),
    words("nginx on web01 is stopped."),
    setup=(fault("backend-down", host="web01"),),
    checks=(check("service", host="web01", unit="nginx", **INACTIVE),),
)
WELL = Step(
    "well",
    words("All is well"),
    words("Nothing is wrong."),
    checks=(check("service", host="web01", unit="nginx", **ACTIVE),),
    seen_before=True,
)
DEAD_WEB = lesson("dead-web", LOOK, WELL)
