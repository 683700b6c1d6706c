"""Takes the snapshots anew: ``python -m tests.demo.e2e.update [SITUATION…]``.

A screen is taken when it says what it must and, masked, has stood for two seconds. Read what
``git diff`` then says before committing it.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from . import golden
from .live import Console
from .situations import SITUATIONS, Situation, View
from .visit import SIZES, picture, still_world, visit

_STANDS_S, _PATIENCE_S = 2.0, 40.0


async def _settled(view: View, screen: Console) -> list[str]:
    seen, since = picture(view, screen), time.monotonic()
    deadline = since + _PATIENCE_S
    while time.monotonic() - since < _STANDS_S:
        await asyncio.sleep(0.05)
        if (now := picture(view, screen)) != seen:
            seen, since = now, time.monotonic()
        if time.monotonic() > deadline:
            raise SystemExit("\n".join(["This screen does not come to rest:", *seen]))
    return seen


async def _take(situation: Situation, folder: Path) -> None:
    taken: dict[tuple[int, int], dict[str, list[str]]] = {size: {} for size in SIZES}

    async def look(_: Situation, size: tuple[int, int], view: View, screen: Console) -> None:
        taken[size][view.name] = await _settled(view, screen)

    await visit(situation, folder, look)
    for size, sections in taken.items():
        golden.write(golden.path_of(situation.name, size), sections)
        print(golden.path_of(situation.name, size))


async def main(names: list[str]) -> None:
    """Take the named situations, or all."""
    golden.FOLDER.mkdir(exist_ok=True)
    with still_world(), tempfile.TemporaryDirectory() as folder:
        for name in names or SITUATIONS:
            await _take(SITUATIONS[name], Path(folder))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
