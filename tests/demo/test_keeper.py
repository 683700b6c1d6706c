"""A demo's hosts begun anew under an open console: same port, keys and inventory."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from haconsole.demo.folder import ServeError
from haconsole.demo.keeper import DemoKeeper, DemoOptions, KeeperError
from haconsole.demo.stage import DemoStage
from haconsole.domain.events import LinkChanged, LinkStatus
from haconsole.inventory import load
from haconsole.monitor.feed import FeedError
from haconsole.training.lesson import Start, StartState
from haconsole.training.stage import Stage, StageError
from haconsole.transport.commands import Command
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from tests.support.waiting import until

LOOP = pytest.mark.asyncio(loop_scope="module")
#: Seconds that putting the demo back may take, links included; where the machine is so busy that
#: Python itself takes long to start, twice what the demo took then.
BACK_S = 3.0


@pytest.fixture(scope="module")
def keeper() -> Iterator[DemoKeeper]:
    with DemoKeeper(DemoOptions(scenario="stop")) as kept:
        yield kept


@pytest.fixture(scope="module")
def back_s(keeper: DemoKeeper) -> float:
    began = time.monotonic()
    keeper.restart(keeper.options)
    return max(BACK_S, 2 * (time.monotonic() - began))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def door(keeper: DemoKeeper, back_s: float) -> AsyncIterator[Transport]:
    opened = Transport(load(keeper.inventory), prompter=NoPrompter(), writable=True)
    await opened.start()
    for host in opened.site.every_host:
        await opened.wait_up(host.name)
    yield opened
    await opened.close()


async def said(door: Transport, host: str, script: str) -> str:
    return (await door.run(host, Command("ask", script, root=True))).stdout.strip()


def ended(keeper: DemoKeeper, number: int) -> None:
    """Have the hosts ended by somebody else."""
    hosts = keeper._hosts
    assert hosts is not None
    hosts.send_signal(number)
    hosts.wait(10)


@LOOP
async def test_reset_gives_a_console_other_hosts_by_the_same_way(
    keeper: DemoKeeper, door: Transport, back_s: float
) -> None:
    inventory, known = keeper.inventory, (keeper.inventory.parent / "known_hosts").read_text()
    before = inventory.read_text()
    stage: Stage = DemoStage(keeper, door)
    await door.run("lb01", Command("spoil", "rm -rf /etc/keepalived", root=True))
    for start in (
        Start(),
        Start(StartState.FRESH, family="yum"),
        Start(keepalived="1.3.5"),
    ):
        began = time.monotonic()
        await stage.reset(start)
        assert time.monotonic() - began < back_s
        assert keeper.inventory.read_text() == before
        known_now = set((inventory.parent / "known_hosts").read_text().splitlines())
        assert set(known.splitlines()) <= known_now  # fresh hosts have a mirror besides
        there = await said(door, "lb01", "systemctl is-active keepalived nginx")
        if start.state is StartState.FRESH:
            assert "active" not in there.split()
            assert await said(door, "web01", "command -v yum; command -v apt-get") == "/usr/bin/yum"
        else:
            assert there == "active\nactive"
    assert "v1.3.5" in await said(door, "lb02", "keepalived --version 2>&1")


@LOOP
async def test_links_that_wait_long_are_tried_at_once(
    keeper: DemoKeeper, door: Transport, back_s: float
) -> None:
    delays: list[float] = []

    def hear(event: LinkChanged) -> None:
        if event.status is LinkStatus.LOST and event.retry_at is not None:
            delays.append(event.retry_at - event.at)

    door.on_link(hear)
    # Stopped by a signal they take connections and say nothing; ended, nobody answers at all.
    ended(keeper, signal.SIGKILL)
    await until(lambda: delays)
    began = time.monotonic()
    await DemoStage(keeper, door).reset(Start())
    assert time.monotonic() - began < back_s
    assert await said(door, "lb01", "systemctl is-active keepalived") == "active"


@LOOP
@pytest.mark.parametrize("how", ["ended", "stopped", "folder gone"])
async def test_hosts_that_somebody_else_ended_come_back_as_well(
    keeper: DemoKeeper, door: Transport, how: str
) -> None:
    if how == "ended":
        ended(keeper, signal.SIGTERM)
        assert not keeper.inventory.exists()
    elif how == "stopped":
        assert keeper._hosts is not None
        keeper._hosts.send_signal(signal.SIGSTOP)
    else:
        shutil.rmtree(keeper.inventory.parent)
    await DemoStage(keeper, door).reset(Start())
    assert await said(door, "web02", "hostname") == "web02"


@LOOP
async def test_faults_are_made_on_the_hosts_that_there_are_now(keeper: DemoKeeper) -> None:
    faults, stage = keeper.faults, DemoStage(keeper)
    await stage.reset(Start())
    assert await faults.make("nginx-stop", "web01") == "nginx-stop on web01: made."
    await stage.reset(Start())
    assert "crash" in [kind.name for kind in faults.names()]
    assert await faults.heal() == "The demo is healthy."


@LOOP
async def test_a_wish_that_no_demo_grants_is_a_sentence(keeper: DemoKeeper) -> None:
    stage = DemoStage(keeper)
    assert stage.missing(Start(family="yum", keepalived="2.4.3")) is None
    with pytest.raises(StageError, match=r"not as 2\.0\.20\.$"):
        await stage.reset(Start(keepalived="2.0.20"))


@LOOP
async def test_hosts_that_do_not_start_say_why_and_the_next_do(
    keeper: DemoKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = keeper.options
    with pytest.raises(KeeperError, match=r"^There is no fault 'crsh'; did you mean 'crash'\?$"):
        keeper.restart(replace(good, scenario="crsh"))
    with pytest.raises(FeedError):
        await keeper.faults.heal()
    keeper.restart(good)
    assert await keeper.faults.heal() == "The demo is healthy."


@LOOP
async def test_what_nobody_had_needs_no_other() -> None:
    with DemoKeeper() as kept:
        hosts = kept._hosts
        stage = DemoStage(kept, pristine=True)
        assert not stage.pristine(Start(StartState.FRESH))
        await stage.reset(Start())
        assert kept._hosts is hosts
        await stage.reset(Start())
        assert kept._hosts is not hosts


def test_nothing_is_left_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with DemoKeeper() as kept:
        kept.restart(DemoOptions(state="fresh"))
        hosts = kept._hosts
        assert hosts is not None
        [folder] = tmp_path.iterdir()
        assert folder.stat().st_mode & 0o077 == 0
        assert {f.stat().st_mode & 0o077 for f in folder.glob("*_ed25519")} == {0}
    assert hosts.poll() is not None
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeeperError, match="have ended"):
        kept.restart(DemoOptions())


def test_a_port_that_is_taken_is_a_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=f"127.0.0.1:{port}: {os.strerror(98)}"):
            DemoKeeper(port=port).start()
    assert list(tmp_path.iterdir()) == []
