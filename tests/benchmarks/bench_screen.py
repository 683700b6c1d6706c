"""How the screen holds under load: ``python -m tests.benchmarks.bench_screen``.

The app runs in a process of its own on a pseudo-terminal that is read as a terminal would, at
120×40. Measured in the app's loop, so that everything counts: folding the events, judging,
painting, writing to the terminal.

- hit log: 5,000 hits a second for 10 s; the loop's lag (a 5 ms timer's lateness) and the CPU;
  beside it a RichLog that is written the same lines, in the same run.
- keys: with 200 hosts and that flow, from a key event to the painted row.
- VIP: with 200 hosts, from the kernel's event in the feed to the painted verdict.
"""

from __future__ import annotations

import asyncio
import json
import os
import pty
import resource
import select
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from fcntl import ioctl
from functools import partial
from itertools import cycle
from typing import Any, ClassVar

from haconsole.domain.events import AddressesRead, HitsSeen
from haconsole.domain.hits import Hit
from tests.support.replay import ReplayFeed
from tests.support.states import healthy, hits, many_site, moved, pair_site, reading

RATE = int(os.environ.get("BENCH_RATE", "5000"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "10"))
BATCH_S = 0.02
SIZE = (120, 40)


class LiveReplay(ReplayFeed):
    """A replay whose clock is the real one."""

    def now(self) -> float:
        """Return the time of day."""
        return time.time()


class Lag:
    """The lateness of a 5 ms timer in this loop, in ms."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []

    async def watch(self) -> None:
        """Sample until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.005)
            self.late_ms.append((loop.time() - before - 0.005) * 1000)


def quantiles(values: list[float]) -> dict[str, float]:
    """Return p50, p95, p99 and the largest."""
    ordered = sorted(values) or [0.0]
    last = len(ordered) - 1
    return {
        "n": len(values),
        "p50": ordered[last // 2],
        "p95": ordered[round(last * 0.95)],
        "p99": ordered[round(last * 0.99)],
        "max": ordered[-1],
    }


async def flow(take: Callable[[tuple[Hit, ...]], object], seconds: float, rate: int) -> int:
    """Hand over ``rate`` hits a second in batches, on time; return how many."""
    cluster = pair_site().clusters[0]
    models = cycle(hits(cluster, 0.0, 100, 10))
    loop = asyncio.get_running_loop()
    start, sent = loop.time(), 0
    while (elapsed := loop.time() - start) < seconds:
        wanted = int(elapsed * rate)
        if wanted > sent:
            now = time.time()
            take(tuple(next(models)._replace(at=now) for _ in range(wanted - sent)))
            sent = wanted
        await asyncio.sleep(BATCH_S)
    return sent


async def measured(work: Callable[[], Any], *, probe: bool = True) -> dict[str, Any]:
    """Run ``work`` and return what it cost; the probe itself costs some CPU."""
    lag = Lag()
    await asyncio.sleep(1.0)
    watcher = asyncio.create_task(lag.watch() if probe else asyncio.sleep(0))
    cpu, began = time.process_time(), time.monotonic()
    result = await work()
    wall = time.monotonic() - began
    used = time.process_time() - cpu
    watcher.cancel()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "lag_ms": quantiles(lag.late_ms),
        "cpu_percent": 100 * used / wall,
        "lines": result,
        "peak_mb": peak,
    }


def screen_hits(mode: str) -> dict[str, Any]:
    """Show the flow on the home or the hits screen."""
    from haconsole.ui.app import ConsoleApp
    from haconsole.ui.widgets.hitlog import HitLog

    site = pair_site()
    feed = LiveReplay(site, healthy(site, time.time(), read_until=time.time()).events)
    app = ConsoleApp(feed)
    found: dict[str, Any] = {}

    async def drive() -> None:
        await asyncio.sleep(1.0)
        app.go(mode)

        def take(batch: tuple[Hit, ...]) -> None:
            feed.play(HitsSeen(at=time.time(), host="lb01", hits=batch))

        found.update(await measured(lambda: flow(take, SECONDS, RATE)))
        await asyncio.sleep(0.3)
        log = app.screen.query_one(HitLog)
        found["in_view"], found["older"], found["waiting"] = log.count, log.hidden, log.waiting
        found["total"], found["mode"] = feed.state.hits["pair"].total, app.current_mode
        app.exit()

    run_with(app, drive)
    return found


