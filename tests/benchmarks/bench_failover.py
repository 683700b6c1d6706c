"""How long a pair is without its VIP: demo and lab side by side, beside what VRRP allows.

Ownership is the kernel's: ``ip -ts monitor`` in the lab's namespaces, the address table of the
demo's hosts. What begins a failover lies between the start and the end of the command that
makes it, so a delay is out of bounds only if it is so from both ends; a graceful stop is
counted from the kernel's removal on lb01.

Bounds are those of ``haconsole.domain.vrrp`` for keepalived >= 2.0 and VRRPv2.

``python -m tests.benchmarks.bench_failover [ROUNDS]`` (default 3; about a minute each).
Exit status 1 when a delay lies outside of its bounds.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from haconsole.demo.world.cluster import DemoCluster
from haconsole.demo.world.net import AddressChange, Change
from haconsole.domain.vrrp import Bounds, Waits, check_bounds
from haconsole.lab import api
from haconsole.lab.errors import LabError
from haconsole.lab.provision import VRRP_RULE
from haconsole.lab.topology import LB01, LB02, LBS, VIP
from haconsole.parsers import ip

ADVERT_S = 1.0
#: The check of both clusters: every 2 s, two failures or successes in a row; its own run time.
INTERVAL_S, FALL, RISE, CHECK_S = 2.0, 2, 2, 0.2
#: For the scheduling of processes, and the stamps' own precision.
SLACK_S = 0.05
_TIMEOUT_S = 20.0


TAKING, COMING_BACK = Waits(LB02.priority, ADVERT_S), Waits(LB01.priority, ADVERT_S)


@dataclass(frozen=True)
class Move:
    """A command, and the change of an address that ends the wait: (host, whether it comes)."""

    name: str
    bounds: Bounds
    ends: tuple[str, bool]
    fault: str = ""
    argv: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ("lb01",)
    #: Counted from the address's removal on lb01.
    from_kernel: bool = False


def moves() -> list[tuple[Move, ...]]:
    """Return the rounds' parts: a fault, and what takes it back; each begins with a healthy pair."""
    taken, back, yielded = ("lb02", True), ("lb01", True), ("lb02", False)
    failed = check_bounds(FALL, INTERVAL_S, CHECK_S) + TAKING.stopped
    recovered = check_bounds(RISE, INTERVAL_S, CHECK_S) + COMING_BACK.begun
    # A start forks, reads its file and runs the check once before the instance begins to wait.
    started = Bounds(0.0, 0.5) + COMING_BACK.begun
    lost, released = TAKING.lost, TAKING.stopped
    thaw = ("systemctl", "kill", "--signal=CONT", "keepalived")
    allow = ("firewall-cmd", "-q", f"--add-rich-rule={VRRP_RULE}")
    within = Bounds(0.0, ADVERT_S)
    both = tuple(lb.name for lb in LBS)
    return [
        (
            Move("stop", released, taken, fault="stop", from_kernel=True),
            Move("  start again", started, back, argv=("systemctl", "start", "keepalived")),
        ),
        (Move("crash", lost, taken, fault="crash"),),
        (
            Move("freeze", lost, taken, fault="freeze"),
            Move("  thaw", within, yielded, argv=thaw),
        ),
        (
            Move("vrrp-block", lost, taken, fault="vrrp-block"),
            Move("  allow again", within, yielded, argv=allow, hosts=both),
        ),
        (
            Move("nginx-stop", failed, taken, fault="nginx-stop"),
            Move("  start again (nginx)", recovered, back, argv=("systemctl", "start", "nginx")),
        ),
    ]


@dataclass
class Seen:
    """Changes of the VIP in the LBs' kernels: (epoch seconds, host, whether it came)."""

    changes: list[tuple[float, str, bool]] = field(default_factory=list)

    def first(self, since: float, host: str, came: bool) -> float | None:
        """Return when that change was first seen."""
        wanted = [at for at, who, how in list(self.changes) if (who, how) == (host, came)]
        return next((at for at in wanted if at >= since), None)

    async def wait(self, since: float, host: str, came: bool) -> float | None:
        """Return when that change is seen; ``None`` when it never is."""
        deadline = time.monotonic() + _TIMEOUT_S
        while (at := self.first(since, host, came)) is None and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        return at


class Pair(Protocol):
    """A demo or a lab."""

    seen: Seen

    async def fault(self, name: str) -> object: ...

    async def do(self, host: str, argv: tuple[str, ...]) -> object: ...

    async def heal(self) -> None: ...


class DemoPair:
    """A demo in this process."""

    def __init__(self, cluster: DemoCluster) -> None:
        self.seen = Seen()
        self._cluster = cluster
        for lb in cluster.lbs:
            lb.stack.watch(self._noting(lb.name))

    def _noting(self, name: str) -> Callable[[Change], None]:
        def note(change: Change) -> None:
            if isinstance(change, AddressChange) and change.address.address == VIP:
                self.seen.changes.append((time.time(), name, change.added))

        return note

    async def fault(self, name: str) -> object:
        return await self._cluster.fault(name)

    async def do(self, host: str, argv: tuple[str, ...]) -> object:
        return await self._cluster.hosts[host].do(*argv)

    async def heal(self) -> None:
        await self._cluster.heal()


