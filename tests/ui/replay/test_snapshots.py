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
from tests.ui.helpers import until

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
VIEWS: dict[str, tuple[float, tuple[str, ...]]] = {
    "beginning": (30.0, ()),
    "split-brain": (0.0, ("4", "greater_than_sign", "greater_than_sign")),
    "node": (80.0, ("2",)),
}


def replayed(at: float) -> Replay:
    """Return the recorded split brain, ``at`` seconds after its beginning."""
    recording = read_recording(FOLDER / "split-brain.jsonl")
    recording.marks.append(Mark(recording.first + 70, "mark 1"))
    replay = Replay(recording)
    replay.seek(replay.reel.first + at)
    return replay


async def settled(app: ConsoleApp, pilot: Pilot[Any]) -> None:
    """Let the cause be looked for, which stands beside the verdict, and everything be painted."""
    await until(pilot, lambda: app.desk.triage.chart().judged_at == app.session.feed.now())
    for _ in range(3):
        # Each jump says where it led to, for a few seconds.
        app.clear_notifications()
        app.flush()
        app.paint()
        await pilot.pause()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("view", VIEWS)
def test_view(snap_compare: Callable[..., bool], view: str, size: str) -> None:
    at, keys = VIEWS[view]
    app = ConsoleApp(replayed(at))

    async def before(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
        await settled(app, pilot)

    assert snap_compare(app, terminal_size=SIZES[size], run_before=before)


def test_ascii(snap_compare: Callable[..., bool]) -> None:
    app = ConsoleApp(replayed(30.0), ascii=True)

    async def before(pilot: Pilot[Any]) -> None:
        await settled(app, pilot)

    assert snap_compare(app, terminal_size=(80, 24), run_before=before)
