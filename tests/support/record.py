"""Records the demo: ``python -m tests.support.record [NAME…]`` (some two minutes).

For each recording a demo is served, watched by the real monitor for a minute, broken, and watched
until what came of it has stood for a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from haconsole.domain.events import Event
from haconsole.domain.ownership import VipVerdict
from haconsole.domain.verdict import judge
from haconsole.inventory import load
from haconsole.journal.recording_rows import anonymous
from haconsole.monitor.monitor import Monitor
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from tests.demo.e2e.live import hosts
from tests.support.recordings import FOLDER, save
from tests.support.waiting import until

#: Seconds before the fault: the sums of the last minute are whole; and after it has shown.
_BEFORE_S, _AFTER_S = 62.0, 14.0
_RATE = "6"
_FILES = ("/etc/keepalived/keepalived.conf", "/etc/nginx/nginx.conf")
#: Recording → the fault, and the verdict and owners that come of it.
_STORIES: dict[str, tuple[str | None, VipVerdict, tuple[str, ...]]] = {
    "healthy": (None, VipVerdict.OWNED, ("lb01",)),
    "failover": ("stop", VipVerdict.OWNED, ("lb02",)),
    "split-brain": ("vrrp-block", VipVerdict.SPLIT_BRAIN, ("lb01", "lb02")),
}


async def record(name: str, folder: Path) -> None:
    """Take one recording."""
    fault, verdict, owners = _STORIES[name]
    learnt: list[Event] = []
    async with hosts(folder / name, "--rate", _RATE) as demo:
        site = load(demo.inventory)
        monitor = Monitor(Transport(site, prompter=NoPrompter()))
        monitor.subscribe(lambda events, _: learnt.extend(events))
        watching = asyncio.create_task(monitor.run())
        try:
            await asyncio.sleep(_BEFORE_S)
            if fault is not None:
                await demo.faults.make(fault)
            await until(_stands(monitor, verdict, owners), 30)
            await asyncio.sleep(_AFTER_S if fault else 0)
            files = {("lb01", path): await monitor.read_file("lb01", path) for path in _FILES}
            # Right after a reading of every host: the picture is of fresh readings.
            count = len(learnt)
            await monitor.refresh()
            await until(lambda: len(learnt) > count + 40, 20)
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
    # Its links are ended with it; that is no part of the story.
    story = learnt[: _last_reading(learnt)]
    save(FOLDER / f"{name}.jsonl", anonymous(site), story, files)


def _stands(monitor: Monitor, verdict: VipVerdict, owners: tuple[str, ...]) -> Callable[[], bool]:
    def stands() -> bool:
        [view] = judge(monitor.state, monitor.now()).vips
        return (view.verdict, view.owners) == (verdict, owners)

    return stands


def _last_reading(learnt: list[Event]) -> int:
    from haconsole.domain.events import LinkChanged, LinkStatus

    for index, event in enumerate(learnt):
        if isinstance(event, LinkChanged) and event.status is LinkStatus.LOST:
            return index
    return len(learnt)


async def main(names: list[str]) -> None:
    """Take the named recordings at the same time, or all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        await asyncio.gather(*(record(name, Path(folder)) for name in names or _STORIES))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
