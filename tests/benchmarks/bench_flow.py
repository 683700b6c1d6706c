"""The hit log live, all the way: 5,000 lines/s written on a real LB, shown by a real console.

The lab's lb01 gets the lines in its log; ``tail`` follows it, SSH carries it through the bastion,
the console parses, counts and shows it on a terminal. Measured in the console's loop: its lag (a
5 ms timer's lateness), its CPU, and whether every line was counted.

``python -m tests.benchmarks.bench_flow [LINES_A_SECOND] [SECONDS]``
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from haconsole.inventory import load
from haconsole.lab import api
from haconsole.monitor.monitor import Monitor
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from tests.benchmarks.bench_screen import measured, run_with
from tests.support.terminal import Terminal

GOAL_LAG_MS, GOAL_CPU = 20.0, 25.0
_STEP_S = 0.05


def write(lab: api.LabHandle, rate: int, seconds: float) -> int:
    """Append ``rate`` lines a second to lb01's hit log; return how many."""
    path = lab.machine("lb01").tree / "var/log/nginx/haconsole.log"
    began, written = time.monotonic(), 0
    with path.open("a") as log:
        while (elapsed := time.monotonic() - began) < seconds:
            wanted = int(elapsed * rate)
            at = f"{time.time():.3f}"
            log.write(
                "".join(
                    f"{at}\t10.0.0.{n % 200 + 20}\tGET\t/item/{n}\t200\t10.0.0.5{n % 2 + 1}:80"
                    "\t200\t0.003\t0.004\t612\tshop\n"
                    for n in range(written, wanted)
                )
            )
            log.flush()
            written = wanted
            time.sleep(_STEP_S)
    return written


def child(inventory: str, report: str, seconds: float) -> None:
    """Be the console; measure its loop while the lines come."""
    from haconsole.ui.app import ConsoleApp

    monitor = Monitor(Transport(load(Path(inventory)), prompter=NoPrompter()))
    app = ConsoleApp(monitor)
    found: dict[str, Any] = {}

    def total() -> int:
        return monitor.state.hits["pair"].total

    async def flow() -> int:
        await asyncio.sleep(seconds)
        return 0

    async def drive() -> None:
        while not monitor.state.host("lb01").hits.value:
            await asyncio.sleep(0.05)
        app.go("hits")
        await asyncio.sleep(1)
        Path(report + ".ready").touch()
        before = total()
        while total() < before + 2000:
            await asyncio.sleep(0.05)
        found.update(await measured(flow))
        quiet = -1
        while quiet != total():
            quiet = total()
            await asyncio.sleep(1.5)
        found["counted"] = total() - before
        found["dropped"] = monitor.state.hits["pair"].dropped
        app.exit()

    run_with(app, drive)
    Path(report).write_text(json.dumps(found))


def main(arguments: list[str]) -> None:
    """Measure and print."""
    if arguments[:1] == ["--child"]:
        child(arguments[1], arguments[2], float(arguments[3]))
        return
    rate = int(arguments[0]) if arguments else 5000
    seconds = float(arguments[1]) if len(arguments) > 1 else 15.0
    lab = api.up("flow")
    try:
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report"
            words = [sys.executable, "-m", "tests.benchmarks.bench_flow", "--child"]
            console = Terminal([*words, str(lab.inventory), str(report), str(seconds)])
            ready = Path(f"{report}.ready")
            while not ready.exists():
                if console.process.poll() is not None:
                    raise SystemExit(f"the console ended:\n{console.text}")
                time.sleep(0.1)
            written: list[int] = []
            writer = threading.Thread(
                target=lambda: written.append(write(lab, rate, seconds + 4)), daemon=True
            )
            writer.start()
            console.process.wait(seconds + 60)
            writer.join()
            found = json.loads(report.read_text())
            console.close()
    finally:
        lab.down()
    lag = found["lag_ms"]
    print(f"{rate} lines/s for {seconds:g} s, from a real node's log to the screen")
    print(f"  lag of the screen's loop  p50 {lag['p50']:.1f}  p99 {lag['p99']:.1f} ms  "
          f"max {lag['max']:.1f} ms   (goal p99 {GOAL_LAG_MS:g})")  # fmt: skip
    print(f"  CPU of the console        {found['cpu_percent']:.1f} % of a core (goal {GOAL_CPU:g})")
    print(
        f"  lines written {written[0]}, counted {found['counted']} (others' requests among them), "
        f"dropped and told {found['dropped']}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
