"""What watching costs a node: CPU of each host of the lab, unwatched and watched, in one run.

``python -m tests.benchmarks.bench_node [SECONDS]`` (default 40 for each half).
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from pathlib import Path

from haconsole.domain.verdict import Level, judge
from haconsole.inventory import load
from haconsole.lab import api
from haconsole.monitor.monitor import Monitor
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport

GOAL_PERCENT = 0.5
NODES = ("bastion", "lb01", "lb02", "web01", "web02")


def cpu_s(lab: api.LabHandle, node: str) -> float:
    """CPU seconds that a host has used, from its control group (v2: cpu.stat, v1: cpuacct)."""
    group = lab.machine(node).group
    for root in (Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup")):
        stat = root / group / "cpu.stat"
        if stat.exists():
            for line in stat.read_text().splitlines():
                key, _, value = line.partition(" ")
                if key == "usage_usec":
                    return int(value) / 1e6
    raise SystemExit(f"no cpu.stat for {group}")


async def span(lab: api.LabHandle, seconds: float) -> dict[str, float]:
    """Percent of a core that each host uses over ``seconds``."""
    before, began = {node: cpu_s(lab, node) for node in NODES}, time.monotonic()
    await asyncio.sleep(seconds)
    took = time.monotonic() - began
    return {node: 100 * (cpu_s(lab, node) - before[node]) / took for node in NODES}


async def measure(lab: api.LabHandle, seconds: float) -> None:
    """Measure both halves and print."""
    quiet = await span(lab, seconds)
    monitor = Monitor(Transport(load(lab.inventory), prompter=NoPrompter()))
    watching = asyncio.create_task(monitor.run())
    while judge(monitor.state, monitor.now()).level is not Level.OK:
        await asyncio.sleep(0.1)
    await asyncio.sleep(3)
    own, began = time.process_time(), time.monotonic()
    watched = await span(lab, seconds)
    own = 100 * (time.process_time() - own) / (time.monotonic() - began)
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    print(f"{'node':<10}{'unwatched %':>14}{'watched %':>12}{'difference %':>14}")
    for node in NODES:
        cost = watched[node] - quiet[node]
        print(f"{node:<10}{quiet[node]:>14.2f}{watched[node]:>12.2f}{cost:>14.2f}")
    print(f"goal for a watched node: {GOAL_PERCENT} % of a core; the monitor itself: {own:.2f} %")


def main(arguments: list[str]) -> None:
    """Start a lab, measure, take it down."""
    lab = api.up("cost")
    try:
        asyncio.run(measure(lab, float(arguments[0]) if arguments else 40.0))
    finally:
        lab.down()


if __name__ == "__main__":
    main(sys.argv[1:])
