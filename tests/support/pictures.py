"""Pictures for people: ``python -m tests.support.pictures FOLDER`` writes SVGs of the screens.

They come out of the same scenes and the same code as the tests', so they never drift: what they
show was recorded from the demo, but for what is rare there.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

from haconsole.ui.app import ConsoleApp
from tests.support.recordings import recorded_scenes
from tests.support.replay import ReplayFeed
from tests.support.states import all_scenes

#: File name → scene, keys, size.
PICTURES: dict[str, tuple[str, tuple[str, ...], tuple[int, int]]] = {
    "home": ("healthy", (), (100, 30)),
    "split-brain": ("split-brain", (), (100, 30)),
    "jump-lost": ("jump-lost", (), (100, 30)),
    "node": ("healthy", ("2",), (120, 36)),
    "hits": ("healthy", ("3",), (120, 36)),
    "triage": ("split-brain", ("5",), (110, 32)),
    "timeline": ("ghost", ("4",), (120, 36)),
}


async def take(name: str, folder: Path) -> Path:
    """Write one picture; return its path."""
    scene_name, keys, size = PICTURES[name]
    scene = {**all_scenes(), **recorded_scenes()}[scene_name]
    app = ConsoleApp(ReplayFeed(scene.site, scene.events, now=scene.now, files=scene.files))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
        app.desk.triage.judge_all()
        app.paint()
        await pilot.pause()
        path = folder / f"{name}.svg"
        path.write_text(app.export_screenshot(title="haconsole"))
    return path


async def main() -> None:
    """Write all of them."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in PICTURES:
        print(await take(name, folder))


if __name__ == "__main__":
    asyncio.run(main())
