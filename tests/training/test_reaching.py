"""Waiting for hosts: only for those that matter, and without hammering who refuses us."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from haconsole.domain.model import Access, Cluster, Host, Role, Site, Vip
from haconsole.training import reaching
from haconsole.training.reaching import reach
from haconsole.training.stage import StageError
from haconsole.transport.commands import Command
from haconsole.transport.errors import (
    JumpLostError,
    LinkDownError,
    RefusedError,
    TransportError,
)


def host(name: str, role: Role = Role.LB) -> Host:
    jumps = () if role is Role.JUMP else ("bastion",)
    return Host(name, role, Access(name, jumps=jumps))


PAIR = Cluster("pair", (host("lb01"), host("lb02")), (host("web01", Role.WEB),), (Vip("10.0.0.9"),))
OTHER = Cluster("other", (host("x1"), host("x2")), (), (Vip("10.0.0.19"),))
SITE = Site("site", (PAIR, OTHER), (host("bastion", Role.JUMP),), lab=True)


class Door:
    """Hosts that answer, but for those that raise something; ``after`` so many tries they do."""

    site = SITE

    def __init__(self, raising: dict[str, TransportError], after: int = 10**9) -> None:
        self.raising, self.after = raising, after
        self.retried: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()

    def retry(self, host: str) -> None:
        self.retried[host] += 1

    async def run(self, host: str, command: Command) -> None:
        self.asked[host] += 1
        if host in self.raising and self.retried.total() < self.after:
            raise self.raising[host]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a second be a hundredth of one."""
    monkeypatch.setattr(reaching, "_RETRY_S", 0.01)
    monkeypatch.setattr(reaching, "_AGAIN_S", 0.0)


async def waited(door: Any, within_s: float = 5.0, hosts: Any = PAIR.hosts) -> str:
    """Wait for hosts; returns why they were not reached, nothing where they were."""
    try:
        await reach(door, within_s, hosts)
    except StageError as error:
        return str(error)
    return ""


async def test_hosts_that_have_nothing_to_do_with_the_lesson_are_not_waited_for() -> None:
    door = Door({"bastion": TransportError("it only forwards"), "x2": LinkDownError("off")})
    assert await waited(door) == ""
    assert set(door.asked) == {"lb01", "lb02", "web01"}


async def test_a_whole_site_is_waited_for_where_none_are_named() -> None:
    door = Door({"x2": LinkDownError("off")})
    assert await waited(door, 0.05, None) == "x2: not reached within 0.05 s."
    assert door.asked["bastion"]


async def test_a_host_that_refuses_is_tried_once_more_and_its_sentence_told() -> None:
    door = Door({"lb02": RefusedError("lb02: no key of ours is taken.")})
    assert await waited(door) == "lb02: no key of ours is taken."
    assert door.retried == {"lb02": 1}


async def test_a_host_that_refused_before_it_was_ready_is_reached() -> None:
    door = Door({"lb02": RefusedError("no")}, after=1)
    assert await waited(door) == ""
    assert door.retried == {"lb02": 1}


async def test_a_lost_host_is_tried_once_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "_RETRY_S", 1000.0)
    door = Door({"lb02": LinkDownError("gone")})
    assert await waited(door, 0.05) == "lb02: not reached within 0.05 s."
    assert door.asked["lb02"] > 1
    assert door.retried == {"lb02": 1}


async def test_a_jump_host_that_refuses_is_tried_once_for_all_behind_it() -> None:
    behind = {one.name: JumpLostError("behind") for one in PAIR.hosts}
    door = Door({**behind, "bastion": RefusedError("bastion: nobody may enter.")})
    assert await waited(door) == "bastion: nobody may enter."
    assert door.retried.total() == 1


async def test_a_lost_jump_host_is_tried_for_all_behind_it_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reaching, "_RETRY_S", 1000.0)
    behind = {one.name: JumpLostError("behind") for one in PAIR.hosts}
    door = Door({**behind, "bastion": LinkDownError("gone")})
    assert (await waited(door, 0.05)).startswith("lb01, lb02, web01: not reached")
    assert door.retried.total() == 1
