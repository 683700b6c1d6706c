"""The probe on real hosts: by their Python, through their sshd, and never longer than wanted."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from haconsole.domain.outage_series import Failure
from haconsole.inventory import load
from haconsole.lab.api import LabHandle
from haconsole.lab.topology import VIP
from haconsole.procedures.drill.probe import Probe, ProbeError, offset, open_probe
from haconsole.procedures.drill.probe.forward import OPENING, RATE_HZ
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from tests.procedures.drill.probe.waiting import until
from tests.procedures.driving import Driver, driving

pytestmark = pytest.mark.lab


def probe_of(driver: Driver, place: str, rate_hz: float = 500.0, limit_s: float = 30.0) -> Probe:
    cluster = driver.cluster
    words = {web.name: (web.name, web.address) for web in cluster.webs}
    return open_probe(
        driver.door,
        cluster,
        cluster.vips[0],
        place=place,
        rate_hz=rate_hz,
        limit_s=limit_s,
        backends=words,
    )


def asked_by(lab: LabHandle, host: str) -> list[str]:
    """Return the probes that run on a host."""
    shown = lab.exec(host, ["ps", "-eo", "args", "--no-headers"]).stdout.splitlines()
    return [line for line in shown if "backends" in line and "grep" not in line]


def until_nothing(lab: LabHandle, host: str, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while left := asked_by(lab, host):
        assert time.monotonic() < deadline, f"after {timeout_s} s on {host}: {left}"
        time.sleep(0.1)


@pytest.mark.parametrize("place", ["jump", "web01", "lb02"])
async def test_it_runs_where_it_is_told(lab: LabHandle, place: str) -> None:
    async with driving(lab) as driver:
        probe = probe_of(driver, place)
        host = "bastion" if place == "jump" else place
        await driver.door.wait_up(host)
        before = time.time()
        await probe.start()
        assert len(asked_by(lab, host)) == 1
        await until(probe, lambda: len(probe.samples) >= 600)
        await probe.stop()
        assert (probe.clock_host, str(probe.place), probe.rate_hz) == (host, host, 500)
        good = [one for one in probe.samples if one.judged() is None]
        assert len(good) >= 0.95 * len(probe.samples)  # a busy machine may answer late
        assert {one.backend for one in good} == {"web01", "web02"}
        sent = sorted(one.sent_at for one in probe.samples)
        assert min(later - sooner for sooner, later in pairwise(sent)) >= 1 / 500 - 2e-6
        clock = await offset(driver.door, host)
        # One kernel: all clocks of a lab are the same one, and that is what must be found.
        assert abs(clock.offset_s) <= clock.error_s < 0.05
        assert before <= sent[0] and sent[-1] <= time.time()
        assert probe.cpu is not None and 0 < probe.cpu < 0.6
        assert probe.ended is None
    until_nothing(lab, host, 5)


async def test_it_ends_when_its_time_is_over(lab: LabHandle) -> None:
    async with driving(lab) as driver:
        await driver.door.wait_up("bastion")
        probe = probe_of(driver, "jump", limit_s=0.5)
        await probe.start()
        await until(probe, lambda: probe.ended)
        assert str(probe.ended) == "its time was over"
        assert asked_by(lab, "bastion") == []
        await probe.stop()
        assert probe.ended is not None


async def test_a_lost_link_ends_it_and_it_says_so(lab: LabHandle) -> None:
    async with driving(lab) as driver:
        await driver.door.wait_up("web01")
        probe = probe_of(driver, "web01")
        await probe.start()
        await until(probe, lambda: len(probe.samples) >= 50)
        lab.exec("web01", ["sh", "-c", "kill $(ps -eo pid,args | awk '/sshd: ops@/ {print $1}')"])
        await until(probe, lambda: probe.ended)
        assert str(probe.ended).startswith("its link was lost: ")
        assert len(probe.samples) >= 50
    until_nothing(lab, "web01", 5)


async def test_no_link_is_said_when_it_starts(lab: LabHandle) -> None:
    door = Transport(load(lab.inventory), prompter=NoPrompter())  # not started
    with pytest.raises(ProbeError, match="There is no link to bastion yet"):
        await probe_of(Driver(door), "jump").start()


_CONSOLE = """
import asyncio, sys
from pathlib import Path
from haconsole.procedures.drill.probe import open_probe
from haconsole.inventory import load
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport

