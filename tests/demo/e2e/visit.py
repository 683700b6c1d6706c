"""A situation from begin to end: made, looked at on every screen in two sizes, healed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from unittest import mock

from .live import Console, Hosts, console, hosts
from .situations import Situation, View

SIZES = ((80, 24), (120, 40))
#: Clients' requests a second: every log is full of hits soon.
RATE = "10"
_ALL_WELL = (
    r"^ lb01 +● up +● MASTER +150 +✓ 1/1 ● active +✓ vrrp",
    r"^ lb02 +● up +○ BACKUP +100 +✓ 1/1 ● active +✓ vrrp",
    r"^ web01 +● up +● active",
    r"^ web02 +● up +● active",
)
#: What is done with a screen that says all it must: situation, size, view, console.
Look = Callable[[Situation, tuple[int, int], View, Console], Awaitable[None]]


@contextlib.contextmanager
def still_world() -> Iterator[None]:
    """Take away what a user's own settings could change: time zone, colours, themes, motion.

    After each key Textual's pilot waits for a process that does nothing; with several consoles
    at work in this one that would take a second each time.
    """
    settings = {"TZ": "UTC", "XDG_CONFIG_HOME": os.devnull}
    try:
        with (
            mock.patch.dict(os.environ, settings),
            mock.patch("textual.constants.TEXTUAL_ANIMATIONS", "none"),
            mock.patch("textual.app.wait_for_idle", _take_turns),
            mock.patch("textual.pilot.wait_for_idle", _take_turns),
        ):
            os.environ.pop("NO_COLOR", None)
            time.tzset()
            yield
    finally:
        time.tzset()


async def _take_turns(*_: float) -> None:
    for _turn in range(5):
        await asyncio.sleep(0)


async def visit(situation: Situation, folder: Path, look: Look) -> None:
    """Make a situation on a demo of its own, ``look`` at all its screens, heal it."""
    async with (
        hosts(folder / situation.name, "--rate", RATE) as demo,
        console(demo, folder / f"{situation.name}.jsonl") as screen,
    ):
        await screen.until("● SERVING  10.0.0.100 on lb01", "answer ✓ 200", *_ALL_WELL)
        for name, host in situation.faults:
            await _make(demo, screen, name, host)
        for size in SIZES:
            await screen.resize(size)
            for view in views(situation, size):
                await screen.press(*view.keys)
                await screen.until(*view.says)
                await look(situation, size, view, screen)
                await _come_home(screen, view)
        if situation.faults:
            await screen.choose("heal", "Undo every fault")
            await screen.until("● SERVING  10.0.0.100 on lb01", "answer ✓ 200", *_ALL_WELL)


async def _make(demo: Hosts, screen: Console, name: str, host: str | None) -> None:
    if host is None:
        await screen.choose(f"fault {name}", f"fault: {name} on ")
    else:
        await demo.faults.make(name, host)


def views(situation: Situation, size: tuple[int, int]) -> list[View]:
    """Return what is looked at in a terminal of that size."""
    return [view for view in situation.views if size == SIZES[0] or not view.small]


def picture(view: View, screen: Console) -> list[str]:
    """Return what stands on a screen, masked."""
    return view.of(screen.rows)


async def _come_home(screen: Console, after: View | None = None) -> None:
    """Take back what the view before did, and return to the first row of Home."""
    keys = after.keys if after else ()
    back = ["escape"] * keys.count("slash") + ["shift+tab"] * keys.count("tab")
    await screen.press(*back, "escape", "1", "g")
    await screen.until("NODE +LINK")