def screen_richlog() -> dict[str, Any]:
    """Show the same flow in a RichLog."""
    from rich.text import Text
    from textual.app import App, ComposeResult
    from textual.widgets import RichLog

    from haconsole.ui.presentation.hits import HitColumns, hit_line
    from haconsole.ui.presentation.ink import plain

    class LogApp(App[None]):
        def compose(self) -> ComposeResult:
            yield RichLog(max_lines=10_000)

    app = LogApp()
    columns = HitColumns.for_width(118)
    found: dict[str, Any] = {}

    async def drive() -> None:
        await asyncio.sleep(1.0)
        log = app.query_one(RichLog)

        def take(batch: tuple[Hit, ...]) -> None:
            for hit in batch:
                log.write(Text(plain(hit_line(hit, columns, {})), style="green"))

        found.update(await measured(lambda: flow(take, SECONDS, RATE)))
        app.exit()

    run_with(app, drive)
    return found


def on_cursor(name: str, text: str) -> bool:
    """Whether a painted row is a node's, with the cursor on it."""
    return text.startswith("CURSOR") and f" {name} " in text


def contains(wanted: str, text: str) -> bool:
    """Whether a painted row says what is wanted."""
    return wanted in text


def screen_keys() -> dict[str, Any]:
    """Press keys in the table of 200 hosts while hits flow, then move a VIP."""
    from textual import events

    from haconsole.ui.app import ConsoleApp
    from haconsole.ui.widgets import canvas

    class Painted:
        """When a row was painted that looks as wanted."""

        wanted: ClassVar[Callable[[str], bool] | None] = None
        at: ClassVar[asyncio.Future[float] | None] = None

    plain_render = canvas.Canvas.render_line

    def render_line(self: canvas.Canvas, y: int) -> Any:
        strip = plain_render(self, y)
        if Painted.at is not None and Painted.wanted and not Painted.at.done():
            line, cursor, _ = self._painted[y]
            text = ("CURSOR " if cursor else "") + "".join(part.text for part in line)
            if Painted.wanted(text):
                Painted.at.set_result(time.monotonic())
        return strip

    canvas.Canvas.render_line = render_line  # type: ignore[method-assign]  # a probe, not a fake
    site = many_site(50)
    feed = LiveReplay(site, healthy(site, time.time(), read_until=time.time()).events)
    app = ConsoleApp(feed)
    found: dict[str, Any] = {}

    async def until(wanted: Callable[[str], bool], act: Callable[[], object]) -> float:
        Painted.wanted, Painted.at = wanted, asyncio.get_running_loop().create_future()
        began = time.monotonic()
        act()
        return (await asyncio.wait_for(Painted.at, 5) - began) * 1000

    async def drive() -> None:
        await asyncio.sleep(2.0)
        names = [host.name for host in site.hosts]

        def take(batch: tuple[Hit, ...]) -> None:
            feed.play(HitsSeen(at=time.time(), host="c00-lb1", hits=batch))

        async def read() -> None:
            """Read every cluster anew every 5 s, one after the other, as the monitor does."""
            for cluster in cycle(site.clusters):
                left_out = [(site.clusters[0].lbs[1].name, AddressesRead)]
                feed.play(*reading(cluster, time.time(), without=left_out))
                await asyncio.sleep(5 / len(site.clusters))

        flowing = asyncio.create_task(flow(take, 600.0, RATE))
        watching = asyncio.create_task(read())
        keys, place = [], 0
        for step in [1] * 100 + [-1] * 100:
            place += step
            name = names[place]
            key = events.Key("j" if step > 0 else "k", "j" if step > 0 else "k")
            keys.append(await until(partial(on_cursor, name), partial(app.post_message, key)))
            await asyncio.sleep(0.01)
        found["key_ms"] = quantiles(keys)
        first = site.clusters[0]
        vip, second = first.vips[0].address, first.lbs[1]
        moves = []
        for index in range(60):
            added = index % 2 == 0
            word = "SPLIT BRAIN" if added else "SERVING"
            event = moved(time.time(), second, vip, added=added)
            moves.append(await until(partial(contains, f"{word} {vip}"), partial(feed.play, event)))
            await asyncio.sleep(0.03 + 0.017 * (index % 7))
        found["vip_ms"] = quantiles(moves)
        flowing.cancel()
        watching.cancel()
        app.exit()

    run_with(app, drive)
    return found


