"""``up`` gives a whole lab, ``down`` leaves nothing of it, and neither does a killed one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from haconsole.lab import api, health, hosts, registry
from haconsole.lab.api import LabHandle
from haconsole.lab.errors import LabError
from haconsole.lab.places import LabPlaces
from haconsole.lab.registry import Record
from haconsole.lab.topology import Family, LabState
from tests.lab.looks import COMMAND, cli, listens, owners, remains, surroundings, until

pytestmark = pytest.mark.lab
NAME = f"u{os.getpid()}"


def test_up_is_quick_and_down_leaves_nothing(lab: LabHandle) -> None:
    """The images are there: the session's lab needed them."""
    before, began = surroundings(), time.monotonic()
    came_up = cli("up", "--name", NAME)
    assert came_up.returncode == 0, came_up.stderr
    assert time.monotonic() - began < 30
    inventory = Path(came_up.stdout.splitlines()[-1])
    assert inventory.is_absolute()
    assert inventory.is_file()
    record = registry.require_up(LabPlaces(NAME))
    assert record.port is not None
    assert listens(record.port)
    assert surroundings() == before
    went_down = cli("down", "--name", NAME)
    assert went_down.returncode == 0
    assert remains(NAME) == []
    assert not listens(record.port)
    assert surroundings() == before
    again = cli("down", "--name", NAME)
    assert again.returncode == 0
    assert "not up; nothing to do" in again.stderr


@pytest.mark.parametrize("moment", ["net/web02", "hosts/web02/root/etc/machine-id", "relay.port"])
def test_a_killed_up_is_swept_away_by_the_next_command(lab_possible: None, moment: str) -> None:
    """SIGKILL at three moments: while the network, the hosts' files, the hosts are made."""
    up = subprocess.Popen(
        [*COMMAND, "up", "--name", NAME], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert until(lambda: (LabPlaces(NAME).root / moment).exists())
    up.kill()
    up.wait()
    assert remains(NAME)
    status = cli("status", "--name", NAME)
    assert status.returncode == 1
    assert until(lambda: remains(NAME) == [])  # a command of somebody else may be at it already


def test_a_lab_of_an_earlier_boot_is_swept_away(lab_possible: None) -> None:
    """Where /run outlives a reboot, the record is there and the lab is not."""
    places = LabPlaces(NAME)
    places.root.mkdir(parents=True)
    Record(NAME, LabState.READY, Family.APT, 1, ("lb01",), 1).write(places)
    places.complete.write_text("00000000-0000-0000-0000-000000000000\n")
    assert cli("status", "--name", NAME).returncode == 1
    assert until(lambda: remains(NAME) == [])


def test_a_killed_down_is_finished_by_the_next_one(lab_possible: None) -> None:
    handle = api.up(NAME)
    down = subprocess.Popen([*COMMAND, "down", "--name", NAME], stderr=subprocess.DEVNULL)
    assert until(lambda: not handle.places.complete.exists())
    down.kill()
    down.wait()
    assert cli("down", "--name", NAME).returncode == 0
    assert until(lambda: remains(NAME) == [])


def test_an_interrupted_up_tidies_up_itself(lab_possible: None) -> None:
    up = subprocess.Popen([*COMMAND, "up", "--name", NAME], stderr=subprocess.PIPE, text=True)
    assert until(lambda: LabPlaces(NAME).relay_port.exists())
    up.send_signal(signal.SIGTERM)
    _, words = up.communicate(timeout=30)
    assert up.returncode == 130, words
    assert "Traceback" not in words
    assert remains(NAME) == []


def test_an_up_that_fails_says_why_and_leaves_nothing(
    lab_possible: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing is wrong with this pair but the time it is given.
    monkeypatch.setattr(hosts, "_HEALTHY_TIMEOUT_S", 0.0)
    with pytest.raises(LabError, match=r"not healthy after 0 s: .*10\.0\.0\.100"):
        api.up(NAME)
    assert remains(NAME) == []


def test_up_again_is_no_change(lab: LabHandle) -> None:
    init = lab.machine("lb01").init()
    again = cli("up", "--name", lab.name)
    assert again.returncode == 0
    assert "already up" in again.stderr
    assert again.stdout.splitlines()[-1] == str(lab.inventory)
    assert lab.machine("lb01").init() == init


def test_up_as_something_else_is_refused(lab: LabHandle) -> None:
    for shape in (("--state", "fresh"), ("--family", "yum")):
        other = cli("up", "--name", lab.name, *shape)
        assert other.returncode == 1
        assert other.stderr.count("\n") == 1
        assert "is up as ready (apt): take it down first" in other.stderr


def test_two_labs_do_not_touch_each_other(lab: LabHandle) -> None:
    other = api.up(NAME)
    try:
        assert other.record.port != lab.record.port
        other.fault("stop")
        assert until(lambda: owners(other) == {"lb02"})
        assert owners(lab) == {"lb01"}
        status = json.loads(cli("status", "--json").stdout)
        assert {lab.name, NAME} <= {entry["name"] for entry in status["labs"]}
    finally:
        other.down()
    assert health.quick_problem(lab.places) is None
    assert remains(NAME) == []


def test_a_ready_pair_of_the_yum_family(lab_possible: None) -> None:
    handle = api.up(NAME, family=Family.YUM)
    try:
        installed = handle.exec("lb01", ["rpm", "-q", "keepalived", "nginx"])
        assert installed.returncode == 0
        assert handle.exec("web01", ["rpm", "-q", "keepalived"]).returncode == 1
        assert handle.exec("lb01", ["sh", "-c", "command -v apt-get dpkg"]).returncode != 0
        assert 'ID_LIKE="rhel' in handle.exec("lb01", ["cat", "/etc/os-release"]).stdout
    finally:
        handle.down()


def test_an_up_that_comes_second_waits_for_the_first(lab_possible: None) -> None:
    ups = [
        subprocess.Popen([*COMMAND, "up", "--name", NAME], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outs = [up.communicate(timeout=120)[0] for up in ups]
    try:
        assert [up.returncode for up in ups] == [0, 0]
        assert outs[0].splitlines()[-1] == outs[1].splitlines()[-1]
    finally:
        api.down(NAME)
    assert remains(NAME) == []


def test_status_tells_the_hosts(lab: LabHandle) -> None:
    status = cli("status", "--json", "--name", lab.name)
    assert status.returncode == 0
    told = json.loads(status.stdout)
    assert told["version"] == 1
    mine = next(entry for entry in told["labs"] if entry["name"] == lab.name)
    assert (mine["state"], mine["family"]) == (LabState.READY, "apt")
    assert mine["inventory"] == str(lab.inventory)
    assert mine["hosts"] == [
        {"name": name, "running": True} for name in ("bastion", "lb01", "lb02", "web01", "web02")
    ]
    plain = cli("status", "--name", lab.name)
    assert f"{lab.name}: ready, apt; bastion lb01" in plain.stdout
