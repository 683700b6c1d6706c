"""The worlds for the whole suite: the demo, then the lab."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from .cases import Cases, demo_cases, lab_cases


@pytest_asyncio.fixture(
    loop_scope="module",
    scope="module",
    params=["demo", pytest.param("lab", marks=pytest.mark.lab)],
)
async def cases(request: pytest.FixtureRequest) -> AsyncIterator[Cases]:
    """One world after the other, each in all the states that were chosen."""
    if request.param == "lab":
        world = lab_cases(request.getfixturevalue("lab"))
    else:
        world = demo_cases(_chosen(request))
    async with world as found:
        yield found


def _chosen(request: pytest.FixtureRequest) -> list[str]:
    """The states whose tests run, the one that takes longest first."""
    chosen = [
        str(item.callspec.params["state"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        if item.callspec.params.get("cases") == request.param and "state" in item.callspec.params
    ]
    return sorted(chosen, key=lambda state: state != "link-down")
