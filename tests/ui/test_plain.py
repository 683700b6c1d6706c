"""Terminals that know ASCII only, or no colour: everything can still be told."""

from __future__ import annotations

import pytest
from textual.strip import Strip

from haconsole.ui.app import ConsoleApp
from tests.support.states import all_scenes, two_clusters
from tests.ui.helpers import app_of, console

SCENES = all_scenes()
#: Scenes whose every screen is looked at; of the others the home screen.
THOROUGH = ("split-brain", "jump-lost")


def filtered(app: ConsoleApp) -> list[Strip]:
    """Return what the terminal gets: the rows after all filters."""
    rows = []
    for segments in app.screen._compositor.render_strips():
        strip = Strip(segments)
        for line_filter in app.get_line_filters():
            strip = strip.apply_filter(line_filter, app.screen.background_colors[1])
        rows.append(strip)
    return rows


def painted(app: ConsoleApp) -> str:
    """Return the text that the terminal gets."""
    return "\n".join(strip.text for strip in filtered(app))


@pytest.mark.parametrize("name", SCENES)
async def test_ascii_only(name: str) -> None:
    async with console(SCENES[name], ascii=True) as (app, _, pilot):
        keys = ("1", "2", "3", "4", "question_mark", "colon") if name in THOROUGH else ("1",)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
            text = painted(app)
            assert text.isascii(), (key, [c for c in text if not c.isascii()][:5])
            assert all(len(row) == 80 for row in text.splitlines())


async def test_ascii_marks_are_told_apart() -> None:
    async with console(SCENES["split-brain"], ascii=True) as (app, _, _pilot):
        text = painted(app)
        assert "X SPLIT BRAIN" in text
        assert "* up" in text
        assert "+ vrrp" in text
        assert "X drops" in text


@pytest.mark.parametrize("name", ["healthy", "split-brain", "jump-lost"])
async def test_no_color(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_of(SCENES[name])
    assert app.no_color
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        colors = {
            part.style.color.triplet
            for strip in filtered(app)
            for part in strip
            if part.style and part.style.color and part.style.color.triplet
        }
        assert colors
        assert all(abs(max(color) - min(color)) <= 1 for color in colors)


async def test_every_verdict_reads_without_colour() -> None:
    words = {
        "healthy": "● SERVING",
        "split-brain": "✖ SPLIT BRAIN",
        "ghost": "✖ GHOST VIP",
        "unowned": "✖ NO OWNER",
        "unknown": "◌ UNKNOWN",
        "jump-lost": "◌ JUMP LOST",
        "nginx-down": "✖ NOT SERVING",
        "starting": "◌ CONNECTING",
    }
    for name, word in words.items():
        async with console(SCENES[name]) as (app, _, _pilot):
            assert word in painted(app)


async def test_clusters_are_told_apart_by_marks() -> None:
    async with console(two_clusters(), ascii=True) as (app, _, _pilot):
        assert "c00 *" in painted(app)
        assert "c01 X" in painted(app)
