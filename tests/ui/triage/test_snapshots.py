"""Pictures of triage. ``pytest tests/ui/triage/test_snapshots.py --snapshot-update`` takes new ones.

Look at them before they are committed: the report that a failing run leaves shows both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from haconsole.domain.rules.finding import Diagnosis
from haconsole.ui.app import ConsoleApp
from tests.support.states import Scene, all_scenes, healthy

from .stage import StillConsulting, app_with, diagnosis_of, judge, to_triage

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
SCENES = all_scenes()
#: What is diagnosed, and the scene behind it.
SEEN: dict[str, tuple[Scene, tuple[str, ...]]] = {
    "split-brain": (SCENES["split-brain"], ("firewall-blocks-vrrp", "backend-dead", "drift")),
    "ghost": (SCENES["ghost"], ("ghost-vip",)),
    "well": (healthy(), ()),
}


def app_on(view: str, **options: Any) -> tuple[ConsoleApp, Diagnosis]:
    scene, causes = SEEN[view]
    diagnosis = diagnosis_of(*causes)
    app, _ = app_with(StillConsulting(diagnosis), scene=scene, **options)
    return app, diagnosis


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("view", SEEN)
def test_view(snap_compare: Callable[..., bool], view: str, size: str) -> None:
    app, _ = app_on(view)

    async def before(pilot: Pilot[int]) -> None:
        await to_triage(app, pilot)

    assert snap_compare(app, terminal_size=SIZES[size], run_before=before)


@pytest.mark.parametrize("look", ["light", "no-color", "ascii", "high-contrast"])
def test_looks(
    snap_compare: Callable[..., bool], monkeypatch: pytest.MonkeyPatch, look: str
) -> None:
    options: dict[str, Any] = {}
    if look == "no-color":
        monkeypatch.setenv("NO_COLOR", "1")
    elif look == "ascii":
        options["ascii"] = True
    else:
        options["theme"] = look
    app, _ = app_on("split-brain", **options)

    async def before(pilot: Pilot[int]) -> None:
        await to_triage(app, pilot)
        await pilot.press("j", "enter", "j", "j")
        await judge(app, pilot)

    assert snap_compare(app, terminal_size=SIZES["80x24"], run_before=before)


def test_home(snap_compare: Callable[..., bool]) -> None:
    app, _ = app_on("split-brain")

    async def before(pilot: Pilot[int]) -> None:
        await pilot.pause()
        await judge(app, pilot)

    assert snap_compare(app, terminal_size=SIZES["120x40"], run_before=before)


def test_looking_closer(snap_compare: Callable[..., bool]) -> None:
    consulting = StillConsulting(diagnosis_of("split-brain"))
    app, feed = app_with(consulting, scene=SCENES["split-brain"], writable=True)
    consulting.go_on.clear()

    async def before(pilot: Pilot[int]) -> None:
        await to_triage(app, pilot)
        while "examine" not in consulting.asked:
            await pilot.pause()
        feed.tick(4)
        await judge(app, pilot)

    assert snap_compare(app, terminal_size=SIZES["80x24"], run_before=before)
