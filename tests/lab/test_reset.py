"""``lab reset``: other hosts by the same way in, whatever was done to those before."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from haconsole.inventory import load
from haconsole.lab import api, health, registry
from haconsole.lab.errors import LabError
from haconsole.lab.reset import reset
from haconsole.lab.stage import stage_of
from haconsole.lab.topology import Family, LabState
from haconsole.training.lesson import Start, StartState
from haconsole.training.stage import StageError
from haconsole.transport.commands import Command
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from tests.lab.looks import COMMAND, cli, listens, remains, surroundings, until

pytestmark = pytest.mark.lab
LOOP = pytest.mark.asyncio(loop_scope="module")
NAME = f"s{os.getpid()}"
#: Everything that a lesson may do to a host, and worse: no network, no service manager that
#: answers, no configuration, no packages, no way in.
_RUIN = """
nft add table inet ruin; nft add chain inet ruin in '{ type filter hook input priority -500 ; }'
nft add rule inet ruin in drop
ip link set eth0 down; ip link set eth0 name lan0
rm -rf /etc/keepalived /etc/nginx /usr/sbin/keepalived /etc/ssh /root /home/*
kill -STOP 1
"""


@pytest.fixture(scope="module")
def own(lab_possible: None) -> Iterator[api.LabHandle]:
    yield api.up(NAME)
    api.down(NAME)
    assert remains(NAME) == []


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def door(own: api.LabHandle) -> AsyncIterator[Transport]:
    opened = Transport(load(own.inventory), prompter=NoPrompter(), writable=True)
    await opened.start()
    for host in opened.site.every_host:
        await opened.wait_up(host.name)
    yield opened
    await opened.close()


def kept(lab: api.LabHandle) -> list[str]:
    files = (lab.inventory, lab.places.client_key, lab.places.password)
    return [file.read_text() for file in files]


@LOOP
async def test_ruined_hosts_are_whole_again_under_an_open_console(
    own: api.LabHandle, door: Transport
) -> None:
    before, around = kept(own), surroundings()
    for host in ("lb01", "web02", "bastion"):
        own.machine(host).run(["sh", "-c", _RUIN])
    stage = stage_of(own.inventory, door)
    assert stage is not None
    began = time.monotonic()
    await stage.reset(Start())
    assert time.monotonic() - began < 30
    assert health.quick_problem(own.places) is None
    active = Command("ask", "systemctl is-active keepalived nginx firewalld", root=True)
    assert (await door.run("lb01", active)).stdout == "active\nactive\nactive\n"
    assert kept(own) == before
    assert surroundings() == around


@LOOP
async def test_fresh_hosts_have_a_mirror_and_ready_ones_none(
    own: api.LabHandle, door: Transport
) -> None:
    before = kept(own)
    stage = stage_of(own.inventory, door)
    assert stage is not None
    await stage.reset(Start(StartState.FRESH, family="yum"))
    there = Command("ask", "command -v dnf; command -v keepalived; ping -qc 1 -W 2 10.0.0.9 >/dev/"
                    "null && echo mirror")  # fmt: skip
    assert (await door.run("lb02", there)).stdout == "/usr/bin/dnf\nmirror\n"
    record = registry.require_up(own.places)
    assert (record.state, record.family) == (LabState.FRESH, Family.YUM)
    assert "mirror" in record.hosts
    await stage.reset(Start())
    assert (await door.run("lb02", there)).stdout == "/usr/sbin/keepalived\n"
    assert kept(own) == before
    assert not own.places.host("mirror").exists()


def test_a_reset_that_was_killed_is_finished_by_the_next(own: api.LabHandle) -> None:
    before, port = kept(own), own.record.port
    assert port is not None
    mark = own.places.root / "hosts" / "before"
    mark.touch()
    killed = subprocess.Popen(
        [*COMMAND, "reset", "--name", NAME], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    made = own.places.tree("web02") / "etc/machine-id"
    assert until(lambda: not mark.exists() and made.exists(), 30)
    killed.kill()
    killed.wait()
    assert listens(port)
    with pytest.raises(LabError, match=f"lab reset --name {NAME}'"):
        api.find(NAME)
    reset(NAME)
    assert health.quick_problem(own.places) is None
    assert kept(own) == before
    assert api.find(NAME).record.port == port


def test_an_interrupted_reset_ends_what_it_began_and_up_finishes_it(own: api.LabHandle) -> None:
    begun = subprocess.Popen(
        [*COMMAND, "reset", "--name", NAME], stderr=subprocess.PIPE, text=True
    )  # fmt: skip
    assert until(own.places.cut_off.exists)
    begun.send_signal(signal.SIGTERM)
    _, words = begun.communicate(timeout=30)
    assert begun.returncode == 130, words
    assert "Traceback" not in words
    left = [one for one in remains(NAME) if one.startswith("process") and "relay" not in one]
    assert left == []
    up = cli("up", "--name", NAME)
    assert up.returncode == 0, up.stderr
    assert health.quick_problem(own.places) is None


def test_a_lab_that_is_not_up_cannot_be_reset(lab_possible: None) -> None:
    done = cli("reset", "--name", f"{NAME}x")
    assert done.returncode == 1
    assert done.stderr.endswith(f"start it with 'haconsole lab up --name {NAME}x'.\n")
    assert done.stderr.count("\n") == 1


@LOOP
async def test_wishes_that_no_lab_grants_are_sentences(own: api.LabHandle) -> None:
    stage = stage_of(own.inventory)
    assert stage is not None
    assert stage.missing(Start(family="yum")) is None
    with pytest.raises(StageError, match=r"only the demo behaves as 1\.3\.5\.$"):
        await stage.reset(Start(keepalived="1.3.5"))
