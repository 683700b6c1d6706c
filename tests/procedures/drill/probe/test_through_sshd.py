"""The probe through an SSH server that forwards only, forwards nothing, or wants a password."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from haconsole.domain.model import Site, Vip
from haconsole.domain.outage_series import Failure
from haconsole.procedures.drill.probe import Probe, ProbeError, open_probe
from haconsole.procedures.drill.probe.forward import RATE_HZ
from haconsole.procedures.drill.probe.sources import AsChild
from haconsole.transport.prompts import Prompter
from haconsole.transport.transport import Transport
from tests.procedures.drill.probe.running import certificate, service
from tests.procedures.drill.probe.waiting import until
from tests.support.sshsite import Answers, SshSite


@asynccontextmanager
async def probing(
    site: Site,
    port: int,
    prompter: Prompter | None = None,
    *,
    tls: bool = False,
    rate_hz: float = 500,
) -> AsyncIterator[Probe]:
    """A probe by way of the bastion, of a VIP that is our service."""
    vip = Vip("127.0.0.1", check_port=port, check_tls=tls)
    cluster = replace(site.clusters[0], vips=(vip,))
    door = Transport(replace(site, clusters=(cluster,)), prompter=prompter or Answers())
    await door.start()
    words = {"web01": ("web01",)}
    probe = open_probe(
        door, cluster, vip, place="jump", rate_hz=rate_hz, limit_s=30, backends=words
    )
    try:
        async with asyncio.timeout(10):
            await door.wait_up("bastion")
        yield probe
    finally:
        await probe.stop()
        await door.close()


def process_of(probe: Probe) -> asyncio.subprocess.Process:
    """Return the process of ours that asks."""
    source = probe._source
    assert isinstance(source, AsChild) and source._process is not None
    return source._process


async def of(probe: Probe, count: int, by: str = "web01") -> None:
    """Wait for good answers; beside them a busy machine may keep some waiting for too long."""
    await until(probe, lambda: sum(one.judged() is None for one in probe.samples) >= count)
    seen = {(one.judged(), one.backend) for one in probe.samples}
    assert seen - {(Failure.TIMEOUT, "")} == {(None, by)}


@pytest.fixture
async def behind(tmp_path: Path) -> AsyncIterator[SshSite]:
    """A bastion and two LBs; the bastion gives no session."""
    async with SshSite(tmp_path) as site:
        assert site.bastion is not None
        site.bastion.behaviour.max_sessions = 0
        yield site


async def test_a_bastion_with_a_shell_and_python_runs_it(behind: SshSite) -> None:
    assert behind.bastion is not None
    behind.bastion.behaviour.max_sessions = 100
    with service() as served:
        async with probing(behind.site, served.port) as probe:
            await probe.start()
            await of(probe, 50)
            assert (str(probe.place), probe.clock_host, probe.rate_hz) == (
                "bastion",
                "bastion",
                500,
            )


async def test_a_bastion_that_only_forwards_is_asked_through(behind: SshSite) -> None:
    with service() as served:
        async with probing(behind.site, served.port) as probe:
            await probe.start()
            assert "bastion, through SSH forwarding (no shell there)" in str(probe.place)
            assert (probe.clock_host, probe.rate_hz) == ("", RATE_HZ)
            await of(probe, 20)
            served.say("503")
            await until(probe, lambda: probe.samples[-1].failure is Failure.STATUS)
            served.say("reset")
            await until(probe, lambda: probe.samples[-1].failure is Failure.RESET)
            served.say("garbage")
            await until(probe, lambda: probe.samples[-1].failure is Failure.OTHER)
            served.say("nothing")
            await until(probe, lambda: probe.samples[-1].failure is Failure.TIMEOUT)
            assert probe.samples[-1].connected
            served.say("200")
            await until(probe, lambda: probe.samples[-1].judged() is None)
            await asyncio.to_thread(served.out, "refuse", 0.3)
            child = process_of(probe)
            await probe.stop()
            assert child.returncode == 0  # the end of its standard input was enough
            refused = [one for one in probe.samples if one.failure is Failure.REFUSED]
            assert refused and not any(one.connected for one in refused)


async def test_tls_through_forwarding(behind: SshSite, tmp_path: Path) -> None:
    with service("0", str(certificate(tmp_path))) as served:
        async with probing(behind.site, served.port, tls=True) as probe:
            await probe.start()
            await of(probe, 20)


async def test_a_bastion_that_forwards_nothing_is_named(behind: SshSite) -> None:
    assert behind.bastion is not None
    with service() as served:
        async with probing(behind.site, served.port) as probe:
            behind.bastion.behaviour.forwarding = False
            await probe.start()
            await until(probe, lambda: probe.ended)
            assert "bastion does not forward to 127.0.0.1" in str(probe.ended)


async def test_a_lost_bastion_ends_it(behind: SshSite) -> None:
    assert behind.bastion is not None
    with service() as served:
        async with probing(behind.site, served.port) as probe:
            await probe.start()
            await of(probe, 10)
            behind.bastion.cut()
            await until(probe, lambda: probe.ended)
            assert str(probe.ended) == "The link to bastion was lost."


async def test_it_says_so_too_where_the_stream_notices_first(behind: SshSite) -> None:
    assert behind.bastion is not None
    with service() as served:
        async with probing(behind.site, served.port, rate_hz=1) as probe:
            await probe.start()
            await of(probe, 1)
            served.say("nothing")
            await until(probe, lambda: probe.stalls)  # it waits for an answer
            behind.bastion.cut()
            await until(probe, lambda: probe.ended)
            assert str(probe.ended) == "The link to bastion was lost."


async def test_where_a_password_is_needed_other_places_are_named(behind: SshSite) -> None:
    assert behind.bastion is not None
    behind.bastion.behaviour.password = "right"
    site = behind.site
    keyless = replace(site.jumps[0].access, identity_files=(behind.folder / "none",))
    site = replace(site, jumps=(replace(site.jumps[0], access=keyless),))
    with service() as served:
        async with probing(site, served.port, Answers("right")) as probe:
            with pytest.raises(ProbeError) as caught:
                await probe.start()
    assert "bastion" in str(caught.value) and "the question was declined" in str(caught.value)
    assert str(caught.value).endswith("say another place (here, lb01, lb02).")


async def test_from_here_needs_no_host_at_all(behind: SshSite) -> None:
    with service() as served:
        vip = Vip("127.0.0.1", check_port=served.port)
        cluster = replace(behind.site.clusters[0], vips=(vip,))
        door = Transport(replace(behind.site, clusters=(cluster,)), prompter=Answers())
        probe = open_probe(
            door, cluster, vip, place="here", rate_hz=500, limit_s=30, backends={"w": ("web01",)}
        )
        await probe.start()
        await of(probe, 50, by="w")
        child = process_of(probe)
        assert os.getsid(child.pid) == child.pid  # Ctrl-C in a terminal is not for it
        await probe.stop()
        assert child.returncode == 0
        assert (str(probe.place), probe.clock_host) == ("this machine", "")
        assert probe.ended is None