async def main():
    site = load(Path(sys.argv[1]))
    door = Transport(site, prompter=NoPrompter(), beat_s=0.3)
    await door.start()
    await door.wait_up(sys.argv[2])
    cluster = site.clusters[0]
    probe = open_probe(door, cluster, cluster.vips[0], place=sys.argv[2], rate_hz=100,
                       limit_s=60, backends={})
    await probe.start()
    print("going", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
def console(lab: LabHandle, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """A console with a probe on the host that the test names; killed at the end."""
    host = request.param
    argv = [sys.executable, "-c", _CONSOLE, str(lab.inventory), host]
    process = subprocess.Popen(
        argv, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[4]
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "going\n"
    assert len(asked_by(lab, host)) == 1
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("console", ["bastion"], indirect=True)
def test_a_killed_console_leaves_no_probe(lab: LabHandle, console: subprocess.Popen[str]) -> None:
    console.send_signal(signal.SIGKILL)
    console.wait()
    until_nothing(lab, "bastion", 5)


@pytest.mark.parametrize("console", ["web02"], indirect=True)
def test_a_console_that_is_cut_off_leaves_no_probe(
    lab: LabHandle, console: subprocess.Popen[str]
) -> None:
    from haconsole.lab.network import set_cable

    set_cable(lab.places, "web02", plugged=False)
    try:
        until_nothing(lab, "web02", 10)
    finally:
        set_cable(lab.places, "web02", plugged=True)


@pytest.fixture
def bare_bastion(lab: LabHandle) -> Iterator[LabHandle]:
    """The lab, with a bastion on which operators have no Python."""
    lab.exec("bastion", ["sh", "-c", "chmod 0700 $(readlink -f /usr/bin/python3)"])
    yield lab
    lab.exec("bastion", ["sh", "-c", "chmod 0755 $(readlink -f /usr/bin/python3)"])
    lab.exec("bastion", ["nft", "delete", "table", "inet", "probetest"])


async def test_without_python_it_asks_through_forwarding(bare_bastion: LabHandle) -> None:
    lab = bare_bastion

    async def rules(*lines: str) -> None:
        done = await asyncio.to_thread(lab.exec, "bastion", ["nft", "; ".join(lines)])
        assert done.returncode == 0, done.stderr

    async with driving(lab) as driver:
        await driver.door.wait_up("bastion")
        probe = probe_of(driver, "jump")
        await probe.start()
        assert (probe.clock_host, probe.rate_hz) == ("", RATE_HZ)
        assert str(probe.place).startswith("bastion, through SSH forwarding (no Python there)")
        await until(probe, lambda: len(probe.samples) >= 50)
        assert {one.judged() for one in probe.samples} == {None}
        assert {one.backend for one in probe.samples} == {"web01", "web02"}
        await rules(
            "add table inet probetest",
            "add chain inet probetest out { type filter hook output priority 0; }",
            f"add rule inet probetest out ip daddr {VIP} drop",
        )
        await until(
            probe, lambda: [one.failure for one in probe.samples].count(Failure.TIMEOUT) > 380
        )
        # sshd still opens what was given up; another SSH connection has taken over before that
        # was too much for it, and what the first one tried has ended with it.
        opening = await asyncio.to_thread(lab.exec, "bastion", ["ss", "-Htn", "state", "syn-sent"])
        assert opening.returncode == 0
        assert 0 < len(opening.stdout.splitlines()) < OPENING
        await rules(
            "flush table inet probetest",
            f"add rule inet probetest out ip daddr {VIP} tcp flags syn reject with tcp reset",
        )
        await until(probe, lambda: probe.samples[-1].failure is Failure.REFUSED)
        await rules("flush table inet probetest")
        await until(probe, lambda: probe.samples[-1].judged() is None)
        await probe.stop()
        sent = sorted(one.sent_at for one in probe.samples)
        assert min(later - sooner for sooner, later in pairwise(sent)) >= 1 / RATE_HZ - 2e-6
        assert probe.stalls  # who stayed connected felt it, too
        assert probe.ended is None