def screen_idle() -> dict[str, Any]:
    """Show a healthy pair on which nothing happens but its readings."""
    from haconsole.ui.app import ConsoleApp

    site = pair_site()
    feed = LiveReplay(site, healthy(site, time.time(), read_until=time.time()).events)
    app = ConsoleApp(feed)
    found: dict[str, Any] = {}

    async def readings() -> int:
        for _ in range(max(1, int(SECONDS))):
            feed.play(*reading(site.clusters[0], time.time()))
            await asyncio.sleep(1)
        return 0

    async def drive() -> None:
        await asyncio.sleep(1.0)
        found.update(await measured(readings, probe=False))
        app.exit()

    run_with(app, drive)
    return found


def run_with(app: Any, drive: Callable[[], Any]) -> None:
    """Run an app, and a task of ours in its loop and context."""

    async def pilot(_: object) -> None:
        await drive()

    asyncio.run(app.run_async(auto_pilot=pilot))


SCREENS: dict[str, Callable[[], dict[str, Any]]] = {
    "home": lambda: screen_hits("home"),
    "hits": lambda: screen_hits("hits"),
    "richlog": screen_richlog,
    "keys": screen_keys,
    "idle": screen_idle,
}


def on_a_terminal(name: str) -> dict[str, Any]:
    """Run one measurement in a child on a pseudo-terminal, and read what it paints."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as report:
        pid, fd = pty.fork()
        if pid == 0:
            os.environ |= {"TERM": "xterm-256color", "TEXTUAL_COLOR_SYSTEM": "truecolor"}
            os.environ |= {"COLUMNS": str(SIZE[0]), "LINES": str(SIZE[1])}
            os.environ.pop("NO_COLOR", None)
            module = "tests.benchmarks.bench_screen"
            command = [sys.executable, "-m", module, "--child", name, report.name]
            os.execv(sys.executable, command)
        ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        painted, tail = 0, b""
        while True:
            ready, _, _ = select.select([fd], [], [], 90)
            try:
                chunk = os.read(fd, 65536) if ready else b""
            except OSError:
                chunk = b""
            if not chunk:
                break
            painted += len(chunk)
            tail = (tail + chunk)[-2000:]
        _, status = os.waitpid(pid, 0)
        text = report.read()
        if status or not text:
            raise SystemExit(f"{name}: the child failed:\n{tail.decode(errors='replace')}")
        return {**json.loads(text), "painted_kb": painted // 1024}


def main() -> None:
    """Print the figures."""
    if sys.argv[1:2] == ["--child"]:
        found = SCREENS[sys.argv[2]]()
        with open(sys.argv[3], "w") as report:
            json.dump(found, report)
        return
    wanted = sys.argv[1:] or list(SCREENS)
    results = {name: on_a_terminal(name) for name in wanted}
    print(f"{RATE} lines/s for {SECONDS:g} s, {SIZE[0]}×{SIZE[1]}, Python {sys.version.split()[0]}")
    for name, found in results.items():
        for key in ("lag_ms", "key_ms", "vip_ms"):
            if key in found:
                row = "  ".join(f"{k} {v:.1f}" for k, v in found[key].items() if k != "n")
                print(f"{name:8} {key:7} n={found[key]['n']:<5} {row}")
        rest = {k: v for k, v in found.items() if not k.endswith("_ms")}
        said = "  ".join(
            f"{k} {v:.1f}" if isinstance(v, float) else f"{k} {v}" for k, v in rest.items()
        )
        print(f"{name:8} {said}")


if __name__ == "__main__":
    main()
