"""Pictures of the console. ``pytest tests/ui/test_snapshots.py --snapshot-update`` takes new ones.

The main situations are recordings of the demo, edge cases are written by hand.
Look at them before they are committed: the report that a failing run leaves shows both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from textual.pilot import Pilot

from haconsole.ui.app import ConsoleApp
from tests.support.recordings import recorded_scenes
from tests.support.states import all_scenes
from tests.ui.helpers import app_of

SCENES = {**all_scenes(), **recorded_scenes()}
SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
LOOKS = ("dark", "light", "no-color")
VIEWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "home-healthy": ("healthy", ()),
    "home-failover": ("failover", ()),
    "home-split-brain": ("split-brain", ()),
    "home-ghost": ("ghost", ()),
    "home-jump-lost": ("jump-lost", ()),
    "home-stale-node": ("stale", ()),
    "node": ("healthy", ("2",)),
    "hits": ("healthy", ("3",)),
    "timeline": ("split-brain", ("4", "t")),
    "help": ("healthy", ("question_mark",)),
}
#: Seen once each: what differs is what is told, not how it looks in every theme.
MORE: dict[str, tuple[str, tuple[str, ...]]] = {
    "home-starting": ("starting", ()),
    "home-unowned": ("unowned", ()),
    "home-unknown": ("unknown", ()),
    "home-refused": ("refused", ()),
    "home-nginx-down": ("nginx-down", ()),
    "home-no-hit-log": ("no-hit-log", ()),
    "home-two-vips": ("two-vips", ()),
    "home-no-webs": ("no-webs", ()),
    "home-all-clusters": ("two-clusters", ()),
    "home-many": ("many", ()),
    "node-journal": ("healthy", ("2", "tab")),
    "node-config": ("healthy", ("2", "tab", "tab")),
}


async def settle(pilot: Pilot[int]) -> None:
    """Let everything be painted, then hold still."""
    await pilot.pause()
    app = cast("ConsoleApp", pilot.app)
    app.desk.triage.judge_all()
    app.paint()
    await pilot.pause()


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("view", VIEWS)
def test_view(
    snap_compare: Callable[..., bool],
    monkeypatch: pytest.MonkeyPatch,
    view: str,
    size: str,
    look: str,
) -> None:
    scene, keys = VIEWS[view]
    if look == "no-color":
        monkeypatch.setenv("NO_COLOR", "1")
    options: dict[str, Any] = {"theme": look} if look != "no-color" else {}
    app = app_of(SCENES[scene], **options)

    async def before(pilot: Pilot[int]) -> None:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)

    assert snap_compare(app, terminal_size=SIZES[size], run_before=before)


@pytest.mark.parametrize("view", MORE)
def test_more(snap_compare: Callable[..., bool], view: str) -> None:
    scene, keys = MORE[view]
    app = app_of(SCENES[scene])

    async def before(pilot: Pilot[int]) -> None:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)

    assert snap_compare(app, terminal_size=(80, 24), run_before=before)


@pytest.mark.parametrize("theme", ["high-contrast"])
@pytest.mark.parametrize("scene", ["healthy", "split-brain"])
def test_high_contrast(snap_compare: Callable[..., bool], theme: str, scene: str) -> None:
    app = app_of(SCENES[scene], theme=theme)
    assert snap_compare(app, terminal_size=(120, 40), run_before=settle)


def test_ascii(snap_compare: Callable[..., bool]) -> None:
    app = app_of(SCENES["split-brain"], ascii=True)
    assert snap_compare(app, terminal_size=(80, 24), run_before=settle)
