"""Themes: those that ship are readable, a user's is found, a bad one is one notice."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.color import Color

from haconsole.resources import directory
from haconsole.ui.app import ConsoleApp
from haconsole.ui.presentation.ink import Tone
from haconsole.ui.theming import (
    ThemeError,
    ThemeFile,
    load_themes,
    parse_theme,
    tone_colors,
    user_themes,
)
from tests.support.states import healthy
from tests.ui.helpers import app_of

SHIPPED = sorted(directory("themes").glob("*.yaml"))
FILLED = {"badge", "badge-warning", "match"}


def shipped() -> list[ThemeFile]:
    themes, problems = load_themes([directory("themes")])
    assert problems == []
    return themes


def luminance(color: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = []
    for part in Color.parse(color).rgb:
        value = part / 255
        parts.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2)."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_three_themes_ship() -> None:
    assert {theme.name for theme in shipped()} >= {"dark", "light", "high-contrast"}


@pytest.mark.parametrize("theme", shipped(), ids=lambda theme: theme.name)
def test_every_tone_can_be_read(theme: ThemeFile) -> None:
    least = 7.0 if theme.name == "high-contrast" else 4.5
    for tone in Tone:
        if tone is Tone.LINE:
            continue  # the wires of the picture: no text, 3:1 is what WCAG asks of graphics
        ground = theme.tones.get(f"{tone}-ground", theme.colors["background"])
        assert contrast(theme.tones[tone], ground) >= least, tone
        if tone.value not in FILLED:
            cursor = theme.tones["cursor-ground"]
            assert contrast(theme.tones[tone], cursor) >= 3.0, f"{tone} under the cursor"
    assert contrast(theme.tones["line"], theme.colors["background"]) >= 3.0


#: Machado, Oliveira, Fernandes (2009), severity 1.0: what a dichromat sees, on linear RGB.
BLINDNESS = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}


def seen(color: str, kind: str) -> tuple[float, ...]:
    linear = []
    for part in Color.parse(color).rgb:
        value = part / 255
        linear.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    rows = BLINDNESS[kind]
    mixed = [sum(row[i] * linear[i] for i in range(3)) for row in rows]
    return tuple(max(0.0, min(1.0, value)) ** (1 / 2.4) for value in mixed)


@pytest.mark.parametrize("kind", BLINDNESS)
def test_high_contrast_tells_good_from_bad_without_red_and_green(kind: str) -> None:
    theme = next(theme for theme in shipped() if theme.name == "high-contrast")
    pairs = [("ok", "critical"), ("ok", "warning"), ("critical", "unknown"), ("ok", "stale")]
    for one, other in pairs:
        a, b = seen(theme.tones[one], kind), seen(theme.tones[other], kind)
        distance = sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) ** 0.5
        assert distance > 0.25, (one, other, distance)


GOOD = SHIPPED[0].read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "t.yaml:1: this is not YAML"),
        ("- 1", "t.yaml: expected keys and values"),
        ("", "t.yaml: expected keys and values"),
        (GOOD.replace("tones:", "tonez:"), "t.yaml: tonez: unknown key; did you mean tones?"),
        (GOOD.replace("  warning:", "  warnin:"), "colors.warnin: unknown key"),
        (GOOD.replace('  stale: "', '  stale: "x'), "tones.stale: expected a colour"),
        (GOOD.replace('  muted: "#8a95a8"\n', ""), "tones.muted: missing"),
        (GOOD.replace("dark: true", "dark: perhaps"), "dark: expected true or false"),
        (GOOD.replace("name: dark", "name: '[b]'"), "name: expected a word"),
        ("1: 2", "expected keys and values"),
    ],
)
def test_errors_name_file_key_and_what_is_expected(text: str, said: str) -> None:
    with pytest.raises(ThemeError) as error:
        parse_theme(text, "t.yaml")
    assert said in str(error.value)


def test_the_users_own_theme_hides_one_that_ships() -> None:
    folder = user_themes()
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(GOOD.replace("name: dark", "name: mine"))
    (folder / "dark.yaml").write_text(GOOD.replace("#7ccf7c", "#00ff00"))
    themes, problems = load_themes()
    assert problems == []
    names = {theme.name: theme for theme in themes}
    assert names["mine"].description
    assert names["dark"].tones["ok"].upper() == "#00FF00"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 70_000, b"name: [", None])
async def test_a_bad_file_is_one_notice_and_the_console_starts(content: bytes | None) -> None:
    folder = user_themes()
    folder.mkdir(parents=True)
    if content is None:
        (folder / "bad.yaml").mkdir()
    else:
        (folder / "bad.yaml").write_bytes(content)
    app = app_of(healthy())
    async with app.run_test():
        notices = [notice.message for notice in app._notifications]
        assert len(notices) == 1
        assert "bad.yaml" in notices[0]
        assert app.theme == "haconsole-dark"


@pytest.mark.parametrize(
    ("wanted", "used", "notices"),
    [(None, "haconsole-dark", 0), ("light", "haconsole-light", 0), ("nord", "nord", 0),
     ("nowhere", "haconsole-dark", 1)],
)  # fmt: skip
async def test_a_theme_is_chosen_by_name(wanted: str | None, used: str, notices: int) -> None:
    app = app_of(healthy(), theme=wanted)
    async with app.run_test():
        assert app.theme == used
        assert len(app._notifications) == notices


async def test_every_tone_has_a_colour_in_textuals_own_themes() -> None:
    app: ConsoleApp = app_of(healthy(), theme="nord")
    async with app.run_test():
        colors = tone_colors(app.get_css_variables())
        assert {tone.value for tone in Tone} <= set(colors)
        assert colors["ok"] != colors["critical"]


def test_no_theme_folder_at_all_is_no_problem(tmp_path: Path) -> None:
    assert load_themes([tmp_path / "nowhere"]) == ([], [])
