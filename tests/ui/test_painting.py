"""When what is painted: at once what matters, seldom what does not, and only what changed.

Counted in paintings, not in milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from textual.app import App

from haconsole.domain.events import HitsSeen, LinkChanged, LinkStatus, LoadRead
from haconsole.domain.facts import Load
from haconsole.ui import app as console_app
from haconsole.ui.app import ConsoleApp
from haconsole.ui.throttle import Throttle
from haconsole.ui.widgets.canvas import Canvas
from haconsole.ui.widgets.hitlog import HitLog
from tests.support.parts import VIP, addresses
from tests.support.states import Scene, healthy, hits, many_site, moved
from tests.ui.helpers import console, text_of, until


class Paintings:
    """Counts rows painted, by the widget's id."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}

    def clear(self) -> None:
        self.rows.clear()

    @property
    def total(self) -> int:
        return sum(self.rows.values())


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Paintings]:
    """Watch what is painted."""
    found = Paintings()
    plain = Canvas.render_line

    def render_line(self: Canvas, y: int) -> object:
        found.rows[self.id or ""] = found.rows.get(self.id or "", 0) + 1
        return plain(self, y)

    monkeypatch.setattr(Canvas, "render_line", render_line)
    yield found


async def test_nothing_is_painted_when_nothing_changed(painted: Paintings) -> None:
    async with console(healthy()) as (app, _, pilot):
        painted.clear()
        for _ in range(10):
            app.paint()
            await pilot.pause()
        assert painted.total == 0


async def test_a_second_repaints_only_the_rows_that_show_an_age(painted: Paintings) -> None:
    async with console(healthy()) as (app, feed, pilot):
        painted.clear()
        feed.tick(1)
        app.paint()
        await pilot.pause()
        assert painted.rows["title"] == 1
        assert painted.rows.get("keybar", 0) == 0
        assert painted.rows.get("verdict", 0) == 0
        assert painted.rows["nodes"] <= 4
        assert painted.rows.get("hits", 0) == 0


@pytest.mark.parametrize("what", ["vip", "link"])
async def test_what_matters_is_painted_without_waiting(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_app, "CALM_GAP_S", 3600.0)
    scene = healthy()
    async with console(scene) as (app, feed, pilot):
        second = scene.site.clusters[0].lbs[1]
        if what == "vip":
            feed.play(moved(scene.now, second, VIP, added=True))
            await until(pilot, lambda: "SPLIT BRAIN" in text_of(app.screen))
        else:
            feed.play(LinkChanged(at=scene.now, host="lb02", status=LinkStatus.LOST))
            await until(pilot, lambda: "▲ lost" in text_of(app.screen))


async def test_a_verdict_that_a_full_reading_brings_does_not_wait_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(console_app, "CALM_GAP_S", 3600.0)
    scene = healthy()
    async with console(scene) as (app, feed, pilot):
        second = scene.site.clusters[0].lbs[1]
        feed.play(addresses(scene.now, second, VIP))
        await until(pilot, lambda: "SPLIT BRAIN" in text_of(app.screen))


async def test_what_does_not_matter_waits_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console_app, "CALM_GAP_S", 3600.0)
    scene = healthy()
    async with console(scene) as (app, feed, pilot):
        feed.play(LoadRead(at=scene.now, host="lb01", load=Load(7.77, 2)))
        for _ in range(10):
            await pilot.pause()
        assert "7.77" not in text_of(app.screen)
        app.paint()
        await pilot.pause()
        assert "7.77" in text_of(app.screen)


async def test_a_flood_of_events_costs_few_paintings(monkeypatch: pytest.MonkeyPatch) -> None:
    site = many_site(20)
    scene = Scene(site, ())
    monkeypatch.setattr(console_app, "URGENT_GAP_S", 3600.0)
    async with console(scene) as (app, feed, pilot):
        count = 0
        plain = app.paint

        def paint() -> None:
            nonlocal count
            count += 1
            plain()

        app._painting._action = paint
        for _ in range(25):
            for host in site.hosts:
                feed.play(LinkChanged(at=scene.now, host=host.name, status=LinkStatus.UP))
            await pilot.pause()
        assert count <= 1


async def test_a_flood_of_hits_is_let_in_at_most_fifteen_times_a_second(
    painted: Paintings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_app, "LOG_GAP_S", 3600.0)
    scene = healthy()
    async with console(scene) as (app, feed, pilot):
        log = app.screen.query_one(HitLog)
        batch = tuple(hits(scene.site.clusters[0], scene.now, 10))
        painted.clear()
        for _ in range(50):
            feed.play(HitsSeen(at=scene.now, host="lb01", hits=batch))
            await pilot.pause()
        assert painted.rows.get("hits", 0) <= 2 * log.size.height
        app.flush()
        assert log.waiting == 0
        assert log.count + log.hidden == feed.state.hits["pair"].total


async def test_a_burst_of_feed_events_is_one_message() -> None:
    scene = healthy()
    async with console(scene) as (app, feed, pilot):
        await pilot.pause()
        handled: list[ConsoleApp.Moved] = []
        plain = app.on_console_app_moved

        def counted() -> None:
            handled.append(ConsoleApp.Moved())
            plain()

        app.on_console_app_moved = counted  # type: ignore[method-assign]  # a counter in front
        for _ in range(1000):
            feed.play(LoadRead(at=scene.now, host="lb01", load=Load(0.5, 2)))
        await pilot.pause()
        assert len(handled) <= 2


async def test_a_throttle_runs_at_once_then_keeps_its_gap_and_loses_nothing() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        runs: list[int] = []
        throttle = Throttle(app, lambda: runs.append(1))
        throttle.ask(0.05)
        assert len(runs) == 1
        for _ in range(100):
            throttle.ask(0.05)
        assert len(runs) == 1
        await until(pilot, lambda: len(runs) == 2, turns=5000)
        throttle.ask(3600.0)
        throttle.ask(0.01)
        await until(pilot, lambda: len(runs) == 3, turns=5000)
