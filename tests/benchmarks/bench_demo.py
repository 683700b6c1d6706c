"""What the demo costs: 100 hosts idle in one process, and from ``haconsole demo`` to the picture.

The hosts are 20 clusters of five, each behind its own way in. Their CPU is read from the kernel
while nobody looks, while clients ask (3 requests a second of each cluster), and while a console's
monitor, in another process, watches one of them.

``python -m tests.benchmarks.bench_demo [CLUSTERS]`` (default 20)
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from haconsole.demo.serve import Demo, running
from haconsole.inventory import load
from haconsole.monitor.monitor import Monitor
from haconsole.monitor.once import is_whole
from haconsole.transport.commands import LedgerEntry
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from haconsole.ui.presentation import marks
from tests.support.terminal import Terminal

GOAL_PERCENT, GOAL_S = 20.0, 2.0
#: keepalived asks for its second announcements after 5 s: idle begins after that.
SETTLE_S, WINDOW_S, STARTS = 8.0, 10.0, 5
HOSTS_EACH = 5


async def serve(clusters: int, rate: float) -> None:
    """Serve until stdin ends; first line out: the inventory of one; last: how many are alive."""
    async with contextlib.AsyncExitStack() as stack:
        demos: list[Demo] = [
            await stack.enter_async_context(running(rate=rate)) for _ in range(clusters)
        ]
        print(demos[0].inventory, flush=True)
        await asyncio.to_thread(sys.stdin.read)
        print(sum(demo.cluster.owners == ["lb01"] for demo in demos), flush=True)


@contextlib.contextmanager
def served(clusters: int, rate: float) -> Iterator[tuple[int, Path]]:
    """Serve in a process of its own; gives its id and an inventory."""
    words = ["-m", "tests.benchmarks.bench_demo", "--serve", str(clusters), str(rate)]
    process = subprocess.Popen(
        [sys.executable, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout
    try:
        yield process.pid, Path(process.stdout.readline().strip())
    finally:
        process.stdin.close()
        alive = process.stdout.read().strip()
        process.wait(30)
    if alive != str(clusters):
        raise SystemExit(f"{alive or 'none'} of {clusters} clusters had their owner at the end")


def cpu_s(pid: int) -> float:
    """Return the seconds of CPU that a process has used (proc(5): utime, stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def percent(pid: int) -> float:
    """Return how much of a core a process uses from now on."""
    await asyncio.sleep(SETTLE_S)
    began, cpu = time.monotonic(), cpu_s(pid)
    await asyncio.sleep(WINDOW_S)
    return 100 * (cpu_s(pid) - cpu) / (time.monotonic() - began)


@contextlib.asynccontextmanager
async def watched(inventory: Path) -> AsyncIterator[list[LedgerEntry]]:
    """Watch a site as the console does, once its picture is whole; gives what was run there."""
    ledger: list[LedgerEntry] = []
    monitor = Monitor(Transport(load(inventory), prompter=NoPrompter(), ledger=ledger.append))
    whole = asyncio.Event()
    monitor.subscribe(lambda _, state: whole.set() if is_whole(state) else None)
    watching = asyncio.create_task(monitor.run())
    try:
        await asyncio.wait_for(whole.wait(), 30)
        yield ledger
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


async def costs(clusters: int) -> tuple[dict[str, float], float]:
    """Return the use of a core, by what goes on, and the memory in MB."""
    found = {}
    with served(clusters, 0.0) as (pid, inventory):
        found["idle"] = await percent(pid)
        async with watched(inventory) as ledger:
            before = len(ledger)
            found["a console reads one cluster"] = await percent(pid)
            print(f"commands of that console in {SETTLE_S + WINDOW_S:g} s: {len(ledger) - before}")
        memory = rss_mb(pid)
    with served(clusters, 3.0) as (pid, _):
        found["clients ask, 3/s each cluster"] = await percent(pid)
    return found, memory


def first_picture() -> tuple[float, float]:
    """Start ``haconsole demo``; return the seconds to anything, and to the full picture."""
    began = time.time()
    anything: list[float] = []
    whole: list[float] = []

    def painted(lines: Sequence[str], at: float) -> None:
        text = "\n".join(lines)
        if text.strip() and not anything:
            anything.append(at - began)
        # Every host read, every source heard: no mark of the unknown is left on the screen.
        if "SERVING" in text and "web02" in text and marks.UNKNOWN not in text and not whole:
            whole.append(at - began)

    terminal = Terminal.console("demo", on_paint=painted)
    try:
        deadline = time.monotonic() + 30
        while not whole:
            if time.monotonic() > deadline:
                raise SystemExit(f"no full picture within 30 s:\n{terminal.text}")
            time.sleep(0.01)
    finally:
        terminal.close()
    return anything[0], whole[0]


def main(arguments: list[str]) -> int:
    """Measure and print; 1 when a goal is missed."""
    if arguments[:1] == ["--serve"]:
        asyncio.run(serve(int(arguments[1]), float(arguments[2])))
        return 0
    clusters = int(arguments[0]) if arguments else 20
    starts = [first_picture() for _ in range(STARTS)]
    screen, whole = (statistics.median(row) for row in zip(*starts, strict=True))
    slowest = max(row[1] for row in starts)
    print(f"`haconsole demo` → a screen         {screen:6.2f} s")
    print(f"`haconsole demo` → full picture     {whole:6.2f} s  (slowest of {STARTS}: "
          f"{slowest:.2f}; goal {GOAL_S:g})")  # fmt: skip
    found, memory = asyncio.run(costs(clusters))
    print(f"{clusters * HOSTS_EACH} hosts in one process, {memory:.0f} MB")
    for name, used in found.items():
        goal = f"  (goal {GOAL_PERCENT:g})" if name == "idle" else ""
        print(f"  {name:<32} {used:6.1f} % of a core{goal}")
    return 0 if whole <= GOAL_S and found["idle"] <= GOAL_PERCENT else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