class LabPair:
    """A lab, watched inside of its namespaces."""

    def __init__(self, lab: api.LabHandle) -> None:
        self.seen = Seen()
        self._lab = lab
        self._watchers = [self._watch(lb.name) for lb in LBS]

    def _watch(self, node: str) -> subprocess.Popen[str]:
        argv = ["env", "TZ=UTC0", "ip", "-ts", "-o", "monitor", "address"]
        process = subprocess.Popen(
            self._lab.machine(node).enter(argv), stdout=subprocess.PIPE, text=True
        )

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                change = ip.parse_address_line(line)
                if change is None or change.address.address != VIP or not change.stamp:
                    continue
                if (at := ip.stamp_epoch(change.stamp)) is not None:
                    self.seen.changes.append((at, node, change.added))

        threading.Thread(target=read, daemon=True).start()
        return process

    async def fault(self, name: str) -> object:
        return await asyncio.to_thread(self._lab.fault, name)

    async def do(self, host: str, argv: tuple[str, ...]) -> object:
        return await asyncio.to_thread(self._lab.exec, host, argv)

    async def heal(self) -> None:
        await asyncio.to_thread(self._lab.heal)

    def close(self) -> None:
        """End the watchers."""
        for process in self._watchers:
            process.terminate()
            process.wait()


#: Per move: delays in seconds (``None``: never), and whether each is within its bounds.
Delays = dict[str, list[tuple[float | None, bool]]]


async def make(pair: Pair, move: Move) -> tuple[float | None, bool]:
    """Make a move; return its delay and whether it is within bounds."""
    began = time.time()
    if move.fault:
        await pair.fault(move.fault)
    await asyncio.gather(*(pair.do(host, move.argv) for host in move.hosts if move.argv))
    ended = time.time()
    at = await pair.seen.wait(began, *move.ends)
    if at is None:
        return None, False
    if move.from_kernel:
        lost = await pair.seen.wait(began, "lb01", False)
        if lost is None:
            return None, False
        began = ended = lost
    return at - began, move.bounds.admits(at - ended, at - began, SLACK_S)


async def measure(pair: Pair, rounds: int) -> Delays:
    """Make every move some times."""
    delays: Delays = {}
    for _ in range(rounds):
        for part in moves():
            for move in part:
                # Not in step with the adverts and checks.
                await asyncio.sleep(random.uniform(0.0, INTERVAL_S))
                delays.setdefault(move.name, []).append(await make(pair, move))
            began = time.time()
            await pair.heal()
            delays.setdefault("heal", []).append((time.time() - began, True))
    return delays


def cell(row: list[tuple[float | None, bool]]) -> str:
    """Median and range of a row; ``!`` when one is out of bounds."""
    known = [delay for delay, _ in row if delay is not None]
    mark = " " if all(fine for _, fine in row) else "!"
    if not known:
        return f"{'never':>18} {mark}"
    text = f"{statistics.median(known):.2f} ({min(known):.2f}–{max(known):.2f})"
    if len(known) < len(row):
        text += f" {len(row) - len(known)} never"
    return f"{text:>18} {mark}"


def show(demo: Delays, lab: Delays | None) -> bool:
    """Print the table; return whether everything is within its bounds."""
    print(f"{'seconds':<22}{'VRRP allows':>12}{'demo':>19}{'lab':>21}")
    rows = {move.name: str(move.bounds) for part in moves() for move in part} | {"heal": "—"}
    for name, bounds in rows.items():
        right = cell(lab[name]) if lab is not None else f"{'no lab':>18}"
        print(f"{name:<22}{bounds:>12} {cell(demo[name])} {right}")
    print("Counted from the command's start; the time that the command itself took is granted.")
    print("'!': outside of the bounds. 'heal': everything undone and the pair seen to be healthy.")
    return all(fine for side in (demo, lab or {}) for row in side.values() for _, fine in row)


async def with_lab(rounds: int) -> Delays:
    """Measure a lab of our own."""
    handle = await asyncio.to_thread(api.up, "failover")
    try:
        pair = LabPair(handle)
        try:
            return await measure(pair, rounds)
        finally:
            pair.close()
    finally:
        await asyncio.to_thread(handle.down)


async def with_demo(rounds: int) -> Delays:
    """Measure a demo of our own."""
    cluster = DemoCluster()
    await cluster.start()
    try:
        return await measure(DemoPair(cluster), rounds)
    finally:
        await cluster.stop()


async def both(rounds: int) -> tuple[Delays, Delays | None]:
    """Measure both at once; a machine that cannot have the lab says why."""

    async def lab() -> Delays | None:
        try:
            return await with_lab(rounds)
        except LabError as error:
            print(f"THE LAB WAS NOT MEASURED: {error}")
            return None

    measured: tuple[Awaitable[Delays], Awaitable[Delays | None]] = (with_demo(rounds), lab())
    return await asyncio.gather(*measured)


def main(arguments: list[str]) -> int:
    """Measure and print."""
    rounds = int(arguments[0]) if arguments else 3
    return 0 if show(*asyncio.run(both(rounds))) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
