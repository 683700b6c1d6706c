"""Demo and lab are one to a console: every command, in every state, means the same in both.

The measure is ``recorded.json``, written from a real pair (``python -m
tests.conformance.record``). The demo is held to it wherever tests run; the lab is held to it
where there is one, so that the record cannot outlive the truth.
"""

from __future__ import annotations

import pytest

from haconsole.transport.commands import Command

from .answers import FILES
from .cases import RECORDED, Cases, unknown
from .evidence import EXPECTED, take_evidence
from .recorded import STATES, flat, take
from .streams import begin_streams

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_record_tells_every_fault() -> None:
    assert list(RECORDED) == list(STATES)


@pytest.mark.parametrize("state", STATES)
async def test_a_state_looks_and_answers_as_recorded(cases: Cases, state: str) -> None:
    assert flat(await cases.visit(state)) == RECORDED[state]


async def test_the_streams_begin_alike_and_tell_what_happens(cases: Cases) -> None:
    async with cases.healthy() as case:
        told = await begin_streams(case)
    assert told == {
        "address stream": {"lb01", "lb02"},
        "journal stream": {"lb01", "lb02", "web01", "web02"},
        "hit log stream": {"lb01"},
    }


async def test_the_evidence_of_a_diagnosis_means_the_same(cases: Cases) -> None:
    async with cases.healthy() as case:
        assert await take_evidence(case) == EXPECTED


async def test_nothing_was_sent_that_is_not_compared(cases: Cases) -> None:
    """Every state was seen by now, unless a part of the suite was chosen."""
    async with cases.healthy() as case:
        await take(case)
        await begin_streams(case)
        assert "vrrp_instance" in await case.watch.monitor.read_file("lb01", FILES[0])
    assert unknown(cases.watched) == [], "teach tests/conformance what the answers to these mean"
    async with cases.healthy() as case:
        result = await case.watch.door.run("lb01", Command("unheard of", "no-such-tool"))
        assert result.exit_status == 127
        assert "no-such-tool: not found" in result.stderr
    assert unknown(cases.watched) == ["unheard of (lb01): no-such-tool"], "the guard sleeps"
