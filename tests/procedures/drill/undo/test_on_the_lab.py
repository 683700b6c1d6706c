"""Every fault on real hosts: undone in order, by nodes whose console was killed, or cut off."""

from __future__ import annotations

import asyncio
import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from haconsole.inventory import load
from haconsole.lab import health, network
from haconsole.lab.api import LabHandle
from haconsole.lab.errors import LabError
from haconsole.procedures.drill.leftovers import clear_undone, leftovers
from haconsole.procedures.drill.plan import break_steps, stamps, undo_steps
from haconsole.procedures.progress import RunStatus
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from tests.procedures.drill import console, nodes
from tests.procedures.driving import told

pytestmark = [pytest.mark.lab, pytest.mark.slow]
LIMIT_S = 10.0
#: What the second LB of a partition waits longer: an advert and a second.
LATER_S = 2.0
#: Drills that do not disturb one another, each with the host whose undo it is.
BATCHES = {
    "services": {
        "stop@lb01": ["lb01"],
        "nginx-stop@lb01": ["lb01"],
        "freeze@lb02": ["lb02"],
        "nginx-broken@lb02": ["lb02"],
        "backend-down@web01": ["web01"],
        "backend-down@web02": ["web02"],
        "switchover@lb01": ["lb02"],
    },
    "elections": {
        "crash@lb01": ["lb01"],
        "check-fail@lb02": ["lb02"],
        "partition@": ["lb01", "lb02"],
        "link-down@lb01": ["lb01"],
        "failback@lb02": ["lb02"],
    },
    "reboot": {"reboot@lb01": ["lb01"]},
}


def named(batch: str) -> dict[str, tuple[str, list[str]]]:
    """The batch's drills with their ids and hosts."""
    drills = {}
    for number, (drill, hosts) in enumerate(BATCHES[batch].items()):
        drill_id = re.sub("[^a-z0-9]+", "-", f"{drill}-{number}").strip("-")
        drills[f"{drill}={drill_id}"] = (drill_id, hosts)
    return drills


@pytest.fixture(scope="module")
def pair(lab: LabHandle) -> Iterator[LabHandle]:
    """The ready pair, with what an interface that goes down loses; crashed daemons come back."""
    lab.exec("lb01", ["sh", "-c", _RICHER])
    yield lab
    lab.exec("lb01", ["sh", "-c", _POORER])
    lab.heal()


_RICHER = """
ip -6 address add 2001:db8::10/64 dev eth0 nodad
ip route add 192.0.2.0/24 via 10.0.0.5 dev eth0 metric 7
ip route add 198.51.100.0/24 via 10.0.0.5 dev eth0 table 100
ip -6 route add 2001:db8:1::/48 via 2001:db8::1 dev eth0
mkdir -p /etc/systemd/system/keepalived.service.d
printf '[Service]\\nRestart=always\\nRestartSec=0\\n' \\
  >/etc/systemd/system/keepalived.service.d/restart.conf
systemctl daemon-reload
"""
_POORER = """
ip route del 192.0.2.0/24; ip route del 198.51.100.0/24 table 100
ip -6 route del 2001:db8:1::/48; ip -6 address del 2001:db8::10/64 dev eth0
rm -f /etc/systemd/system/keepalived.service.d/restart.conf; systemctl daemon-reload
"""


@pytest.fixture
def before(pair: LabHandle) -> Iterator[dict[str, list[str]]]:
    health.wait_healthy(pair.places, 30.0)
    nodes.until(lambda: nodes.quiet(pair), 20.0, "there are still consoles", 0.3)
    yield nodes.snapshots(pair)
    for host in nodes.HOSTS:  # of a test that failed
        pair.exec(host, ["rm", "-rf", "/var/lib/haconsole"])


@contextlib.contextmanager
def without_systemd_run(lab: LabHandle, host: str) -> Iterator[None]:
    """Hide the program: what is no program is not found."""
    lab.exec(host, ["mount", "--bind", "/dev/null", "/usr/bin/systemd-run"])
    try:
        yield
    finally:
        lab.exec(host, ["umount", "/usr/bin/systemd-run"])


