"""Pictures of the wizard. ``pytest tests/ui/wizard/test_snapshots.py --snapshot-update`` takes new ones.

Look at them before they are committed: the report that a failing run leaves shows both.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import pytest
from textual.pilot import Pilot

from haconsole.domain.notes import note
from haconsole.procedures.catalogue import ENTRIES
from haconsole.procedures.progress import RunStatus, StepProgress, StepStatus
from haconsole.ui.app import ConsoleApp
from tests.support.states import NOW

from .stage import (
    ENTRY,
    StillWorkshop,
    app_with,
    at,
    facts,
    press_button,
    to_form,
    to_preview,
    to_run,
)

S = StepStatus
SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
FILES = ("arp", "dbus", "index", "json", "netlink", "notify", "parser", "print", "sync", "track")
BUILD = tuple(f"gcc -DHAVE_CONFIG_H -I. -O2 -c -o vrrp_{name}.o vrrp_{name}.c" for name in FILES)
HELD = note("E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (apt)")
Act: TypeAlias = Callable[[ConsoleApp, Pilot[int], StillWorkshop], Awaitable[None]]


async def changes(app: ConsoleApp, pilot: Pilot[int], _: StillWorkshop) -> None:
    await pilot.press("6")


async def form(app: ConsoleApp, pilot: Pilot[int], _: StillWorkshop) -> None:
    await to_form(app, pilot)


async def form_wrong(app: ConsoleApp, pilot: Pilot[int], _: StillWorkshop) -> None:
    await to_form(app, pilot)
    await pilot.press(*["down"] * 3, "right", "down", *"secret", *["down"] * 3)
    await pilot.press("ctrl+u", *"100")


async def preview(app: ConsoleApp, pilot: Pilot[int], _: StillWorkshop) -> None:
    await to_preview(app, pilot)


async def foreign(app: ConsoleApp, pilot: Pilot[int], _: StillWorkshop) -> None:
    await to_preview(app, pilot)
    await pilot.press("end", "k", "k")


async def whole(app: ConsoleApp, pilot: Pilot[int], _: StillWorkshop) -> None:
    await foreign(app, pilot, _)
    await pilot.press("space", "enter")


async def confirming(app: ConsoleApp, pilot: Pilot[int], _: StillWorkshop) -> None:
    await foreign(app, pilot, _)
    await pilot.press("space")
    await press_button(app, pilot, "run")


async def running(app: ConsoleApp, pilot: Pilot[int], workshop: StillWorkshop) -> None:
    await to_run(app, pilot)
    workshop.last.stand(RunStatus.RUNNING, S.SATISFIED, at(S.RUNNING, 8, *BUILD), began=NOW - 9)


async def home(app: ConsoleApp, pilot: Pilot[int], workshop: StillWorkshop) -> None:
    await running(app, pilot, workshop)
    await pilot.press("1")


async def lost(app: ConsoleApp, pilot: Pilot[int], workshop: StillWorkshop) -> None:
    await running(app, pilot, workshop)
    workshop.last.stand(RunStatus.RUNNING, S.SATISFIED, at(S.LINK_LOST, 48, *BUILD[:3]))


async def failed(app: ConsoleApp, pilot: Pilot[int], workshop: StillWorkshop) -> None:
    await running(app, pilot, workshop)
    workshop.last.can_roll_back = True
    bad = StepProgress(S.FAILED, NOW, NOW - 4, 4.2, HELD, ("Reading package lists...", str(HELD)))
    workshop.last.stand(RunStatus.FAILED, S.SATISFIED, bad, *[S.SKIPPED] * 6, ended=NOW)
    await over(app, pilot, workshop)


async def done(app: ConsoleApp, pilot: Pilot[int], workshop: StillWorkshop) -> None:
    await running(app, pilot, workshop)
    workshop.last.can_roll_back = True
    well = [StepProgress(S.DONE, NOW, NOW - 4, 1.25)] * 7
    workshop.last.stand(RunStatus.DONE, S.SATISFIED, *well, ended=NOW + 20)
    await over(app, pilot, workshop)


async def over(app: ConsoleApp, pilot: Pilot[int], workshop: StillWorkshop) -> None:
    workshop.last.go_on.set()
    while app.desk.busy:
        await pilot.pause()


#: Name → what leads there, and whether lb01's file is somebody else's.
VIEWS: dict[str, tuple[Act, bool]] = {
    "changes": (changes, False),
    "form": (form, False),
    "form-wrong": (form_wrong, False),
    "preview": (preview, False),
    "foreign": (foreign, True),
    "whole": (whole, True),
    "confirm": (confirming, True),
    "running": (running, False),
    "home": (home, False),
    "lost": (lost, False),
    "failed": (failed, False),
    "done": (done, False),
}


@pytest.fixture(autouse=True)
def in_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENTRIES, ENTRY.name, ENTRY)


def staged(view: str, **options: Any) -> tuple[ConsoleApp, Callable[[Pilot[int]], Awaitable[None]]]:
    """Return the console, and what leads it to a view."""
    act, somebody_elses = VIEWS[view]
    workshop = StillWorkshop(facts(foreign=somebody_elses))
    app, _ = app_with(workshop, **options)

    async def before(pilot: Pilot[int]) -> None:
        await pilot.pause()
        await act(app, pilot, workshop)
        for _ in range(3):
            await pilot.pause()
            app.paint()
        await pilot.pause()

    return app, before


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("view", VIEWS)
def test_view(snap_compare: Callable[..., bool], view: str, size: str) -> None:
    app, before = staged(view)
    assert snap_compare(app, terminal_size=SIZES[size], run_before=before)


@pytest.mark.parametrize("view", ["form-wrong", "foreign", "confirm", "failed"])
@pytest.mark.parametrize("look", ["light", "no-color", "ascii"])
def test_look(
    snap_compare: Callable[..., bool], monkeypatch: pytest.MonkeyPatch, view: str, look: str
) -> None:
    options: dict[str, Any] = {"theme": look} if look == "light" else {}
    if look == "no-color":
        monkeypatch.setenv("NO_COLOR", "1")
    if look == "ascii":
        options["ascii"] = True
    app, before = staged(view, **options)
    assert snap_compare(app, terminal_size=(80, 24), run_before=before)


def test_read_only(snap_compare: Callable[..., bool]) -> None:
    app, before = staged("preview", writable=False)
    assert snap_compare(app, terminal_size=(80, 24), run_before=before)
