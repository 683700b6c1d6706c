"""What is read of drills whose console died, and what may be cleared away."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import cast

import pytest

from haconsole.commandline import undoing
from haconsole.lab.api import LabHandle
from haconsole.procedures.drill.leftovers import (
    Leftover,
    clear,
    clear_undone,
    leftovers,
    remains,
    understand,
)
from haconsole.procedures.errors import ProcedureError
from haconsole.transport.commands import Command, Result
from haconsole.transport.door import Door
from haconsole.transport.errors import LinkDownError, TransportError
from tests.procedures.configure.grounds import CLUSTER
from tests.procedures.drill.nodes import DRILLS
from tests.support.entering import entering

NOW = "now 1700000100.5 5000 boot-a\n"


def one(*lines: str, now: str = NOW) -> Leftover:
    (left,) = understand("lb01", "\n".join(("drill d1", *lines, now)))
    return left


def test_what_a_node_says_is_understood() -> None:
    left = one(
        "scenario stop", "who anna@desk (process 7)", "since 1700000040",
        "due 1700000110.250 5010 boot-a", "broken 1700000050.1 1700000050.2",
    )  # fmt: skip
    assert left == Leftover(
        "lb01", "d1", "stop", since=1700000040.0, due=1700000110.25,
        who="anna@desk (process 7)", broken=True,
    )  # fmt: skip
    assert left.pending and not left.undone


def test_what_is_undone_is_only_a_record() -> None:
    left = one("due 1700000090.0 4990 boot-a", "undone 1700000090.1 1700000090.3 timer")
    assert left.undone and not left.pending
    assert (left.undone_at, left.by) == (1700000090.3, "timer")


@pytest.mark.parametrize(
    "due",
    ["due 1700000110.0 5010 boot-b", "due 1700000060.0 4960 boot-a", "due 0 0 boot-a", ""],
    ids=["rebooted since", "long past", "never armed", "half made"],
)
def test_what_nobody_will_undo_is_not_waited_for(due: str) -> None:
    left = one("scenario nginx-broken", due, "broken 1.0 2.0")
    assert left.due is None
    assert not left.pending and not left.undone


def test_an_answer_that_was_cut_off_is_none() -> None:
    with pytest.raises(TransportError):
        understand("lb01", "drill d1\nscenario stop\n")
    assert understand("lb01", NOW) == []


class Hosts:
    """A door whose lb01, lb02 and web01 were left broken, and whose web02 cannot be reached."""

    def __init__(self, *, stuck: str = "", lost: str = "") -> None:
        self.broken = {"lb01", "lb02", "web01"}
        self.stuck, self.lost = stuck, lost

    async def run(self, host: str, command: Command) -> Result:
        if host == "web02" or (command.name == "clear away a drill" and host == self.lost):
            raise LinkDownError(f"The link to {host} was lost.")
        if command.name != "clear away a drill":
            left = "drill d1\nscenario stop\nbroken 1.0 2.0\n" if host in self.broken else ""
            return Result(0, left + NOW, "", 0.0, 0.0)
        if host == self.stuck:
            return Result(1, "", "it is stuck", 0.0, 0.0)
        self.broken.remove(host)
        return Result(0, "", "", 0.0, 0.0)

    async def wait_up(self, host: str) -> None:
        if host == "web02":
            await asyncio.Event().wait()


async def test_a_host_that_cannot_be_reached_hides_nothing_of_the_others() -> None:
    door = cast("Door", Hosts())
    left = await remains(door, CLUSTER)
    assert [one.host for one in left.found] == ["lb01", "lb02", "web01"]
    assert {host: str(why) for host, why in left.problems.items()} == {
        "web02": "The link to web02 was lost."
    }
    with pytest.raises(LinkDownError, match="web02"):
        await leftovers(door, CLUSTER)


async def test_every_host_that_answers_is_undone_whatever_the_others_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(undoing, "_REACHED_S", 0.0)
    hosts = Hosts(stuck="lb01", lost="lb02")
    assert await undoing.undo_leftovers(cast("Door", hosts), CLUSTER) == 1
    assert hosts.broken == {"lb01", "lb02"}
    said = capsys.readouterr()
    assert said.out == "web01: stop is undone now.\n"
    stuck, lost, unasked = said.err.splitlines()
    assert stuck.startswith("The drill stop on lb01 could not be undone: it is stuck.")
    assert lost == "lb02: stop could not be undone: The link to lb02 was lost."
    assert unasked == ("web02 does not tell what earlier drills left: The link to web02 was lost.")
    hosts.stuck = hosts.lost = ""
    assert await undoing.undo_leftovers(cast("Door", hosts), CLUSTER) == 1
    assert not hosts.broken
    capsys.readouterr()
    assert await undoing.undo_leftovers(cast("Door", hosts), CLUSTER) == 1
    assert capsys.readouterr().out == ("No drill left anything on the hosts that can be asked.\n")


#: A drill that a reboot or a full disk left: its timer is gone, its fault is there.
_LOST = f"""
mkdir -p -m 700 {DRILLS}/lost1 {DRILLS}/wait1 && cd {DRILLS}/lost1
echo "scenario stop" >about; echo "1.0 1 another-boot" >due; echo "1.0 2.0" >broken
: >/run/faulty
cat >undo <<'E'
[ ! -e /run/stuck ] || {{ echo "it is stuck" >&2; exit 1; }}
rm -f /run/faulty; echo "3.0 4.0 $1" >{DRILLS}/lost1/undone
E
cd ../wait1; cp ../lost1/about .; read -r up rest </proc/uptime
echo "$(date +%s).0 $((${{up%%.*}} + 60)) $(cat /proc/sys/kernel/random/boot_id)" >due
"""


@pytest.mark.lab
async def test_the_next_console_undoes_what_nobody_will_and_waits_for_the_rest(
    lab: LabHandle,
) -> None:
    async with entering(lab.inventory, ["lb01", "lb02", "web01", "web02"]) as door:
        cluster = door.site.clusters[0]
        try:
            assert lab.exec("web01", ["sh", "-c", _LOST]).returncode == 0
            lost, wait = await leftovers(door, cluster)
            assert (lost.drill_id, lost.pending, lost.broken) == ("lost1", False, True)
            assert (wait.drill_id, wait.pending, wait.broken) == ("wait1", True, False)
            with pytest.raises(ProcedureError, match="is not undone yet: the node does it by"):
                await clear(door, wait)
            lab.exec("web01", ["touch", "/run/stuck"])
            with pytest.raises(ProcedureError, match="could not be undone: it is stuck"):
                await clear(door, lost)
            assert lab.exec("web01", ["test", "-e", "/run/faulty"]).returncode == 0
            lab.exec("web01", ["rm", "/run/stuck"])
            assert await clear_undone(door, cluster) == (wait,)
            assert lab.exec("web01", ["test", "-e", "/run/faulty"]).returncode == 1
            assert await leftovers(door, cluster) == (wait,)
        finally:
            lab.exec("web01", ["sh", "-c", "rm -rf /var/lib/haconsole /run/stuck /run/faulty"])


@pytest.mark.lab
def test_the_command_line_undoes_what_a_node_forgot(lab: LabHandle) -> None:
    def drill(*words: str) -> tuple[int, str]:
        argv = [sys.executable, "-m", "haconsole", "drill", str(lab.inventory), *words, "--write"]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    try:
        assert lab.exec("web01", ["sh", "-c", _LOST]).returncode == 0
        status, said = drill("stop", "--yes", "--force")
        assert status == 2
        assert "an earlier drill (stop) on web01 was not undone, since its node went down" in said
        assert "an earlier drill (stop) on web01 is not undone yet: the node does so at" in said
        status, said = drill("--undo")
        assert (status, "web01: stop is undone now." in said) == (1, True), said
        assert "web01: stop is not undone yet: the node does it by itself at" in said
        assert lab.exec("web01", ["test", "-e", "/run/faulty"]).returncode == 1
        lab.exec("web01", ["rm", "-rf", f"{DRILLS}/wait1"])
        assert drill("--undo") == (0, "No drill left anything on these hosts.\n")
    finally:
        lab.exec("web01", ["sh", "-c", "rm -rf /var/lib/haconsole /run/stuck /run/faulty"])
