"""Pictures of lessons. ``pytest tests/ui/lesson/test_snapshots.py --snapshot-update`` takes new ones.

Look at them before they are committed: the report that a failing run leaves shows both.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from haconsole.ui.app import ConsoleApp
from haconsole.words import set_language

from .exams import SHELVED
from .film import PHASES, SHELF
from .stage import StillSchool, app_with, to_exam, to_lesson, to_list

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
#: What of the film differs in its looks, and not only in its words.
_EXAM = ("exam-watching", "exam-mending", "exam-round-over", "exam-over", "exam-broken")
_SMALL = (*_EXAM, "list", "home", "show", *(name for name in PHASES if name != "right"))
_LARGE = ("exam-watching", "exam-round-over", "list", "asking", "hinted", "passed", "solving")
_CHINESE = ("list", "home", "asking", "hinted", "passed", "over", "exam-watching")


@pytest.fixture
def chinese() -> Iterator[None]:
    set_language("zh")
    yield
    set_language("en")


def staged(view: str) -> tuple[ConsoleApp, Callable[[Pilot[int]], Awaitable[None]]]:
    """Return the console, and what leads it to a view."""
    fresh = tuple(replace(one, best=None, begun=False, done=False) for one in SHELF)
    school = StillSchool(fresh if view == "home" else (*SHELF, SHELVED))
    app, _ = app_with(school)

    async def before(pilot: Pilot[int]) -> None:
        await pilot.pause()
        if view == "list":
            await to_list(app, pilot)
        elif view == "show":
            await to_lesson(app, pilot, school)
            await pilot.press("s")
            await pilot.pause()
        elif view.startswith("exam-"):
            await to_exam(app, pilot, view.removeprefix("exam-"))
        elif view != "home":
            await to_lesson(app, pilot, school, view)
        for _ in range(3):
            app.paint()
            await pilot.pause()

    return app, before


@pytest.mark.parametrize("view", _SMALL)
def test_small(snap_compare: Callable[..., bool], view: str) -> None:
    app, before = staged(view)
    assert snap_compare(app, terminal_size=SIZES["80x24"], run_before=before)


@pytest.mark.parametrize("view", _LARGE)
def test_large(snap_compare: Callable[..., bool], view: str) -> None:
    app, before = staged(view)
    assert snap_compare(app, terminal_size=SIZES["120x40"], run_before=before)


@pytest.mark.parametrize("view", _CHINESE)
def test_chinese(snap_compare: Callable[..., bool], chinese: None, view: str) -> None:
    app, before = staged(view)
    assert snap_compare(app, terminal_size=SIZES["80x24"], run_before=before)
