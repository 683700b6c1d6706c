"""Pictures of drills. ``pytest tests/ui/drill/test_snapshots.py --snapshot-update`` takes new ones.

Look at them before they are committed: the report that a failing run leaves shows both.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import pytest
from textual.pilot import Pilot

from haconsole.procedures.drill.standing import Stage
from haconsole.ui.app import ConsoleApp
from tests.ui.helpers import until

from .film import STAGES
from .stage import StillRange, app_with, confirm, press_button, to_drill, to_list, to_run

Act: TypeAlias = Callable[[ConsoleApp, Pilot[int], StillRange], Awaitable[None]]


async def the_list(app: ConsoleApp, pilot: Pilot[int], _: StillRange) -> None:
    await to_list(app, pilot)
    await pilot.press("j", "j", "j")


async def ready(app: ConsoleApp, pilot: Pilot[int], _: StillRange) -> None:
    await to_drill(app, pilot)


async def asking(app: ConsoleApp, pilot: Pilot[int], _: StillRange) -> None:
    await to_drill(app, pilot)
    await press_button(app, pilot, "begin")


async def asking_twice(app: ConsoleApp, pilot: Pilot[int], _: StillRange) -> None:
    await to_drill(app, pilot, "reboot")
    await press_button(app, pilot, "begin")
    await confirm(app, pilot)


def at(name: str) -> Act:
    """Return what leads to a stage of the film."""

    async def act(app: ConsoleApp, pilot: Pilot[int], place: StillRange) -> None:
        progress = STAGES[name]
        if progress.stage in (Stage.PREFLIGHT, Stage.READY, Stage.REFUSED):
            place.ready = progress
            await to_drill(app, pilot)
            place.last.stand(progress)
            return
        await to_run(app, pilot)
        place.last.stand(progress)
        if progress.stage.over:
            place.last.go_on.set()
            await until(pilot, lambda: not app.workers._workers or not app.desk.drills.busy)

    return act


async def home(app: ConsoleApp, pilot: Pilot[int], place: StillRange) -> None:
    await at("waiting")(app, pilot, place)
    await pilot.press("1")


#: What of the film differs in its looks, and not only in its words.
_SEEN = (
    "ready",
    "ready-nobody",
    "refused",
    "locked",
    "arming",
    "outage",
    "freeze",
    "observing",
    "waiting",
    "settling",
    "done",
    "different",
    "failed",
)
VIEWS: dict[str, Act] = {
    "list": the_list,
    "confirm": asking,
    "confirm-twice": asking_twice,
    "home": home,
    **{name: at(name) for name in _SEEN},
}
#: Those that use the room of a large screen in another way.
_LARGE = ("list", "ready", "observing", "done")


def staged(view: str, **options: Any) -> tuple[ConsoleApp, Callable[[Pilot[int]], Awaitable[None]]]:
    """Return the console, and what leads it to a view."""
    place = StillRange()
    app, _ = app_with(place, **options)

    async def before(pilot: Pilot[int]) -> None:
        await pilot.pause()
        await VIEWS[view](app, pilot, place)
        for _ in range(3):
            await pilot.pause()
            app.paint()
        await pilot.pause()

    return app, before


@pytest.mark.parametrize("view", VIEWS)
def test_small(snap_compare: Callable[..., bool], view: str) -> None:
    app, before = staged(view)
    assert snap_compare(app, terminal_size=(80, 24), run_before=before)


@pytest.mark.parametrize("view", _LARGE)
def test_large(snap_compare: Callable[..., bool], view: str) -> None:
    app, before = staged(view)
    assert snap_compare(app, terminal_size=(120, 40), run_before=before)


@pytest.mark.parametrize("view", ["observing", "done"])
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
    app, before = staged("list", writable=False)
    assert snap_compare(app, terminal_size=(80, 24), run_before=before)
