"""Demo and lab are one to a console: every command, in every state, means the same in both.

The measure is ``recorded.json``, written from a real pair (``python -m
tests.conformance.record``). The demo is held to it wherever tests run; the lab is held to it
where there is one, so that the record cannot outlive the truth.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from .answers import FILES
from .recorded import HEALTHY, STATES, flat, read, take
from .streams import begin_streams
from .worlds import Watched

pytestmark = pytest.mark.asyncio(loop_scope="module")
RECORDED = read()
#: A link that is cut without a word is noticed after this many seconds at most.
_WITHIN_S = 45.0


@pytest_asyncio.fixture(loop_scope="module")
async def sound(case: Watched) -> AsyncIterator[Watched]:
    """The case, healthy before and after."""
    await see(case, HEALTHY)
    yield case
    await case.heal()


async def see(case: Watched, state: str) -> None:
    """Return when the console has said of every host what is recorded of this state.

    What it says has to be more than a moment on the way: it says so of newer readings too.
    """
    wanted = {name: line for name, line in RECORDED[state].items() if ": " not in name}
    try:
        while True:
            await case.watch.until(lambda: case.portrait() == wanted, _WITHIN_S)
            since = await case.read_again()
            await case.watch.until(
                lambda since=since: case.portrait() != wanted or case.read_since(since)  # type: ignore[misc]
            )
            if case.portrait() == wanted:
                return
    except AssertionError:
        assert case.portrait() == wanted
        raise


def test_the_record_tells_every_fault() -> None:
    assert list(RECORDED) == list(STATES)


@pytest.mark.parametrize("state", STATES)
async def test_a_state_looks_and_answers_as_recorded(sound: Watched, state: str) -> None:
    if state != HEALTHY:
        await sound.world.fault(state)
    await see(sound, state)
    assert flat(await take(sound)) == RECORDED[state]


async def test_the_streams_begin_alike_and_tell_what_happens(sound: Watched) -> None:
    told = await begin_streams(sound)
    assert told == {
        "address stream": {"lb01", "lb02"},
        "journal stream": {"lb01", "lb02", "web01", "web02"},
        "hit log stream": {"lb01"},
    }


async def test_nothing_was_sent_that_is_not_compared(sound: Watched) -> None:
    """Every state was seen by now, unless a part of the suite was chosen."""
    await take(sound)
    await begin_streams(sound)
    assert "vrrp_instance" in await sound.watch.monitor.read_file("lb01", FILES[0])
    assert sound.unknown() == [], "teach tests/conformance what the answers to these mean"
