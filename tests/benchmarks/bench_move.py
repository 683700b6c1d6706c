"""A VIP moves → it stands on the screen: the live console beside polling every second.

A real pair (the lab), a real console in a real terminal, through the bastion. keepalived on lb01
is stopped and started again; each move is stamped by ``ip -ts monitor`` inside the node that
takes the VIP, the console's terminal is read by a terminal emulator, and a poller asks both
nodes once a second over the same kind of links, all in one run.

``python -m tests.benchmarks.bench_move [MOVES]`` (default 50; about 3 s a move).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from haconsole.inventory import load
from haconsole.lab import api
from haconsole.parsers import ip
from haconsole.transport.commands import Command
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from tests.support.terminal import Terminal

VIP = "10.0.0.100"
_MOVE_TIMEOUT_S = 20.0


@dataclass
class Sightings:
    """When each LB was seen to take the VIP, by each observer (epoch seconds)."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    kernel: list[tuple[float, str]] = field(default_factory=list)
    screen: list[tuple[float, str]] = field(default_factory=list)
    poll: list[tuple[float, str]] = field(default_factory=list)

    def saw(self, row: list[tuple[float, str]], at: float, owner: str) -> None:
        """Note an owner when it differs from the last one."""
        with self.lock:
            if not row or row[-1][1] != owner:
                row.append((at, owner))

    def after(self, row: list[tuple[float, str]], at: float, owner: str) -> float | None:
        """Return how many seconds after ``at`` the owner was first seen."""
        with self.lock:
            return next((seen - at for seen, who in row if who == owner and seen >= at), None)


def watch_kernel(lab: api.LabHandle, node: str, seen: Sightings) -> subprocess.Popen[str]:
    """Stamp the moves inside a node's namespace, without any link."""
    argv = lab.machine(node).enter(["env", "TZ=UTC0", "ip", "-ts", "-o", "monitor", "address"])
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            parsed = ip.parse_address_line(line)
            if parsed and parsed.added and parsed.address.address == VIP and parsed.stamp:
                stamp = ip.stamp_epoch(parsed.stamp)
                if stamp is not None:
                    with seen.lock:
                        seen.kernel.append((stamp, node))

    threading.Thread(target=read, daemon=True).start()
    return process


def watch_screen(inventory: str, seen: Sightings) -> Terminal:
    """Read the owner from the console's verdict line."""

    def painted(lines: Sequence[str], at: float) -> None:
        for line in lines[:4]:
            for owner in ("lb01", "lb02"):
                if f"{VIP} on {owner}" in line and "AND" not in line:
                    seen.saw(seen.screen, at, owner)

    return Terminal.console(inventory, on_paint=painted)


async def poll(inventory: str, seen: Sightings) -> None:
    """Ask both LBs once a second, over links that are kept up."""
    door = Transport(load(inventory), prompter=NoPrompter())
    await door.start()
    command = Command("poll", "ip -o address show")

    async def ask(node: str) -> str | None:
        result = await door.run(node, command)
        held = any(a.address == VIP for a in ip.parse_addresses(result.stdout))
        return node if held else None

    try:
        await asyncio.gather(*(door.wait_up(node) for node in ("lb01", "lb02")))
        while True:
            owners = [o for o in await asyncio.gather(ask("lb01"), ask("lb02")) if o]
            if len(owners) == 1:
                seen.saw(seen.poll, time.time(), owners[0])
            await asyncio.sleep(1.0)
    finally:
        await door.close()


def move(lab: api.LabHandle, verb: str, to: str, seen: Sightings) -> float:
    """Stop or start keepalived on lb01; return the kernel's stamp of the move."""
    with seen.lock:
        before = len(seen.kernel)
    done = lab.exec("lb01", ["systemctl", verb, "keepalived"])
    if done.returncode:
        raise SystemExit(f"systemctl {verb} keepalived: {done.stderr}")
    deadline = time.monotonic() + _MOVE_TIMEOUT_S
    while time.monotonic() < deadline:
        with seen.lock:
            for stamp, node in seen.kernel[before:]:
                if node == to:
                    return stamp
        time.sleep(0.01)
    raise SystemExit(f"the VIP did not move to {to}")


def wait_seen(seen: Sightings, row: list[tuple[float, str]], at: float, owner: str) -> float:
    """Return the delay of a sighting, waiting for it up to 10 s."""
    deadline = time.monotonic() + 10.0
    while time.monotonic() < deadline:
        delay = seen.after(row, at, owner)
        if delay is not None:
            return delay
        time.sleep(0.01)
    raise SystemExit(f"{owner} was never seen")


def summary(name: str, delays: list[float]) -> str:
    """One line: median, 95th percentile and maximum in milliseconds."""
    ordered = sorted(delays)
    p95 = ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]
    return (
        f"{name:<28} median {statistics.median(ordered) * 1000:7.1f} ms   "
        f"p95 {p95 * 1000:7.1f} ms   max {ordered[-1] * 1000:7.1f} ms   n={len(ordered)}"
    )


def measure(lab: api.LabHandle, moves: int) -> tuple[list[float], list[float]]:
    """Return the delays of the screen and of the poller, in seconds."""
    seen = Sightings()
    kernels = [watch_kernel(lab, node, seen) for node in ("lb01", "lb02")]
    terminal = watch_screen(str(lab.inventory), seen)
    loop = asyncio.new_event_loop()
    polling = loop.create_task(poll(str(lab.inventory), seen))
    thread = threading.Thread(target=_run, args=(loop, polling), daemon=True)
    thread.start()
    screen: list[float] = []
    polled: list[float] = []
    try:
        terminal.until("SERVING", 30)
        wait_seen(seen, seen.poll, 0.0, "lb01")
        for number in range(moves):
            verb, to = ("stop", "lb02") if number % 2 == 0 else ("start", "lb01")
            # Moves must not march in step with the poller's second.
            time.sleep(random.uniform(0.2, 1.2))
            stamp = move(lab, verb, to, seen)
            screen.append(wait_seen(seen, seen.screen, stamp, to))
            polled.append(wait_seen(seen, seen.poll, stamp, to))
    finally:
        loop.call_soon_threadsafe(polling.cancel)
        thread.join(10)
        terminal.close()
        for process in kernels:
            process.terminate()
            process.wait()
    return screen, polled


def _run(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        loop.run_until_complete(task)


def main(arguments: list[str]) -> None:
    """Measure and print."""
    moves = int(arguments[0]) if arguments else 50
    lab = api.up("bench")
    try:
        screen, polled = measure(lab, moves)
    finally:
        lab.down()
    print(summary("kernel's event → screen", screen))
    print(summary("kernel's event → 1 s poll", polled))
    ratio = statistics.median(polled) / statistics.median(screen)
    print(f"the screen is {ratio:.1f} × sooner than polling every second (medians)")


if __name__ == "__main__":
    main(sys.argv[1:])
