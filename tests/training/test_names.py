"""Lessons speak of the inventory's own hosts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from haconsole.domain.daemon import Daemon, DaemonSource, Instance, VrrpState
from haconsole.domain.model import Access, Cluster, Host, Role, Site, Vip
from haconsole.domain.readings import Reading
from haconsole.domain.state import State
from haconsole.training.classroom_names import names_for, renamed
from haconsole.training.lesson import (
    Check,
    Choice,
    Deed,
    DeedKind,
    Lesson,
    Question,
    Start,
    Step,
    Words,
)


def host(name: str, role: Role = Role.LB) -> Host:
    return Host(name, role, Access(f"{name}.example", jumps=("gate",)))


def cluster(*lbs: str) -> Cluster:
    webs = (host("front-1", Role.WEB), host("front-2", Role.WEB))
    return Cluster("shop", tuple(map(host, lbs)), webs, (Vip("192.0.2.100"),))


def state(found: Cluster, priorities: dict[str, int]) -> State:
    empty = State.begin(Site("s", (found,), (host("gate", Role.JUMP),)), 0.0)
    hosts = dict(empty.hosts)
    for name, priority in priorities.items():
        one = Instance("VI", VrrpState.BACKUP, base_priority=priority)
        daemon = Daemon(True, DaemonSource.DUMP, instances=(one,))
        hosts[name] = replace(hosts[name], daemon=Reading(daemon, 0.0))
    return replace(empty, hosts=hosts)


def words(text: str) -> Words:
    return Words(text, f"{text}。")


LESSON = Lesson(
    "one",
    words("From lb01 to lb02"),
    words("about"),
    3,
    start=Start(then=(Deed(DeedKind.FAULT, "stop", {"host": "lb02"}),)),
    steps=(
        Step(
            "a",
            words("a"),
            words(
                "`ssh lb01`, and lb012 is none; my-lb01 neither; web02, bastion: 10.0.0.100/24, 10.0.0.101, 10.0.0.10."
            ),
            predict=Question(words("lb01?"), (Choice("lb01", words("lb01")),), "lb01", words("")),
            solve=(Deed(DeedKind.PROCEDURE, "p", {"priority.lb02": "90", "hosts": "lb01 lb02"}),),
            checks=(Check("owner", {"host": "lb02"}),),
            shell="lb01",
        ),
    ),
)


@pytest.mark.parametrize("left", [{"east": 90, "west": 150}, {"east": 150, "west": 90}])
def test_the_first_lb_of_the_inventory_is_lb01_whatever_was_left_there(
    left: dict[str, int],
) -> None:
    found = cluster("west", "east")
    names = names_for(found, state(found, left))
    assert names == {
        "lb01": "west",
        "lb02": "east",
        "web01": "front-1",
        "web02": "front-2",
        "bastion": "gate",
        "10.0.0.10": "west.example",
        "10.0.0.11": "east.example",
        "10.0.0.51": "front-1.example",
        "10.0.0.52": "front-2.example",
        "10.0.0.100": "192.0.2.100",
    }
    lesson = renamed(LESSON, names)
    step = lesson.steps[0]
    assert lesson.title == Words("From west to east", "From west to east。")
    assert (
        step.text.en
        == "`ssh west`, and lb012 is none; my-lb01 neither; front-2, gate: 192.0.2.100/24, 10.0.0.101, west.example."
    )
    assert step.solve[0].settings == {"priority.east": "90", "hosts": "west east"}
    assert (step.checks[0].settings, step.shell) == ({"host": "east"}, "west")
    assert lesson.start.then[0].settings == {"host": "east"}
    assert step.predict is not None
    # What was said is compared by its key, which stays.
    assert (step.predict.answer, step.predict.choices[0].key) == ("lb01", "lb01")
    assert step.predict.choices[0].words.en == "west"


@pytest.mark.parametrize("order", [("lb01", "lb02"), ("lb02", "lb01")])
def test_hosts_that_are_called_so_are_taken_in_the_order_in_which_they_are_put_back(
    order: tuple[str, str],
) -> None:
    found = cluster(*order)
    own = replace(found, webs=(host("web01", Role.WEB), host("web02", Role.WEB)))
    site = Site("s", (own,), (host("gate", Role.JUMP),))
    names = names_for(own, State.begin(site, 0.0))
    assert (names["lb01"], names["lb02"]) == order
    assert names["bastion"] == "gate"
