"""Pictures of a replay: ``pytest tests/ui/replay --snapshot-update`` takes new ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from haconsole.journal.recording_reading import Mark, read_recording
from haconsole.journal.replay import Replay
from haconsole.ui.app import ConsoleApp
from tests.support.recordings import FOLDER

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
VIEWS: dict[str, tuple[float, tuple[str, ...]]] = {
    "beginning": (30.0, ()),
    "split-brain": (0.0, ("greater_than_sign", "greater_than_sign")),
    "timeline": (80.0, ("4",)),
}


def replayed(at: float) -> Replay:
    """Return the recorded split brain, ``at`` seconds after its beginning."""
    recording = read_recording(FOLDER / "split-brain.jsonl")
    recording.marks.append(Mark(recording.first + 70, "mark 1"))
    replay = Replay(recording)
    replay.seek(replay.reel.first + at)
    return replay


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("view", VIEWS)
def test_view(snap_compare: Callable[..., bool], view: str, size: str) -> None:
    at, keys = VIEWS[view]
    app = ConsoleApp(replayed(at))

    async def before(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
        app.clear_notifications()
        app.paint()
        await pilot.pause()

    assert snap_compare(app, terminal_size=SIZES[size], run_before=before)


def test_ascii(snap_compare: Callable[..., bool]) -> None:
    app = ConsoleApp(replayed(80.0), ascii=True)

    async def before(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        app.paint()
        await pilot.pause()

    assert snap_compare(app, terminal_size=(80, 24), run_before=before)