@pytest.mark.parametrize("batch", BATCHES)
def test_undone_in_order_nothing_is_left(
    pair: LabHandle, before: dict[str, list[str]], batch: str
) -> None:
    drills = named(batch)
    seen: list[str] = []

    async def watch() -> None:
        for drill_id, hosts in drills.values():
            seen.extend(
                f"{drill_id}@{host}" for host in hosts
                if nodes.read(pair, host, drill_id, "broken")
            )  # fmt: skip

    run = asyncio.run(
        console.drill(pair.inventory, list(drills), limit_s=LIMIT_S + 5, holds={"observe": watch})
    )
    assert run.progress.status is RunStatus.DONE, told(run)
    # A node that is cut off has undone it before anybody can look.
    assert len(seen) >= sum(len(hosts) for _, hosts in drills.values()) - (batch == "reboot")
    for step in break_steps(run.plan):
        broken = stamps(run.progress.of(step.id), "broken")
        assert broken is not None
        assert broken.before <= broken.after
    for step in undo_steps(run.plan):
        assert stamps(run.progress.of(step.id), "undone") is not None
    nodes.see_same(pair, before)


@contextlib.contextmanager
def broken(lab: LabHandle, batch: str) -> Iterator[subprocess.Popen[str]]:
    """A console as a process of its own, at the moment at which all of its faults are made."""
    drills = named(batch)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.procedures.drill.console"),
            *(str(lab.inventory), f"{LIMIT_S:g}", *drills),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        waiting = {(host, name) for name, hosts in drills.values() for host in hosts}

        def made() -> bool:
            assert process.poll() is None, process.stdout and process.stdout.read()
            for host, name in sorted(waiting):
                with contextlib.suppress(LabError):  # it reboots
                    if nodes.read(lab, host, name, "broken"):
                        waiting.discard((host, name))
            return not waiting

        nodes.until(made, 25.0, lambda: f"not broken: {waiting}", 0.02)
        yield process
    finally:
        process.kill()
        process.wait(10)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def see_undone(lab: LabHandle, batch: str) -> None:
    """Every node has undone its fault by itself, and in time."""
    for name, hosts in named(batch).values():
        for host in hosts:

            def undone(host: str = host, name: str = name) -> bool:
                with contextlib.suppress(LabError):
                    return bool(nodes.read(lab, host, name, "undone"))
                return False

            if batch == "reboot":
                continue
            nodes.until(undone, LIMIT_S + 10, f"{name} on {host} is not undone")
            since, until, who = nodes.read(lab, host, name, "undone")
            made = nodes.read(lab, host, name, "broken")
            assert who == "timer"
            later = LATER_S if name.startswith("partition") and host != "lb01" else 0.0
            assert float(until) - float(made[0]) <= LIMIT_S + 2.0 + later
            assert float(made[0]) < float(since)


def only_records(lines: list[str]) -> list[str]:
    """A snapshot without what a dead console leaves: its records, and jobs that are over."""
    return [line for line in lines if "/var/lib/haconsole/" not in line]


@pytest.mark.parametrize("batch", BATCHES)
def test_a_killed_console_leaves_the_undo_to_the_nodes(
    pair: LabHandle, before: dict[str, list[str]], batch: str
) -> None:
    with without_systemd_run(pair, "web02"), broken(pair, batch) as process:
        process.kill()
        process.wait(10)
        see_undone(pair, batch)
    health.wait_healthy(pair.places, 40.0)
    slim = {host: only_records(lines) for host, lines in before.items()}

    def now() -> str:
        seen = {host: only_records(lines) for host, lines in nodes.snapshots(pair).items()}
        return nodes.difference(slim, seen)

    nodes.until(lambda: not now(), 15.0, now, 0.3)

    async def next_console() -> None:
        door = Transport(load(pair.inventory), prompter=NoPrompter(), writable=True)
        await door.start()
        try:
            cluster = door.site.clusters[0]
            for host in nodes.HOSTS:
                await door.wait_up(host)
            found = {(left.host, left.drill_id): left for left in await leftovers(door, cluster)}
            wanted = {(h, name) for name, hosts in named(batch).values() for h in hosts}
            assert set(found) == wanted
            assert all(left.broken and not left.pending for left in found.values())
            if batch != "reboot":
                assert {left.by for left in found.values()} == {"timer"}
            assert await clear_undone(door, cluster) == ()
            assert await leftovers(door, cluster) == ()
        finally:
            await door.close()

    asyncio.run(next_console())
    nodes.see_same(pair, before)


@pytest.mark.parametrize("batch", BATCHES)
def test_a_console_that_was_cut_off_finds_it_undone(
    pair: LabHandle, before: dict[str, list[str]], batch: str
) -> None:
    with broken(pair, batch) as process:
        network.set_cable(pair.places, "bastion", plugged=False)
        try:
            see_undone(pair, batch)
        finally:
            network.set_cable(pair.places, "bastion", plugged=True)
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write("go on\n")
        process.stdin.flush()
        said = process.stdout.read()
        assert "\nended done" in said, said
    health.wait_healthy(pair.places, 30.0)
    nodes.see_same(pair, before)
