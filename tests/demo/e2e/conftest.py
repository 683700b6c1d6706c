"""One demo for all tests that press keys; whoever breaks it heals it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from .live import Hosts, hosts
from .visit import still_world


@pytest.fixture
def still() -> Iterator[None]:
    """Look the same whoever runs this, and wait for no idle process."""
    with still_world():
        yield


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Where a test's console writes its ledger."""
    return tmp_path / "ledger.jsonl"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hosts]:
    """Serve hosts for the whole run, with requests enough to fill a log."""
    async with hosts(tmp_path_factory.mktemp("keys") / "demo", "--rate", "12") as served:
        yield served
