"""A modelled host that is shown to leave nothing running."""

from __future__ import annotations

import asyncio

import pytest

from tests.demo.system.hosts import make_host


@pytest.fixture
async def host():
    before = asyncio.all_tasks()
    machine = make_host()
    yield machine
    await machine.stop()
    assert [process.pid for process in machine.processes] == [1]
    assert not {task for task in asyncio.all_tasks() - before if "[" in task.get_name()}
