"""A monitor that is cancelled ends, whatever it was doing."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import replace
from pathlib import Path

import pytest

from haconsole.domain.model import Site, Vip
from haconsole.monitor.monitor import Monitor
from haconsole.transport.transport import Transport
from tests.support.sshsite import Answers, SshSite


def on_loopback(site: Site) -> Site:
    """The site with a VIP that nobody answers on, and that is no other machine's."""
    vips = (Vip("127.0.0.99", check_port=9),)
    return replace(site, clusters=tuple(replace(c, vips=vips) for c in site.clusters))


@pytest.mark.parametrize("seed", range(12))
async def test_it_ends_at_any_moment(tmp_path: Path, seed: int) -> None:
    moment = random.Random(seed)
    async with SshSite(tmp_path, nodes=3) as served:
        site = on_loopback(served.site)
        monitor = Monitor(Transport(site, prompter=Answers()))
        heard = 0
        wanted = moment.randrange(1, 60)
        enough = asyncio.Event()

        def hear(*_: object) -> None:
            nonlocal heard
            heard += 1
            if heard >= wanted:
                enough.set()

        monitor.subscribe(hear)
        task = asyncio.create_task(monitor.run())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(3):
                await enough.wait()
        for name in ("lb01", "web01"):
            await monitor.refresh(name)
        for _ in range(moment.randrange(4)):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=5)
        assert task in done, "it went on after it was cancelled"
        assert task.cancelled()
