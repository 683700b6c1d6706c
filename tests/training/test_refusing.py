"""What a lesson wants of a cluster, and what is said where it is not to be had."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from haconsole.training.lesson import Step
from haconsole.training.loading import SHIPPED, load_folder
from haconsole.training.probes.registry import PROBES
from haconsole.training.probes.sight import Sight
from haconsole.training.refusing import refusal

from .lessons import FAILOVER, STOP, act, check, lesson
from .test_deeds import PAIR, Feed
from .test_leaving import Stage
from .test_reaching import host

WEB = PAIR.webs[0].role
TWO = replace(PAIR, webs=(host("web01", WEB), host("web02", WEB)))


@pytest.mark.parametrize(
    "step",
    [
        replace(STOP, solve=(act("service", host="web02", unit="nginx", do="stop"),)),
        replace(STOP, setup=(act("service", host="web02", unit="nginx", do="stop"),)),
        replace(STOP, checks=(check("answers", by="web01 web02"),)),
        replace(STOP, shell="web02"),
    ],
)
def test_a_lesson_that_wants_a_host_which_the_cluster_lacks_is_refused(step: Step) -> None:
    one = lesson("webs", step)
    said = refusal(one, Stage(), PAIR)
    assert str(said) == "“webs” wants more hosts than pair has: there is no web02."
    assert refusal(one, Stage(), TWO) is None
    assert refusal(one, Stage()) is None, "nobody knows of which cluster it is"
    other = replace(TWO, webs=(host("east", WEB), host("west", WEB)))
    assert refusal(one, Stage(), other) is None, "one of its own answers to the name"


def test_what_is_enough_for_a_lesson_is_enough() -> None:
    assert refusal(FAILOVER, Stage(), PAIR) is None
    for one in load_folder(SHIPPED, proven=True):
        if "hosts" in one.on and not one.start.keepalived:
            assert refusal(one, Stage(), TWO) is None, one.id


async def test_an_address_that_begins_like_another_is_another() -> None:
    class Eyes(Sight):
        async def ask(self, host: str, name: str, script: str) -> Any:
            return SimpleNamespace(stdout="upstream kd {\n server 10.0.0.51:80 weight=2;\n}\n")

    webs = tuple(
        replace(one, access=replace(one.access, address=address))
        for one, address in zip(TWO.webs, ("10.0.0.5", "10.0.0.51"), strict=True)
    )
    feed: Any = Feed()
    door: Any = None
    sight = Eyes(feed, door, replace(TWO, webs=webs), 0.0)
    assert (await PROBES["balances"].look(sight, {"host": "lb01", "to": "web02"})).ok
    seen = await PROBES["balances"].look(sight, {"host": "lb01", "to": "web01 web02"})
    assert (seen.ok, str(seen.note)) == (False, "nginx on lb01 does not balance to web01")
    with pytest.raises(KeyError):
        sight.host("web03")
