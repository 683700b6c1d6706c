"""What recording costs: ``python -m tests.benchmarks.bench_record [SECONDS]``.

Two parts, both beside no recording, taken in the same run:

- live: a demo at its own rate (3 requests a second) is watched by a monitor, for some seconds with
  a recorder and for as long without, in turns; CPU seconds of this process, and bytes written.
- flow: the same generated events (200 hosts' readings; 5,000 hits a second) folded with and
  without a recorder; CPU seconds for each second of the stream.

Goal: recording at the demo's rate takes less than 2 % of a core.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from haconsole.domain.events import Event, HitsSeen
from haconsole.domain.model import Site
from haconsole.domain.reduce import reduce
from haconsole.domain.state import State
from haconsole.inventory import load
from haconsole.journal.recording import Recorder
from haconsole.journal.recording_reading import read_recording
from haconsole.journal.replay_reel import Reel
from haconsole.monitor.monitor import Monitor
from haconsole.monitor.once import is_whole
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from tests.demo.e2e.live import hosts
from tests.support.parts import NOW, healthy_node, hits, many_site, pair_site
from tests.support.waiting import until

GOAL_PERCENT = 2.0
_TURNS = 3
_PERIOD_S = 8.0


class Meter:
    """A recorder whose own CPU time is taken around each call."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.seconds = 0.0
        self.events = 0

    def take(self, events: Sequence[Event], state: State) -> None:
        """Record, and count."""
        began = time.thread_time()
        self.recorder.take(events, state)
        self.seconds += time.thread_time() - began
        self.events += len(events)


async def live(seconds: float, folder: Path) -> bool:
    """Watch a demo in turns; print; return whether the goal is met."""
    spent = {True: 0.0, False: 0.0}
    async with hosts(folder / "demo") as demo:
        monitor = Monitor(Transport(load(demo.inventory), prompter=NoPrompter()))
        meter = Meter(Recorder(monitor.site, monitor.state.at, place=folder / "recordings").begin())
        watching = asyncio.create_task(monitor.run())
        try:
            await until(lambda: is_whole(monitor.state), 30)
            for turn in range(2 * _TURNS):
                records = turn % 2 == 0
                stop = monitor.subscribe(meter.take) if records else lambda: None
                began = time.process_time()
                await asyncio.sleep(seconds)
                spent[records] += time.process_time() - began
                stop()
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
    path = meter.recorder.path
    meter.recorder.close()
    span = _TURNS * seconds
    written = path.stat().st_size if path else 0
    percent = 100 * meter.seconds / span
    print(f"live, the demo's rate, {span:.0f} s each: {meter.events / span:.1f} events/s")
    print(f"  recorder alone      {percent:6.3f} % of a core   (goal < {GOAL_PERCENT} %)")
    print(f"  console's monitor   {100 * spent[True] / span:6.2f} % with, "
          f"{100 * spent[False] / span:.2f} % without")  # fmt: skip
    print(f"  written             {written / span / 1000:6.2f} kB/s = "
          f"{written / span * 3.6 / 1000:.1f} MB/h")  # fmt: skip
    return percent < GOAL_PERCENT


def readings(site: Site, rounds: int) -> list[Event]:
    """Return ``rounds`` readings of every host, every eight seconds."""
    made: list[Event] = []
    for number in range(rounds):
        for cluster in site.clusters:
            for host in cluster.hosts:
                made += healthy_node(cluster, host, NOW + number * _PERIOD_S)
    return made


def busy(seconds: int) -> list[Event]:
    """Return batches of 5,000 hits a second, 15 batches each."""
    rows = hits(pair_site().clusters[0], NOW, seconds, per_second=5000)
    size = 5000 // 15
    return [
        HitsSeen(at=batch[0].at, host="lb01", hits=tuple(batch))
        for batch in (rows[i : i + size] for i in range(0, len(rows), size))
    ]


def flow(name: str, site: Site, events: list[Event], span: float, folder: Path) -> None:
    """Fold a stream with and without a recorder; print both, and how it is read back."""
    spent: dict[bool, float] = {}
    recorder = Recorder(site, NOW, place=folder / name.replace(" ", "-")).begin()
    for records in (False, True):
        state = State.begin(site, NOW)
        began = time.process_time()
        for event in events:
            state = reduce(state, event)
            if records:
                recorder.take((event,), state)
        spent[records] = time.process_time() - began
    recorder.close()
    assert recorder.path is not None
    size = recorder.path.stat().st_size
    began = time.process_time()
    back = read_recording(recorder.path)
    Reel(back)
    opened = time.process_time() - began
    extra = spent[True] - spent[False]
    print(f"{name}: {len(events) / span:.0f} events/s for {span:.0f} s of the stream")
    print(f"  folded {100 * spent[False] / span:6.2f} % of a core, recorded "
          f"{100 * spent[True] / span:.2f} %: recording {100 * extra / span:.2f} %, "
          f"{1e6 * extra / len(events):.0f} us an event")  # fmt: skip
    print(f"  written {size / span / 1000:.1f} kB/s; opened again in {opened:.2f} s")


def main(arguments: list[str]) -> int:
    """Measure and print; 1 where the goal is missed."""
    seconds = float(arguments[0]) if arguments else 10.0
    with tempfile.TemporaryDirectory() as folder:
        met = asyncio.run(live(seconds, Path(folder)))
        site = many_site()
        flow("200 hosts", site, readings(site, 10), 10 * _PERIOD_S, Path(folder))
        flow("5000 hits a second", pair_site(), busy(10), 10.0, Path(folder))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
