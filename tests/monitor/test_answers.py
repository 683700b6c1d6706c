"""Asking a VIP: what counts as its answer, and what as nothing heard."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from haconsole.domain.events import LinkStatus
from haconsole.domain.ownership import judge_vip
from haconsole.domain.rules.finding import ActiveCheck
from haconsole.monitor.answers import ask
from haconsole.monitor.casework.build import case_of
from haconsole.monitor.casework.evidence import Evidence
from haconsole.transport.door import Door
from haconsole.transport.errors import JumpLostError, LateError, LinkDownError, TransportError
from tests.domain import pair
from tests.domain.pair import CLUSTER, T0, THE_VIP, state_after

NOTHING_HEARD = [LinkDownError, JumpLostError, LateError]


class Failing:
    """Answers every request with an error."""

    def __init__(self, error: TransportError) -> None:
        self.error = error

    site = pair.SITE

    async def near(self, host: str) -> str | None:
        return "bastion"

    async def http_get(self, via: str | None, url: str, timeout_s: float) -> tuple[int, float]:
        raise self.error


def door(error: TransportError) -> Door:
    return cast("Door", Failing(error))


@pytest.mark.parametrize("kind", NOTHING_HEARD)
async def test_what_says_nothing_of_the_vip_is_no_answer_of_it(kind) -> None:
    assert await ask(door(kind("gone")), "bastion", THE_VIP, T0) is None


async def test_a_vip_that_does_not_answer_is_told() -> None:
    seen = await ask(door(TransportError("silence")), "bastion", THE_VIP, T0)
    assert seen is not None
    assert seen.answer is not None
    assert (seen.answer.status, seen.answer.problem) == (None, "silence")


async def test_a_jump_host_that_no_inventory_knows_is_named_but_is_no_host() -> None:
    seen = await ask(door(TransportError("silence")), "hop", THE_VIP, T0)
    assert seen is not None
    assert seen.answer is not None
    assert (seen.host, seen.answer.asked_from) == ("", "hop")
    view = judge_vip(state_after(replace(seen, at=T0 + 3)), CLUSTER, THE_VIP, T0 + 4)
    assert "no answer to hop: silence" in [str(source.note) for source in view.sources]


@pytest.mark.parametrize("kind", NOTHING_HEARD)
async def test_evidence_takes_no_lost_question_for_an_answer(kind) -> None:
    evidence = Evidence(door(kind("gone")), lambda: T0)
    wanted = [ActiveCheck.REQUESTS]
    active = await evidence.take(case_of(state_after(), CLUSTER, T0 + 3), CLUSTER, wanted)
    assert not active.served
    assert not active.answers


def test_a_case_does_not_count_silence_by_a_host_that_is_gone() -> None:
    silent = pair.answer(T0 + 3, None, "no answer within 1 s")
    gone = replace(pair.up("bastion", T0 + 4), status=LinkStatus.LOST)
    assert case_of(state_after(silent), CLUSTER, T0 + 5).answers
    assert not case_of(state_after(silent, gone), CLUSTER, T0 + 5).answers
