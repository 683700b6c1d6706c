"""Readings of one host in which something fails: every fact has a value or a reason."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import cast

import pytest

from haconsole.domain.events import Event
from haconsole.domain.facts import VrrpFirewall
from haconsole.domain.reduce import reduce
from haconsole.domain.state import HostState
from haconsole.monitor.hostwatch import HostWatch
from haconsole.transport.commands import Command, Result
from haconsole.transport.door import Door
from haconsole.transport.errors import CommandTimeoutError, TransportError
from tests.domain import pair
from tests.domain.pair import CLUSTER, T0, state_after

NFT = "table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy accept;\n\t\tip protocol 112 drop\n\t}\n}\n"
LOOK, DUMP, RULES = "keepalived's processes", "keepalived's dump", "firewall rules"
Answer = Callable[[Command], str]


def sections(command: Command, **texts: str) -> str:
    """What a composed script prints: all of its questions are answered, most with nothing."""
    nonce, *_ = re.findall(r"<([0-9a-f]{16}) ", command.script)
    names = re.findall(rf"echo '<{nonce} (\w+)>'", command.script)
    return "".join(f"<{nonce} {n}>\n{texts.get(n, '')}<{nonce} 0>\n" for n in names)


ANSWERS: dict[str, Answer] = {
    "clock": lambda _: f"{T0:.6f}\n",
    "full reading": lambda c: sections(c, load="0.1 0.1 0.1 1/1 1\n", cpus="0-1\n"),
    LOOK: lambda c: sections(c, processes="100 (keepalived) S 1 1 1\n", firewall="123 45\n"),
    "keepalived's version": lambda _: "Keepalived v2.2.8 (01/01/2024)\n",
    RULES: lambda c: sections(c, nft=NFT, firewalld="inactive\n"),
}


class Node:
    """Runs commands by their names; ``failing`` ones raise, what it does not know ends with 6."""

    def __init__(self, failing: dict[str, TransportError]) -> None:
        self.failing = failing
        self.asked: list[str] = []

    async def run(self, host: str, command: Command) -> Result:
        self.asked.append(command.name)
        if command.name in self.failing:
            raise self.failing[command.name]
        answer = ANSWERS.get(command.name)
        return Result(0 if answer else 6, answer(command) if answer else "", "", T0, 0.01)


async def read(failing: dict[str, TransportError] | None = None) -> tuple[HostState, Node]:
    """What is known of lb01 after one reading."""
    state = state_after(begin=[pair.up("lb01", T0 - 1)])
    node = Node(failing or {})

    def emit(events: tuple[Event, ...]) -> None:
        nonlocal state
        for event in events:
            state = reduce(state, event)

    watch = HostWatch(
        cast("Door", node),
        CLUSTER.lbs[0],
        CLUSTER,
        emit,  # type: ignore[arg-type]  # it is given tuples
        lambda: state,
        lambda: T0,
        asyncio.Semaphore(1),
    )
    await watch.read()
    return state.host("lb01"), node


@pytest.mark.parametrize(
    "failing",
    [{}, {DUMP: CommandTimeoutError("no dump in time")}, {DUMP: TransportError("cut off")}],
    ids=["no dump comes", "it takes too long", "it is cut off"],
)
async def test_the_firewall_is_read_also_where_the_daemon_writes_no_dump(failing) -> None:
    known, node = await read(failing)
    assert known.daemon.problem
    assert node.asked.index(DUMP) < node.asked.index(RULES)
    assert known.firewall.value is not None
    assert known.firewall.value.vrrp is VrrpFirewall.BLOCKED


async def test_a_look_that_fails_leaves_a_reason_for_both() -> None:
    known, _ = await read({LOOK: TransportError("it was cut off")})
    assert known.daemon.problem == known.firewall.problem == "it was cut off"


async def test_rules_that_cannot_be_read_are_no_fault_of_the_daemon() -> None:
    known, _ = await read({DUMP: TransportError("no dump"), RULES: TransportError("no rules")})
    assert (known.daemon.problem, known.firewall.problem) == ("no dump", "no rules")
