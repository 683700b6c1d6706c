"""Every screen in every situation of a real pair, live: made from the palette, seen, healed.

All situations that are tested are visited at the same time, each on a demo and with a console of
its own: most of it is waiting for VRRP's timers. ``python -m tests.demo.e2e.update`` takes new
snapshots.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import traceback
from pathlib import Path

import pytest

from . import golden
from .live import Console
from .situations import SITUATIONS, Situation, View
from .visit import SIZES, picture, still_world, views, visit

#: Situations that are visited at once.
AT_ONCE = 4
#: Seconds that a screen may take to look like its snapshot, and after one that never did.
PATIENCE_S, HASTE_S = 20.0, 2.0
Problems = dict[str, list[str]]


async def _visited(situations: list[Situation], folder: Path) -> Problems:
    """Return what was not as it should be, by situation."""
    problems: Problems = {situation.name: [] for situation in situations}
    places = asyncio.Semaphore(AT_ONCE)

    async def look(
        situation: Situation, size: tuple[int, int], view: View, screen: Console
    ) -> None:
        wanted = golden.read(golden.path_of(situation.name, size)).get(view.name, [])
        seen: list[str] = []
        try:
            async with asyncio.timeout(HASTE_S if problems[situation.name] else PATIENCE_S):
                while (seen := picture(view, screen)) != wanted:
                    await asyncio.sleep(0.15)
        except TimeoutError:
            where = f"{view.name} ({situation.name}, {size[0]}x{size[1]})"
            problems[situation.name].append(golden.difference(where, wanted, seen))

    async def one(situation: Situation) -> None:
        async with places:
            try:
                await visit(situation, folder, look)
            except Exception:
                problems[situation.name].append(traceback.format_exc())

    # Each app puts itself in the place of stdout, and whichever ends last puts back another's.
    with contextlib.redirect_stdout(sys.stdout), contextlib.redirect_stderr(sys.stderr):
        await asyncio.gather(*map(one, situations))
    return problems


@pytest.fixture(scope="module")
def problems(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Problems:
    """Visit the situations of this run's tests."""
    chosen = {
        str(item.callspec.params["name"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == "test_situation"
    }
    with still_world():
        return asyncio.run(
            _visited([SITUATIONS[name] for name in sorted(chosen)], tmp_path_factory.mktemp("e2e"))
        )


@pytest.mark.parametrize("name", SITUATIONS)
def test_situation(problems: Problems, name: str) -> None:
    assert not problems[name], "\n\n".join(problems[name])


def test_every_snapshot_belongs_to_a_view() -> None:
    for path in golden.FOLDER.iterdir():
        assert path in {golden.path_of(name, size) for name in SITUATIONS for size in SIZES}
    for situation in SITUATIONS.values():
        for size in SIZES:
            sections = golden.read(golden.path_of(situation.name, size))
            assert list(sections) == [view.name for view in views(situation, size)]
            assert all(sections.values())
