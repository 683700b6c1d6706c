"""Hosts on loopback for the transport's tests."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from haconsole.domain.events import LinkChanged, LinkStatus
from haconsole.domain.model import Site
from haconsole.transport.commands import Command, LedgerEntry, Result
from haconsole.transport.prompts import Prompter
from haconsole.transport.transport import Transport
from tests.support.sshsite import Answers, SshSite


class Door:
    """A started transport, and what it told."""

    def __init__(self, site: Site, prompter: Prompter, **options) -> None:
        self.ledger: list[LedgerEntry] = []
        self.events: list[LinkChanged] = []
        self.transport = Transport(site, prompter=prompter, ledger=self.ledger.append, **options)
        self.transport.on_link(self.events.append)

    async def up(self, *hosts: str) -> Door:
        async with asyncio.timeout(10):
            for host in hosts:
                await self.transport.wait_up(host)
        return self

    async def sh(self, script: str, host: str = "lb01", **options) -> Result:
        return await self.transport.run(host, Command("test", script, **options))

    def last(self, host: str) -> LinkChanged:
        """The newest event of a host; before the first one it is at rest."""
        at_rest = LinkChanged(at=0.0, host=host, status=LinkStatus.IDLE)
        return next((one for one in reversed(self.events) if one.host == host), at_rest)

    def detail(self, host: str) -> str:
        return str(self.last(host).detail)


@asynccontextmanager
async def open_door(site: Site, prompter: Prompter | None = None, **options) -> AsyncIterator[Door]:
    """A transport that is closed, and shown to leave no task, at the end."""
    before = asyncio.all_tasks()
    door = Door(site, prompter or Answers(), **options)
    await door.transport.start()
    try:
        yield door
    finally:
        await door.transport.close()
    left = {task for task in asyncio.all_tasks() - before if "link " in task.get_name()}
    assert not left


@pytest.fixture
async def lab(tmp_path):
    async with SshSite(tmp_path) as site:
        yield site


@pytest.fixture
async def door(lab):
    async with open_door(lab.site) as opened:
        yield await opened.up("lb01", "lb02")


@pytest.fixture
def needs():
    """Skip (in CI: fail, see tests/run.py) when a program of the machine is missing."""

    def check(*programs: str) -> None:
        for program in programs:
            if shutil.which(program) is None:
                pytest.skip(f"{program} is not installed on this machine")

    return check
