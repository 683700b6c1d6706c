"""A watched cluster for the whole suite: the demo, then the lab."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from .worlds import Watched, watched


@pytest_asyncio.fixture(
    loop_scope="module",
    scope="module",
    params=["demo", pytest.param("lab", marks=pytest.mark.lab)],
)
async def case(request: pytest.FixtureRequest) -> AsyncIterator[Watched]:
    """One world after the other, each watched by one monitor from its first to its last test."""
    lab = request.getfixturevalue("lab") if request.param == "lab" else None
    async with watched(lab) as found:
        yield found
